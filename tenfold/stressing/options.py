"""What `tenfold stress` was asked to do."""

from dataclasses import dataclass
from pathlib import Path

from pages.translation import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line."""

    url: str
    rate: float | None
    duration: float
    arrivals: str
    find_knee: bool
    slos: tuple[str, ...]
    round_name: str
    multiplier: float | None
    locustfile: Path | None
    users: int
    max_concurrency: int | None
    processes: int | None
    cores: tuple[int, ...]
    seed: int | None
    allow_writes: bool
    web_port: int | None
    metrics_port: int | None
    output: Path | None
    as_json: bool
    language: Language
