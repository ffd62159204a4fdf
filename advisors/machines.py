"""Which machine a target runs on."""

from collections.abc import Sequence

from facts.host import HostFacts, Processor


def processor_of(hosts: Sequence[HostFacts], target: str) -> Processor | None:
    """The processor of the target's machine, where that is known."""
    machine = machine_of(hosts, target)
    return machine.processor if machine else None


def machine_of(hosts: Sequence[HostFacts], target: str) -> HostFacts | None:
    """The machine with the target's name, else the only machine.

    Machines that the mall's Prometheus merely mentions do not take that place from one that was configured.

    Args:
        hosts: All that were read.
        target: A database's or a site's name.
    """
    known = [host for host in hosts if host.processor is not None]
    configured = [host for host in known if host.source != "prometheus"]
    named = [host for host in known if host.target == target]
    only = configured if len(configured) == 1 else known if len(known) == 1 else []
    return next(iter(named or only), None)
