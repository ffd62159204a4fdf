"""What happened, drawn through every panel: deployments, audits, rounds, alerts.

Each gauge's value is the moment itself; Grafana wants it in milliseconds.
"""

from dataclasses import dataclass
from typing import Any

from dashboards.board import Scope, Source
from dashboards.promql import narrowed
from dashboards.variables import DATASOURCE, matchers
from facts.message import Message, msg
from pages.translation import Translate


@dataclass(frozen=True, slots=True)
class _Mark:
    """One kind of event; without `at_value`, it lasts as long as the query has a series."""

    name: Message
    expr: str
    title: Message | str
    text: str
    tags: str
    color: str
    at_value: bool = True


_MARKS = (
    _Mark(msg("Deployments"), "tenfold_mark_timestamp_seconds * 1000", "{{what}}", "{{kind}}", "kind,mall", "blue"),
    _Mark(msg("Audits"), "tenfold_audit_timestamp_seconds * 1000", msg("Audit"), "{{mall}}", "mall", "purple"),
    _Mark(
        msg("Rounds that began"),
        "tenfold_rehearsal_start_timestamp_seconds * 1000",
        msg("Round {round} began", round="{{round}}"),
        "{{mall}}",
        "round,mall",
        "orange",
    ),
    _Mark(
        msg("Rounds that ended"),
        "tenfold_rehearsal_end_timestamp_seconds * 1000",
        msg("Round {round} ended", round="{{round}}"),
        "{{mall}}",
        "round,mall",
        "yellow",
    ),
    _Mark(
        msg("The running round"),
        "tenfold_round_started_timestamp_seconds * 1000",
        msg("Round {round} began", round="{{round}}"),
        "{{instance}}",
        "round",
        "orange",
    ),
)
_ALERTS = _Mark(
    msg("Alerts"),
    'ALERTS{alertstate="firing"}',
    "{{alertname}}",
    "{{severity}} {{target}} {{instance}}",
    "severity,mall,target",
    "red",
    at_value=False,
)


def annotations(scope: Scope, source: Source, say: Translate) -> list[dict[str, Any]]:
    """The list of a board; the exporters that a mall has already know of alerts alone."""
    marks = (*_MARKS, _ALERTS) if source is Source.TENFOLD else (_ALERTS,)
    return [_annotation(mark, scope, source, say) for mark in marks]


def _annotation(mark: _Mark, scope: Scope, source: Source, say: Translate) -> dict[str, Any]:
    expression = narrowed(mark.expr, lambda metric: matchers(metric, scope, source))
    return {
        "name": say(mark.name),
        "datasource": dict(DATASOURCE),
        "enable": True,
        "hide": False,
        "iconColor": mark.color,
        "expr": expression,
        "target": {"refId": "Anno", "expr": expression, "interval": "", "legendFormat": ""},
        "step": "",
        "titleFormat": say(mark.title),
        "textFormat": mark.text,
        "tagKeys": mark.tags,
        "useValueForTime": mark.at_value,
    }
