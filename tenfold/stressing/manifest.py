"""What pins a round: everything that has to be equal before two rounds may be compared."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from facts.system_errors import why
from loadtest.plan import Plan
from tenfold import __version__
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.words import _, say

_DIGEST = 16


def manifest(plan: Plan, settings: Settings, *, cores: tuple[int, ...] = ()) -> dict[str, str]:
    """Names and values.

    Args:
        plan: What was sent.
        settings: The configuration; only its digest is kept, and no secret goes into that.
        cores: That the generator was kept to.

    Raises:
        CommandError: A file that the plan names cannot be read.
    """
    entries = {
        "tenfold": __version__,
        "locust": version("locust"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "target": plan.base,
        "arrivals": plan.arrivals.value,
        "seed": str(plan.seed),
        "connections": plan.connections.value,
        "processes": str(plan.processes + plan.workers),
        "generator-cores": ",".join(map(str, cores)) or "any",
        "configuration": _digest(_public(settings)),
    }
    if plan.traffic is not None:
        entries["traffic"] = f"of the access log, {_digest(repr(plan.traffic).encode())}"
    for source in plan.journeys:
        entries[f"journeys {source}"] = _digest(_content(source))
    for name, feeder in sorted(plan.feeders.items()):
        entries[f"feeder {name}"] = _digest(_read(Path(feeder.path)))
    return entries | {f"mall {name}": value for name, value in settings.loadtest.manifest.items()}


def _public(settings: Settings) -> bytes:
    """What shapes a round, without addresses that may hold a password."""
    document = settings.model_dump(mode="json", include={"promotion", "slo", "loadtest"})
    document["loadtest"].pop("key", None)
    return json.dumps(document, sort_keys=True).encode()


def _content(source: str) -> bytes:
    """The journeys' own text: of a file, or of a module that is installed."""
    if source.endswith(".py"):
        return _read(Path(source))
    from importlib.util import find_spec

    spec = find_spec(source)
    return Path(spec.origin).read_bytes() if spec is not None and spec.origin else b""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error))),
            _("The section [loadtest] names it; a relative path counts from the folder in which tenfold is started."),
        ) from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST]
