"""Is each machine well: up, and with something left of everything."""

from dashboards.board import Query, Row, Step
from dashboards.links import MALL, rule
from dashboards.panel import stat
from dashboards.queries import INSTANCE, TARGET
from dashboards.words import UP_OR_DOWN
from facts.message import msg

OURS_PROCESSOR = Query(
    'sum by (mall, target) (rate(tenfold_host_cpu_seconds_total{mode!~"idle|iowait"}[$__rate_interval]))'
    " / sum by (mall, target) (rate(tenfold_host_cpu_seconds_total[$__rate_interval]))",
    TARGET,
)
THEIRS_PROCESSOR = Query(
    'sum by (instance) (rate(node_cpu_seconds_total{mode!~"idle|iowait"}[$__rate_interval]))'
    " / sum by (instance) (rate(node_cpu_seconds_total[$__rate_interval]))",
    INSTANCE,
)
OURS_MEMORY = Query(
    "1 - max by (mall, target) (tenfold_host_memory_available_bytes) / max by (mall, target) (tenfold_host_memory_total_bytes)",
    TARGET,
)
THEIRS_MEMORY = Query(
    "1 - max by (instance) (node_memory_MemAvailable_bytes) / max by (instance) (node_memory_MemTotal_bytes)", INSTANCE
)
OURS_FULLEST = Query(
    "max by (mall, target) (1 - tenfold_host_filesystem_available_bytes / tenfold_host_filesystem_size_bytes)", TARGET
)
THEIRS_FULLEST = Query(
    'max by (instance) (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"} / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs"})',
    INSTANCE,
)

ROW = Row(
    msg("Now"),
    (
        stat(
            msg("Up"),
            msg("Whether each machine's figures were read in the last scrape."),
            unit="none",
            ours=(Query("min by (mall, target) (tenfold_host_up)", TARGET),),
            # A node_exporter that is gone has no series of its own, but its job has, as long as another one is there.
            theirs=(Query("min by (instance) (up and on (job) node_uname_info)", INSTANCE),),
            words=UP_OR_DOWN,
            alarming=True,
            links=(MALL,),
        ),
        stat(
            msg("Processors used"),
            msg("Share of the time of all processors that was neither idle nor waiting for a disk."),
            unit="percentunit",
            ours=(OURS_PROCESSOR,),
            theirs=(THEIRS_PROCESSOR,),
            steps=(Step(0.7, "orange"), Step(0.9, "red")),
            links=(rule("CAP001"),),
        ),
        stat(
            msg("Load for each processor"),
            msg(
                "Processes that run or wait, in the mean of five minutes, for each processor. Above 1, some of them wait."
            ),
            unit="none",
            ours=(
                Query(
                    'max by (mall, target) (tenfold_host_load{minutes="5"}) / max by (mall, target) (tenfold_host_cores)',
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "max by (instance) (node_load5) / count by (instance)"
                    ' (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
                    INSTANCE,
                ),
            ),
            steps=(Step(1, "orange"), Step(2, "red")),
        ),
        stat(
            msg("Memory used"),
            msg("Share of the memory that programs could no longer get without swapping."),
            unit="percentunit",
            ours=(OURS_MEMORY,),
            theirs=(THEIRS_MEMORY,),
            steps=(Step(0.85, "orange"), Step(0.95, "red")),
        ),
        stat(
            msg("Fullest file system"),
            msg("A full disk stops the database, its log and its backups."),
            unit="percentunit",
            ours=(OURS_FULLEST,),
            theirs=(THEIRS_FULLEST,),
            steps=(Step(0.8, "orange"), Step(0.9, "red")),
        ),
        stat(
            msg("Open files"),
            msg("Files open on the machine, to how many it allows. Every connection is one."),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target) (tenfold_host_open_files) / max by (mall, target) (tenfold_host_open_files_limit)",
                    TARGET,
                ),
            ),
            theirs=(
                Query("max by (instance) (node_filefd_allocated) / max by (instance) (node_filefd_maximum)", INSTANCE),
            ),
            steps=(Step(0.7, "orange"), Step(0.9, "red")),
        ),
    ),
)
