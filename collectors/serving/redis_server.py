"""One Redis or Valkey: clients, memory, keyspace, evictions, traffic, persistence, replication, its commands.

Source: INFO everything.
Needed role and versions: Redis 6 to 8, Valkey 7 to 9; +ping +info +client|setname.
Consumed by: the Mall and Redis boards, the alerts on memory, evictions and refused clients.
Cost: one command, 0.3 ms of the server's only thread, whatever the number of keys: no key is ever looked at.
Caveats: on a cluster node only that node is seen. The busiest 40 commands have series, the others are `other`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from collectors.serving.bounded import OTHER
from collectors.serving.metric import Metric, Sample, counter, gauge

SECTIONS = "everything"
COMMANDS = 40
_PREFIX = "tenfold_redis_"
_MEGA = 1e6


def _g(key: str, name: str, text: str, scale: float = 1.0) -> tuple[str, Metric, float]:
    return key, gauge(_PREFIX + name, text), scale


def _c(key: str, name: str, text: str, scale: float = 1.0) -> tuple[str, Metric, float]:
    return key, counter(_PREFIX + name + "_total", text), scale


# INFO's key, our metric, and what brings its unit to the base unit.
FIGURES = (
    _g("uptime_in_seconds", "uptime_seconds", "Time since the start."),
    _g("connected_clients", "clients", "Clients connected, replicas not among them."),
    _g("blocked_clients", "blocked_clients", "Clients that wait in a blocking command."),
    _g("maxclients", "clients_limit", "maxclients."),
    _g("tracking_clients", "tracking_clients", "Clients that are told of changed keys."),
    _g("used_memory", "memory_used_bytes", "Memory allocated."),
    _g("used_memory_rss", "memory_resident_bytes", "Memory that the system gave."),
    _g("used_memory_peak", "memory_peak_bytes", "The most memory that was ever allocated."),
    _g("used_memory_overhead", "memory_overhead_bytes", "Memory for administration."),
    _g("used_memory_dataset", "memory_dataset_bytes", "Memory for the data itself."),
    _g("used_memory_lua", "memory_lua_bytes", "Memory for scripts."),
    _g("used_memory_scripts", "memory_scripts_bytes", "Memory for cached scripts."),
    _g("maxmemory", "memory_limit_bytes", "maxmemory; 0 for no limit."),
    _g("total_system_memory", "system_memory_bytes", "Memory of the machine."),
    _g("mem_fragmentation_ratio", "memory_fragmentation_ratio", "Resident memory to memory allocated."),
    _g("mem_clients_normal", "memory_clients_bytes", "Memory for clients' buffers."),
    _g("mem_replication_backlog", "memory_backlog_bytes", "Memory for the replication backlog."),
    _g("mem_aof_buffer", "memory_aof_buffer_bytes", "Memory for what the append-only file has yet to get."),
    _g("active_defrag_running", "defragmentation_ratio", "Processor share that defragmentation may use.", 0.01),
    _g("lazyfree_pending_objects", "lazy_free_pending_objects", "Objects that wait to be freed."),
    _g("loading", "loading", "1 while the data is being loaded."),
    _g("rdb_changes_since_last_save", "rdb_changes_since_save", "Changes that no snapshot has."),
    _g("rdb_bgsave_in_progress", "rdb_save_in_progress", "1 while a snapshot is being written."),
    _g("rdb_last_save_time", "rdb_last_save_timestamp_seconds", "When the last snapshot was written."),
    _g("rdb_last_bgsave_time_sec", "rdb_last_save_duration_seconds", "How long the last snapshot took; -1 for none."),
    _g("aof_enabled", "aof_enabled", "1 with an append-only file."),
    _g("aof_rewrite_in_progress", "aof_rewrite_in_progress", "1 while the append-only file is being rewritten."),
    _g(
        "aof_last_rewrite_time_sec", "aof_last_rewrite_duration_seconds", "How long the last rewrite took; -1 for none."
    ),
    _g("latest_fork_usec", "last_fork_seconds", "How long the last fork stopped the server.", 1e-6),
    _g("pubsub_channels", "pubsub_channels", "Channels with subscribers."),
    _g("pubsub_patterns", "pubsub_patterns", "Patterns with subscribers."),
    _g("connected_slaves", "replicas", "Replicas connected."),
    _g("master_repl_offset", "replication_offset_bytes", "Position in the stream of changes."),
    _g(
        "second_repl_offset",
        "replication_second_offset_bytes",
        "Position up to which a former primary's stream is accepted.",
    ),
    _g("repl_backlog_active", "replication_backlog_active", "1 while there is a backlog."),
    _g("repl_backlog_size", "replication_backlog_bytes", "Size of the backlog."),
    _g("repl_backlog_histlen", "replication_backlog_history_bytes", "Changes that are in the backlog."),
    _g("master_link_up", "primary_link_up", "On a replica, 1 while the primary is connected."),
    _g("master_last_io_seconds_ago", "primary_last_answer_seconds", "On a replica, since when the primary is silent."),
    _g("slave_repl_offset", "replica_offset_bytes", "On a replica, its position in the stream of changes."),
    _g("cluster_enabled", "cluster_enabled", "1 for a node of a cluster."),
    _g("io_threads_active", "io_threads_active", "1 while threads do its input and output."),
    _c("total_connections_received", "connections", "Connections accepted."),
    _c("rejected_connections", "connections_rejected", "Connections refused because of maxclients."),
    _c("total_commands_processed", "commands_processed", "Commands processed."),
    _c("total_net_input_bytes", "received_bytes", "Bytes read from the network."),
    _c("total_net_output_bytes", "sent_bytes", "Bytes written to the network."),
    _c("keyspace_hits", "keyspace_hits", "Lookups that found their key."),
    _c("keyspace_misses", "keyspace_misses", "Lookups that found nothing."),
    _c("expired_keys", "expired_keys", "Keys whose time was over."),
    _c("evicted_keys", "evicted_keys", "Keys thrown out for want of memory."),
    _c("evicted_clients", "evicted_clients", "Clients thrown out for want of memory."),
    _c("expired_time_cap_reached_count", "expiry_time_cap_reached", "Times that expiry ended early."),
    _c("total_error_replies", "error_replies", "Errors answered."),
    _c("total_reads_processed", "reads_processed", "Reads from clients."),
    _c("total_writes_processed", "writes_processed", "Writes to clients."),
    _c("total_forks", "forks", "Forks since the start."),
    _c("sync_full", "replication_full_syncs", "Full copies that replicas asked for."),
    _c("sync_partial_ok", "replication_partial_syncs", "Resumptions that were granted."),
    _c("sync_partial_err", "replication_partial_syncs_refused", "Resumptions that were refused."),
    _c("active_defrag_hits", "defragmentation_moves", "Values that defragmentation moved."),
    _c("used_cpu_user", "cpu_user_seconds", "Processor time of its own code."),
    _c("used_cpu_sys", "cpu_system_seconds", "Processor time of the system for it."),
    _c("used_cpu_user_children", "cpu_children_user_seconds", "Processor time of its children's own code."),
    _c("used_cpu_sys_children", "cpu_children_system_seconds", "Processor time of the system for its children."),
)
INFO = gauge(_PREFIX + "info", "1; product, version and role are its labels.", "product", "version", "role")
SAVED = gauge(_PREFIX + "rdb_last_save_success", "1 if the last snapshot was written.")
APPENDED = gauge(_PREFIX + "aof_last_write_success", "1 if the last write to the append-only file went well.")
KEYS = gauge(_PREFIX + "keys", "Keys, by database.", "database")
EXPIRING = gauge(_PREFIX + "keys_expiring", "Keys with an end, by database.", "database")
TTL = gauge(_PREFIX + "keys_ttl_seconds", "Mean time to live, by database.", "database")
CALLS = counter(_PREFIX + "command_calls_total", "Calls, by command.", "command")
SECONDS = counter(_PREFIX + "command_seconds_total", "Time spent, by command.", "command")
REJECTED = counter(_PREFIX + "command_rejected_total", "Calls refused before they ran, by command.", "command")
FAILED = counter(_PREFIX + "command_failed_total", "Calls that failed while they ran, by command.", "command")
ERRORS = counter(_PREFIX + "errors_total", "Errors answered, by their first word.", "error")
METRICS = (
    INFO, *(metric for _, metric, _ in FIGURES), SAVED, APPENDED, KEYS, EXPIRING, TTL, CALLS, SECONDS, REJECTED, FAILED, ERRORS,
)  # fmt: skip
_COMMAND_KEYS = (
    (CALLS, "calls", 1.0),
    (SECONDS, "usec", 1e-6),
    (REJECTED, "rejected_calls", 1.0),
    (FAILED, "failed_calls", 1.0),
)
_ERRORS_AT_MOST = 12

Info = Mapping[str, Any]


def read(client: Any) -> Info:
    """INFO, parsed; one command."""
    info: Info = client.info(SECTIONS)
    return info


def samples(info: Info) -> Iterable[Sample]:
    """What this server tells of; what it does not know is left out."""
    product = "valkey" if "valkey_version" in info else "redis"
    version = str(info.get("valkey_version") or info.get("redis_version", ""))
    yield INFO.sample(1.0, product, version, str(info.get("role", "")))
    figures = {**info, "master_link_up": {"up": 1.0, "down": 0.0}.get(str(info.get("master_link_status")))}
    for key, metric, scale in FIGURES:
        value = figures.get(key)
        if isinstance(value, int | float):
            yield metric.sample(float(value) * scale)
    for metric, key in ((SAVED, "rdb_last_bgsave_status"), (APPENDED, "aof_last_write_status")):
        if key in info:
            yield metric.sample(1.0 if info[key] == "ok" else 0.0)
    for key, value in info.items():
        if key.startswith("db") and key[2:].isdigit() and isinstance(value, dict):
            yield KEYS.sample(float(value.get("keys", 0)), key)
            yield EXPIRING.sample(float(value.get("expires", 0)), key)
            yield TTL.sample(float(value.get("avg_ttl", 0)) / 1000, key)
    yield from _commands(info)
    errors = {key.removeprefix("errorstat_"): value for key, value in info.items() if key.startswith("errorstat_")}
    for name, value in sorted(errors.items(), key=lambda each: -int(each[1].get("count", 0)))[:_ERRORS_AT_MOST]:
        yield ERRORS.sample(float(value.get("count", 0)), name)


def _commands(info: Info) -> Iterator[Sample]:
    """By name rather than by load: the names are few, and a fixed order keeps the set of series as it is."""
    found = sorted(
        (key.removeprefix("cmdstat_"), value)
        for key, value in info.items()
        if key.startswith("cmdstat_") and isinstance(value, dict)
    )
    busiest = {name for name, _ in sorted(found, key=lambda each: (-int(each[1].get("calls", 0)), each[0]))[:COMMANDS]}
    for metric, key, scale in _COMMAND_KEYS:
        other = 0.0
        for name, value in found:
            amount = float(value.get(key, 0)) * scale
            if name in busiest:
                yield metric.sample(amount, name)
            else:
                other += amount
        if len(found) > len(busiest):
            yield metric.sample(other, OTHER)
