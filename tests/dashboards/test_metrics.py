"""Every metric that a dashboard names is one that the code can give, and is asked for as its kind demands."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboards.promql import OVER_COUNTERS, bare_counters, selectors
from tests.dashboards.known import Known, known
from tests.dashboards.parts import Document, annotation_queries, expressions, variable_queries, written

OURS = [stem for stem, document in written("en").items() if "exporters" not in document["tags"]]
_NAMES = re.compile(r'__name__=~"([^"]+)"')


def named(document: Document) -> Iterator[tuple[str, str]]:
    """Every metric of panels, variables and annotations, each with where it stands."""
    for place, expression in (*expressions(document), *annotation_queries(document)):
        for selector in selectors(expression):
            yield place, selector.metric
    for variable, series in variable_queries(document):
        found = _NAMES.search(series)
        names = found[1].split("|") if found else [each.metric for each in selectors(series)]
        for name in names:
            yield variable, name


def unknown(document: Document, there: Known) -> list[tuple[str, str]]:
    return [(place, name) for place, name in named(document) if name not in there]


@pytest.fixture(scope="module")
def there() -> Known:
    return known()


def test_there_are_boards_from_our_own_metrics() -> None:
    assert len(OURS) == 8


@pytest.mark.parametrize("stem", OURS)
def test_every_metric_is_one_that_the_code_gives(stem: str, there: Known) -> None:
    assert unknown(written("en")[stem], there) == []


@pytest.mark.parametrize("stem", OURS)
def test_a_renamed_metric_is_found(stem: str, there: Known) -> None:
    document = written("en")[stem]
    used = {name for _, name in named(document)}
    assert used
    for name in used:
        renamed = replace(there, counters=there.counters - {name}, gauges=there.gauges - {name})
        assert {found for _, found in unknown(document, renamed)} == {name}


@pytest.mark.parametrize("stem", OURS)
def test_counters_are_asked_for_as_rates_and_gauges_are_not(stem: str, there: Known) -> None:
    for place, expression in (*expressions(written("en")[stem]), *annotation_queries(written("en")[stem])):
        assert bare_counters(expression) == [], place
        for selector in selectors(expression):
            rated = selector.ranged and selector.within in OVER_COUNTERS
            assert rated == (selector.metric in there.counters), (place, selector.metric)


def test_every_figure_of_the_mall_has_its_panel() -> None:
    """What a mall declares under a name that the dashboards know is shown; nothing of it is asked for in vain."""
    from collectors.serving.declared import KNOWN

    shown = {name for _, name in named(written("en")["mall"])}
    assert {metric.name for metric in KNOWN} <= shown
