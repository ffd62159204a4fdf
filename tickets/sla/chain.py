"""Who is told next while a promise is about to be missed."""

from dataclasses import dataclass
from datetime import timedelta

from tickets.names import ClockName, Urgency

ON_CALL = "on-call"
ROLE = "role:"
"""`role:lead` is everybody of that role; everything else is an account's name."""
NOBODY_ELSE = ROLE + "lead"
HOUR = 3600.0
LEAST_REPEAT = 60.0
MOST_STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a chain.

    Attributes:
        to: `on-call`, `role:ROLE`, or an account.
        clock: The promise that it is about; once that is met, the step is left out.
        share: Of the promised time; 1 is its end, and more is after it.
        seconds: Instead of the share: on that clock, which stands at night where the promise is for working hours.

    Raises:
        ValueError: There is neither a share nor a time, or there are both, or it is below 0.
    """

    to: str
    clock: ClockName = ClockName.RESPONSE
    share: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuses a step that has no moment."""
        given = [each for each in (self.share, self.seconds) if each is not None]
        if len(given) != 1 or given[0] < 0:
            raise ValueError("a step of the escalation needs either a share of the promised time or seconds")
        if not self.to:
            raise ValueError("a step of the escalation needs somebody to tell")

    def at(self, target: float) -> timedelta:
        """How much of the promised time has to be gone.

        Args:
            target: The promised time in seconds.
        """
        return timedelta(seconds=(self.seconds or 0.0) if self.share is None else self.share * target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What is done for one urgency.

    Attributes:
        steps: In order.
        repeat: Seconds (on the clock of the urgency) after which a ticket whose promises are all missed is brought up again.
        repeat_paused: The same for one that waits for somebody, so that a pause is not forgotten.

    Raises:
        ValueError: There are too many steps, or it would be brought up without end.
    """

    steps: tuple[Step, ...] = ()
    repeat: float = 8 * HOUR
    repeat_paused: float = 24 * HOUR

    def __post_init__(self) -> None:
        """Refuses a chain that never ends, or that falls silent."""
        if len(self.steps) > MOST_STEPS:
            raise ValueError(f"a chain has at most {MOST_STEPS} steps")
        if min(self.repeat, self.repeat_paused) < LEAST_REPEAT:
            raise ValueError("a ticket is brought up again after a minute at the earliest")


_LEAD, _ADMIN = ROLE + "lead", ROLE + "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The chains of a mall."""

    urgent: Chain = Chain(
        steps=(
            Step(to=ON_CALL, share=0.5),
            Step(to=_LEAD, share=1.0),
            Step(to=_LEAD, clock=ClockName.PLAN, share=1.0),
            Step(to=_LEAD, clock=ClockName.FIX, share=0.75),
            Step(to=_ADMIN, clock=ClockName.FIX, share=1.0),
        ),
        repeat=HOUR,
        repeat_paused=4 * HOUR,
    )
    important: Chain = Chain(
        steps=(Step(to=_LEAD, share=1.0), Step(to=_LEAD, clock=ClockName.FIX, share=1.0)),
        repeat=4 * HOUR,
        repeat_paused=9 * HOUR,
    )
    normal: Chain = Chain(
        steps=(Step(to=_LEAD, share=1.0), Step(to=_LEAD, clock=ClockName.FIX, share=1.0)),
        repeat=9 * HOUR,
        repeat_paused=27 * HOUR,
    )

    def of(self, urgency: Urgency) -> Chain:
        """That of an urgency."""
        match urgency:
            case Urgency.URGENT:
                return self.urgent
            case Urgency.IMPORTANT:
                return self.important
            case Urgency.NORMAL:
                return self.normal
