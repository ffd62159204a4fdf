"""How a variable's values stand in a query, and what it offers."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from facts.board_answers import State
from facts.boards import Variable
from tenfold.dashboarding.interpolation import Value, Values
from tenfold.dashboarding.prometheus import Prometheus
from tenfold.dashboarding.variables import resolve

WORDS = {"__rate_interval": "60s", "__range": "3600s"}


def filled(text: str, *texts: str, several: bool = True, verbatim: str = "", shown: bool = False) -> str:
    return Values({"v": Value(texts, several=several, verbatim=verbatim)}).fill(text, WORDS, shown=shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('x{a=~"$v"}', 'x{a=~"one"}'),
        ('x{a=~"${v}"}', 'x{a=~"one"}'),
        ('x{a=~"[[v]]"}', 'x{a=~"one"}'),
        ("rate(x[$__rate_interval])", "rate(x[60s])"),
        ("rate(x[${__range}])", "rate(x[3600s])"),
        ('label_replace(x, "a", "$1", "b", "(.*)")', 'label_replace(x, "a", "$1", "b", "(.*)")'),
        ("$unknown ${unknown:regex}", "$unknown ${unknown:regex}"),
    ],
)
def test_references_are_replaced_and_what_is_none_stays(text: str, expected: str) -> None:
    assert filled(text, "one") == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", "(a\\\\.b|c)"),
        (":regex", "(a\\.b|c)"),
        (":pipe", "a.b|c"),
        (":csv", "a.b,c"),
        (":raw", "a.b,c"),
        (":text", "a.b + c"),
        (":json", '["a.b", "c"]'),
        (":doublequote", '"a.b","c"'),
        (":singlequote", "'a.b','c'"),
    ],
)
def test_the_forms_of_several_values(form: str, expected: str) -> None:
    assert filled(f"${{v{form}}}", "a.b", "c") == expected


def test_a_single_value_is_no_regular_expression() -> None:
    assert filled("$v", "a.b", several=False) == "a.b"


def test_the_boards_own_all_goes_in_as_it_is_and_people_read_the_values() -> None:
    assert filled("$v", "a", "b", verbatim=".+") == ".+"
    assert filled("$v", "a", "b", verbatim=".+", shown=True) == "a + b"


@pytest.fixture
def nobody() -> Prometheus:
    """A server that nobody may ask."""
    return Prometheus("http://127.0.0.1:1", lost=None)


def resolved(prometheus: Prometheus, *variables: Variable, wanted: Mapping[str, Any] | None = None) -> list[Any]:
    now = time.time()
    return resolve(variables, prometheus, span=(now - 300, now), words=WORDS, wanted=wanted or {})[0]


def test_variables_that_ask_nobody(nobody: Prometheus) -> None:
    custom, constant, source, interval = resolved(
        nobody,
        Variable(name="size", kind="custom", query="1, two : 2, a\\,b", current=("2",)),
        Variable(name="docs", kind="constant", query="https://docs.example"),
        Variable(name="source", kind="datasource", query="prometheus"),
        Variable(name="step", kind="interval", query="1m,5m", current=("5m",)),
    )
    assert (custom.options, custom.chosen) == (("1", "2", "a,b"), ("2",))
    assert constant.chosen == ("https://docs.example",)
    assert source.chosen == ("Prometheus",)
    assert interval.chosen == ("5m",)
    assert {each.state for each in (custom, constant, source, interval)} == {State.NOT_ASKED}


def test_variables_that_need_each_other_in_a_circle_come_to_an_end(nobody: Prometheus) -> None:
    first, second = resolved(
        nobody,
        Variable(name="a", kind="query", query="label_values(x{b=~'$b'}, a)"),
        Variable(name="b", kind="query", query="label_values(x{a=~'$a'}, b)"),
    )
    assert (first.state, second.state) == (State.ERROR, State.ERROR)


@pytest.mark.debian_servers
@pytest.mark.parametrize(
    ("query", "fields", "options"),
    [
        ("label_values(shop_up, target)", {}, ("cache", "orders")),
        ('label_values(shop_up{target=~"o.*"}, target)', {}, ("orders",)),
        ("label_values(job)", {}, ("shop",)),
        ('label_values({__name__=~"shop_up|shop_ratio",mall="Cloud Lane"}, target)', {}, ("cache", "orders")),
        ("metrics(^shop_he)", {}, ("shop_heap_bytes",)),
        ("label_names()", {"filter": "^ta"}, ("target",)),
        ("label_values(shop_up, target)", {"filter": "/^(c|o)/"}, ("c", "o")),
        ("label_values(shop_up, target)", {"filter": "/(?<value>..)$/"}, ("he", "rs")),
        ("label_values(shop_up, target)", {"sort": 2}, ("orders", "cache")),
        ("label_values(shop_latency_seconds_bucket, le)", {"sort": 3}, ("0.1", "1", "+Inf")),
        ("query_result(min(shop_up) * 0 + 3)", {"filter": "/ (\\d+) /"}, ("3",)),
        ("sum(shop_heap_bytes)", {}, ("{}",)),
    ],
)
def test_what_a_variable_offers(
    prometheus: Prometheus, query: str, fields: Mapping[str, Any], options: tuple[str, ...]
) -> None:
    (found,) = resolved(prometheus, Variable(name="v", kind="query", query=query, **fields))
    assert found.reason is None
    assert found.options == options
    assert found.state is State.ALIVE


@pytest.mark.debian_servers
def test_a_variable_that_cannot_be_asked_says_why(prometheus: Prometheus) -> None:
    broken, filtered, nothing = resolved(
        prometheus,
        Variable(name="a", kind="query", query="label_values(shop_up{, target)"),
        Variable(name="b", kind="query", query="label_values(shop_up, target)", filter="/(/"),
        Variable(name="c", kind="query", query="label_values(shop_up, absent)"),
    )
    assert (broken.state, filtered.state, nothing.state) == (State.ERROR, State.ERROR, State.EMPTY)
    assert "parse error" in str(broken.reason)
    assert "is no regular expression" in str(filtered.reason)


@pytest.mark.debian_servers
def test_the_saved_choice_counts_while_it_is_on_offer(prometheus: Prometheus) -> None:
    query = "label_values(shop_up, target)"
    saved, gone, first, every = resolved(
        prometheus,
        Variable(name="a", kind="query", query=query, current=("cache",)),
        Variable(name="b", kind="query", query=query, current=("gone",), include_all=True),
        Variable(name="c", kind="query", query=query, sort=1),
        Variable(name="d", kind="query", query=query, current=("$__all",), include_all=True, multi=True),
    )
    assert saved.chosen == ("cache",)
    assert (gone.chosen, gone.all_chosen) == (("cache", "orders"), True)
    assert first.chosen == ("cache",)
    assert every.all_chosen
