"""Names, words and colours of values."""

import math
from dataclasses import replace

import pytest

from facts.boards import Override, Step, Style, ValueWords
from pages.boards.colours import CLASSES, colour_class
from pages.boards.names import series_name, shown_name, style_for
from pages.boards.reducers import reduced
from pages.boards.values import Clock, Shown, shown
from tests.pages.boards import samples

CLOCK = Clock(samples.END)
LIGHT = Style(unit="percent", by_threshold=True, steps=samples.TRAFFIC_LIGHT)


@pytest.mark.parametrize(
    ("value", "colour"),
    [(0.0, "green"), (69.9, "green"), (70.0, "yellow"), (89.9, "yellow"), (90.0, "red"), (-5.0, "green")],
)
def test_a_value_has_the_colour_of_the_highest_threshold_that_it_reaches(value: float, colour: str) -> None:
    assert shown(value, LIGHT, CLOCK).colour == colour


def test_thresholds_may_be_per_cent_of_the_scale() -> None:
    style = replace(LIGHT, percentage=True, low=0.0, high=10.0, unit="")
    assert [shown(each, style, CLOCK).colour for each in (6.0, 7.0, 9.5)] == ["green", "yellow", "red"]
    assert shown(6.0, replace(style, low=None, high=None), CLOCK, (0.0, 6.0)).colour == "red"


def test_no_number_has_no_threshold() -> None:
    assert shown(math.nan, LIGHT, CLOCK) == Shown("NaN", "")
    assert shown(None, replace(LIGHT, no_value="none"), CLOCK) == Shown("none", "")


@pytest.mark.parametrize(
    ("words", "value", "text"),
    [
        (ValueWords("value", "1", text="up", colour="green"), 1.0, "up"),
        (ValueWords("value", "1", text="up"), 1.5, "1.50"),
        (ValueWords("value", "paid", text="Paid"), "paid", "Paid"),
        (ValueWords("value", "null", text="nothing"), None, "nothing"),
        (ValueWords("range", low=0.0, high=1.0, text="low"), 0.5, "low"),
        (ValueWords("range", low=None, high=1.0, text="low"), -9.0, "low"),
        (ValueWords("range", low=0.0, high=1.0, text="low"), 2.0, "2"),
        (ValueWords("regex", "^pa", text="Paid"), "paid", "Paid"),
        (ValueWords("regex", "(", text="never"), "paid", "paid"),
        (ValueWords("special", "nan", text="no number"), math.nan, "no number"),
        (ValueWords("special", "null+nan", text="nothing"), None, "nothing"),
        (ValueWords("value", "1", text="", colour="red"), 1.0, "1"),
    ],
)
def test_a_value_has_the_words_of_the_first_rule_that_fits(
    words: ValueWords, value: float | str | None, text: str
) -> None:
    assert shown(value, Style(words=(words,)), CLOCK).words == text


def test_the_colour_of_its_words_is_stronger_than_that_of_its_threshold() -> None:
    style = replace(LIGHT, words=(ValueWords("value", "95", text="busy", colour="blue"),))
    assert shown(95.0, style, CLOCK) == Shown("busy", "blue")


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("green", "green"),
        ("semi-dark-red", "red"),
        ("super-light-blue", "blue"),
        ("#EAB839", "yellow"),
        ("#f00", "red"),
        ("#F2495CFF", "red"),
        ("rgba(50, 172, 45, 0.97)", "green"),
        ("#888888", "grey"),
        ("transparent", ""),
        ("text", ""),
        ("javascript:alert(1)", ""),
        ('red" onload="x', ""),
        ("", ""),
    ],
)
def test_every_colour_of_grafana_becomes_one_of_our_classes(colour: str, expected: str) -> None:
    assert colour_class(colour) == expected
    assert expected in {*CLASSES, ""}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lastNotNull", 4.0),
        ("first", 1.0),
        ("min", 1.0),
        ("max", 9.0),
        ("mean", 4.25),
        ("sum", 17.0),
        ("count", 4.0),
        ("range", 8.0),
        ("diff", 3.0),
        ("not known here", 4.0),
    ],
)
def test_a_series_becomes_one_value(name: str, value: float) -> None:
    assert reduced([1.0, 3.0, 9.0, math.nan, 4.0], name) == value


def test_a_series_without_numbers_has_no_value_that_is_made_up() -> None:
    assert reduced([], "sum") is None
    assert math.isnan(reduced([math.nan], "sum") or 0.0)


def test_a_series_is_called_by_its_legend_else_by_what_tells_it_apart() -> None:
    lines = [samples.line([1.0], {"job": "shop", "code": code}, metric="http_total") for code in ("200", "500")]
    assert series_name(samples.target(*lines, legend="{{ code }} of {{absent}}"), lines[0]) == "200 of "
    assert series_name(samples.target(*lines, legend="__auto"), lines[1]) == "500"
    assert series_name(samples.target(*lines, legend=""), lines[0]) == 'http_total{code="200", job="shop"}'
    lone = samples.line([1.0])
    assert series_name(samples.target(lone, legend=""), lone) == "rate(shop_orders_total[1m])"


def test_overrides_change_the_series_that_they_name() -> None:
    panel = samples.panel(
        "timeseries",
        overrides=(
            Override("byName", "errors", {"unit": "short", "name": "Errors of ${__field.labels.job}"}),
            Override("byRegexp", "/^err/", {"colour": "red"}),
            Override("byFrameRefID", "B", {"hidden": True}),
            Override("byRegexp", "(", {"unit": "never"}),
        ),
        style=Style(unit="reqps"),
    ).panel
    errors = style_for(panel, "errors", "A")
    assert (errors.unit, errors.colour, errors.hidden) == ("short", "red", False)
    assert shown_name(errors, "errors", {"job": "shop"}) == "Errors of shop"
    assert style_for(panel, "orders", "A") == panel.style
    assert style_for(panel, "orders", "B").hidden


def test_a_threshold_without_an_end_is_the_lowest() -> None:
    style = Style(by_threshold=True, steps=(Step(None, "red"), Step(1.0, "green")))
    assert [shown(each, style, CLOCK).colour for each in (-math.inf, 0.0, 1.0, math.inf)] == [
        "red",
        "red",
        "green",
        "green",
    ]
