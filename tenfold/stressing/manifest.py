"""What pins a round: everything that has to be equal before two rounds may be compared."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from loadtest.plan import Plan
from tenfold import __version__
from tenfold.settings import Settings

_DIGEST = 16


def manifest(plan: Plan, settings: Settings, *, cores: tuple[int, ...] = ()) -> dict[str, str]:
    """Names and values.

    Args:
        plan: What was sent.
        settings: The configuration; only its digest is kept, and no secret goes into that.
        cores: That the generator was kept to.
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
    for source in plan.journeys:
        entries[f"journeys {source}"] = _digest(_content(source))
    for name, feeder in sorted(plan.feeders.items()):
        entries[f"feeder {name}"] = _digest(Path(feeder.path).read_bytes())
    return entries | {f"mall {name}": value for name, value in settings.loadtest.manifest.items()}


def _public(settings: Settings) -> bytes:
    """What shapes a round, without addresses that may hold a password."""
    document = settings.model_dump(mode="json", include={"promotion", "slo", "loadtest"})
    document["loadtest"].pop("key", None)
    return json.dumps(document, sort_keys=True).encode()


def _content(source: str) -> bytes:
    """The journeys' own text: of a file, or of a module that is installed."""
    if source.endswith(".py"):
        return Path(source).read_bytes()
    from importlib.util import find_spec

    spec = find_spec(source)
    return Path(spec.origin).read_bytes() if spec is not None and spec.origin else b""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST]
