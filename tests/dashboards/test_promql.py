"""Which metrics an expression reads, and what is done to them first."""

import pytest

from dashboards.promql import PromqlError, bare_counters, narrowed, selectors


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up", ["up"]),
        ("sum by (mall, up) (rate(requests_total[$__rate_interval]))", ["requests_total"]),
        ("sum(rate(a_total[5m])) without (job) / on (mall) group_left (b) c", ["a_total", "c"]),
        ('a{le="+Inf",text="b{c}"} offset 1h unless ignoring(x) d', ["a", "d"]),
        ("max_over_time(sum by (mall) (rate(a_total[5m]))[1d:1m]) or vector(0)", ["a_total"]),
        ("histogram_quantile(0.95, sum by (le) (rate(a_seconds_bucket[5m]))) > bool 2e3", ["a_seconds_bucket"]),
        ("topk(10, time() - max by (a, b) (c)) and d == 1 # by (e)", ["c", "d"]),
        ("clamp_min((a - b) * 1000, 0)", ["a", "b"]),
    ],
)
def test_metrics_are_told_from_labels_functions_and_words(expression: str, metrics: list[str]) -> None:
    assert [each.metric for each in selectors(expression)] == metrics


@pytest.mark.parametrize("expression", ["sum(a", "sum by (a (b)", "a)", "a{b", "rate(a[5m)"])
def test_brackets_must_match(expression: str) -> None:
    with pytest.raises(PromqlError, match="bracket"):
        list(selectors(expression))


def test_every_selector_gets_its_matchers() -> None:
    expression = 'sum by (mall) (rate(a_total{b="c"}[5m])) / (max(d{}) - e)'
    assert narrowed(expression, lambda metric: f'of="{metric}"') == (
        'sum by (mall) (rate(a_total{of="a_total",b="c"}[5m])) / (max(d{of="d"}) - e{of="e"})'
    )


def test_a_selector_without_further_matchers_stays() -> None:
    assert narrowed('a{b="c"} - d', lambda metric: "" if metric == "a" else "x") == 'a{b="c"} - d{x}'


@pytest.mark.parametrize(
    ("expression", "bare"),
    [
        ("rate(a_total[5m])", []),
        ("increase(a_total[5m]) / changes(b_count[5m])", []),
        ("sum(a_total)", ["a_total"]),
        ("a_total", ["a_total"]),
        ("max_over_time(a_total[5m])", ["a_total"]),
        ("rate(sum(a_bucket)[5m:1m])", ["a_bucket"]),
        ("rate(a_total[5m]) + a_total", ["a_total"]),
        ("(rate((b[5m])) * a_sum)", ["a_sum"]),
    ],
)
def test_a_counter_counts_only_under_a_rate(expression: str, bare: list[str]) -> None:
    assert bare_counters(expression) == bare
