"""The preview page: what it shows of each kind of panel, and that nothing in it can do harm."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from facts.board_answers import State
from facts.boards import Link, Place, Style, ValueWords
from pages.boards.page import boards_page
from pages.boards.prose import blocks
from pages.html.frame import FOLDER
from pages.translation import LANGUAGES, Language
from tests.pages.boards import samples
from tests.pages.hostile_sample import HOSTILE

SOURCE = "http://127.0.0.1:9090"
VOID = {"meta", "link", "br", "input"}


class Reading(HTMLParser):
    """The elements with their attributes, and the text of each panel."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.panels: dict[str, str] = {}
        self._panel = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag == "article":
            self._panel = found["id"]
            self.panels[self._panel] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._panel = ""

    def handle_data(self, data: str) -> None:
        if self._panel:
            self.panels[self._panel] += f" {data.strip()}"

    def by_title(self, title: str) -> str:
        (found,) = [each for each in self.panels.values() if each.split("  ")[0].strip().startswith(title)]
        return " ".join(found.split())


def page(language: Language = "en") -> Reading:
    return Reading(boards_page([samples.everything()], SOURCE, language))


@pytest.fixture(scope="module")
def read() -> Reading:
    return page()


def test_every_panel_is_on_the_page_with_its_state(read: Reading) -> None:
    articles = [attributes["class"].split()[1] for tag, attributes in read.tags if tag == "article"]
    assert len(articles) == 13
    assert sorted(articles) == ["alive"] * 8 + ["empty"] * 2 + ["failed"] * 2 + ["plain"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Orders a second", "web 11.3 req/s 40.0 req/s"),
        ("Payments", "27.4%"),
        ("By channel", "web 11.3% app 11.9%"),
        ("Payments by channel", "wechat paid 1.23 K"),
        ("Up and down", "00:00 01:00"),
        ("Read me", "What this is Orders of all channels."),
        ("Heat", "a panel of the kind heatmap is shown by its last values here"),
        ("Refunds", "no refund yet A the query is right and brings nothing rate(shop_orders_total[1m])"),
        ("Broken", "No data A bad_data: 1:5: parse error rate(shop_orders_total[1m])"),
        ("Renamed", "this Prometheus has no series of shop_renamed_total"),
        ("Only NaN", "the query brings nothing but NaN"),
    ],
)
def test_a_panel_says_what_it_has_or_why_it_has_nothing(read: Reading, title: str, words: str) -> None:
    assert any(words in " ".join(text.split()) for text in read.panels.values() if text.strip().startswith(title))


def test_what_is_not_alive_is_linked_from_the_top(read: Reading) -> None:
    anchors = {attributes["id"] for tag, attributes in read.tags if tag == "article"}
    links = [attributes["href"][1:] for tag, attributes in read.tags if tag == "a" and attributes.get("class")]
    assert len(links) == 4
    assert set(links) <= anchors


def test_the_page_allows_no_request_and_holds_nothing_that_would_make_one(read: Reading) -> None:
    policy = next(attributes["content"] for tag, attributes in read.tags if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for tag, attributes in read.tags:
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert tag not in {"img", "iframe", "object", "embed", "form", "base", "image", "use"}
        assert attributes.get("src") is None
        if tag != "a":
            assert attributes.get("href", "data:,") == "data:,"


def test_hostile_text_is_text() -> None:
    html = boards_page([samples.hostile()], HOSTILE, "en")
    read = Reading(html)
    for tag, attributes in read.tags:
        assert tag not in {"img", "iframe", "b9"}
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert "javascript" not in attributes.get("href", "")
    assert html.count("<script>") == 1
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_are_in_the_readers_language(language: Language) -> None:
    html = boards_page([samples.everything()], SOURCE, language)
    assert ("面板：" in html) == (language == "zh")
    assert ("Panels: " in html) == (language == "en")


def test_times_are_told_in_the_malls_zone() -> None:
    html = boards_page([samples.everything()], SOURCE, "en", zone=ZoneInfo("Asia/Shanghai"))
    assert "2026-11-30 08:00:00 – 09:00:00 CST" in html


def test_panels_stand_below_the_heading_of_their_row() -> None:
    row = samples.panel("row", title="Checkout")
    chart, other = (samples.panel("stat", samples.two_orders(), title=each) for each in ("Carts", "Orders"))
    one = samples.board(chart, other)
    placed = [
        replace(row, panel=replace(row.panel, place=Place(0, 9, 24, 1))),
        replace(one.panels[0], panel=replace(one.panels[0].panel, place=Place(0, 10, 12, 8))),
        replace(one.panels[1], panel=replace(one.panels[1].panel, place=Place(0, 0, 12, 8))),
    ]
    html = boards_page([replace(one, panels=tuple(placed))], SOURCE, "en")
    order = [
        html.index(f">{each}</h3>") if each == "Checkout" else html.index(f"<h3>{each}")
        for each in ("Orders", "Checkout", "Carts")
    ]
    assert order == sorted(order)


def test_a_panel_leads_to_other_boards_of_the_page_and_into_the_web() -> None:
    links = (
        Link("Redis", "/d/redis?${__url_time_range}"),
        Link("Hosts", "/d/hosts"),
        Link("Rule", "https://docs.mall.test/rules/RDS001.md"),
        Link("Nowhere", "https://tenfold.example/docs/rules/RDS001.md"),
        Link("Script", "javascript:alert(1)"),
    )
    first = samples.board(samples.panel("stat", samples.two_orders(), links=links))
    second = samples.board(title="Redis")
    second = replace(second, board=replace(second.board, uid="redis"))
    read = Reading(boards_page([first, second], SOURCE, "en"))
    found = [attributes["href"] for tag, attributes in read.tags if tag == "a" and attributes.get("rel")]
    assert found == ["#board2", "https://docs.mall.test/rules/RDS001.md"]


def test_what_is_not_there_has_the_colour_that_its_board_gives_it() -> None:
    words = (ValueWords("special", "null+nan", text="nobody watches", colour="red"),)
    one = samples.panel("stat", samples.target(), style=Style(words=words))
    html = boards_page([samples.board(one)], SOURCE, "en")
    assert '<p class="nothing red">nobody watches</p>' in html


def test_a_panels_description_is_at_its_title() -> None:
    one = samples.panel("stat", samples.two_orders(), description='What "paid" means')
    assert '<h3 title="What &#34;paid&#34; means">Orders <span class="about">ⓘ</span></h3>' in boards_page(
        [samples.board(one)], SOURCE, "en"
    )


def test_several_boards_have_an_overview_with_what_is_dead_in_each() -> None:
    dead = samples.board(samples.panel("stat", samples.target(state=State.ERROR)), title="Redis")
    html = boards_page([samples.board(title="Hosts"), dead], SOURCE, "en")
    assert re.search(r'<a href="#board2">Redis <span class="count failed">1</span></a>', html)
    assert '<a href="#board1">Hosts</a>' in html


def test_a_board_without_panels_is_a_page_too() -> None:
    assert "Panels: 0 alive" in boards_page([samples.board()], SOURCE, "en")


def kinds(content: str) -> Iterator[str]:
    for kind, text in blocks(content):
        yield f"{kind}:{text}"


def test_a_text_panels_markdown() -> None:
    content = "# Title\nfirst line\nsecond `code` **bold**\n\n* item\n1. numbered\n<b>tag</b> & more"
    assert list(kinds(content)) == [
        "h:Title",
        "p:first line second <code>code</code> <b>bold</b>",
        "li:item",
        "li:numbered",
        "p:tag &amp; more",
    ]


@pytest.mark.parametrize("address", ["javascript:alert`1`", "/d/other", "data:text/html,x", "//attacker.example"])
def test_only_addresses_of_the_web_are_links(address: str) -> None:
    assert list(kinds(f"[here]({address})")) == ["p:here"]
    assert list(kinds("[here](https://docs.example/a?b=1&c=2)")) == [
        'p:<a href="https://docs.example/a?b=1&amp;c=2" rel="noreferrer">here</a>'
    ]


def test_the_style_sheet_asks_for_nothing() -> None:
    css = (FOLDER.parent / "boards" / "boards.css").read_text(encoding="utf-8")
    assert "url(" not in css
    assert "@import" not in css
