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
    return f"{setting:<{_COLUMN}}# {remark}"


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
    )
