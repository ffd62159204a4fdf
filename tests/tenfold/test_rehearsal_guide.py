"""The guide to rehearsals works as it is written, in both languages: its loopback examples run, its configuration is valid."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from mall.servers.processes import end, free_port
from tenfold.cli.app import app
from tenfold.exits import ExitCode
from tenfold.settings import load
from tests.tenfold.conftest import Program

ROOT = Path(__file__).parents[2]
GUIDES = (ROOT / "docs" / "rehearsal.md", ROOT / "docs" / "zh" / "rehearsal.md")
PAGES = (
    *GUIDES,
    *(ROOT / "docs" / name for name in ("watching.md", "zh/watching.md", "dashboards.md", "zh/dashboards.md")),
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
)
PORT = "127.0.0.1:8000"
# A reader has half a minute for each; what the example shows is there after two seconds.
SECONDS = "2"
VERDICTS = {ExitCode.DONE, ExitCode.FINDINGS, ExitCode.INVALID}


def blocks(guide: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line[2:], comments=True) for line in text.splitlines() if line.startswith("$ ")]


def loopback(guide: Path) -> list[list[str]]:
    return [each for block in blocks(guide, "console loopback") for each in commands(block)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The guide's own server, on a port that is free here; its address without the scheme."""
    (command,) = [each for each in loopback(GUIDES[0]) if each[0] == "python3"]
    address = f"127.0.0.1:{free_port()}"
    here = [sys.executable, *command[1:]]
    here[here.index("8000")] = address.partition(":")[2]
    with subprocess.Popen(
        here, cwd=tmp_path, env={"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            assert b"Serving HTTP" in process.stdout.readline()
            yield address
        finally:
            end(process)


def test_the_loopback_examples_run_in_their_order(tenfold: Program, site: str) -> None:
    for command in loopback(GUIDES[0]):
        if command[0] != "tenfold":
            continue
        arguments = [each.replace(PORT, site) for each in command[1:]]
        if "--duration" in arguments:
            arguments[arguments.index("--duration") + 1] = SECONDS
        ended = tenfold(*arguments)
        # Whether a busy machine's round is valid is not this test's question.
        assert ended.code in VERDICTS, ended.everything
    rounds = [json.loads((tenfold.folder / name / "round.json").read_text("utf-8")) for name in ("before", "after")]
    assert rounds[0]["journeys_scheduled"] == rounds[1]["journeys_scheduled"] > 0, "one seed, one schedule"
    assert "<testsuite " in (tenfold.folder / "rehearsal" / "junit.xml").read_text("utf-8")


def test_both_languages_have_the_same_commands_and_configuration() -> None:
    english, chinese = GUIDES
    for kind in ("console loopback", "console", "toml"):
        assert blocks(english, kind) == blocks(chinese, kind)
    assert loopback(english), "nothing would be executed"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_its_configuration_is_valid(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_REHEARSAL_KEY", "a key of sixteen or more")
    path = tmp_path / "tenfold.toml"
    path.write_text("".join(blocks(guide, "toml")), encoding="utf-8")
    settings = load(path)
    assert settings.loadtest.targets[0].host in settings.http[0].url


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_every_option_that_a_page_names_exists(page: Path) -> None:
    known = dict(_options(typer.main.get_group(app)))
    shown = [each for block in blocks(page, r"console[ a-z]*") for each in commands(block)]
    found = [each[1:] for each in shown if each[0].rpartition("/")[2] == "tenfold"]
    assert found
    for words in found:
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        options = {each.partition("=")[0] for each in words if each.startswith("-")}
        assert options <= known[name], (page.name, name)


def _options(group: TyperGroup, before: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command by its words, with its options."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _options(command, f"{before}{name} ")
        else:
            yield before + name, {option for each in command.params for option in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_its_options_in_running_text_exist_too(guide: Path) -> None:
    stress = typer.main.get_group(app).commands["stress"]
    known = {option for each in stress.params for option in (*each.opts, *each.secondary_opts)} | {"--keep"}
    text = re.sub(r"^```.*?^```", "", guide.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(?:[^`]*? )?(--[a-z-]+)", text)) <= known


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_its_links_lead_somewhere(guide: Path) -> None:
    for goal in re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text(encoding="utf-8")):
        assert (guide.parent / goal).exists(), goal
