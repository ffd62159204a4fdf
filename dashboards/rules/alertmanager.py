"""The Alertmanager example: one ticket an alert, the urgent ones at once, and no noise from what hangs on a target that is down."""

from collections.abc import Iterable
from typing import Any

from rich.text import Text

from dashboards.rules import absence, hosts, postgres, postgres_copies, redis
from dashboards.rules.rule import Group, Severity
from dashboards.rules.writing import as_yaml, comment
from facts.message import msg
from pages.translation import Language, translator
from pages.wrapping import wrap

TOKEN_FILE = "/etc/alertmanager/tenfold-token"  # noqa: S105  (where it is, not what it is)
INTAKE = "/api/v1/alerts/alertmanager"
HEARTBEAT = "heartbeat"
# group_wait, group_interval, repeat_interval: how long to gather, and how soon to say more and to say it again.
_PACE = {
    Severity.URGENT: ("5s", "1m", "1h"),
    Severity.IMPORTANT: ("30s", "5m", "4h"),
    Severity.NORMAL: ("2m", "15m", "1d"),
}
_PLACE = ["mall", "target"]
# Labels that, with the name, tell one subject from another.
_SUBJECT = [
    "alertname",
    *_PLACE,
    "database",
    "table",
    "channel",
    "queue",
    "mountpoint",
    "device",
    "interface",
    "standby",
    "slot",
]


def receiver(severity: Severity) -> str:
    """Its name."""
    return f"tenfold-{severity}"


def alertmanager_file(language: Language, *, tenfold: str) -> str:
    """The whole file.

    Args:
        language: Of its comments.
        tenfold: Host and port of `tenfold serve`.
    """
    say = translator(language)
    parts = (
        (
            msg("Alerts about one subject of one target are one notification, and so one ticket."),
            {"route": _route()},
        ),
        (
            msg("A target that is down explains what hangs on it; what is urgent need not be told as important too."),
            {"inhibit_rules": _inhibitions()},
        ),
        (
            msg(
                "Each severity has a receiver, so that you can add a telephone to the urgent ones. The token is what "
                "`tenfold tokens create alertmanager --role machine` prints. When the heartbeat stops, Tenfold opens an urgent "
                "ticket; let it reach something outside of this machine too, which calls you when Tenfold itself is gone."
            ),
            {
                "receivers": [
                    *(_webhook(receiver(severity), tenfold) for severity in Severity),
                    _webhook(HEARTBEAT, tenfold),
                ]
            },
        ),
    )
    return "\n".join(comment(_wrapped(say(text))) + as_yaml(part) for text, part in parts)


def _wrapped(text: str) -> str:
    return "\n".join(line.plain for line in wrap(Text(text), 100))


def _route() -> dict[str, Any]:
    routes: list[dict[str, Any]] = [
        {
            "matchers": [f'alertname="{absence.WATCHDOG}"'],
            "receiver": HEARTBEAT,
            "group_wait": "0s",
            "group_interval": "1m",
            "repeat_interval": "1m",
        },
    ]
    for severity in Severity:
        wait, interval, repeat = _PACE[severity]
        routes.append(
            {
                "matchers": [f'severity="{severity}"'],
                "receiver": receiver(severity),
                "group_wait": wait,
                "group_interval": interval,
                "repeat_interval": repeat,
            }
        )
    # What comes from elsewhere with another severity is a ticket all the same.
    return {"receiver": receiver(Severity.NORMAL), "group_by": ["alertname", *_PLACE], "routes": routes}


def _inhibitions() -> list[dict[str, Any]]:
    kept = {"CollectorFails", "SeriesDropped", "MallMetricGone"}
    gone = sorted({alert.name for alert in absence.GROUP.alerts} & {*kept, "TargetGone"})
    site = [
        "StorefrontPageFails",
        "StorefrontErrors",
        "StorefrontSlow",
        "StorefrontTrafficFalls",
        "CheckoutErrors",
        "CheckoutSlow",
    ]
    return [
        _hangs(
            "PostgresDown",
            [*_names(postgres.GROUP, postgres_copies.GROUP), "PostgresDatabaseUnreachable", *sorted(kept)],
            _PLACE,
        ),
        _hangs("RedisDown", [*_names(redis.GROUP), "CollectorFails", "SeriesDropped"], _PLACE),
        _hangs("HostUnread", [*_names(hosts.GROUP), "CollectorFails", "SeriesDropped"], _PLACE),
        _hangs("StorefrontUnreachable", site, _PLACE),
        _hangs("TenfoldGone", gone, ["mall"]),
        *(
            {
                "source_matchers": [f'severity="{worse}"'],
                "target_matchers": [f'severity="{better}"'],
                "equal": _SUBJECT,
            }
            for worse, better in (
                (Severity.URGENT, Severity.IMPORTANT),
                (Severity.URGENT, Severity.NORMAL),
                (Severity.IMPORTANT, Severity.NORMAL),
            )
        ),
    ]


def _names(*groups: Group) -> list[str]:
    return list(dict.fromkeys(alert.name for group in groups for alert in group.alerts))


def _hangs(source: str, targets: Iterable[str], equal: list[str]) -> dict[str, Any]:
    return {
        "source_matchers": [f'alertname="{source}"'],
        "target_matchers": [f'alertname=~"{"|".join(targets)}"'],
        "equal": equal,
    }


def _webhook(name: str, tenfold: str) -> dict[str, Any]:
    return {
        "name": name,
        "webhook_configs": [
            {
                "url": f"http://{tenfold}{INTAKE}",
                "send_resolved": True,
                "http_config": {"authorization": {"type": "Bearer", "credentials_file": TOKEN_FILE}},
            }
        ],
    }
