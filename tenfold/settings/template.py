"""The text of a new `tenfold.toml`: every section that the program reads, with what it is for."""

import json
from dataclasses import dataclass

from pages.translation import Translate
from tenfold.settings.schemes import distinct, short_name

# Where the comments beside settings begin.
_COLUMN = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The addresses that the user gave; empty strings are left out."""

    postgres: tuple[str, ...] = ()
    redis: tuple[str, ...] = ()
    http: tuple[str, ...] = ()


def configuration_text(answers: Answers, say: Translate) -> str:
    """A complete, valid and commented configuration file for these addresses.

    Args:
        answers: Valid addresses.
        say: Of the comments' language.
    """
    targets = [
        (kind, remarks, address)
        for kind, remarks, addresses in (
            ("postgres", _of_postgres(say), answers.postgres),
            ("redis", (), answers.redis),
            ("http", _of_http(say), answers.http),
        )
        for address in filter(None, addresses)
    ]
    names = distinct(short_name(address, kind) for kind, _remarks, address in targets)
    sections = [
        (
            f"[[{kind}]]",
            f"name = {_text(name)}",
            f"{'dsn' if kind == 'postgres' else 'url'} = {_text(address)}",
            *remarks,
        )
        for name, (kind, remarks, address) in zip(names, targets, strict=True)
    ]
    return "\n".join("\n".join((*lines, "")) for lines in (_head(say), *sections, _tail(say)))


def _text(value: str) -> str:
    """A JSON string is a TOML basic string."""
    return json.dumps(value, ensure_ascii=False)


def _beside(setting: str, remark: str) -> str:
    return f"{setting:<{_COLUMN - 1}} # {remark}"


def _head(say: Translate) -> tuple[str, ...]:
    secrets = say(
        "Tenfold's configuration. Secrets can be left to libpq's password file, or taken from the environment: ${NAME}."
    )
    return (
        f"# {secrets}",
        "",
        "[mall]",
        'name = "mall"',
        'timezone = "Asia/Shanghai"',
        _beside('# lang = "zh"', say("language of reports; without it the terminal's")),
        "",
        "[promotion]",
        'name = ""',
        "# starts = 2026-11-11T00:00:00+08:00",
        _beside("multiplier = 10", say("how many times the everyday peak")),
    )


def _of_postgres(say: Translate) -> tuple[str, ...]:
    return (_beside('# databases = ["mall", "orders"]', say("without it, the database that the DSN names")),)


def _of_http(say: Translate) -> tuple[str, ...]:
    return (
        '# access_log = "/var/log/nginx/access.log"',
        "# " + say("nginx's log_format, where it is not combined with $request_time at the end:"),
        """# log_format = '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time'""",
    )


def _tail(say: Translate) -> tuple[str, ...]:
    return (
        _beside("# [[host]]", say("a machine; without node_exporter it is the one that Tenfold runs on")),
        '# name = "db-1"',
        '# node_exporter = "http://db-1.example:9100/metrics"',
        "",
        _beside("# [prometheus]", say("the mall's own, read as a further source")),
        '# url = "http://prometheus.example:9090"',
        "",
        "[audit]",
        _beside('window = "60s"', say("two readings this far apart; 0: counters since their last reset")),
        _beside('min_evidence = "30d"', say("statistics younger than this prove no index unused")),
        _beside('# index_budget = "2GB"', say("how much all proposed indexes may take together")),
        "",
        _beside("# [[ignore]]", say("a finding that you chose to live with")),
        '# code = "IDX002"',
        '# subject = "public.idx_for_the_yearly_report"',
        "# reason = " + _text(say("used once a year")),
        "# until = 2027-01-31",
        "",
        *_of_rehearsals(say),
        "",
        *_of_serving(say),
        "",
        *_of_tickets(say),
        "",
        *_of_what_is_done(say),
    )


def _of_rehearsals(say: Translate) -> tuple[str, ...]:
    """The sections `[slo]` and `[loadtest]`, all of it commented: nothing may be loaded before somebody has chosen to."""
    return (
        _beside("# [slo]", say("what must hold in a rehearsal")),
        _beside('# default = ["p99<1s", "errors<1%"]', say("of the whole round and of every endpoint")),
        '# "GET /search" = ["p95<300ms"]',
        _beside('# journey.buy = ["success>=98%"]', say("of a journey from its first page to its last")),
        "",
        _beside("# [loadtest]", say("where rehearsals may go; a host that is not listed gets no load")),
        _beside('# target = "https://shop.example/"', say("without it, the first [[http]]")),
        '# targets = [{ host = "shop.example", addresses = ["10.0.0.7"] }]',
        _beside("# ceiling = 200", say("journeys a second that no round may exceed")),
        _beside('# windows = ["02:00-06:00"]', say("on the mall's clock; needed where the mall is public")),
        "# " + say("The key signs the rehearsal's requests, and the mall proves with it that it is yours:"),
        '# key = "${TENFOLD_REHEARSAL_KEY}"',
        _beside('# journeys = ["journeys.py"]', say("what shoppers do, see docs/journeys.md")),
        _beside('# traffic = "log"', say("shoppers walk as the access log has them")),
        _beside('# shape = "countdown"', say("or plateau, flash-sale, step: how arrivals come to the multiplier")),
        _beside("# everyday_peak = 12", say("journeys a second; without it, from the access log")),
        _beside('# feeders = { accounts = "accounts.csv" }', say("rows that journeys take")),
        _beside('# payment = ["GET /pay/{}"]', say("endpoints that take payments, for payment-success")),
        _beside('# canary = "canary.toml"', say("one marked order that proves where test orders go")),
        _beside('# invariants = "invariants.toml"', say("rules of the business that must hold afterwards")),
        _beside('# manifest = { release = "2026.11.1" }', say("what pins the mall, as reports shall name it")),
        _beside('# real_users = { page = "/", p95 = "3s" }', say("ends a round when your own shoppers suffer")),
        _beside('# baseline = "60s"', say("length of the first round")),
        _beside('# step = "20s"', say("of each step of the second")),
        _beside('# hold = "60s"', say("of its last one, at the knee")),
        _beside('# confirm = "300s"', say("of the third, at the multiplier")),
        _beside("# processes = 1", say("load generators on this machine")),
    )


def _of_serving(say: Translate) -> tuple[str, ...]:
    """The sections `[serve]` and `[[metric]]`: the mall's own figures, which nobody can guess."""
    return (
        _beside("# [serve]", say("the service that Prometheus scrapes")),
        '# listen = "127.0.0.1:9470"',
        _beside("# series = 2000", say("the most series that the mall may have")),
        "",
        _beside("# [objectives]", say("what the mall promises over 30 days, for the alerts on burn rates")),
        '# storefront = "99.9%"',
        _beside('# payments = "98%"', say("of each channel")),
        "",
        _beside("# [[metric]]", say("a figure of the business; the boards know the names in docs/metrics.md")),
        '# name = "payments_total"',
        '# labels = ["channel", "outcome"]',
        '# sql = """',
        "# SELECT channel, CASE WHEN status = 'captured' THEN 'paid' ELSE 'failed' END AS outcome, count(*) AS value",
        "# FROM payments WHERE created_at >= date_trunc('day', now()) AND status <> 'started' GROUP BY 1, 2",
        '# """',
    )


def _of_tickets(say: Translate) -> tuple[str, ...]:
    """The section `[tickets]`, commented: a store is made only where somebody wants tickets."""
    return (
        _beside("# [tickets]", say("with it, `tenfold serve` takes alerts in and serves tickets")),
        _beside('# database = "tenfold-tickets.sqlite"', say("or postgresql://…, on a server that is not audited")),
        _beside('# base_url = "https://tickets.example"', say("for links in messages")),
        _beside('# reopen_within = "30min"', say("an alert that comes back so soon reopens its ticket")),
        _beside('# voice_after = "5min"', say("an urgent ticket that nobody has taken is called out")),
        _beside('# allow_hosts = ["payments.example"]', say("whom [[action]] may call")),
        _beside('# allow_automatic = ["backup-channel"]', say("of [[action]], those that need no click")),
        _beside('# token_file = "/etc/tenfold/token"', say("of `tenfold tickets`, where $TENFOLD_TOKEN is not set")),
        "",
        _beside("# [tickets.promises.urgent]", say("the same for important and normal")),
        '# response = "30min"',
        '# plan = "2h"',
        '# fix = "4h"',
        _beside('# hours = "always"', say("or working: by the calendar")),
        "",
        _beside("# [tickets.calendar]", say("country: whose holidays are kept; without it by the time zone")),
        '# country = "CN"',
        '# hours = { sat = ["09:00-12:00", "13:00-18:00"] }',
        _beside("# holidays = [2026-11-12]", say("further days off")),
        _beside("# workdays = [2026-11-08]", say("days on which people work all the same")),
        "",
        _beside("# [[tickets.escalation]]", say("who is told next while a promise is not kept")),
        '# urgency = "urgent"',
        _beside('# after = "50%"', say("of the time promised, or so long on its clock")),
        _beside('# to = "role:lead"', say("a role, an account, or on-call")),
        "",
        _beside("# [[tickets.rotation]]", say("whose turn it is to be on call")),
        '# area = "payments"',
        '# people = ["zhang", "li"]',
        _beside("# starts = 2026-01-05", say("a Monday: turns begin on Mondays")),
        "",
        _beside("# [tickets.alertmanager]", say("asked each minute for what it never delivered")),
        '# url = "http://alertmanager.example:9093"',
        "",
        _beside("# [tickets.watchdog]", say("the alert that always fires; its silence is a ticket")),
        '# silence = "15min"',
        "",
        _beside("# [tickets.heartbeat]", say("asked for while the service is well")),
        '# url = "https://deadmansswitch.example/tenfold"',
    )


def _of_what_is_done(say: Translate) -> tuple[str, ...]:
    """The sections `[[route]]`, `[[notify]]` and `[[action]]`."""
    return (
        _beside("# [[route]]", say("what the labels of an alert mean; the first that matches decides")),
        _beside('# match = { alertname = "~Pay.*" }', say("~ begins a regular expression")),
        _beside('# urgency = "urgent"', say("without it, by the label severity")),
        '# area = "payments"',
        "",
        _beside("# [[notify]]", say("kinds: wecom, dingtalk, feishu, email, apprise, webhook, voice")),
        '# name = "night-shift"',
        '# kind = "wecom"',
        '# url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${TENFOLD_WECOM_KEY}"',
        '# urgencies = ["urgent"]',
        _beside('# people = ["zhang"]', say("called, and given a link to claim with")),
        "",
        _beside("# [[action]]", say("first aid: a request, proposed on a ticket and sent on a person's click")),
        '# name = "backup-channel"',
        '# title = "' + say("Switch payments to the backup channel") + '"',
        '# when = { areas = ["payments"], causes = ["third_party"] }',
        '# url = "http://payments.example/api/channels/backup"',
        '# body = { reason = "{ticket}" }',
        '# headers = { Authorization = "Bearer ${TENFOLD_PAYMENTS_TOKEN}" }',
        '# undo = { url = "http://payments.example/api/channels/main" }',
        "",
        _beside("# [evidence]", say("what is kept of the business when an alert comes")),
        "# " + say("Columns channel, at (the start of an interval), paid, failed, pending:"),
        '# payments = """',
        "# SELECT channel, date_trunc('minute', created_at) AS at, count(*) FILTER (WHERE status = 'captured') AS paid,",
        "# count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'started') AS pending",
        "# FROM payments WHERE created_at >= :since GROUP BY 1, 2",
        '# """',
        _beside('# error_logs = { shop = "shop.log" }', say("text files by name; what is kept is masked")),
        "",
        _beside("# [[probe]]", say("a third party, asked from here when an alert comes")),
        '# name = "alipay"',
        '# url = "https://openapi.alipay.com/"',
    )
