"""Everything that watching sends, as text for a DBA or as JSON."""

from collections.abc import Iterator

from rich.console import Console

from collectors.serving.declared import Declared
from collectors.serving.sent import COMMANDS, every_statement
from tenfold.cli.options import print_json
from tenfold.serving.malls import metrics_of
from tenfold.settings import Settings
from tenfold.words import _


def everything_sent(settings: Settings) -> Iterator[str]:
    """Each statement under the collector that sends it; what begins with `--` is for people."""
    yield "-- " + _("PostgreSQL: each statement is one message and one read-only transaction with its own limits.")
    collector = ""
    for name, statement in every_statement(_declared(settings)):
        if name != collector:
            collector = name
            yield f"\n-- {name}"
        yield f"{statement};"
    yield "\n-- Redis"
    yield from COMMANDS
    yield "\n-- HTTP"
    yield "-- " + _("GET the address of each [[http]] and of each node_exporter, once a scrape")


def _declared(settings: Settings) -> list[Declared]:
    names = [each.name for each in settings.postgres]
    if not names:
        return metrics_of(settings, "", first=True)
    return [each for number, name in enumerate(names) for each in metrics_of(settings, name, first=number == 0)]


def show_sent(settings: Settings, console: Console, *, as_json: bool) -> None:
    """Prints everything that watching would send."""
    lines = list(everything_sent(settings))
    if as_json:
        print_json({"sent": [line for line in lines if not line.strip().startswith("--")]}, console)
        return
    for line in lines:
        console.file.write(line + "\n")
