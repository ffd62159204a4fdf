"""Tables with their columns, sizes and counters.

Source: pg_class, pg_attribute, pg_inherits, pg_stat_user_tables, pg_relation_size.
Needed role and versions: any role; sizes wait for a table's lock and are left out where it is held.
Consumed by: the shadow planner, IDX001, IDX005, SQL006, CCH001.
Cost: one row a table and one a column; pg_relation_size asks the file system once a relation.
Caveats: an exclusively locked table keeps everything but its sizes and partition key.
"""

from collections import defaultdict
from typing import Any

from collectors.postgres_connection import Session
from collectors.postgres_locks import rows_by_relation
from collectors.runner import Notes
from facts.identifiers import qualified
from facts.message import msg
from facts.schema import Column, Table, TableCounters

USER_SCHEMA = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname <> 'tenfold'"

TABLES = f"""
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.reltuples::float8, c.relpages,
       c.relallvisible, c.reloptions, (SELECT min(i.inhparent) FROM pg_inherits i WHERE i.inhrelid = c.oid), age(c.relfrozenxid),
       s.seq_scan, s.seq_tup_read, s.idx_scan, s.n_tup_ins, s.n_tup_upd, s.n_tup_hot_upd, s.n_tup_del, s.n_live_tup,
       s.n_dead_tup, s.n_mod_since_analyze, greatest(s.last_analyze, s.last_autoanalyze),
       greatest(s.last_vacuum, s.last_autovacuum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
COLUMNS = f"""
SELECT a.attrelid, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN a.attcollation <> t.typcollation THEN (
           SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
           FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,
       a.attgenerated::text, a.attstattarget, a.attnum
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f') AND {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
SIZES = """
SELECT c.oid, pg_relation_size(c.oid), pg_total_relation_size(c.oid) FROM pg_class c WHERE c.oid = ANY (%s)
"""
PARTITIONS = """
SELECT c.oid, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid)
FROM pg_class c WHERE c.oid = ANY (%s)
"""
GENERATED = """
SELECT d.adrelid, a.attname::text, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated <> '' AND d.adrelid = ANY (%s)
"""


def read(session: Session, notes: Notes) -> tuple[Table, ...]:
    """All user tables; sizes and expressions of locked tables are left out and noted."""
    rows = session.rows(TABLES)
    names = {row[0]: qualified(row[1], row[2]) for row in rows}
    columns = defaultdict(list)
    for row in sorted(session.rows(COLUMNS), key=lambda row: (row[0], row[7])):
        columns[row[0]].append(row)
    stored = [row[0] for row in rows if row[3] in {"r", "m"}]
    sizes, locked_sizes = rows_by_relation(session, SIZES, stored)
    partitioned = [row[0] for row in rows if row[3] == "p" or row[9] is not None]
    partitions, locked_partitions = rows_by_relation(session, PARTITIONS, partitioned)
    computed = sorted({oid for oid, group in columns.items() if any(row[5] for row in group)})
    expressions, locked_expressions = rows_by_relation(session, GENERATED, computed)
    for oid in sorted({*locked_sizes, *locked_partitions, *locked_expressions}):
        notes.omit(
            names[oid],
            msg("locked exclusively while it was read"),
            msg("run the audit again when no ALTER TABLE, VACUUM FULL or LOCK TABLE runs"),
        )
    size_of = {row[0]: row[1:] for row in sizes}
    partition_of = {row[0]: row[1:] for row in partitions}
    generated = {(row[0], row[1]): row[2] for row in expressions}
    return tuple(
        _table(row, columns[row[0]], size_of.get(row[0]), partition_of.get(row[0]), generated)
        for row in sorted(rows, key=lambda row: (row[1], row[2]))
    )


def _table(
    row: tuple[Any, ...],
    columns: list[tuple[Any, ...]],
    size: tuple[Any, ...] | None,
    partition: tuple[Any, ...] | None,
    generated: dict[tuple[int, str], str],
) -> Table:
    counted = row[11] is not None
    return Table(
        oid=row[0],
        schema=row[1],
        name=row[2],
        kind=row[3],
        persistence=row[4],
        columns=tuple(
            Column(
                name=each[1],
                type=each[2],
                not_null=each[3],
                collation=each[4],
                generated=generated.get((row[0], each[1])) if each[5] else None,
                statistics_target=each[6] if each[6] not in {-1, None} else None,
            )
            for each in columns
        ),
        row_estimate=row[5],
        pages=row[6],
        pages_all_visible=row[7],
        heap_bytes=size[0] if size else None,
        total_bytes=size[1] if size else None,
        options=tuple(row[8] or ()),
        parent=row[9],
        partition_key=partition[0] if partition else None,
        partition_bound=partition[1] if partition else None,
        transaction_age=row[10],
        counters=TableCounters(
            sequential_scans=row[11],
            sequential_rows=row[12],
            index_scans=row[13] or 0,
            inserted=row[14],
            updated=row[15],
            hot_updated=row[16],
            deleted=row[17],
            live_rows=row[18],
            dead_rows=row[19],
            modified_since_analyze=row[20],
            last_analyzed_at=row[21],
            last_vacuumed_at=row[22],
        )
        if counted
        else None,
    )
