"""Lines of a terminal: where they break, and where they never do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from pages.figures import glued
from pages.plain import harmless
from pages.wrapping import wrap
from tests.pages.hostile_sample import HOSTILE, LONG


def lines(text: str, width: int) -> list[str]:
    return [line.plain for line in wrap(Text(text), width)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("Drop it now", 20, ["Drop it now"]),
        ("Drop it now", 8, ["Drop it", "now"]),
        ("Drop it now", 7, ["Drop it", "now"]),
        ("idx_orders_note is used", 10, ["idx_orders", "_note is", "used"]),
        ("twice 60 s apart", 9, ["twice", "60 s", "apart"]),
        ("it is 0.0 % now", 10, ["it is", "0.0 % now"]),
        ("a 5 strong team", 4, ["a 5", "stro", "ng", "team"]),
        ("one\ntwo", 20, ["one", "two"]),
        ("one\n\ntwo", 20, ["one", "", "two"]),
        ("\tx", 20, ["        x"]),
        ("", 20, [""]),
        ("执行了十次", 6, ["执行了", "十次"]),
        ("执行了，十次", 6, ["执行", "了，十", "次"]),
        ("每次（十次）", 6, ["每次", "（十", "次）"]),
        ("每次 17.4 ms；然后", 9, ["每次", "17.4 ms；", "然后"]),
        ("索引public.t有用", 12, ["索引public.t", "有用"]),
    ],
)
def test_lines_break_where_a_reader_would_break_them(text: str, width: int, expected: list[str]) -> None:
    assert lines(text, width) == expected


@settings(deadline=None, database=None)
@given(text=st.text() | st.just(HOSTILE) | st.just(LONG), width=st.integers(min_value=2, max_value=60))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    text = harmless(text)
    broken = lines(text, width)
    assert all(cell_len(line) <= width for line in broken)
    assert "".join("".join(broken).split()) == "".join(text.split())


def test_styles_stay_where_they_were() -> None:
    text = Text("one ")
    text.append("two three", style="bold")
    assert [[(span.start, span.end) for span in line.spans] for line in wrap(text, 7)] == [[(4, 7)], [(0, 5)]]


def test_a_browser_does_not_part_a_number_from_its_unit() -> None:
    assert glued("0.0 % in 17.4 ms, 3 scans, 4.52 MiB.") == "0.0\u00a0% in 17.4\u00a0ms, 3 scans, 4.52\u00a0MiB."
