"""Opens the shadows of all databases of an audit: one server, one shadow database each."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from facts.identifiers import quote
from facts.message import Message, msg
from facts.postgres import PostgresFacts
from facts.schema import Schema
from shadow import rebuild, server
from shadow.administrator import Administrator
from shadow.connection import LIMITS, SERVER_LOST, Connection, Limits, SpentError, reason_of
from shadow.planner import ShadowPlanner
from shadow.statistics import Catalogue, related_tables, restore_columns

Key = tuple[str, str]

# What decides about plans; everything else of the mall's configuration has no business here.
PLANNER_SETTINGS = (
    "seq_page_cost", "random_page_cost", "cpu_tuple_cost", "cpu_index_tuple_cost", "cpu_operator_cost", "effective_cache_size",
    "work_mem", "hash_mem_multiplier", "parallel_setup_cost", "parallel_tuple_cost", "max_parallel_workers_per_gather",
    "min_parallel_table_scan_size", "min_parallel_index_scan_size", "enable_bitmapscan", "enable_gathermerge", "enable_hashagg",
    "enable_hashjoin", "enable_incremental_sort", "enable_indexscan", "enable_indexonlyscan", "enable_material",
    "enable_memoize", "enable_mergejoin", "enable_nestloop", "enable_parallel_append", "enable_parallel_hash",
    "enable_partition_pruning", "enable_partitionwise_join", "enable_partitionwise_aggregate", "enable_seqscan", "enable_sort",
    "enable_tidscan", "constraint_exclusion", "cursor_tuple_fraction", "from_collapse_limit", "join_collapse_limit",
    "effective_io_concurrency", "default_statistics_target", "geqo", "geqo_threshold", "geqo_effort",
)  # fmt: skip
_C_LOCALES = frozenset({"C", "POSIX", "ucs_basic"})


@dataclass(frozen=True, slots=True)
class Shadows:
    """What could be opened, and why the rest could not.

    Attributes:
        planners: By (target, database).
        failures: By (target, database): why there is no planner, in one sentence.
    """

    planners: dict[Key, ShadowPlanner]
    failures: dict[Key, Message]


@contextlib.contextmanager
def open_shadows(
    databases: Sequence[PostgresFacts],
    *,
    bin_directory: Path | None = None,
    limits: Limits = LIMITS,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Shadows]:
    """A shadow planner for each database whose schema was read; they end with the context.

    Args:
        databases: As read from the mall.
        bin_directory: Another PostgreSQL's binaries (18 or newer) instead of the embedded one's.
        limits: How long each database's shadow may be busy.
        progress: Told what is being done.
    """
    planners: dict[Key, ShadowPlanner] = {}
    failures = {
        (each.target, each.database): msg("its schema was not read") for each in databases if each.schema is None
    }
    readable = [each for each in databases if each.schema is not None]
    with contextlib.ExitStack() as stack:
        if readable:
            try:
                running = stack.enter_context(server.running(bin_directory))
            except server.ShadowUnavailableError as error:
                failures |= {(each.target, each.database): error.reason for each in readable}
                readable = []
        for number, facts in enumerate(readable):
            if progress:
                progress(facts.database)
            try:
                planner = _open_one(running, f"shadow_{number}", facts, limits)
            except (psycopg2.Error, SpentError, OSError, ValueError) as error:
                failures[facts.target, facts.database] = reason_of(error)
                continue
            stack.callback(planner.close)
            planners[facts.target, facts.database] = planner
        yield Shadows(planners, failures)


def _open_one(running: server.Server, name: str, facts: PostgresFacts, limits: Limits = LIMITS) -> ShadowPlanner:
    schema = facts.schema
    if schema is None:
        raise ValueError("the schema was not read")
    with contextlib.ExitStack() as stack:
        # A prefix search can use a plain index only under the C collation, so the shadow's has to be of the same kind.
        if running.has_ended:
            raise SpentError(SERVER_LOST)
        administrator = Administrator(running, name, "C" if _sorts_like_c(facts) else "C.UTF-8")
        stack.callback(administrator.close)
        connection = Connection(running, administrator, name, limits)
        stack.callback(connection.close)
        planner = _fill(connection, administrator, facts, schema)
        stack.pop_all()
    return planner


def _fill(connection: Connection, administrator: Administrator, facts: PostgresFacts, schema: Schema) -> ShadowPlanner:
    gaps = rebuild.Gaps()
    texts = [each.text for each in facts.statements.statements] if facts.statements else []
    wanted = related_tables(schema, texts) if facts.statements else frozenset(table.oid for table in schema.tables)
    rebuild.rebuild(connection, administrator, schema, wanted, gaps)
    restore_columns(connection, schema, wanted, gaps)
    if not schema.statistics and schema.tables:
        gaps.append(msg("no column statistics were read; plans rest on sizes alone"))
    _copy_settings(connection, facts, schema, gaps)
    catalogue = Catalogue(administrator, schema, wanted)
    catalogue.set_sizes()
    return ShadowPlanner(connection, catalogue, schema, gaps)


def _sorts_like_c(facts: PostgresFacts) -> bool:
    database = facts.database_facts
    return database is None or database.locale_provider == "builtin" or database.collation in _C_LOCALES


def _copy_settings(connection: Connection, facts: PostgresFacts, schema: Schema, gaps: rebuild.Gaps) -> None:
    settings = {each.name: each for each in facts.settings}
    path = [quote(name) for name in schema.search_path if name not in {"", "$user"}]
    connection.keep(f"SET search_path = {', '.join(path) or repr('')}")
    for name in PLANNER_SETTINGS:
        if name in settings:
            try:
                # pg_settings gives bare numbers in the setting's own unit, which is what SET takes them for.
                connection.keep("SELECT set_config(%s, %s, false)", name, settings[name].value)
            except psycopg2.Error:
                gaps.append(
                    msg(
                        "the setting {name} = {value} is not known to the shadow's planner",
                        name=name,
                        value=settings[name].value,
                    )
                )
