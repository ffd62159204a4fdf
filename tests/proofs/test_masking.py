"""Personal values and secrets are planted wherever a mall keeps them; nothing that an audit writes or prints holds one."""

import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from mall import Mall
from mall.servers.processes import free_port
from tests.proofs.conftest import tenfold
from tests.proofs.planting import (
    DATABASE,
    ENUM_LABEL,
    IN_DEFINITIONS,
    PERSONAL_COLUMNS,
    PLACES,
    configuration,
    personal_values,
    planted,
)

UNREACHED = 3
# What is shorter stands in any text by chance.
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Outputs:
    """Everything that audits left behind, by file or stream; `kept` with --keep-values."""

    masked: dict[str, str]
    kept: dict[str, str]
    columns: dict[str, list[str]]


@pytest.fixture(scope="module")
def outputs(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outputs]:
    folder = tmp_path_factory.mktemp("masking")
    with planted(mall):
        config = configuration(mall, folder / "tenfold.toml", unreachable_port=free_port())
        masked = run(folder, "masked", "-v", "--lang", "en", config=config)
        kept = run(folder, "kept", "--keep-values", "--lang", "en", config=config)
        yield Outputs(masked, kept, personal_values(mall))


def run(folder: Path, name: str, *options: str, config: Path) -> dict[str, str]:
    """One audit on the command line, then what can be asked of its snapshot; every text that came of it."""
    live = tenfold("audit", "-c", str(config), "-o", name, *options, cwd=folder)
    assert live.returncode == UNREACHED, live.stderr
    snapshot = str(folder / name / "snapshot.tfz")
    again = tenfold("audit", "-c", str(config), "--from", snapshot, "-o", f"{name}-again", "--json", "-v", cwd=folder)
    assert again.returncode == UNREACHED, again.stderr
    shown = tenfold("snapshot", "show", snapshot, cwd=folder)
    check = tenfold("check", "-c", str(config), "-v", cwd=folder)
    texts = {
        "stdout": live.stdout,
        "stderr": live.stderr,
        "stdout of --json": again.stdout,
        "stderr of --json": again.stderr,
    }
    texts |= {"snapshot show": shown.stdout + shown.stderr, "check": check.stdout + check.stderr}
    for path in sorted((folder / name).iterdir()):
        data = path.read_bytes()
        texts[path.name] = (gzip.decompress(data) if path.suffix == ".tfz" else data).decode()
    assert {"snapshot.tfz", "findings.json", "report.html", "report.md"} <= texts.keys()
    return texts


def places_of(value: str, texts: dict[str, str]) -> list[str]:
    """The outputs that hold the value, however it is written there."""
    forms = {
        value,
        json.dumps(value)[1:-1],
        html.escape(value),
        quote(value),
        quote(value, safe=""),
        value.replace("'", "''"),
    }
    if value.isdigit():
        # Counters are differences of decimal fractions, whose last digits can be anybody's telephone number.
        number = re.compile(rf"(?<![\d.]){value}(?!\d)")
        return [name for name, text in texts.items() if number.search(text)]
    return [name for name, text in texts.items() if any(form in text for form in forms)]


@pytest.mark.parametrize(
    ("place", "name"),
    [pytest.param(place, name, id=f"{place}: {name}") for place, names in PLACES.items() for name in names],
)
def test_nothing_that_an_audit_leaves_behind_holds_it(outputs: Outputs, place: str, name: str) -> None:
    assert places_of(PLACES[place][name], outputs.masked) == []


@pytest.mark.parametrize(
    "column", [f"{table}.{column}" for table, columns in PERSONAL_COLUMNS.items() for column in columns]
)
def test_no_common_value_and_no_histogram_bound_of_a_personal_column_is_left(outputs: Outputs, column: str) -> None:
    values = [value for value in outputs.columns[column] if len(value) >= SHORTEST]
    assert values
    assert [value for value in values if places_of(value, outputs.masked)] == []


@pytest.mark.parametrize("column", ["members.email", "members.address", "users.phone"])
def test_keep_values_keeps_the_values_of_columns(outputs: Outputs, column: str) -> None:
    kept = {"snapshot.tfz": outputs.kept["snapshot.tfz"]}
    assert all(places_of(value, kept) for value in outputs.columns[column])


@pytest.mark.parametrize("name", ["a partial index", "a check", "a view", "a function", "a partition"])
def test_keep_values_keeps_the_literals_of_definitions(outputs: Outputs, name: str) -> None:
    assert places_of(IN_DEFINITIONS[name], {"snapshot.tfz": outputs.kept["snapshot.tfz"]})


def test_labels_of_an_enum_and_status_words_stay(outputs: Outputs) -> None:
    snapshot = outputs.masked["snapshot.tfz"]
    assert ENUM_LABEL in snapshot
    assert "'active'" in snapshot
    assert '"frozen"' in snapshot


def test_everything_planted_was_looked_at(outputs: Outputs) -> None:
    """A proof about what was never read would prove nothing."""
    snapshot = json.loads(outputs.masked["snapshot.tfz"])["snapshot"]
    (people,) = [each for each in snapshot["postgres"] if each["database"] == DATABASE]
    assert {each["status"] for each in people["readings"]} <= {"ok", "empty"}
    beginnings = {" ".join(each["text"].split()[:2]) for each in people["statements"]["statements"]}
    assert beginnings >= {"COMMENT ON", "CREATE ROLE", "CREATE SUBSCRIPTION", "CREATE USER", "SELECT sum(points)"}
    assert {index["name"] for index in people["schema"]["indexes"]} >= {"members_one", "members_folded"}
    assert {each["kind"] for each in people["schema"]["definitions"]} >= {"enum", "function", "view"}
    idle = [each for each in people["activity"]["sessions"] if each["state"] == "idle in transaction"]
    assert len(idle) == 2
    cache = next(each for each in snapshot["redis"] if each["target"] == "cache")
    assert {group["pattern"].partition(":")[0] for group in cache["keyspace"]["groups"]} >= {"session", "user", "cart"}
    assert len(cache["slow"]) >= 4
    log = snapshot["fronts"][0]["log"]
    assert (log["malformed"], log["window_requests"]) >= (1, 8)
    assert {each["name"] for each in log["endpoints"]} >= {"GET /search?page&q", "GET /reset/{id}"}
