"""The fixed list of queries that `collectors.prometheus` sends; WINDOW stands for the audit's window.

`MACHINES` are figures of node_exporter by machine; `FIGURES` are everything else, by the name that rules know it by.
"""

from collections.abc import Iterator, Mapping

from collectors.host import FILE_SYSTEMS

CONTAINERS_AT_MOST = 100
# Prometheus scrapes once a minute unless told otherwise, and rate() wants some samples to compare.
LEAST_WINDOW_SECONDS = 300

_APPLICATION = "job, instance, namespace, pod, container"
_POOL = f"{_APPLICATION}, pool"
_DEVICE = 'device!~"(dm-|loop|ram|sr|zram).*"'
_INTERFACE = 'device!~"lo|(veth|docker|br-|cali|cni|flannel|virbr|tap|tun|ifb|kube|nodelocal).*"'
_VOLUMES = f'fstype=~"{"|".join(FILE_SYSTEMS)}",mountpoint!~"/(var/lib/(docker|kubelet|containerd|containers)|run)/.+"'
# Of one database that somebody else runs; CloudWatch's figures come up to a quarter of an hour late.
_CLOUD = "last_over_time({__name__=~%s}[20m])"
_AWS = '"aws_rds_(cpuutilization|cpu_utilization|database_connections|read_iops|write_iops|free_storage_space|freeable_memory)_average"'
_ALIBABA = (
    '"aliyun_acs_rds_dashboard_(CpuUsage|ConnectionUsage|IOPSUsage|DiskUsage|MemoryUsage'
    '|cpu_usage|conn_usgae|iops_usage|local_fs_size_usage|mem_usage)"'
)


def _per_container(measured: str, over: str = "") -> str:
    """The highest values by container of a pod, or by the name of a container without pods."""
    branches = [
        " / ".join(f"sum by ({labels}) ({each.replace('CHOSEN', chosen)})" for each in (measured, over) if each)
        for labels, chosen in (
            (_APPLICATION, 'container!="",container!="POD"'),
            ("job, instance, name", 'container="",name!=""'),
        )
    ]
    return f"topk({CONTAINERS_AT_MOST}, {' or '.join(branches)})"


def _per_pool(hikari: str, hikari_own: str, jdbc: str, over_time: str = "") -> str:
    """One figure of each pool: HikariCP's as Micrometer or it itself names them, else Spring's of any JDBC pool."""
    ours, own, other = (
        f"{over_time}({each}[WINDOW])" if over_time else each for each in (hikari, hikari_own, f"jdbc_{jdbc}")
    )
    choices = [ours, own]
    if jdbc:
        without = f"{other} unless on (job, instance) {hikari}"
        choices.append(f'label_replace({without}, "pool", "$1", "name", "(.+)")')
    return f"max by ({_POOL}) ({' or '.join(choices)})"


# `WINDOW` becomes the range.
MACHINES: Mapping[str, str] = {
    "node_cores": 'count by (job, instance) (node_cpu_seconds_total{mode="idle"})',
    "node_cpu_modes": "sum by (job, instance, mode) (rate(node_cpu_seconds_total[WINDOW]))",
    "node_gauges": (
        'max by (__name__, job, instance) ({__name__=~"node_load1|node_memory_(MemTotal|MemAvailable|SwapTotal|SwapFree)_bytes"})'
    ),
    "node_filesystem_size_bytes": f"max by (job, instance, mountpoint) (node_filesystem_size_bytes{{{_VOLUMES}}})",
    "node_filesystem_avail_bytes": f"max by (job, instance, mountpoint) (node_filesystem_avail_bytes{{{_VOLUMES}}})",
    "node_disk_busy_ratio": f"sum by (job, instance, device) (rate(node_disk_io_time_seconds_total{{{_DEVICE}}}[WINDOW]))",
    "node_disk_read_bytes": f"sum by (job, instance, device) (rate(node_disk_read_bytes_total{{{_DEVICE}}}[WINDOW]))",
    "node_disk_written_bytes": f"sum by (job, instance, device) (rate(node_disk_written_bytes_total{{{_DEVICE}}}[WINDOW]))",
    "node_network_received_bytes": (
        f"sum by (job, instance, device) (rate(node_network_receive_bytes_total{{{_INTERFACE}}}[WINDOW]))"
    ),
    "node_network_sent_bytes": (
        f"sum by (job, instance, device) (rate(node_network_transmit_bytes_total{{{_INTERFACE}}}[WINDOW]))"
    ),
    "node_network_errors": (
        f"sum by (job, instance, device) (node_network_receive_errs_total{{{_INTERFACE}}}"
        f" + node_network_transmit_errs_total{{{_INTERFACE}}})"
    ),
}
FIGURES: Mapping[str, str] = {
    "container_cpu_cores": _per_container("rate(container_cpu_usage_seconds_total{CHOSEN}[WINDOW])"),
    "container_cpu_limit_cores": _per_container(
        "container_spec_cpu_quota{CHOSEN} > 0", "container_spec_cpu_period{CHOSEN} > 0"
    ),
    "container_cpu_throttled_ratio": _per_container(
        "rate(container_cpu_cfs_throttled_periods_total{CHOSEN}[WINDOW])",
        "rate(container_cpu_cfs_periods_total{CHOSEN}[WINDOW])",
    ),
    "container_memory_working_set_bytes": _per_container("container_memory_working_set_bytes{CHOSEN}"),
    "container_memory_limit_ratio": _per_container(
        "container_memory_working_set_bytes{CHOSEN}", "container_spec_memory_limit_bytes{CHOSEN} > 0"
    ),
    "pool_connections_max": _per_pool("hikaricp_connections_max", "hikaricp_max_connections", "connections_max > 0"),
    "pool_connections_active": _per_pool(
        "hikaricp_connections_active", "hikaricp_active_connections", "connections_active", "avg_over_time"
    ),
    "pool_connections_active_peak": _per_pool(
        "hikaricp_connections_active", "hikaricp_active_connections", "connections_active", "max_over_time"
    ),
    "pool_connections_pending_peak": _per_pool(
        "hikaricp_connections_pending", "hikaricp_pending_threads", "", "max_over_time"
    ),
    "pgbouncer": (
        'sum by (__name__, job, instance, pool) (label_replace({__name__=~"pgbouncer_pools_(client_active|client_waiting|server_active'
        '|server_idle)_connections|pgbouncer_databases_pool_size"}, "pool", "$1", "database", "(.+)"))'
    ),
    "pgbouncer_client_waiting_peak": (
        "sum by (job, instance, pool) (label_replace(max_over_time(pgbouncer_pools_client_waiting_connections[WINDOW]),"
        ' "pool", "$1", "database", "(.+)"))'
    ),
    "tomcat_threads": (
        f'max by (__name__, {_APPLICATION}, name) ({{__name__=~"tomcat_threads_busy_threads|tomcat_threads_config_max_threads"}})'
    ),
    "jvm_heap_used_bytes": (
        f'sum by ({_APPLICATION}) (jvm_memory_used_bytes{{area="heap"}})'
        f' or sum by ({_APPLICATION}) (jvm_memory_bytes_used{{area="heap"}})'
    ),
    "jvm_heap_max_bytes": (
        f'sum by ({_APPLICATION}) (jvm_memory_max_bytes{{area="heap"}} > 0)'
        f' or sum by ({_APPLICATION}) (jvm_memory_bytes_max{{area="heap"}} > 0)'
    ),
    "jvm_gc_ratio": (
        f"sum by ({_APPLICATION}) (rate(jvm_gc_pause_seconds_sum[WINDOW]))"
        f" or sum by ({_APPLICATION}) (rate(jvm_gc_collection_seconds_sum[WINDOW]))"
    ),
    "jvm_threads": f"sum by ({_APPLICATION}) (jvm_threads_live_threads or jvm_threads_current)",
    "phpfpm": (
        f'sum by (__name__, {_POOL}) ({{__name__=~"phpfpm_(active_processes|idle_processes|total_processes|listen_queue'
        '|max_listen_queue|max_children_reached)"})'
    ),
    "nginx": f'sum by (__name__, {_APPLICATION}) ({{__name__=~"nginx_connections_(active|reading|writing|waiting)"}})',
    "nginx_requests_per_second": f"sum by ({_APPLICATION}) (rate(nginx_http_requests_total[WINDOW]))",
    "nginx_dropped_per_second": (
        f"sum by ({_APPLICATION}) (rate(nginx_connections_accepted[WINDOW]) - rate(nginx_connections_handled[WINDOW]))"
    ),
    # The exporter asks for all databases; whose figure it is stands in a label of the exporter's own choice.
    "aws_rds": (
        f'max by (__name__, job, instance) (label_replace(label_replace({_CLOUD % _AWS}, "instance", "$1",'
        ' "dbinstance_identifier", "(.+)"), "instance", "$1", "dimension_DBInstanceIdentifier", "(.+)"))'
    ),
    "aliyun_rds": (
        f'max by (__name__, job, instance) (label_replace({_CLOUD % _ALIBABA}, "instance", "$1", "instanceId", "(.+)"))'
    ),
}


def queries(window: int = LEAST_WINDOW_SECONDS) -> Iterator[tuple[str, str]]:
    """Every query by its name, as it is sent."""
    for name, query in (*MACHINES.items(), *FIGURES.items()):
        yield name, query.replace("WINDOW", f"{window}s")
