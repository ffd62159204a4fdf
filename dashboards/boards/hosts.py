"""Hosts: what is used up, what is waited for, what fails, on each machine."""

from dashboards.board import Board, Scope
from dashboards.rows import hosts_network, hosts_now, hosts_processor, hosts_storage
from facts.message import msg

BOARD = Board(
    stem="hosts",
    title=msg("Hosts"),
    description=msg("What is used up, waited for or failing on each machine: processors, memory, disks, network."),
    rows=(hosts_now.ROW, hosts_processor.ROW, hosts_storage.ROW, hosts_network.ROW),
    scope=Scope(seen=("tenfold_exporter_info",), target="tenfold_host_up"),
    theirs=("hosts-for-node-exporter", Scope(seen=("node_uname_info",))),
)
