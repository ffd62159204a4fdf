"""Who the server is, what it is set to, and how big the database has become.

Source: pg_catalog functions, pg_settings, pg_database, pg_stat_database.
Needed role and versions: any role, PostgreSQL 13 to 18; the size needs CONNECT on the database or pg_read_all_stats.
Consumed by: every rule (versions, settings), CFG001, CFG003, the shadow planner (planner settings).
Cost: three catalogue reads; pg_database_size looks at every file of the database once (2 ms for 600 relations, 18 ms for 2,500).
Caveats: settings that hold addresses, commands or secrets are never read.
"""

from collectors.postgres_connection import Session
from facts.postgres import Database, Server, Setting

SERVER = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'), pg_is_in_recovery(),
       pg_postmaster_start_time(), current_user::text,
       (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
       ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles
             WHERE rolname LIKE 'pg\\_%' AND pg_has_role(current_user, oid, 'USAGE')),
       ARRAY(SELECT extname::text FROM pg_catalog.pg_extension)
"""

# An allow-list: nothing that can hold a secret, an address or a command is on it. `reset_val` is what the mall's own
# sessions start with; `setting` would show our own limits.
SETTINGS = """
SELECT name, reset_val, unit, source, boot_val, pending_restart FROM pg_catalog.pg_settings
WHERE name = ANY (%s) OR category LIKE 'Query Tuning%%' OR category LIKE '%%Vacuuming%%' OR category LIKE 'Autovacuum%%'
"""
SETTING_NAMES = (
    "autovacuum", "autovacuum_analyze_scale_factor", "autovacuum_naptime", "autovacuum_vacuum_scale_factor",
    "bgwriter_delay", "checkpoint_completion_target", "checkpoint_timeout", "commit_delay", "compute_query_id",
    "constraint_exclusion", "cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost", "cursor_tuple_fraction",
    "default_statistics_target", "default_transaction_isolation", "effective_cache_size",
    "effective_io_concurrency", "enable_bitmapscan", "enable_gathermerge", "enable_hashagg", "enable_hashjoin",
    "enable_incremental_sort", "enable_indexonlyscan", "enable_indexscan", "enable_material", "enable_memoize",
    "enable_mergejoin", "enable_nestloop", "enable_parallel_append", "enable_parallel_hash",
    "enable_partition_pruning", "enable_partitionwise_aggregate", "enable_partitionwise_join", "enable_seqscan",
    "enable_sort", "enable_tidscan", "from_collapse_limit", "fsync", "full_page_writes", "geqo", "geqo_effort",
    "geqo_threshold", "hash_mem_multiplier", "hot_standby_feedback", "huge_pages",
    "idle_in_transaction_session_timeout", "idle_session_timeout", "join_collapse_limit", "lock_timeout",
    "log_lock_waits", "log_min_duration_statement", "log_temp_files", "maintenance_work_mem", "max_connections",
    "max_locks_per_transaction", "max_parallel_workers", "max_parallel_workers_per_gather",
    "max_prepared_transactions", "max_wal_senders", "max_wal_size", "max_worker_processes",
    "min_parallel_index_scan_size", "min_parallel_table_scan_size", "min_wal_size", "old_snapshot_threshold",
    "parallel_setup_cost", "parallel_tuple_cost", "pg_stat_statements.max", "pg_stat_statements.track",
    "pg_stat_statements.track_planning", "pg_stat_statements.track_utility", "random_page_cost",
    "reserved_connections", "search_path", "seq_page_cost", "server_encoding", "shared_buffers",
    "statement_timeout", "superuser_reserved_connections", "synchronous_commit", "temp_buffers", "TimeZone",
    "track_activity_query_size", "track_counts", "track_io_timing", "transaction_timeout", "wal_buffers",
    "wal_compression", "wal_level", "work_mem", "zero_damaged_pages",
)  # fmt: skip
DATABASE = """
SELECT d.datname::text, CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END,
       pg_encoding_to_char(d.encoding), d.datcollate::text, {provider},
       s.numbackends, s.xact_commit, s.xact_rollback, s.blks_hit, s.blks_read, s.temp_files, s.temp_bytes, s.deadlocks,
       s.stats_reset, age(d.datfrozenxid)
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid
WHERE d.datname = current_database()
"""
SEARCH_PATH = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'"
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
_PROVIDER_SINCE = 150000


def database_statement(version_number: int) -> str:
    """The statement for the server's version; before 15 every database's locale was libc's."""
    return DATABASE.format(provider="d.datlocprovider::text" if version_number >= _PROVIDER_SINCE else "'c'")


def read_server(session: Session) -> Server:
    """Version, role and privileges."""
    version_number, version, recovery, started, role, superuser, memberships, extensions = session.rows(SERVER)[0]
    return Server(
        version_number=version_number,
        version=version.split()[0],
        in_recovery=recovery,
        started_at=started,
        role=role,
        superuser=superuser,
        memberships=tuple(sorted(memberships)),
        extensions_loaded=tuple(sorted(extensions)),
    )


def read_settings(session: Session) -> tuple[Setting, ...]:
    """The settings on the allow-list, as the mall's own sessions start with them."""
    rows = session.rows(SETTINGS, [list(SETTING_NAMES)])
    settings = [
        Setting(name=name, value=value, unit=unit, source=source, boot_value=boot, pending_restart=bool(pending))
        for name, value, unit, source, boot, pending in rows
    ]
    return tuple(sorted(settings, key=lambda setting: setting.name))


def read_search_path(session: Session) -> tuple[str, ...]:
    """The schemas of the search path that sessions start with, in order."""
    return tuple(part.strip().strip('"') for part in session.rows(SEARCH_PATH)[0][0].split(","))


def read_database(session: Session) -> Database:
    """Size, locale and counters."""
    row = session.rows(database_statement(session.version_number))[0]
    return Database(
        name=row[0],
        size_bytes=row[1],
        encoding=row[2],
        collation=row[3],
        locale_provider=_PROVIDERS.get(row[4], row[4]),
        backends=row[5],
        commits=row[6],
        rollbacks=row[7],
        blocks_hit=row[8],
        blocks_read=row[9],
        temporary_files=row[10],
        temporary_bytes=row[11],
        deadlocks=row[12],
        statistics_reset_at=row[13],
        transaction_age=row[14],
    )
