"""Sends one run of load and watches the mall meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.watching.source import Opening
from collectors.watching.watcher import Watcher
from facts.rounds import Moment, Recording
from facts.watch import Sample, Watch
from loadtest.driving import Driving, DrivingError
from loadtest.plan import Plan
from loadtest.safety.abort import Abort, AbortLimits, RealUsers, decide
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _, say

REAL_USERS = "real-users"
# Each source has connected and been read once before the first arrival.
WATCH_PATIENCE_SECONDS = 5.0

Tell = Callable[[Moment, Sequence[Sample], Mapping[str, float]], object]
"""Told of each second as it has passed, with the newest sample of each watched source and the known limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run and how it ended.

    Attributes:
        abort: Why we ended it early; None when we did not.
        interrupted: Ctrl-C ended it.
    """

    recording: Recording
    watch: Watch
    abort: Abort | None = None
    interrupted: bool = False

    @property
    def for_people(self) -> bool:
        """Whether it was ended because the mall's own shoppers suffered: then nothing more is sent."""
        return self.abort is not None and self.abort.rule == REAL_USERS


def run(
    plan: Plan,
    *,
    limits: AbortLimits,
    openings: Sequence[Opening] = (),
    tell: Tell = lambda _moment, _samples, _limits: None,
    people: Callable[[], Sequence[RealUsers]] = tuple,
    closes_at: datetime | None = None,
    cores: tuple[int, ...] = (),
) -> Ran:
    """Runs the plan to its end, or to the first reason to end it early; what was done so far is always kept.

    Args:
        plan: What to send.
        limits: When to end early.
        openings: What to watch.
        tell: For the live view.
        people: How the mall's own shoppers fared so far.
        closes_at: When the time window closes, UTC.
        cores: That the generator is kept to.

    Raises:
        CommandError: The plan was refused, or the generator failed.
        KeyboardInterrupt: A second Ctrl-C; the load has ended all the same.
    """
    moments: list[Moment] = []
    abort: Abort | None = None
    interrupted = closed = False
    watcher = Watcher(openings, patience=WATCH_PATIENCE_SECONDS)
    try:
        with watcher, Driving(plan, cores=cores) as driving:
            stream = driving.moments()
            while True:
                try:
                    moment = next(stream, None)
                except KeyboardInterrupt:
                    if interrupted:
                        raise
                    interrupted = True
                    driving.stop("interrupted")
                    stream = driving.moments()
                    continue
                if moment is None:
                    break
                moments.append(moment)
                tell(moment, watcher.latest(), watcher.limits())
                if abort is None and (abort := decide(moments, limits, people())) is not None:
                    driving.stop(abort.rule)
                if closes_at is not None and not closed and datetime.now(UTC) >= closes_at:
                    closed = True
                    driving.stop("time window closed")
            recording = driving.recording()
    except DrivingError as error:
        raise CommandError(say(error.said), "", ExitCode.USAGE if error.refused else ExitCode.INVALID) from None
    return Ran(recording=recording, watch=watcher.stop(), abort=abort, interrupted=interrupted)


def describe_abort(abort: Abort) -> str:
    """The abort as a line for people."""
    return _("The round was ended early: {reason}").format(reason=say(abort.reason))
