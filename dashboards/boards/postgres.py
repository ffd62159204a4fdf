"""PostgreSQL: is it used up, does it wait, does it fail; then what it does and what it keeps."""

from dashboards.board import Board, Scope
from dashboards.rows import postgres_log, postgres_now, postgres_sessions, postgres_tables, postgres_work
from facts.message import msg

BOARD = Board(
    stem="postgres",
    title=msg("PostgreSQL"),
    description=msg("Whether each database is used up, waits or fails, what it does, and what it keeps."),
    rows=(postgres_now.ROW, postgres_sessions.ROW, postgres_work.ROW, postgres_log.ROW, postgres_tables.ROW),
    scope=Scope(seen=("tenfold_exporter_info",), target="tenfold_postgres_up"),
    theirs=("postgres-for-postgres-exporter", Scope(seen=("pg_up",))),
)
