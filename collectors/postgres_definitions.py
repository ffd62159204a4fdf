"""What tables and indexes rest on: schemas, extensions, enums, domains, composite types, collations, functions, views.

Source: pg_namespace, pg_extension, pg_type, pg_enum, pg_collation, pg_proc, pg_views, pg_statistic_ext.
Needed role and versions: any role, PostgreSQL 13 to 18.
Consumed by: the shadow planner.
Cost: one row an object; only functions that an index or a generated column calls are read, and only user views.
Caveats: a view whose tables are locked exclusively is left out. Definitions are DDL; they hold the mall's literals where
    its views do.
"""

import psycopg2

from collectors.postgres_connection import Session
from collectors.postgres_tables import USER_SCHEMA
from collectors.runner import Notes
from facts.identifiers import qualified, quote
from facts.message import msg
from facts.schema import Definition

SCHEMAS = f"SELECT n.nspname::text FROM pg_namespace n WHERE {USER_SCHEMA}"  # noqa: S608  (a constant of ours)
EXTENSIONS = """
SELECT e.extname::text, n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
"""
_NOT_FROM_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')"
ENUMS = f"""
SELECT n.nspname::text, t.typname::text, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
WHERE {_NOT_FROM_EXTENSION.format(oid="t.oid")} GROUP BY 1, 2
"""  # noqa: S608  (a constant of ours)
DOMAINS = f"""
SELECT n.nspname::text, t.typname::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {USER_SCHEMA} AND {_NOT_FROM_EXTENSION.format(oid="t.oid")}
"""  # noqa: S608  (a constant of ours)
COMPOSITES = f"""
SELECT n.nspname::text, t.typname::text,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typtype = 'c' AND c.relkind = 'c' AND {USER_SCHEMA} AND {_NOT_FROM_EXTENSION.format(oid="t.oid")}
"""  # noqa: S608  (a constant of ours)
COLLATIONS = f"""
SELECT n.nspname::text, co.collname::text, co.collprovider::text, co.collcollate::text, co.collisdeterministic
FROM pg_collation co JOIN pg_namespace n ON n.oid = co.collnamespace WHERE {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
FUNCTIONS = f"""
SELECT DISTINCT n.nspname::text, p.proname::text, pg_get_functiondef(p.oid), p.oid
FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.refclassid = 'pg_proc'::regclass AND d.classid IN ('pg_class'::regclass, 'pg_attrdef'::regclass)
  AND p.prokind = 'f' AND {USER_SCHEMA} AND {_NOT_FROM_EXTENSION.format(oid="p.oid")}
"""  # noqa: S608  (a constant of ours)
VIEWS = f"""
SELECT n.nspname::text, c.relname::text, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND {USER_SCHEMA} AND {_NOT_FROM_EXTENSION.format(oid="c.oid")} ORDER BY c.oid
"""  # noqa: S608  (a constant of ours)
VIEW_DEFINITION = "SELECT pg_get_viewdef(%s::oid)"
EXTENDED = f"""
SELECT n.nspname::text, s.stxname::text FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE {USER_SCHEMA}
"""  # noqa: S608  (a constant of ours)
STATEMENTS = (
    SCHEMAS, EXTENSIONS, COLLATIONS, ENUMS, COMPOSITES, DOMAINS, FUNCTIONS, VIEWS, VIEW_DEFINITION, EXTENDED,
)  # fmt: skip


def read(session: Session, notes: Notes) -> tuple[Definition, ...]:
    """Every object in an order in which it can be created again."""
    found: list[Definition] = []

    def add(kind: str, schema: str, name: str, ddl: str) -> None:
        found.append(Definition(kind=kind, schema=schema, name=name, ddl=ddl))

    for (name,) in sorted(session.rows(SCHEMAS)):
        add("schema", name, name, f"CREATE SCHEMA IF NOT EXISTS {quote(name)}")
    for name, schema in sorted(session.rows(EXTENSIONS)):
        add("extension", schema, name, f"CREATE EXTENSION IF NOT EXISTS {quote(name)} SCHEMA {quote(schema)}")
    for schema, name, provider, locale, deterministic in sorted(session.rows(COLLATIONS)):
        add("collation", schema, name, _collation(schema, name, provider, locale, deterministic=deterministic))
    for schema, name, labels in sorted(session.rows(ENUMS)):
        add("enum", schema, name, f"CREATE TYPE {qualified(schema, name)} AS ENUM ({labels})")
    for schema, name, columns in sorted(session.rows(COMPOSITES)):
        add("composite", schema, name, f"CREATE TYPE {qualified(schema, name)} AS ({columns or ''})")
    for schema, name, base, not_null in sorted(session.rows(DOMAINS)):
        # Checks are left out: they are no business of the planner's.
        add(
            "domain",
            schema,
            name,
            f"CREATE DOMAIN {qualified(schema, name)} AS {base}{' NOT NULL' if not_null else ''}",
        )
    for schema, name, ddl, _ in sorted(session.rows(FUNCTIONS)):
        add("function", schema, name, ddl)
    for schema, name, oid in session.rows(VIEWS):
        try:
            body = session.rows(VIEW_DEFINITION, [oid])[0][0]
        except psycopg2.errors.LockNotAvailable:
            notes.omit(
                qualified(schema, name),
                msg("a table of this view was locked exclusively"),
                msg("run the audit again when the lock is gone"),
            )
            continue
        add("view", schema, name, f"CREATE VIEW {qualified(schema, name)} AS {body}")
    for schema, name in sorted(session.rows(EXTENDED)):
        add("statistics", schema, name, "")
    return tuple(found)


def _collation(schema: str, name: str, provider: str, locale: str | None, *, deterministic: bool) -> str:
    words = {"c": "libc", "i": "icu", "b": "builtin", "d": "libc"}
    rule = "" if deterministic else ", deterministic = false"
    return (
        f"CREATE COLLATION {qualified(schema, name)} (provider = {words[provider]}, locale = '{locale or 'C'}'{rule})"
    )
