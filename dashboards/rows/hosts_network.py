"""The network of each machine: how much goes over the line, what is lost and what is refused."""

from dashboards.board import Query, Row
from dashboards.links import MALL
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_most, ours_rate, theirs_most, theirs_rate
from facts.message import msg

_REAL = '{device!="lo"}'
_OURS_REAL = '{interface!="lo"}'


def _tcp(counter: str) -> str:
    return f'tenfold_host_network_protocol_total{{protocol="Tcp",counter="{counter}"}}'


def _listen(counter: str) -> str:
    return f'tenfold_host_network_protocol_total{{protocol="TcpExt",counter="{counter}"}}'


ROW = Row(
    msg("Network"),
    (
        time_series(
            msg("Bytes received and sent"),
            msg("Bytes a second over all interfaces. Hold it against the bandwidth that you rent."),
            unit="Bps",
            ours=(
                ours_rate(
                    f"tenfold_host_network_received_bytes_total{_OURS_REAL}", msg("{target} received", target=TARGET)
                ),
                ours_rate(f"tenfold_host_network_sent_bytes_total{_OURS_REAL}", msg("{target} sent", target=TARGET)),
            ),
            theirs=(
                theirs_rate(f"node_network_receive_bytes_total{_REAL}", msg("{target} received", target=INSTANCE)),
                theirs_rate(f"node_network_transmit_bytes_total{_REAL}", msg("{target} sent", target=INSTANCE)),
            ),
            links=(MALL,),
        ),
        time_series(
            msg("Packets lost"),
            msg("Packets a second that had errors or were thrown away."),
            unit="pps",
            ours=(
                ours_rate("tenfold_host_network_receive_errors_total", msg("{target} receive errors", target=TARGET)),
                ours_rate("tenfold_host_network_send_errors_total", msg("{target} send errors", target=TARGET)),
                ours_rate("tenfold_host_network_receive_drops_total", msg("{target} receive drops", target=TARGET)),
                ours_rate("tenfold_host_network_send_drops_total", msg("{target} send drops", target=TARGET)),
            ),
            theirs=(
                theirs_rate("node_network_receive_errs_total", msg("{target} receive errors", target=INSTANCE)),
                theirs_rate("node_network_transmit_errs_total", msg("{target} send errors", target=INSTANCE)),
                theirs_rate("node_network_receive_drop_total", msg("{target} receive drops", target=INSTANCE)),
                theirs_rate("node_network_transmit_drop_total", msg("{target} send drops", target=INSTANCE)),
            ),
        ),
        time_series(
            msg("Segments sent again"),
            msg("Share of the TCP segments that had to be sent again: a line that is full or bad."),
            unit="percentunit",
            ours=(
                Query(
                    f"sum by (mall, target) (rate({_tcp('RetransSegs')}[$__rate_interval]))"
                    f" / (sum by (mall, target) (rate({_tcp('OutSegs')}[$__rate_interval])) > 0)",
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(node_netstat_Tcp_RetransSegs[$__rate_interval]))"
                    " / (sum by (instance) (rate(node_netstat_Tcp_OutSegs[$__rate_interval])) > 0)",
                    INSTANCE,
                ),
            ),
        ),
        time_series(
            msg("Connections refused"),
            msg("Connections a second that found the queue of a listening program full."),
            unit="cps",
            ours=(
                ours_rate(_listen("ListenOverflows"), msg("{target} queue full", target=TARGET)),
                ours_rate(_listen("ListenDrops"), msg("{target} dropped", target=TARGET)),
            ),
            theirs=(
                theirs_rate("node_netstat_TcpExt_ListenOverflows", msg("{target} queue full", target=INSTANCE)),
                theirs_rate("node_netstat_TcpExt_ListenDrops", msg("{target} dropped", target=INSTANCE)),
            ),
        ),
        time_series(
            msg("TCP connections"),
            msg("Connections that are established."),
            unit="none",
            ours=(ours_most("tenfold_host_network_tcp_established"),),
            theirs=(theirs_most("node_netstat_Tcp_CurrEstab"),),
        ),
    ),
)
