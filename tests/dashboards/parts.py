"""What the tests of dashboards share: every document in every language, its panels, and all that it asks Prometheus."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dashboards.boards import documents
from pages.translation import LANGUAGES, Language

Document = dict[str, Any]
_ASKED = re.compile(r"label_values\((?P<series>.*), \w+\)")


@cache
def written(language: Language) -> dict[str, Document]:
    return documents(language)


def every_document() -> Iterator[tuple[str, Document]]:
    for language in LANGUAGES:
        for stem, document in written(language).items():
            yield f"{stem} ({language})", document


def panels(document: Document) -> list[Document]:
    """Those that show something; headings are left out."""
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def expressions(document: Document) -> Iterator[tuple[str, str]]:
    """What panels ask, each with where it stands."""
    for panel in panels(document):
        for target in panel.get("targets", ()):
            yield f"{panel['title']} {target['refId']}", target["expr"]


def variable_queries(document: Document) -> Iterator[tuple[str, str]]:
    """The series that variables choose from, each with the variable's name."""
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            found = _ASKED.fullmatch(variable["query"])
            assert found, variable["query"]
            yield variable["name"], found["series"]


def annotation_queries(document: Document) -> Iterator[tuple[str, str]]:
    for annotation in document["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]
