"""The Chinese catalogue: nothing is missing from it, nothing in it can break a sentence, and what it says comes out."""

import ast
import html
import io
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from dashboards.rules.places import LABELS
from facts.message import Message, msg
from pages import catalogue, translation
from pages.catalogue import Sentence, catalogue_file, main, problems, read, sentences, updated
from pages.html.report import report_html
from pages.markdown import markdown
from pages.terminal import print_report
from pages.translation import LANGUAGES, translator
from tests.pages.sample import rich_report
from tests.pages.sample_findings import ORDERS_INDEX

# What typer itself adds to every command line, in English.
OF_TYPER = ("help", "install_completion", "show_completion")
HAN = re.compile(r"[\u4e00-\u9fff]")
# A Chinese character against a Latin one, a digit, a place or half-width punctuation; a space beside full-width punctuation.
CRAMPED = re.compile(
    r"[\u4e00-\u9fff][A-Za-z0-9{`$,;:!?()]|[A-Za-z0-9}`%,;:!?()][\u4e00-\u9fff]|[，。：；（）、？！] |\S [，。：；（）、？！]"
)


def chinese() -> Catalog:
    return read(catalogue_file("zh"), "zh")


def fields(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The real translations, compiled beside no other; whatever `make` left in the checkout is not looked at."""
    file = tmp_path / "zh" / "LC_MESSAGES" / f"{translation.DOMAIN}.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as binary:
        write_mo(binary, chinese())
    monkeypatch.setattr(translation, "LOCALE", tmp_path)
    translator.cache_clear()
    yield tmp_path
    translator.cache_clear()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house of its own, with a room for code and one for pages."""
    (tmp_path / "advisors" / "rules").mkdir(parents=True)
    (tmp_path / "pages").mkdir()
    (tmp_path / "mall").mkdir()
    return tmp_path


def test_every_sentence_of_the_code_has_its_chinese() -> None:
    assert problems(chinese(), sentences()) == []


def test_every_language_but_english_has_a_catalogue_file() -> None:
    assert [language for language in LANGUAGES if not catalogue_file(language).exists()] == ["en"]


def test_a_translation_has_the_places_of_its_sentence_and_no_others() -> None:
    translated = [(str(each.id), str(each.string)) for each in chinese() if each.id]
    assert len(translated) > 300
    assert [pair for pair in translated if fields(pair[0]) != fields(pair[1])] == []


def test_every_message_is_given_the_values_that_its_sentence_names() -> None:
    calls = [
        (path, call)
        for room in catalogue.ROOMS
        for path in (catalogue.ROOT / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "msg"
    ]
    assert len(calls) > 100
    for path, call in calls:
        wanted = fields(ast.literal_eval(call.args[0]))
        named = {each.arg for each in call.keywords if each.arg is not None}
        unpacked = [ast.unparse(each.value) for each in call.keywords if each.arg is None]
        # Alerts are given all labels, of which each sentence names some.
        assert unpacked in ([], ["LABELS"]), f"{path}:{call.lineno}"
        given = wanted & LABELS.keys() if unpacked else set()
        assert wanted == named | given, f"{path}:{call.lineno}"


def test_chinese_keeps_its_distance_from_latin_and_uses_its_own_punctuation() -> None:
    assert [str(each.string) for each in chinese() if each.id and CRAMPED.search(str(each.string))] == []


def test_the_command_says_that_nothing_is_left_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_without_a_word_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "update|check" in capsys.readouterr().err


def test_the_command_lists_what_is_left_to_do_until_somebody_has_done_it(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (house / "advisors" / "rule.py").write_text('title = msg("No index on {subject}", subject=name)\n')
    file = house / "zh" / f"{translation.DOMAIN}.po"
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "sentences", lambda: sentences(house))
        patch.setattr(catalogue, "catalogue_file", lambda _language: file)
        assert main(["check"]) == 1
        assert capsys.readouterr().out == "zh: advisors/rule.py:1: missing: 'No index on {subject}'\n"
        assert main(["update"]) == 0
        assert main(["check"]) == 1
        assert "not translated: 'No index on {subject}'" in capsys.readouterr().out
        written = read(file, "zh")
        for each in written:
            each.string = "{subject} 缺失索引" if each.id else each.string
        file.write_bytes(updated(written, sentences(house), "zh"))
        assert main(["update"]) == 0
        assert main(["check"]) == 0
        assert capsys.readouterr().out == ""


def test_sentences_are_taken_whole_from_code_and_pages_in_their_order(house: Path) -> None:
    (house / "advisors" / "rules" / "idx.py").write_text(
        'a = msg("one {x} "\n'
        '        "and two",\n'
        '        x="no sentence")\n'
        'b = say("cheap" if small else "dear")\n'
        'c = _("done: {x}").format(x=other("no sentence"))\n'
        "d = say(a)\n"
        'e = log("no sentence")\n'
    )
    (house / "pages" / "page.html.j2").write_text(
        "<p title=\"{{ say('A page\\'s title') }}\">{{ say(text) }}</p>{% set x = say('A {y}').format(y='no sentence') %}"
    )
    (house / "mall" / "faults.py").write_text('_("The practice mall speaks English")\n')
    assert [each.template for each in sentences(house)] == [
        "one {x} and two", "cheap", "dear", "done: {x}", "A page's title", "A {y}",
    ]  # fmt: skip


def test_what_the_practice_malls_faults_do_is_a_sentence_and_nothing_else_of_them(house: Path) -> None:
    (house / "mall" / "faults.py").write_text(
        'a = Fault(name="slow", hurts="Each search " "is slow.", audit_says="no sentence")\nb = Fault(hurts=f"{a} hurts.")\n'
    )
    assert list(sentences(house)) == [
        Sentence("Each search is slow.", "mall/faults.py", 1), Sentence(None, "mall/faults.py", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("made", ['msg(f"No index on {name}")', "_(text)", 'msg("a" + b)', 'msg("a" if b else c)'])
def test_a_sentence_that_is_not_written_out_is_named(house: Path, made: str) -> None:
    (house / "advisors" / "rule.py").write_text(f"\ntitle = {made}\n")
    catalogued = read(house / "none.po", "zh")
    catalogued.add("a", "甲")
    assert problems(catalogued, sentences(house)) == ["advisors/rule.py:2: the sentence is no literal text"]


@pytest.mark.parametrize(
    ("translated", "flags", "complaint"),
    [
        ("{index} 占用 {size}", (), None),
        ("占用 {size} 的是 {index}", (), None),
        ("", (), "not translated"),
        (" ", (), "not translated"),
        ("{index} 占用 {size}", ("fuzzy",), "fuzzy"),
        ("{index} 占用", (), "placeholders differ ({size})"),
        ("{index} 占用 {大小}", (), "placeholders differ ({size}, {大小})"),
        ("{index} 占用 {size", (), "placeholders differ ({, {size})"),
    ],
)
def test_a_translation_that_would_break_its_sentence_is_named(
    translated: str, flags: tuple[str, ...], complaint: str | None
) -> None:
    catalogued = Catalog(locale="zh")
    catalogued.add("{index} takes {size}", translated, flags=flags)
    found = [Sentence("{index} takes {size}", "a.py", 7)]
    expected = [f"a.py:7: {complaint}: '{{index}} takes {{size}}'"] if complaint else []
    assert problems(catalogued, found) == expected


def test_a_bare_percent_sign_that_the_compiler_would_refuse_is_named() -> None:
    catalogued = Catalog(locale="zh")
    catalogued.add("{share} (100 % is equal)", "{share}（100 % 为相同）")
    found = [Sentence("{share} (100 % is equal)", "a.py", 7)]
    assert problems(catalogued, found) == [
        "a.py:7: cannot be compiled (placeholders are incompatible): '{share} (100 % is equal)'"
    ]


def test_an_update_keeps_what_is_translated_and_forgets_what_the_code_no_longer_says(tmp_path: Path) -> None:
    old = Catalog(locale="zh")
    old.add("Drop it.", "删除它。", user_comments=["of an index"])
    old.add("Create it.", "创建它。", flags=["fuzzy"])
    old.add("Nobody says this.", "没人这么说。")
    file = tmp_path / "zh.po"
    file.write_bytes(updated(old, [Sentence(text, "a.py", 1) for text in ("New.", "Create it.", "Drop it.")], "zh"))
    new = read(file, "zh")
    assert [(str(each.id), str(each.string)) for each in new if each.id] == [
        ("New.", ""), ("Create it.", "创建它。"), ("Drop it.", "删除它。"),
    ]  # fmt: skip
    fuzzy, kept = new.get("Create it."), new.get("Drop it.")
    assert fuzzy is not None
    assert fuzzy.fuzzy
    assert kept is not None
    assert kept.user_comments == ["of an index"]
    assert "Nobody" not in file.read_text(encoding="utf-8")


def test_an_update_changes_nothing_when_only_lines_have_moved(tmp_path: Path) -> None:
    file = tmp_path / "zh.po"
    first = updated(Catalog(locale="zh"), [Sentence("Drop it.", "a.py", 1), Sentence("Drop it.", "b.py", 9)], "zh")
    file.write_bytes(first)
    assert b"#: a.py b.py\n" in first
    assert b"Date" not in first
    assert updated(read(file, "zh"), [Sentence("Drop it.", "a.py", 5), Sentence("Drop it.", "b.py", 3)], "zh") == first


@pytest.mark.usefixtures("compiled")
def test_a_compiled_catalogue_speaks_chinese() -> None:
    say = translator("zh")
    assert say(msg("No index on {subject}", subject="public.orders(user_id)")) == "public.orders(user_id) 缺失索引"
    assert say("critical") == "致命"
    assert say("Way back") == "回退方法"
    assert say(msg("Only {ratio} of the lookups hit", ratio="41 %")) == "命中率只有 41 %"


@pytest.mark.usefixtures("compiled")
def test_every_sentence_can_be_filled_in_and_says_every_value() -> None:
    say = translator("zh")
    for each in chinese():
        template = str(each.id)
        values = {name: f"<{name}>" for name in fields(template)}
        spoken = say(Message(template, dict(values)))
        assert all(value in spoken for value in values.values()), template


@pytest.mark.usefixtures("compiled")
def test_a_report_in_chinese_leaves_no_heading_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    page = report_html(rich_report(), "zh")
    headings = re.findall(r"<(?:h2|h4|th|summary|button)\b[^>]*>([^<]+)</", page)
    assert headings
    assert [each for each in headings if not HAN.search(each) and each.strip() not in {"#", "◐"}] == []
    assert ORDERS_INDEX in page
    print_report(rich_report(), Console(width=200), "zh")
    shown = capsys.readouterr().out
    assert "商城会垮" in shown
    assert "按日常峰值的 10 倍评估" in shown
    assert ORDERS_INDEX in shown


@pytest.mark.usefixtures("compiled")
def test_a_report_in_chinese_has_chinese_punctuation_between_its_parts() -> None:
    from rich.console import Console

    console = Console(width=2000, file=io.StringIO())
    print_report(rich_report(), console, "zh")
    assert isinstance(console.file, io.StringIO)
    pages = (
        console.file.getvalue(),
        markdown(rich_report(), "zh"),
        report_html(rich_report(), "zh").split("</style>")[1],
    )
    for page in pages:
        text = html.unescape(re.sub(r"</(?!b>)[^>]*>", "\n", page).replace("<b>", "").replace("</b>", ""))
        glue = r".*[\u4e00-\u9fff] ?[:;,.!?](?:\s|$).*|.*(?<!\d)[:;,.!?] ?[\u4e00-\u9fff].*"
        assert re.findall(glue, text, re.MULTILINE) == []
        assert "orders/mall: postgres_column_statistics：3 tables' statistics" in text.replace("\\", "")
        assert re.search("风险：|致命 2 项、高 2 项", text)


def test_the_command_line_explains_itself_in_chinese(compiled: Path) -> None:
    # In a process of its own, since the language of the command line is chosen when it is imported.
    script = f"""
from pathlib import Path
from pages import translation
translation.LOCALE = Path({str(compiled)!r})
import typer.main
from tenfold.cli.app import app

def helps(command, path):
    print(path, command.help, sep="\\t")
    for each in command.params:
        if each.name not in {OF_TYPER!r}:
            print(path, each.name, getattr(each, "help", None), sep="\\t")
    for name, each in getattr(command, "commands", {{}}).items():
        helps(each, path + " " + name)

helps(typer.main.get_command(app), "tenfold")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=catalogue.ROOT,
        env={**os.environ, "TENFOLD_LANG": "zh"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    lines = done.stdout.splitlines()
    assert any(line.startswith("tenfold audit\t") for line in lines)
    assert [line for line in lines if not HAN.search(line) and "PostgreSQL DSN" not in line] == []


def test_a_sentence_that_counts_is_taken_and_translated_with_its_plural(house: Path) -> None:
    (house / "advisors" / "rule.py").write_text(
        'a = msg_n("{count} row", "{count} rows", n)\nb = msg_n(one, "{count} rows", n)\n'
    )
    (house / "pages" / "page.html.j2").write_text("{{ say(msg_n('{count} day', '{count} days', n)) }}")
    found = list(sentences(house))
    assert [(each.template, each.many) for each in found] == [
        ("{count} row", "{count} rows"), (None, "{count} rows"), ("{count} day", "{count} days"),
    ]  # fmt: skip
    before = read(house / "none.po", "zh")
    before.add("{count} row", "{count} 行")
    text = updated(before, found, "zh")
    assert 'msgid_plural "{count} rows"\nmsgstr[0] "{count} 行"' in text.decode()
    assert "nplurals=1" in text.decode()
    file = house / "some.po"
    file.write_bytes(text)
    assert problems(read(file, "zh"), found) == [
        "advisors/rule.py:2: the sentence is no literal text",
        "pages/page.html.j2:1: not translated: '{count} day'",
    ]
