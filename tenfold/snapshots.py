"""Snapshot files for the command line: reading, writing and showing them, with errors that a user can act on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from facts import quantities
from facts.postgres import PostgresFacts
from facts.readings import Target
from facts.redis import RedisFacts
from facts.snapshot import Snapshot
from pages.plain import harmless
from pages.words import STATUSES
from tenfold.cli.options import print_json
from tenfold.exits import CommandError
from tenfold.words import _, say


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the file.

    Raises:
        CommandError: The file is missing, cut off, of a newer format or no snapshot at all.
    """
    from collectors.snapshot_file import SnapshotError, read

    try:
        return read(path)
    except SnapshotError as error:
        raise CommandError(say(error.message), say(error.remedy or "")) from None


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Writes the file whole or not at all.

    Raises:
        CommandError: It cannot be written.
    """
    from collectors.snapshot_file import SnapshotError, write

    try:
        write(snapshot, path)
    except SnapshotError as error:
        raise CommandError(say(error.message), say(error.remedy or "")) from None


def show_snapshot(snapshot: Snapshot, console: Console, *, as_json: bool) -> None:
    """Says in plain words what is inside, and whether personal values are."""
    if as_json:
        print_json(_document(snapshot), console)
        return
    for line in _lines(snapshot):
        console.print(harmless(line), markup=False, soft_wrap=True)


def _document(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "format_version": snapshot.format_version,
        "tool_version": snapshot.tool_version,
        "mall": snapshot.mall,
        "taken_at": snapshot.taken_at.isoformat(),
        "window_seconds": snapshot.window_seconds,
        "masked": snapshot.masked,
        "targets": [{"name": each.name, "kind": each.kind, "status": str(each.status)} for each in snapshot.targets],
        "postgres": [_counts(facts) for facts in snapshot.postgres],
        "redis": [{"target": facts.target, "key_patterns": _patterns(facts)} for facts in snapshot.redis],
        "hosts": [facts.target for facts in snapshot.hosts],
        "prometheus": sorted({each.name for facts in snapshot.hosts for each in facts.external}),
        "sites": [facts.target for facts in snapshot.fronts],
    }


def _counts(facts: PostgresFacts) -> dict[str, Any]:
    schema, statements = facts.schema, facts.statements
    return {
        "target": facts.target,
        "database": facts.database,
        "statements": len(statements.statements) if statements else 0,
        "tables": len(schema.tables) if schema else 0,
        "indexes": len(schema.indexes) if schema else 0,
        "columns_with_statistics": len(schema.statistics) if schema else 0,
        "columns_masked": sum(each.masked for each in schema.statistics) if schema else 0,
        "settings": len(facts.settings),
        "sessions": len(facts.activity.sessions) if facts.activity else 0,
    }


def _state(target: Target) -> str:
    status = say(STATUSES[target.status])
    return _("{subject}: {reason}").format(subject=status, reason=say(target.detail)) if target.detail else status


def _patterns(facts: RedisFacts) -> list[str]:
    return [group.pattern for group in facts.keyspace.groups] if facts.keyspace else []


def _lines(snapshot: Snapshot) -> Iterator[str]:
    yield _("Snapshot of {mall}, taken {moment} UTC by Tenfold {version}, format {format}.").format(
        mall=snapshot.mall,
        moment=f"{snapshot.taken_at:%Y-%m-%d %H:%M:%S}",
        version=snapshot.tool_version,
        format=snapshot.format_version,
    )
    if snapshot.masked:
        yield _("Personal and free-text values were replaced by pseudonyms when it was written.")
    else:
        yield _(
            "It HOLDS REAL VALUES (--keep-values): common values and histogram bounds of every column. Do not send it on."
        )
    yield ""
    for target in snapshot.targets:
        line = f"{target.name} ({target.kind})"
        yield _("{subject}: {reason}").format(subject=line, reason=_state(target))
    for facts in snapshot.postgres:
        counts = _counts(facts)
        yield ""
        yield _(
            "Database {name}: texts of {statements} statements without their literals, {tables} tables, {indexes} indexes."
        ).format(
            name=f"{facts.target}/{facts.database}", **{key: counts[key] for key in ("statements", "tables", "indexes")}
        )
        yield _(
            "  Column statistics of {count} columns, {masked} of them masked; {settings} settings; {sessions} sessions."
        ).format(
            count=counts["columns_with_statistics"],
            masked=counts["columns_masked"],
            settings=counts["settings"],
            sessions=counts["sessions"],
        )
        if facts.schema:
            yield "  " + ", ".join(table.subject for table in facts.schema.tables)
    for cache in snapshot.redis:
        yield ""
        yield _("Redis {name}: key patterns {patterns}; no value of any key.").format(
            name=cache.target, patterns=", ".join(_patterns(cache)) or "-"
        )
    for machine in snapshot.hosts:
        if machine.external:
            yield _("Prometheus: {count} figures with their values ({names}) and these labels: {labels}.").format(
                count=len(machine.external),
                names=", ".join(sorted({each.name for each in machine.external})),
                labels=", ".join(sorted({label for each in machine.external for label in each.labels})),
            )
        if machine.processor is None and machine.memory is None:
            continue
        yield _("Machine {name}: processor, memory, disks and network.").format(name=machine.target)
    for front in snapshot.fronts:
        if front.log:
            yield _("Site {name}: {count} families of requests of its access log, no address and no session.").format(
                name=front.target, count=quantities.count(len(front.log.endpoints))
            )
