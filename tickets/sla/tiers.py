"""What is promised by urgency: the time to a first response, to a plan, and to the fix."""

from dataclasses import dataclass

from tickets.names import ClockName, Urgency

MINUTE, HOUR = 60.0, 3600.0
MOST_SECONDS = 400 * 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The times of one urgency, in seconds from the opening; None where nothing is promised.

    Attributes:
        response: Until somebody has begun.
        plan: Until it is said what will be done.
        fix: Until it is solved.
        round_the_clock: Every second counts; else those of the mall's working hours.

    Raises:
        ValueError: A time is not above 0, or longer than 400 days.
    """

    response: float | None
    plan: float | None = None
    fix: float | None
    round_the_clock: bool = False

    def __post_init__(self) -> None:
        """Refuses times that could never be kept, or never be missed."""
        for name in ClockName:
            seconds = self.seconds(name)
            if seconds is not None and not 0 < seconds <= MOST_SECONDS:
                raise ValueError(f"the time promised for {name.value} must be above 0 and at most 400 days")

    def seconds(self, clock: ClockName) -> float | None:
        """The promised time of a clock."""
        match clock:
            case ClockName.RESPONSE:
                return self.response
            case ClockName.PLAN:
                return self.plan
            case ClockName.FIX:
                return self.fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The promises of a mall.

    The figures are those of the practice of an open-source mall vendor's after-sales service: urgent 30 min, 2 h and 4 h, important
    1 h and 8 h, normal 2 h and 24 h; only what is urgent is worked on day and night.

    Attributes:
        warn_at: The share of a promised time after which it is warned of; it is over at 1.

    Raises:
        ValueError: The share does not lie between 0 and 1.
    """

    urgent: Promise = Promise(response=30 * MINUTE, plan=2 * HOUR, fix=4 * HOUR, round_the_clock=True)
    important: Promise = Promise(response=HOUR, fix=8 * HOUR)
    normal: Promise = Promise(response=2 * HOUR, fix=24 * HOUR)
    warn_at: float = 0.75

    def __post_init__(self) -> None:
        """Refuses a warning that would come too late."""
        if not 0 < self.warn_at < 1:
            raise ValueError("the share to warn at lies between 0 and 1")

    def of(self, urgency: Urgency) -> Promise:
        """Those of an urgency."""
        match urgency:
            case Urgency.URGENT:
                return self.urgent
            case Urgency.IMPORTANT:
                return self.important
            case Urgency.NORMAL:
                return self.normal
