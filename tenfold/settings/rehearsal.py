"""The configuration's keys for rehearsals: what a round may be sent to, and what it must hold."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tenfold.settings.schemes import known_dsn
from tenfold.settings.units import parse_duration

Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=86_400, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TargetEntry(_Section):
    """One entry of `targets` under `[loadtest]`: a host, and where it may resolve to."""

    host: str
    addresses: tuple[str, ...] = ()


class RealUsersSection(_Section):
    """`[loadtest.real_users]`: what the mall's own shoppers must not suffer; a round ends when they do.

    Attributes:
        page: Asked for once a second without the mark of the rehearsal, as a shopper would.
        p95: A round ends when answers take longer for five seconds on end.
        errors: A round ends when a larger share (0 to 1) of them fails for five seconds on end.
    """

    page: str = Field(default="/", pattern="^/")
    p95: Duration | None = None
    errors: float | None = Field(default=None, ge=0, lt=1)


class LoadtestSection(_Section):
    """`[loadtest]`: where rehearsals may go, how much they may send, and what shoppers do there.

    Attributes:
        target: The mall's address; without it the first `[[http]]`.
        targets: The allow-list. A host that is not on it gets no load.
        ceiling: Journeys a second that no round may exceed.
        windows: Times of day, in the mall's time zone, in which load may be sent; empty for any time.
        key: Signs the run header that the mall recognizes rehearsals by.
        journeys: Modules or files with functions marked `@journey`.
        traffic: What shoppers do: `journeys` as their modules mark them, or walks through the access log's own traffic (`log`).
        shape: How arrivals come to the multiplier in the round `confirm`.
        everyday_peak: Journeys a second at the everyday peak; without it, it is read from the access log.
        database: A DSN that may read what `canary` and `invariants` ask; without it that of the first `[[postgres]]`.
        canary: A file that declares how one marked order is placed, and what proves where it went.
        invariants: A file of rules of the business that must hold after a round.
        payment: Endpoints that take payments (`GET /pay/{}`), for the objective `payment-success`.
        real_users: What ends a round for the sake of the mall's own shoppers.
        manifest: What pins the mall itself (release, data), as the rounds' reports shall name it.
        baseline, step, hold, confirm: How long each part of the protocol lasts.
    """

    target: str = ""
    targets: tuple[TargetEntry, ...] = ()
    ceiling: float | None = Field(default=None, gt=0)
    windows: tuple[str, ...] = ()
    key: str = ""
    journeys: tuple[str, ...] = ()
    traffic: Literal["journeys", "log"] = "journeys"
    shape: Literal["step", "plateau", "countdown", "flash-sale"] = "step"
    everyday_peak: float | None = Field(default=None, gt=0)
    processes: int = Field(default=1, ge=1, le=256)
    max_concurrency: int = Field(default=10_000, ge=1, le=1_000_000)
    seed: int = 1
    baseline: Duration = 60.0
    step: Duration = 20.0
    hold: Duration = 60.0
    confirm: Duration = 300.0
    feeders: dict[str, Path] = {}
    payment: tuple[str, ...] = ()
    database: Annotated[str, AfterValidator(known_dsn)] | None = None
    canary: Path | None = None
    invariants: Path | None = None
    real_users: RealUsersSection = RealUsersSection()
    manifest: dict[str, str] = {}


def _understood(table: dict[str, object]) -> dict[str, object]:
    from loadtest.slo import parse_table

    parse_table(table)
    return table


SloTable = Annotated[dict[str, object], AfterValidator(_understood)]
