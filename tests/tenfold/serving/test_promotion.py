"""The promotion's beginning and multiplier as metrics."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from tenfold.serving.promotion import coming
from tenfold.settings import load

MIDNIGHT_IN_SHANGHAI = datetime.fromisoformat("2026-11-11T00:00:00+08:00").timestamp()


def shown(folder: Path, text: str) -> dict[str, float | Iterable[object]]:
    path = folder / "tenfold.toml"
    path.write_text(text, encoding="utf-8")
    found = coming(load(path).promotion_facts()).begin()(None)
    return {each.metric.name: each.value for each in found}  # type: ignore[misc]


@pytest.mark.parametrize("starts", ["2026-11-11T00:00:00+08:00", "2026-11-11T00:00:00", "2026-11-10T16:00:00Z"])
def test_the_beginning_is_on_the_malls_clock(tmp_path: Path, starts: str) -> None:
    text = f'[mall]\ntimezone = "Asia/Shanghai"\n[promotion]\nname = "Singles Day"\nstarts = {starts}\n'
    assert shown(tmp_path, text)["tenfold_promotion_start_timestamp_seconds"] == MIDNIGHT_IN_SHANGHAI


def test_without_a_beginning_there_is_only_the_multiplier(tmp_path: Path) -> None:
    assert shown(tmp_path, "[promotion]\nmultiplier = 8\n") == {"tenfold_promotion_multiplier": 8}
