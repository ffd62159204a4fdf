"""What to watch while a round runs: every target of the configuration, once a second."""

from urllib.parse import urlsplit

from collectors.watching import exposition, host, node_exporter, postgres, processes, redis
from collectors.watching.source import Opening
from tenfold.collecting import machines
from tenfold.settings import Settings
from tenfold.this_machine import is_this_machine

THIS_MACHINE = "this machine"


def openings(settings: Settings, target: str) -> list[Opening]:
    """The sources, in the order of the configuration.

    Args:
        settings: Whose targets they are.
        target: Where the load goes; when that is this machine, the program that answers there is watched by its port.
    """
    found: list[Opening] = []
    for server in settings.postgres:
        found += [
            postgres.opening(f"{server.name}/{database}" if database else server.name, server.dsn, database=database)
            for database in server.databases or (None,)
        ]
    found += [redis.opening(each.name, each.url) for each in settings.redis]
    found += [
        node_exporter.opening(name, exporter) if exporter else host.opening(name)
        for name, exporter in machines(settings)
    ]
    found += [exposition.opening(each.name, each.metrics) for each in settings.http if each.metrics]
    address = urlsplit(target)
    if address.hostname and is_this_machine(address.hostname):
        found.append(processes.opening({"app": address.port or 80}, name=THIS_MACHINE))
        if not any(each.kind == "host" for each in found[:-1]):
            found.append(host.opening(THIS_MACHINE))
    return found
