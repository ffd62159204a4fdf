"""How urgent an alert is and whose, and the dry run over rule files that malls really have."""

from pathlib import Path

import pytest

from tickets.names import Urgency
from tickets.routing import Route, Routing
from tickets.routing_dry_run import UnreadableRules, plan, unmapped

RULES = Path(__file__).parent / "intake/rules"


@pytest.mark.parametrize(
    ("severity", "urgency", "known"),
    [
        ("critical", Urgency.URGENT, True),
        ("page", Urgency.URGENT, True),
        ("P0", Urgency.URGENT, True),
        ("P1", Urgency.URGENT, True),
        ("urgent", Urgency.URGENT, True),
        ("warning", Urgency.IMPORTANT, True),
        ("HIGH", Urgency.IMPORTANT, True),
        ("P2", Urgency.IMPORTANT, True),
        ("important", Urgency.IMPORTANT, True),
        ("info", Urgency.NORMAL, True),
        ("email", Urgency.NORMAL, False),
        ("", Urgency.NORMAL, False),
    ],
)
def test_without_a_route_the_severity_says_how_urgent_it_is(severity: str, urgency: Urgency, known: bool) -> None:  # noqa: FBT001
    routed = Routing().of({"severity": severity})
    assert (routed.urgency, routed.known, routed.owner) == (urgency, known, None)


def test_the_first_route_that_matches_is_taken() -> None:
    routing = Routing(
        routes=[
            Route(match={"alertname": "~Postgre.*", "team": ""}, urgency=Urgency.URGENT, area="database", owner="li"),
            Route(match={"alertname": "PostgresDown"}, urgency=Urgency.NORMAL),
            Route(match={"team": "web"}, owner="wang", by="fingerprint"),
        ]
    )
    routed = routing.of({"alertname": "PostgresDown", "severity": "info"})
    assert (routed.urgency, routed.area, routed.owner) == (Urgency.URGENT, "database", "li")
    routed = routing.of({"alertname": "PostgresDown", "severity": "critical", "team": "web"})
    assert routed.urgency is Urgency.NORMAL
    routed = routing.of({"alertname": "NotPostgres", "severity": "critical", "team": "web", "area": "Shop"})
    assert (routed.urgency, routed.area, routed.owner, routed.by) == (Urgency.URGENT, "shop", "wang", "fingerprint")


def test_a_route_without_a_sound_expression_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValueError, match="is no regular expression"):
        Route(match={"alertname": "~("})


def test_fifty_public_rules_are_all_mapped_or_listed() -> None:
    planned = [
        each for file in sorted(RULES.glob("*.yml")) for each in plan(file.read_text(encoding="utf-8"), Routing())
    ]
    assert len(planned) == 50
    assert sorted(each.alert for each in unmapped(planned)) == [
        "PostgreSQLCacheHitRatio",
        "PostgreSQLDown",
        "PostgreSQLHighConnections",
        "PostgreSQLMaxConnectionsReached",
        "PostgreSQLQPS",
        "PostgreSQLSlowQueries",
        "Watchdog",
    ]
    urgent = {each.alert for each in planned if each.routed.urgency is Urgency.URGENT}
    assert {"RedisDown", "NodeRAIDDegraded", "PostgresExporterErrors"} <= urgent
    mapped = Routing(routes=[Route(match={"severity": "email"}, urgency=Urgency.IMPORTANT, area="database")])
    again = [each for file in RULES.glob("*.yml") for each in plan(file.read_text(encoding="utf-8"), mapped)]
    assert [each.alert for each in unmapped(again)] == ["Watchdog"]


def test_a_rule_of_kubernetes_and_a_label_that_is_a_template() -> None:
    text = """
kind: PrometheusRule
spec:
  groups:
    - name: g
      rules:
        - record: a:b
          expr: up
        - alert: X
          expr: up
          labels: {severity: '{{ $labels.severity }}', n: 7}
"""
    (planned,) = plan(text, Routing(routes=[Route(match={"n": "7"}, area="seven")]))
    assert (planned.routed.area, planned.routed.known) == ("seven", False)


@pytest.mark.parametrize("text", ["{", "", "a: b", "- 1", "groups: 7", "[" * 5_000, "a: &a [*a]"])
def test_a_file_without_rules_is_told_so(text: str) -> None:
    with pytest.raises(UnreadableRules):
        plan(text, Routing())
