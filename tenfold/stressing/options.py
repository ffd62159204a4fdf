"""What `tenfold stress` was asked to do."""

from dataclasses import dataclass
from pathlib import Path

from pages.translation import Language
from tenfold.ticketing.client import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line.

    Attributes:
        service: Of tickets, told of rounds that end with NO-GO; None for nobody.
        windows: The same, asked for a rehearsal window; None for none.
    """

    url: str = ""
    rate: float | None = None
    duration: float = 30.0
    arrivals: str = "poisson"
    find_knee: bool = False
    slos: tuple[str, ...] = ()
    round_name: str = "all"
    traffic: str | None = None
    shape: str | None = None
    multiplier: float | None = None
    locustfile: Path | None = None
    users: int = 10
    max_concurrency: int | None = None
    processes: int | None = None
    workers: int = 0
    bind: str = ""
    cores: tuple[int, ...] = ()
    seed: int | None = None
    allow_writes: bool = False
    findings: bool = True
    web_port: int | None = None
    metrics_port: int | None = None
    output: Path | None = None
    as_json: bool = False
    language: Language = "en"
    service: Service | None = None
    windows: Service | None = None
