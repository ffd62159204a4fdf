"""The variables above a board, and the matchers that they put into every query."""

from typing import Any

from dashboards.board import Scope, Source
from facts.message import msg
from pages.translation import Translate

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
ALL = ".+"
# A running round's own metrics and what Prometheus itself adds know no mall, unless its configuration gives them the label; alerts
# may have lost it.
_WITHOUT_MALL = frozenset({"ALERTS", "up"})
_OF_A_ROUND = "tenfold_round_"
_ON_TIME_CHANGE, _ALPHABETICAL = 2, 1
_HIDDEN = 2


def matchers(metric: str, scope: Scope, source: Source) -> str:
    """What every selector of that metric gets."""
    found = []
    if source is Source.TENFOLD:
        found.append('mall=~"$mall|"' if metric in _WITHOUT_MALL or metric.startswith(_OF_A_ROUND) else 'mall=~"$mall"')
    if metric != "ALERTS":
        found += ['job=~"$job"', 'instance=~"$instance"']
    if scope.target and metric.startswith(("tenfold_postgres_", "tenfold_redis_", "tenfold_host_")):
        found.append('target=~"$target"')
    return ",".join(found)


def variables(scope: Scope, source: Source, say: Translate, docs: str) -> list[dict[str, Any]]:
    """The list of a board, from the widest to the narrowest."""
    chosen = [_datasource(say)]
    narrower = ""
    if source is Source.TENFOLD:
        chosen.append(_choice("mall", say(msg("Mall")), f"label_values({_of(scope.seen)}, mall)"))
        narrower = 'mall=~"$mall|"' if len(scope.seen) > 1 else 'mall=~"$mall"'
    chosen.append(_choice("job", say(msg("Job")), f"label_values({_of(scope.seen, narrower)}, job)"))
    narrower = ",".join(filter(None, (narrower, 'job=~"$job"')))
    chosen.append(_choice("instance", say(msg("Instance")), f"label_values({_of(scope.seen, narrower)}, instance)"))
    if scope.target:
        narrower = 'mall=~"$mall",job=~"$job",instance=~"$instance"'
        chosen.append(_choice("target", say(msg("Target")), f"label_values({_of((scope.target,), narrower)}, target)"))
    chosen.append(_constant("docs", docs))
    return chosen


def _of(metrics: tuple[str, ...], narrower: str = "") -> str:
    if len(metrics) == 1:
        return f"{metrics[0]}{{{narrower}}}" if narrower else metrics[0]
    return "{" + ",".join(filter(None, (f'__name__=~"{"|".join(metrics)}"', narrower))) + "}"


def _datasource(say: Translate) -> dict[str, Any]:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": say(msg("Data source")),
        "query": "prometheus",
        "options": [],
        "regex": "",
        "refresh": 1,
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "skipUrlSync": False,
    }


def _choice(name: str, label: str, query: str) -> dict[str, Any]:
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": dict(DATASOURCE),
        "query": query,
        "definition": query,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
        "regex": "",
        "refresh": _ON_TIME_CHANGE,
        "sort": _ALPHABETICAL,
        "hide": 0,
        "multi": True,
        "includeAll": True,
        "allValue": ALL,
        "skipUrlSync": False,
    }


def _constant(name: str, value: str) -> dict[str, Any]:
    return {
        "type": "constant",
        "name": name,
        "query": value,
        "current": {"selected": True, "text": value, "value": value},
        "hide": _HIDDEN,
        "skipUrlSync": True,
    }
