"""The command line speaks the terminal's language also where typer and pydantic would speak English."""

import re
from pathlib import Path

import pytest

from tenfold.this_machine import is_this_machine
from tests.tenfold.conftest import Program

CHINESE = {"TENFOLD_LANG": "zh"}
HAN = re.compile(r"[\u4e00-\u9fff]")
# Three English words in a row are a sentence; names of options and values are not.
ENGLISH = re.compile(r"(?:\b[A-Za-z']+ ){2}[a-z']+\b")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program.in_new_folder(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (("stress", "--rate", "abc"), "a number is needed", "需要一个数"),
        (("stress", "--users", "1.5"), "a whole number is needed", "需要一个整数"),
        (("stress", "--users", "0"), "at least 1", "至少为 1"),
        (("stress", "--web-port", "70000"), "at most 65535", "最多为 65535"),
        (("stress", "--arrivals", "daily"), "'daily' is none of 'constant', 'poisson'", "'daily' 不在以下各项之中"),
        (("stress", "--rate"), "Option '--rate' needs a value", "选项 '--rate' 需要一个值"),
        (("stress", "--quiet=1"), "Option '--quiet' takes no value", "选项 '--quiet' 不带值"),
        (("stress", "--rat", "3"), "Did you mean --", "是否想输入"),
        (("stress", "more"), "Too many arguments: more", "多余的参数：more"),
        (("stres",), "No such command 'stres'", "没有命令 'stres'"),
        (("compare",), "Missing argument 'before'", "缺少参数 'before'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_told_in_words_of_the_language(
    program: Program, arguments: tuple[str, ...], english: str, chinese: str
) -> None:
    ended = program(*arguments)
    assert ended.code == 2
    assert english in ended.stderr
    assert "-h" in ended.stderr, "what to do comes with it"
    ended = program(*arguments, environment=CHINESE)
    assert ended.code == 2
    assert chinese in ended.stderr
    assert ENGLISH.findall(ended.stderr) == []


@pytest.mark.parametrize("command", ["", "stress", "compare", "demo", "snapshot show"])
def test_the_help_has_no_english_left(program: Program, command: str) -> None:
    ended = program(*command.split(), "-h", environment={**CHINESE, "COLUMNS": "200"})
    assert ended.code == 0
    shown = re.sub(r"^ *示例：.*$", "", ended.stdout, flags=re.MULTILINE)
    assert not re.search(r"Usage|Options|Commands|Arguments|default|required|Show|Install", shown), shown
    assert HAN.search(shown)


def test_the_help_option_is_told_in_english_as_ever(program: Program) -> None:
    assert "Show this message and exit." in program("stress", "-h").stdout


@pytest.mark.parametrize(
    ("line", "chinese"),
    [
        ('[loadtest]\nbaseline = "0s"', "loadtest.baseline："),
        ("[loadtest]\nseed = 1.5", "需要一个整数"),
        ("[loadtest]\njourneys = 3", "需要列表"),
        ("[mall]\nname = 3", "需要文本"),
        ('[mall]\nlang = "de"', "必须是以下之一"),
        ("[promotion]\nmultiplier = 0", "至少为|必须大于"),
    ],
)
def test_a_value_of_the_configuration_is_refused_in_words_of_the_language(
    program: Program, line: str, chinese: str
) -> None:
    (program.folder / "tenfold.toml").write_text(f"{line}\n", encoding="utf-8")
    ended = program("stress", environment=CHINESE)
    assert ended.code == 2
    assert re.search(chinese, ended.stderr), ended.stderr
    assert ENGLISH.findall(ended.stderr) == []


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("", True), ("localhost", True), ("127.0.0.1", True), ("127.0.1.1", True), ("::1", True), ("/run/postgresql", True),
        ("db.example", False), ("10.0.0.7", False), ("localhost.example", False),
    ],
)  # fmt: skip
def test_which_addresses_mean_this_machine(host: str, here: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert is_this_machine(host) is here
