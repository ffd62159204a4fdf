"""Indexes with their definitions, sizes and use.

Source: pg_index, pg_class, pg_stat_user_indexes, pg_get_indexdef, pg_stat_progress_create_index; height from pageinspect.
Needed role and versions: any role; the true height needs pageinspect and pg_read_all_data or superuser, else it is
    estimated by whoever needs it. `last_idx_scan` from PostgreSQL 16.
Consumed by: the shadow planner and every IDX rule.
Cost: one row an index; pg_get_indexdef and sizes wait for the table's lock and are asked in batches.
Caveats: an index whose table is locked exclusively is left out, and noted.
"""

from typing import Any

import psycopg2

from collectors.postgres_connection import Session
from collectors.postgres_locks import rows_by_relation
from collectors.postgres_tables import USER_SCHEMA
from collectors.runner import Notes
from facts.identifiers import qualified, quote
from facts.message import msg
from facts.schema import Index

INDEXES = f"""
SELECT i.indexrelid, i.indrelid, n.nspname::text, c.relname::text, am.amname::text, i.indisunique, i.indisprimary, i.indisexclusion,
       i.indisvalid, i.indisready, i.indisreplident, i.indisclustered, i.indnkeyatts, i.indkey::int2[], i.indoption::int2[],
       ARRAY(SELECT op.opcname::text FROM unnest(i.indclass::oid[]) WITH ORDINALITY k(oid, position)
             JOIN pg_opclass op ON op.oid = k.oid ORDER BY k.position),
       ARRAY(SELECT coalesce(co.collname::text, '') FROM unnest(i.indcollation::oid[]) WITH ORDINALITY k(oid, position)
             LEFT JOIN pg_collation co ON co.oid = k.oid ORDER BY k.position),
       (SELECT con.conname::text FROM pg_constraint con WHERE con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x') LIMIT 1),
       c.relpages, c.reltuples::float8, s.idx_scan, {{last_scan}}, c.relkind::text,
       EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid),
       tn.nspname::text, t.relname::text
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE t.relkind IN ('r', 'p', 'm') AND {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
DEFINITIONS = """
SELECT i.indexrelid, pg_get_indexdef(i.indexrelid), pg_get_expr(i.indpred, i.indrelid),
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, position, false) FROM generate_series(1, i.indnatts) position),
       CASE WHEN c.relkind = 'i' THEN pg_relation_size(i.indexrelid) END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ANY (%s)
"""
PAGEINSPECT = """
SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pageinspect' AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
"""
HEIGHTS = """
SELECT c.oid, (SELECT level FROM {schema}.bt_metap(quote_ident(n.nspname) || '.' || quote_ident(c.relname)))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_am am ON am.oid = c.relam
WHERE i.indrelid = ANY (%s) AND c.relkind = 'i' AND am.amname = 'btree' AND c.relpersistence = 'p'
"""
_LAST_SCAN_SINCE = 160000


def indexes_statement(version_number: int) -> str:
    """The statement for the server's version."""
    return INDEXES.format(last_scan="s.last_idx_scan" if version_number >= _LAST_SCAN_SINCE else "NULL::timestamptz")


def read(session: Session, notes: Notes) -> tuple[Index, ...]:
    """All indexes on user tables; those of exclusively locked tables are left out and noted."""
    rows = session.rows(indexes_statement(session.version_number))
    tables = sorted({row[1] for row in rows})
    names = {row[1]: qualified(row[24], row[25]) for row in rows}
    definitions, locked = rows_by_relation(session, DEFINITIONS, tables)
    for oid in locked:
        notes.omit(
            names[oid],
            msg("its indexes were not read: the table was locked exclusively"),
            msg("run the audit again when the lock is gone"),
        )
    heights = _heights(session, [oid for oid in tables if oid not in set(locked)])
    defined = {row[0]: row[1:] for row in definitions}
    ordered = sorted(rows, key=lambda row: (row[2], row[3]))
    return tuple(_index(row, defined[row[0]], heights.get(row[0])) for row in ordered if row[0] in defined)


def _heights(session: Session, tables: list[int]) -> dict[int, int]:
    extension = session.rows(PAGEINSPECT)
    if not extension:
        return {}
    try:
        rows, _ = rows_by_relation(session, HEIGHTS.format(schema=quote(extension[0][0])), tables)
    except psycopg2.Error:
        return {}  # an estimate takes its place
    return dict(rows)


def _index(row: tuple[Any, ...], defined: tuple[Any, ...], height: int | None) -> Index:
    definition, predicate, parts, size = defined
    keys = row[12]
    return Index(
        oid=row[0],
        table_oid=row[1],
        schema=row[2],
        name=row[3],
        definition=definition,
        method=row[4],
        keys=tuple(_unquoted(part) if row[13][position] else part for position, part in enumerate(parts[:keys])),
        key_attributes=tuple(row[13][:keys]),
        key_options=tuple(row[14][:keys]),
        operator_classes=tuple(row[15][:keys]),
        collations=tuple(row[16][:keys]),
        included=tuple(_unquoted(part) for part in parts[keys:]),
        predicate=predicate,
        unique=row[5],
        primary=row[6],
        exclusion=row[7],
        valid=row[8],
        ready=row[9],
        replica_identity=row[10],
        clustered=row[11],
        constraint=row[17],
        pages=row[18],
        row_estimate=row[19],
        size_bytes=size,
        height=height,
        scans=row[20],
        last_scan_at=row[21],
        progress=row[23],
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
