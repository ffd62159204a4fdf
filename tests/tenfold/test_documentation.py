"""The generated pages under docs/ are what the code says, on any terminal and in any language."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tenfold.conftest import Program

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "environment",
    [{}, {"COLUMNS": "40", "LC_ALL": "zh_CN.UTF-8", "TENFOLD_LANG": "zh"}],
    ids=["plain", "narrow Chinese"],
)
def test_the_pages_are_those_that_the_code_gives(tenfold: Program, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "tenfold.documentation", str(tenfold.folder)],
        check=True,
        env={**tenfold.environment, **environment},
    )
    made = {path.relative_to(tenfold.folder) for path in tenfold.folder.rglob("*.md")}
    assert Path("cli.md") in made
    assert {path for path in made if path.parent.name == "rules"} == {
        path.relative_to(DOCS) for path in (DOCS / "rules").glob("*.md")
    }, "run: make docs"
    for path in made:
        assert (DOCS / path).read_text("utf-8") == (tenfold.folder / path).read_text("utf-8"), f"{path}; run: make docs"


def test_a_page_of_a_rule_that_is_gone_is_removed(tenfold: Program) -> None:
    stale = tenfold.folder / "rules" / "OLD001.md"
    stale.parent.mkdir()
    stale.write_text("gone", encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "tenfold.documentation", str(tenfold.folder)], check=True, env=tenfold.environment
    )
    assert not stale.exists()
    assert (tenfold.folder / "rules" / "README.md").is_file()
