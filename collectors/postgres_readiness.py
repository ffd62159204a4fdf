"""What an audit of this database will lack, and the command that mends each: for `tenfold check`.

Source: pg_extension, pg_roles, pg_settings; the function `tenfold.column_statistics()`.
Needed role and versions: any role, PostgreSQL 13 to 18.
Consumed by: `tenfold check`.
Cost: a handful of catalogue reads.
Caveats: it looks at privileges, not at the figures behind them.
"""

from collectors import postgres_column_statistics, postgres_statements
from collectors.postgres_connection import Session
from facts.identifiers import quote
from facts.message import msg, verbatim
from facts.postgres import Server
from facts.readings import Omission

SHARED = "SELECT setting FROM pg_settings WHERE name = 'track_io_timing'"
STATEMENTS = (SHARED,)


def gaps(session: Session, server: Server) -> list[Omission]:
    """What will be missing, most important first.

    Args:
        session: The open session.
        server: As read from it; its memberships decide what the role may see.
    """
    found = []
    role = quote(server.role)
    if not session.rows(postgres_statements.EXTENSION):
        found.append(
            Omission(
                subject="pg_stat_statements",
                reason=msg(
                    "the extension is not there, so the workload is not known: no advice about statements and indexes"
                ),
                remedy=msg(
                    "shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, restart, then: "
                    "CREATE EXTENSION pg_stat_statements"
                ),
            )
        )
    if not server.superuser and not {"pg_read_all_stats", "pg_monitor"} & set(server.memberships):
        found.append(
            Omission(
                subject="pg_monitor",
                reason=msg("the role sees neither the statements nor the sessions of other roles"),
                remedy=verbatim(f"GRANT pg_monitor TO {role}"),
            )
        )
    reads_all = server.superuser or "pg_read_all_data" in server.memberships
    if not reads_all and not session.rows(postgres_column_statistics.FUNCTION):
        found.append(
            Omission(
                subject="column statistics",
                reason=msg("the role sees the statistics of few columns or none, so index advice rests on sizes alone"),
                remedy=msg("run the SQL that `tenfold init` prints; it creates tenfold.column_statistics()"),
            )
        )
    timing = session.rows(SHARED)
    if timing and timing[0][0] != "on":
        found.append(
            Omission(
                subject="track_io_timing",
                reason=msg("reads from disk are counted but not timed"),
                remedy=verbatim("ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf()"),
            )
        )
    return found
