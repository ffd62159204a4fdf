"""Processors and memory of each machine: used, waited for, short of."""

from dashboards.board import Query, Row
from dashboards.links import POSTGRES, rule
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_most, theirs_most
from dashboards.rows.hosts_now import OURS_MEMORY, OURS_PROCESSOR, THEIRS_MEMORY, THEIRS_PROCESSOR
from facts.message import msg

_WAITING = "tenfold_host_pressure_waiting_seconds_total"

ROW = Row(
    msg("Processors and memory"),
    (
        time_series(
            msg("Processors used"),
            msg("Share of the time of all processors that was neither idle nor waiting for a disk."),
            unit="percentunit",
            ours=(OURS_PROCESSOR,),
            theirs=(THEIRS_PROCESSOR,),
            limit=1,
            links=(rule("CAP001"),),
        ),
        time_series(
            msg("Time by mode"),
            msg(
                "Processors busy in each mode. Much `system` means many small requests or connections; `steal` is what the host took away."
            ),
            unit="none",
            ours=(
                Query(
                    'sum by (mall, target, mode) (rate(tenfold_host_cpu_seconds_total{mode!="idle"}[$__rate_interval]))',
                    "{{target}} {{mode}}",
                ),
            ),
            theirs=(
                Query(
                    'sum by (instance, mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))',
                    "{{instance}} {{mode}}",
                ),
            ),
            stacked=True,
        ),
        time_series(
            msg("Busiest processor"),
            msg(
                "The one processor that works most. When it is used up while the others idle, one thread is the limit."
            ),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target) (sum by (mall, target, core)"
                    ' (rate(tenfold_host_core_seconds_total{mode!~"idle|iowait"}[$__rate_interval])))',
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "max by (instance) (sum by (instance, cpu)"
                    ' (rate(node_cpu_seconds_total{mode!~"idle|iowait"}[$__rate_interval])))',
                    INSTANCE,
                ),
            ),
            limit=1,
        ),
        time_series(
            msg("Pressure"),
            msg(
                "Share of the time in which some task waited for a processor, a disk or memory: what is short before it is used up."
            ),
            unit="percentunit",
            ours=(
                Query(
                    f"sum by (mall, target, resource) (rate({_WAITING}[$__rate_interval]))", "{{target}} {{resource}}"
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(node_pressure_cpu_waiting_seconds_total[$__rate_interval]))",
                    "{{instance}} cpu",
                ),
                Query(
                    "sum by (instance) (rate(node_pressure_io_waiting_seconds_total[$__rate_interval]))",
                    "{{instance}} io",
                ),
                Query(
                    "sum by (instance) (rate(node_pressure_memory_waiting_seconds_total[$__rate_interval]))",
                    "{{instance}} memory",
                ),
            ),
        ),
        time_series(
            msg("Memory used"),
            msg("Share of the memory that programs could no longer get without swapping."),
            unit="percentunit",
            ours=(OURS_MEMORY,),
            theirs=(THEIRS_MEMORY,),
            limit=1,
            links=(POSTGRES,),
        ),
        time_series(
            msg("Processes"),
            msg("Processes that run or wait for a processor, and those that wait for a disk."),
            unit="none",
            ours=(
                ours_most("tenfold_host_processes_runnable", msg("{target} runnable", target=TARGET)),
                ours_most("tenfold_host_processes_blocked", msg("{target} waiting for a disk", target=TARGET)),
            ),
            theirs=(
                theirs_most("node_procs_running", msg("{target} runnable", target=INSTANCE)),
                theirs_most("node_procs_blocked", msg("{target} waiting for a disk", target=INSTANCE)),
            ),
        ),
    ),
)
