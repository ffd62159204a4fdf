"""What people write as an objective, and what they are told when it is not one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.objective import Measure, Scope, SloError
from loadtest.slo import parse, parse_table

UNDERSTOOD = [
    ("p99<500ms", Measure.LATENCY, 500.0, True, 99.0, None),
    ("p95 < 0.3 s", Measure.LATENCY, 300.0, True, 95.0, None),
    ("p99.9<=1s", Measure.LATENCY, 1000.0, False, 99.9, None),
    ("P50≤80ms", Measure.LATENCY, 80.0, False, 50.0, None),
    ("p99<500ms over 10s", Measure.LATENCY, 500.0, True, 99.0, 10),
    ("errors<1%", Measure.ERRORS, 0.01, True, None, None),
    ("errors<1% over 1min", Measure.ERRORS, 0.01, True, None, 60),
    ("dropped<0.1%", Measure.DROPPED, 0.001, True, None, None),
    ("success>=99.5%", Measure.SUCCESS, 0.995, False, None, None),
    ("payment-success>=98%", Measure.PAYMENT_SUCCESS, 0.98, False, None, None),
    ("payment_success >= 98 %", Measure.PAYMENT_SUCCESS, 0.98, False, None, None),
    ("throughput>=5/s", Measure.THROUGHPUT, 5.0, False, None, None),
    ("throughput>300/min", Measure.THROUGHPUT, 5.0, True, None, None),
]

# Written, a word of the reason, and what is to be typed instead.
MISUNDERSTOOD = [
    ("p99<500", "unit is missing", "p99<500ms"),
    ("p99<2", "unit is missing", "p99<2s"),
    ("p99<500MS", "written small", "p99<500ms"),
    ("p99<500%", "no unit", "p99<500ms"),
    ("p99=500ms", "a limit", "p99<500ms"),
    ("p99>500ms", "stay below", "p99<500ms"),
    ("99p<500ms", "begins with p", "p99<500ms"),
    ("p100<1s", "between 0 and 100", "p99.9<1s"),
    ("p0<1s", "between 0 and 100", "p99.9<1s"),
    ("avg<200ms", "hides the slowest", "p95<200ms"),
    ("latency<200ms", "hides the slowest", "p95<200ms"),
    ("median<200ms", "called p50", "p50<200ms"),
    ("p99<-5ms", "not negative", "p99<500ms"),
    ("p99<0ms", "above 0", "p99<500ms"),
    ("error<1%", "not known", "errors<1%"),
    ("errors<0.01", "unit is missing", "errors<1%"),
    ("errors>1%", "stay below", "errors<1%"),
    ("errors<0%", "no round could ever", "errors<1%"),
    ("errors<150%", "no round could ever", "errors<1%"),
    ("payment-success<98%", "stay above", "payment-success>=98%"),
    ("pay-success>=98%", "not known", "payment-success>=98%"),
    ("throughput>=5", "unit is missing", "throughput>=5/s"),
    ("p99<500ms over 10", "whole seconds", "p99<500ms over 10s"),
    ("p99<500ms over 1.5s", "whole seconds", "p99<500ms over 10s"),
    ("fast", "no objective", "p99<500ms"),
    ("", "no objective", "p99<500ms"),
]


@pytest.mark.parametrize(("text", "measure", "limit", "strict", "percentile", "window"), UNDERSTOOD)
def test_an_objective_is_understood_as_written(
    text: str, measure: Measure, limit: float, *, strict: bool, percentile: float | None, window: int | None
) -> None:
    slo = parse(text)
    assert (slo.measure, slo.strict, slo.percentile, slo.window_seconds) == (measure, strict, percentile, window)
    assert slo.limit == pytest.approx(limit)
    assert parse(slo.text) == slo, "its own spelling means the same"


@pytest.mark.parametrize(("text", "reason", "instead"), MISUNDERSTOOD)
def test_a_mistake_is_named_with_the_nearest_right_form(text: str, reason: str, instead: str) -> None:
    with pytest.raises(SloError) as error:
        parse(text)
    assert reason in str(error.value.what)
    assert error.value.instead == instead
    parse(instead)


@given(st.text(max_size=40))
def test_no_text_ends_in_anything_but_an_objective_or_its_error(text: str) -> None:
    with suppress(SloError):
        assert parse(text).limit >= 0


def test_a_limit_itself_is_kept_by_at_most_and_broken_by_below() -> None:
    assert not parse("p99<500ms").met_by(500.0)
    assert parse("p99<=500ms").met_by(500.0)
    assert parse("success>=98%").met_by(0.98)
    assert not parse("success>98%").met_by(0.98)


def test_the_table_asks_default_of_the_whole_and_of_the_endpoints_without_a_list() -> None:
    slos = parse_table({
        "default": ["p99<500ms", "throughput>=5/s"],
        "GET /search": "p95<300ms",
        "journey": {"checkout": ["success>=98%"]},
    })  # fmt: skip
    assert [(slo.scope, slo.rule) for slo in slos] == [
        (Scope.WHOLE, "slo p99<500ms"),
        (Scope.WHOLE, "slo throughput>=5/s"),
        (Scope.OTHERS, "slo p99<500ms"),
        (Scope.ENDPOINT, "slo GET /search p95<300ms"),
        (Scope.JOURNEY, "slo journey checkout success>=98%"),
    ]


@pytest.mark.parametrize(
    ("table", "instead"),
    [
        ({"defualt": ["p99<1s"]}, "default"),
        ({"/search": ["p99<1s"]}, '"GET /search" = ["p99<500ms"]'),
        ({"journey": ["p99<1s"]}, 'journey.checkout = ["p99<2s"]'),
        ({"default": 5}, '["p99<500ms", "errors<1%"]'),
        ({"GET /": ["p99<1s", 5]}, '["p99<500ms", "errors<1%"]'),
        ({"GET /": ["p99<1"]}, "p99<1s"),
    ],
)
def test_a_wrong_table_says_what_to_write(table: dict[str, object], instead: str) -> None:
    with pytest.raises(SloError) as error:
        parse_table(table)
    assert error.value.instead == instead
