"""The catalogue of every metric that `tenfold serve` and a running rehearsal expose, as a page of the documentation."""

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping

from collectors.serving.catalogue import CATALOGUE
from collectors.serving.metric import Metric
from tenfold.serving import marks, promotion, runs, tickets
from tenfold.serving.exposition import EXPORTER, SELF

HEADINGS = ("Source", "Needed role and versions", "Consumed by", "Cost", "Caveats")
_OWN: Mapping[str, tuple[Metric, ...]] = {
    "promotion": promotion.METRICS,
    "runs": runs.METRICS,
    "marks": marks.METRICS,
    "tickets": tickets.METRICS,
}
_MODULES = {"promotion": promotion, "runs": runs, "marks": marks, "tickets": tickets}
_HEAD = """\
Every metric of a target carries the labels `mall` and `target` besides its own. Units are base units and stand in the name; counters
end in `_total`; ratios lie between 0 and 1; a text of a statement or a key is never a label. What a server or a role does not give is
absent, not zero.
Metrics of a rehearsal while it runs are exposed by `tenfold stress` on a port of its own, see [rehearsal.md](rehearsal.md).
"""


def every_metric() -> Iterator[Metric]:
    """All of them, in the order of the page."""
    for metrics in (*CATALOGUE.values(), *_OWN.values(), SELF, EXPORTER):
        yield from metrics


def metrics_page(notice: str) -> str:
    """The page as Markdown.

    Args:
        notice: What says that it is generated.
    """
    parts = ["# Metrics", "", notice, "", _HEAD]
    for name, metrics in (*CATALOGUE.items(), *_OWN.items()):
        module = _MODULES.get(name) or importlib.import_module(f"collectors.serving.{name}")
        parts += _section(name, module.__doc__ or "", metrics)
    parts += ["## The exporter itself", "", *_table((*SELF, *EXPORTER))]
    return "\n".join(parts)


def _section(name: str, manual: str, metrics: Iterable[Metric]) -> list[str]:
    summary, _, rest = manual.partition("\n\n")
    notes = re.split(rf"^({'|'.join(HEADINGS)}):", rest, flags=re.MULTILINE)[1:]
    listed = [f"- *{heading}*: {' '.join(text.split())}" for heading, text in zip(notes[::2], notes[1::2], strict=True)]
    return [f"## {name}", "", " ".join(summary.split()), "", *listed, "", *_table(metrics)]


def _table(metrics: Iterable[Metric]) -> list[str]:
    rows = [
        f"| `{each.name}` | {each.kind.value} | {', '.join(each.labels) or '–'} | {each.help} |" for each in metrics
    ]
    return ["| metric | type | labels | what it is |", "|---|---|---|---|", *rows, ""]
