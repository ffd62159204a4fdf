"""The guide to tickets: its configuration is valid, its commands and options exist, both languages show the same."""

from pathlib import Path

import pytest
import typer

from tenfold.cli.app import app
from tenfold.settings import load
from tests.tenfold.test_rehearsal_guide import ROOT, _options, blocks, commands

GUIDES = (ROOT / "docs" / "tickets.md", ROOT / "docs" / "zh" / "tickets.md")


def test_both_languages_have_the_same_commands_and_configuration() -> None:
    english, chinese = GUIDES
    for kind in ("console", "toml"):
        assert blocks(english, kind)
        assert blocks(english, kind) == blocks(chinese, kind)


def test_its_configuration_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_WECOM_KEY", "key")
    path = tmp_path / "tenfold.toml"
    path.write_text("".join(blocks(GUIDES[0], "toml")), encoding="utf-8")
    settings = load(path)
    assert settings.tickets is not None
    assert settings.route[0].area == settings.tickets.rotation[0].area


def test_every_command_and_option_exists() -> None:
    known = dict(_options(typer.main.get_group(app)))
    shown = [each[1:] for block in blocks(GUIDES[0], "console") for each in commands(block)]
    assert len(shown) > 10
    for words in shown:
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        assert name in known
        assert {each for each in words if each.startswith("-")} <= known[name], name


@pytest.mark.parametrize("guide", GUIDES, ids=["en", "zh"])
def test_its_links_lead_somewhere(guide: Path) -> None:
    import re

    for goal in re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text(encoding="utf-8")):
        assert (guide.parent / goal).exists(), goal
