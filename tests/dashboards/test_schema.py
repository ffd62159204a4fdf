"""Grafana knows every field that we write: checked against its official JSON schemas, and against the classes of its own package."""

import copy
import json
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.finish import SCHEMA_VERSION, nulls
from tests.dashboards.parts import Document, every_document, panels, written

SCHEMAS = Path(__file__).parents[2].parent / "shared" / "data" / "grafana"
OLDEST_SCHEMA = 41


@cache
def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.jsonschema.json").read_text("utf-8"))


def mistakes(name: str, definition: str, document: Any) -> list[str]:
    wanted = {**schema(name), "$ref": f"#/definitions/{definition}"}
    return [
        f"{name} {list(error.path)}: {error.message[:300]}"
        for error in jsonschema.Draft7Validator(wanted).iter_errors(document)
    ]


def all_mistakes(document: Document) -> Iterator[str]:
    """Of the board, and of every panel's options, field configuration, unit and queries."""
    yield from mistakes("dashboard", "Dashboard", document)
    units = {each.get("const") for each in schema("units")["definitions"].values()}
    for panel in panels(document):
        name = panel["type"].replace("-", "")
        defaults = panel["fieldConfig"]["defaults"]
        yield from mistakes(name, "Options", panel["options"])
        if "FieldConfig" in schema(name)["definitions"]:
            yield from mistakes(name, "FieldConfig", defaults["custom"])
        elif "custom" in defaults:
            yield f"{name} has no field configuration of its own"
        for target in panel.get("targets", ()):
            yield from mistakes("prometheus", "Dataquery", target)
        if defaults["unit"] not in units:
            yield f"{panel['title']}: Grafana does not know the unit {defaults['unit']}"
    for annotation in document["annotations"]["list"]:
        yield from mistakes("prometheus", "Dataquery", annotation["target"])


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas are not at hand; the package is the check")
def test_the_official_schemas_find_no_mistake() -> None:
    for name, document in every_document():
        assert list(all_mistakes(document)) == [], name


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas are not at hand; the package is the check")
def test_the_official_schemas_find_what_is_wrong() -> None:
    for spoilt in spoilt_documents():
        assert list(all_mistakes(spoilt))


def lost(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """What Grafana's classes did not take over."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            if not isinstance(theirs, dict) or key not in theirs:
                yield f"{place}.{key}"
            else:
                yield from lost(value, theirs[key], f"{place}.{key}")
    elif isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            yield place
        else:
            for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                yield from lost(one, other, f"{place}[{index}]")
    elif ours != theirs:
        yield place


def rebuilt(document: Document) -> Any:
    """The document after it went through Grafana's own classes."""
    with warnings.catch_warnings():
        # It would rather have its second version, which Grafana 13 alone reads.
        warnings.simplefilter("ignore", DeprecationWarning)
        from grafana_foundation_sdk.models import dashboard

    plugins.register_default_plugins()
    return json.loads(JSONEncoder(sort_keys=True).encode(dashboard.Dashboard.from_json(copy.deepcopy(document))))


def test_grafanas_package_knows_every_field() -> None:
    for name, document in every_document():
        assert list(lost(document, rebuilt(document))) == [], name


def test_grafanas_package_finds_what_is_wrong() -> None:
    for spoilt in spoilt_documents():
        assert list(lost(spoilt, rebuilt(spoilt)))


def spoilt_documents() -> Iterator[Document]:
    """One unknown field each: in the board, in options, in a field configuration, in what a time series draws, in a query."""
    whole = written("en")["postgres"]
    drawn = next(number for number, panel in enumerate(whole["panels"]) if panel["type"] == "timeseries")
    for way in (
        lambda board, _: board,
        lambda _, panel: panel["options"],
        lambda _, panel: panel["fieldConfig"]["defaults"],
        lambda _, panel: panel["fieldConfig"]["defaults"]["custom"],
        lambda _, panel: panel["targets"][0],
    ):
        spoilt = copy.deepcopy(whole)
        way(spoilt, spoilt["panels"][drawn])["unheardOf"] = True
        yield spoilt


def test_the_schema_is_of_today_and_nothing_is_null() -> None:
    assert SCHEMA_VERSION >= OLDEST_SCHEMA
    for name, document in every_document():
        assert document["schemaVersion"] == SCHEMA_VERSION
        assert list(nulls(document)) == [], name
