"""Which machine a target runs on."""

from collections.abc import Sequence

from facts.host import HostFacts, Processor


def processor_of(hosts: Sequence[HostFacts], target: str) -> Processor | None:
    """The processor of the machine with the target's name, else of the only machine.

    Machines that the mall's Prometheus merely mentions do not take that place from one that was configured.

    Args:
        hosts: All that were read.
        target: A database's or a site's name.
    """
    known = [host for host in hosts if host.processor is not None]
    configured = [host for host in known if host.source != "prometheus"]
    named = [host for host in known if host.target == target]
    only = configured if len(configured) == 1 else known if len(known) == 1 else []
    chosen = named or only
    return chosen[0].processor if chosen else None
