"""Foreign keys and the other constraints.

Source: pg_constraint, pg_get_constraintdef.
Needed role and versions: any role, PostgreSQL 13 to 18.
Consumed by: IDX002, IDX003, IDX005, the shadow planner (unique and primary keys prove things to the planner; checks exclude partitions).
Cost: one row a constraint; pg_get_constraintdef waits for the table's lock and is asked in batches.
Caveats: the definitions of an exclusively locked table's constraints are left out; its tables' omission is noted by postgres_tables.
"""

from collectors.postgres_connection import Session
from collectors.postgres_locks import rows_by_relation
from collectors.postgres_tables import USER_SCHEMA
from facts.schema import Constraint, ForeignKey

FOREIGN_KEYS = f"""
SELECT con.conname::text, con.conrelid,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY k(number, position)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number ORDER BY k.position),
       con.confrelid,
       ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY k(number, position)
             JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.number ORDER BY k.position),
       con.confdeltype::text, con.convalidated
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE con.contype = 'f' AND {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
CONSTRAINT_TABLES = f"""
SELECT DISTINCT con.conrelid FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE con.contype IN ('p', 'u', 'c', 'x') AND {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
CONSTRAINTS = """
SELECT con.conname::text, con.conrelid, con.contype::text, pg_get_constraintdef(con.oid), nullif(con.conindid, 0)
FROM pg_constraint con WHERE con.contype IN ('p', 'u', 'c', 'x') AND con.conrelid = ANY (%s)
"""


def read_foreign_keys(session: Session) -> tuple[ForeignKey, ...]:
    """All foreign keys of user tables."""
    return tuple(
        ForeignKey(
            name=name,
            table_oid=table,
            columns=tuple(columns),
            referenced_oid=referenced,
            referenced_columns=tuple(referenced_columns),
            on_delete=on_delete,
            valid=valid,
        )
        for name, table, columns, referenced, referenced_columns, on_delete, valid in sorted(
            session.rows(FOREIGN_KEYS), key=lambda row: (row[1], row[0])
        )
    )


def read_constraints(session: Session) -> tuple[Constraint, ...]:
    """Primary keys, unique, check and exclusion constraints."""
    tables = sorted(row[0] for row in session.rows(CONSTRAINT_TABLES))
    rows, _ = rows_by_relation(session, CONSTRAINTS, tables)
    return tuple(
        Constraint(name=name, table_oid=table, kind=kind, definition=definition, index_oid=index)
        for name, table, kind, definition, index in sorted(rows, key=lambda row: (row[1], row[0]))
    )
