"""A user's list of statements."""

from pathlib import Path

import pytest

from collectors.workload_file import WorkloadFileError, listed, read
from facts.listed import Listed


def of(text: str) -> list[Listed]:
    return list(listed(text, "mall.sql"))


def test_statements_with_their_weights_and_places() -> None:
    found = of(
        "-- what the app will ask\n"
        "-- weight: 12.5\n"
        "SELECT * FROM orders\nWHERE user_id = 42;\n\n"
        "SELECT 1; -- weight: 3\n;;\n"
        "/* route='/p/{sku}' */ SELECT 2"
    )
    assert [(each.text, each.per_second, each.tags) for each in found] == [
        ("SELECT * FROM orders WHERE user_id = 42", 12.5, {"file": "mall.sql:3"}),
        ("SELECT 1", 3.0, {"file": "mall.sql:6"}),
        ("SELECT 2", 1.0, {"route": "/p/{sku}", "file": "mall.sql:8"}),
    ]


def test_what_could_be_somebodys_becomes_a_parameter() -> None:
    (found,) = of(
        "SELECT 1 FROM users WHERE name = 'Li; Na' AND phone = 13800138000 AND state = $1 AND day > '2026-01-01' "
        "AND note = E'it''s' AND body = $x$a;b$x$ LIMIT 20"
    )
    assert found.text == (
        "SELECT 1 FROM users WHERE name = $2 AND phone = $3 AND state = $1 AND day > '2026-01-01' "
        "AND note = $4 AND body = $5 LIMIT 20"
    )


@pytest.mark.parametrize("text", ["\\timing on\nSELECT 1", "SELCT 1", "EXPLAIN SELECT 1", "BEGIN"])
def test_what_could_not_be_judged_is_told(text: str) -> None:
    with pytest.raises(WorkloadFileError, match="line 1: this is no query"):
        of(f"{text};")


def test_a_parameter_beyond_all_bounds_is_left_alone() -> None:
    (found,) = of("SELECT '$99999999999999999999', 'abc' FROM t WHERE a = $99999999")
    assert found.text == "SELECT $1, $2 FROM t WHERE a = $99999999"


@pytest.mark.parametrize("weight", ["0", "-1", "many", "", "inf", "nan", "1e999", "1e7"])
def test_a_weight_that_is_none(weight: str) -> None:
    with pytest.raises(WorkloadFileError, match="line 2"):
        of(f"SELECT 1;\n-- weight: {weight}\nSELECT 2")


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(WorkloadFileError, match="cannot be read"):
        read(tmp_path / "none.sql")
    with pytest.raises(WorkloadFileError, match="cannot be read"):
        read(tmp_path)
    file = tmp_path / "mall.sql"
    file.write_text("-- nothing yet\n ;\n", encoding="utf-8")
    with pytest.raises(WorkloadFileError, match="holds no statement"):
        read(file)
    file.write_bytes("SELECT '\xe4'".encode("latin-1"))
    with pytest.raises(WorkloadFileError, match="UTF-8"):
        read(file)
    file.write_bytes(b"\xef\xbb\xbfSELECT 1")
    assert [each.text for each in read(file)] == ["SELECT 1"]
    with file.open("wb") as large:
        large.truncate((16 << 20) + 1)
    with pytest.raises(WorkloadFileError, match="larger than 16 MiB"):
        read(file)


def test_a_quotation_that_is_left_open_takes_the_rest_and_tells_nobody_of_it() -> None:
    (found,) = of("SELECT 'open; SELECT 2")
    assert found.text == "SELECT $1"
