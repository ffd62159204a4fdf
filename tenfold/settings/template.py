"""The text of a new `tenfold.toml`: every section that the program reads, with what it is for."""

import json
from dataclasses import dataclass

from tenfold.settings.schemes import distinct, short_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The addresses that the user gave; empty strings are left out."""

    postgres: tuple[str, ...] = ()
    redis: tuple[str, ...] = ()
    http: tuple[str, ...] = ()


_HEAD = """\
# Tenfold's configuration. Secrets can be left to libpq's password file, or taken from the environment: ${NAME}.

[mall]
name = "mall"
timezone = "Asia/Shanghai"
# lang = "zh"                      # language of reports; without it the terminal's

[promotion]
name = ""
# starts = 2026-11-11T00:00:00+08:00
multiplier = 10                    # how many times the everyday peak
"""

_POSTGRES = """\
[[postgres]]
name = {name}
dsn = {address}
# databases = ["mall", "orders"]   # without it, the database that the DSN names
"""

_REDIS = """\
[[redis]]
name = {name}
url = {address}
"""

_HTTP = """\
[[http]]
name = {name}
url = {address}
# access_log = "/var/log/nginx/access.log"
# nginx's log_format, where it is not combined with $request_time at the end:
# log_format = '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time'
"""

_TAIL = """\
# [[host]]                         # a machine; without node_exporter it is the one that Tenfold runs on
# name = "db-1"
# node_exporter = "http://db-1.example:9100/metrics"

# [prometheus]                     # the mall's own, read as a further source
# url = "http://prometheus.example:9090"

[audit]
window = "60s"                     # two readings this far apart; 0: counters since their last reset
min_evidence = "30d"               # statistics younger than this prove no index unused
# index_budget = "2GB"             # how much all proposed indexes may take together

# [[ignore]]                       # a finding that you chose to live with
# code = "IDX002"
# subject = "public.idx_for_the_yearly_report"
# reason = "used once a year"
# until = 2027-01-31
"""


def configuration_text(answers: Answers) -> str:
    """A complete, valid and commented configuration file for these addresses.

    Args:
        answers: Valid addresses.
    """
    targets = [
        (kind, template, address)
        for kind, template, addresses in (
            ("postgres", _POSTGRES, answers.postgres),
            ("redis", _REDIS, answers.redis),
            ("http", _HTTP, answers.http),
        )
        for address in filter(None, addresses)
    ]
    names = distinct(short_name(address, kind) for kind, _template, address in targets)
    # A JSON string is a TOML basic string.
    sections = [
        template.format(name=json.dumps(name, ensure_ascii=False), address=json.dumps(address, ensure_ascii=False))
        for name, (_kind, template, address) in zip(names, targets, strict=True)
    ]
    return "\n".join([_HEAD, *sections, _TAIL])
