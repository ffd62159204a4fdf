"""Any document of evidence can be read: alike rows as a table, names with values as pairs, the rest as text; and nothing is too long."""

from typing import Any

import pytest

from facts.message import msg, msg_n
from pages.tickets.readable import CHARACTERS, COLUMNS, ROWS, readable


def test_rows_that_are_alike_are_a_table_with_all_their_columns() -> None:
    (block,) = readable([{"pid": 1, "statement": "SELECT"}, {"pid": 2, "seconds": 0.25}])
    assert block.kind == "table"
    assert block.head == ("pid", "statement", "seconds")
    assert block.rows == (("1", "SELECT", "–"), ("2", "–", "0.25"))
    assert block.numeric == (True, False, True)


def test_names_with_values_are_pairs_and_what_they_hold_follows_with_its_name() -> None:
    pairs, blocking, text = readable({"total": 61, "ok": True, "blocking": [{"pid": 1}], "log": "a\nb"}, "sessions")
    assert (pairs.kind, pairs.title, pairs.rows) == ("pairs", "sessions", (("total", "61"), ("ok", "true")))
    assert (blocking.kind, blocking.title) == ("table", "sessions · blocking")
    assert (text.kind, text.text) == ("text", "a\nb")


def test_points_of_a_series_are_a_table_without_a_head() -> None:
    (block,) = readable([[1731254400, 0.5], [1731254460, None]])
    assert (block.kind, block.head) == ("table", ())
    assert block.rows == (("1731254400", "0.5"), ("1731254460", "–"))


@pytest.mark.parametrize("value", [None, {}, [], ""])
def test_nothing_is_said_to_be_nothing(value: Any) -> None:
    assert [each.kind for each in readable(value)] == ["nothing"]


def test_what_is_too_long_is_cut_and_says_so() -> None:
    (rows,) = readable([{"n": n} for n in range(ROWS + 7)])
    assert (len(rows.rows), rows.cut) == (ROWS, msg_n("{count} more is kept.", "{count} more are kept.", 7))
    (text,) = readable("x" * (CHARACTERS + 3))
    assert (len(text.text), text.cut) == (
        CHARACTERS,
        msg_n("{count} character more is kept.", "{count} characters more are kept.", 3),
    )
    (wide,) = readable([{str(n): n for n in range(COLUMNS + 5)}])
    assert len(wide.head) == COLUMNS


def test_a_document_that_is_deep_ends_as_text() -> None:
    deep: Any = {"leaf": 1}
    for _ in range(40):
        deep = {"in": deep}
    blocks = readable(deep)
    assert blocks[-1].kind == "text"
    assert len(blocks) == 1


def test_a_sentence_of_ours_stays_one_wherever_it_stands() -> None:
    said = {"template": "{count} more are kept.", "values": {"count": 3}}
    sentence = msg("{count} more are kept.", count=3)
    (pairs,) = readable({"log": said})
    assert pairs.rows == (("log", sentence),)
    (table,) = readable([{"log": said, "n": 1}])
    assert table.rows == ((sentence, "1"),)
    broken = {"template": "{count.__class__}", "values": {"count": 3}}
    assert "template" in str(readable({"log": broken})), "shown as what it is"
