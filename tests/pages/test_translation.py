"""Translation: sentences in the reader's language, everything else the same, English where a sentence has no translation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from facts.message import as_document, from_document, msg, msg_n, verbatim
from pages import translation
from pages.findings_json import findings_json
from pages.html.report import report_html
from pages.markdown import markdown
from pages.translation import translator
from tests.pages.sample import rich_report
from tests.pages.sample_findings import ORDERS_INDEX

SENTENCES = {
    "No index on {subject}": "{subject} 上缺少索引",
    "The mall falls over": "商城会崩溃",
    "at {multiplier} times the everyday peak": "在日常峰值的 {multiplier} 倍时",
    "critical": "严重",
    "Not examined": "未检查",
    "Copy": "复制",
    "{ratio} of {table}": "{table} 的 {ratio}",
}
COUNTED = (("{count} row of {table}", "{count} rows of {table}"), ("{table} 的 {count} 行",))


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small compiled catalogue of our own, in the place of the real one."""
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="zh", domain=translation.DOMAIN)
    for english, translated in SENTENCES.items():
        catalogue.add(english, translated)
    catalogue.add(*COUNTED)
    with (folder / f"{translation.DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(translation, "LOCALE", tmp_path)
    translator.cache_clear()
    yield tmp_path
    translator.cache_clear()


@pytest.mark.usefixtures("chinese")
def test_a_message_is_translated_and_then_filled_in() -> None:
    say = translator("zh")
    assert say(msg("No index on {subject}", subject="public.orders(id)")) == "public.orders(id) 上缺少索引"
    assert say("critical") == "严重"


@pytest.mark.usefixtures("chinese")
def test_a_translation_may_put_the_values_in_its_own_order() -> None:
    assert translator("zh")(msg("{ratio} of {table}", ratio="97 %", table="orders")) == "orders 的 97 %"


@pytest.mark.usefixtures("chinese")
def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    inner = msg("No index on {subject}", subject="{orders}")
    outer = msg("{ratio} of {table}", ratio=inner, table=msg("Copy"))
    assert translator("zh")(outer) == "复制 的 {orders} 上缺少索引"
    assert translator("en")(outer) == "No index on {orders} of Copy"


@pytest.mark.usefixtures("chinese")
def test_words_from_elsewhere_are_left_as_they_are() -> None:
    for text in ("critical", "ERROR: {x} %s", "", "No index on {subject}"):
        assert translator("zh")(verbatim(text)) == text


@pytest.mark.usefixtures("chinese")
def test_a_sentence_without_translation_stays_english() -> None:
    assert translator("zh")(msg("Drop {index}.", index="idx")) == "Drop idx."


@pytest.mark.usefixtures("chinese")
def test_english_is_english_whatever_catalogues_there_are() -> None:
    assert translator("en")("critical") == "critical"


@pytest.mark.usefixtures("chinese")
def test_nothing_says_nothing_and_not_the_catalogues_header() -> None:
    assert translator("zh")("") == ""


def test_without_a_catalogue_everything_is_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "LOCALE", tmp_path / "nowhere")
    translator.cache_clear()
    try:
        assert translator("zh")(msg("No index on {subject}", subject="t(a)")) == "No index on t(a)"
    finally:
        translator.cache_clear()


def test_values_are_never_read_as_places() -> None:
    assert translator("en")(msg("No index on {subject}", subject="{0} {subject} %s")) == "No index on {0} {subject} %s"
    assert translator("en")("{a template without values}") == "{a template without values}"


@pytest.mark.usefixtures("chinese")
def test_the_pages_speak_chinese_and_leave_names_and_statements_alone() -> None:
    text, html, document = (
        markdown(rich_report(), "zh"),
        report_html(rich_report(), "zh"),
        findings_json(rich_report(), "zh"),
    )
    assert text.startswith("# 商城会崩溃 在日常峰值的 10 倍时\n")
    assert "## 未检查" in text
    assert '<html lang="zh-CN">' in html
    assert "public.orders(user_id, created_at DESC) 上缺少索引" in html
    assert ">复制</button>" in html
    for page in (text, html):
        assert ORDERS_INDEX in page
    assert document["language"] == "zh"
    assert document["findings"][0]["title"] == "public.orders(user_id, created_at DESC) 上缺少索引"
    assert document["findings"][0]["severity"] == "critical"
    assert document["verdict"] == "falls over"


def test_a_sentence_that_counts_reads_differently_for_one(chinese: Path) -> None:
    del chinese
    english, ours = translator("en"), translator("zh")
    for count, expected in ((1, "1 row of orders"), (0, "0 rows of orders"), (2, "2 rows of orders")):
        said = msg_n("{count} row of {table}", "{count} rows of {table}", count, table="orders")
        assert (english(said), str(said)) == (expected, expected)
        assert ours(said) == f"orders 的 {count} 行", "one form for all"
        assert from_document(as_document(said)) == said
    thousands = msg_n("{count} row", "{count} rows", 1234, count="1 234")
    assert english(msg("about {what}", what=thousands)) == "about 1 234 rows"
    with pytest.raises(ValueError, match="no value"):
        msg_n("{count} row of {table}", "{count} rows", 1)


def test_what_is_no_sentence_is_none_and_one_that_reaches_too_far_neither() -> None:
    for stored in (
        None, "x", {}, {"template": "x"}, {"template": 1, "values": {}}, {"template": "{a}", "values": {}},
        {"template": "{a.__class__}", "values": {"a": 1}}, {"template": "x", "values": [], "more": 1},
        {"template": "x", "values": {}, "one": 1, "number": 1},
    ):  # fmt: skip
        assert from_document(stored) is None
