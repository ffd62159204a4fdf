"""Leaves tables that could not be read whole out of the schema that is judged.

A table whose indexes were not read, because somebody held its lock, would look like one that has none.
"""

from dataclasses import replace

from facts.postgres import PostgresFacts

# The collectors whose omissions make a table's picture incomplete.
_NEEDED = frozenset({"postgres_tables", "postgres_indexes"})


def without_unread_tables(facts: PostgresFacts) -> PostgresFacts:
    """The same facts without the tables that a collector had to leave out; their names stay in `schema.unread`."""
    schema = facts.schema
    if schema is None:
        return facts
    left_out = {
        omission.subject for reading in facts.readings if reading.collector in _NEEDED for omission in reading.partial
    }
    gone = {table.oid for table in schema.tables if table.subject in left_out}
    if not gone:
        return facts
    kept = replace(
        schema,
        tables=tuple(each for each in schema.tables if each.oid not in gone),
        indexes=tuple(each for each in schema.indexes if each.table_oid not in gone),
        foreign_keys=tuple(
            each for each in schema.foreign_keys if each.table_oid not in gone and each.referenced_oid not in gone
        ),
        constraints=tuple(each for each in schema.constraints if each.table_oid not in gone),
        statistics=tuple(each for each in schema.statistics if each.table_oid not in gone),
        unread=tuple(sorted(f"{table.schema}.{table.name}" for table in schema.tables if table.oid in gone)),
    )
    return replace(facts, schema=kept)
