"""What a cache does: commands, how long they take, what fails."""

from dashboards.board import Query, Row
from dashboards.links import MALL, rule
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_rate, theirs_rate
from facts.message import msg

_COMMAND = "{{target}} {{command}}"
_THEIR_COMMAND = "{{instance}} {{cmd}}"

ROW = Row(
    msg("Commands"),
    (
        time_series(
            msg("Calls"),
            msg("Calls a second, by command; the ten busiest."),
            unit="ops",
            ours=(
                Query(
                    "topk(10, sum by (mall, target, command) (rate(tenfold_redis_command_calls_total[$__rate_interval])))",
                    _COMMAND,
                ),
            ),
            theirs=(
                Query(
                    "topk(10, sum by (instance, cmd) (rate(redis_commands_total[$__rate_interval])))", _THEIR_COMMAND
                ),
            ),
            many=True,
            width=12,
            links=(MALL,),
        ),
        time_series(
            msg("Time by command"),
            msg(
                "Seconds of the one thread that each command takes a second; the ten most costly. Their sum is what is used up."
            ),
            unit="percentunit",
            ours=(
                Query(
                    "topk(10, sum by (mall, target, command) (rate(tenfold_redis_command_seconds_total[$__rate_interval])))",
                    _COMMAND,
                ),
            ),
            theirs=(
                Query(
                    "topk(10, sum by (instance, cmd) (rate(redis_commands_duration_seconds_total[$__rate_interval])))",
                    _THEIR_COMMAND,
                ),
            ),
            many=True,
            width=12,
            links=(rule("RDS002"),),
        ),
        time_series(
            msg("Time for one call"),
            msg("Mean, over all commands. One slow command makes all others wait."),
            unit="s",
            ours=(
                Query(
                    "sum by (mall, target) (rate(tenfold_redis_command_seconds_total[$__rate_interval]))"
                    " / sum by (mall, target) (rate(tenfold_redis_command_calls_total[$__rate_interval]))",
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(redis_commands_duration_seconds_total[$__rate_interval]))"
                    " / sum by (instance) (rate(redis_commands_total[$__rate_interval]))",
                    INSTANCE,
                ),
            ),
            links=(rule("RDS002"),),
        ),
        time_series(
            msg("Errors answered"),
            msg("Errors a second, and clients that were refused because maxclients was reached."),
            unit="ops",
            ours=(
                ours_rate("tenfold_redis_error_replies_total", msg("{target} errors", target=TARGET)),
                ours_rate("tenfold_redis_connections_rejected_total", msg("{target} refused", target=TARGET)),
            ),
            theirs=(
                # A counter, whatever redis_exporter calls it.
                theirs_rate("redis_total_error_replies", msg("{target} errors", target=INSTANCE)),
                theirs_rate("redis_rejected_connections_total", msg("{target} refused", target=INSTANCE)),
            ),
        ),
        time_series(
            msg("Network"),
            msg("Bytes a second that the cache received and sent. Large values fill the line before the processor."),
            unit="Bps",
            ours=(
                ours_rate("tenfold_redis_received_bytes_total", msg("{target} received", target=TARGET)),
                ours_rate("tenfold_redis_sent_bytes_total", msg("{target} sent", target=TARGET)),
            ),
            theirs=(
                theirs_rate("redis_net_input_bytes_total", msg("{target} received", target=INSTANCE)),
                theirs_rate("redis_net_output_bytes_total", msg("{target} sent", target=INSTANCE)),
            ),
            links=(rule("RDS002"),),
        ),
    ),
)
