"""What an alert does to the ticket of its key: a pure function of both.

An alert that fires and is not held for firing is written into the ticket's log; a mere repeat is a line of the ledger alone. An
alert that fires is never taken for old news, whatever its `startsAt` says: of two Prometheus servers one may be late, and a flap
too many does less harm than an alert too few. An alert that has ended is taken at its word only when no newer firing of it is
known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from facts.message import msg
from tickets import events
from tickets.events import Event
from tickets.intake.signal import Signal
from tickets.names import Outcome, State, Urgency
from tickets.routing import rank
from tickets.store.standing import Standing

# Reasons in the ledger.
OPENED, REOPENED = "opened", "reopened"
JOINED, AGAIN, REPEAT = "joined", "again", "repeat"
SUBSIDED, ALREADY_SUBSIDED, LATE = "subsided", "already-subsided", "late"
NO_OPEN_TICKET = "no-open-ticket"
WATCHDOG = "watchdog"

SOLUTION = msg("Every alert of this ticket has ended; its route says that this resolves it.")
NO_STEPS = msg("None that anybody has written down.")
CAUTIONS = msg("The cause was not looked for; the same may come back.")
FIRES_AGAIN = msg("The alert fires again.")
# The lines of a log that one post adds carry the labels of so many alerts; the post itself has all of them.
LABELLED = 100
Newest = Callable[[Sequence[str]], Mapping[str, datetime]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one alert."""

    outcome: Outcome
    reason: str


@dataclass(slots=True)
class Course:
    """What a run of alerts does to one ticket.

    Attributes:
        happened: What goes into its log.
        verdicts: One for each alert, in their order.
    """

    happened: list[Event] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)


def merge(standing: Standing, signals: Sequence[Signal], newest: Newest, *, reopening: bool = False) -> Course:
    """What alerts do to a ticket that is there.

    Args:
        standing: The ticket.
        signals: In the order in which they came.
        newest: Tells when alerts began to fire the last time that they were told of, by fingerprint.
        reopening: The ticket begins anew with them: what it held for firing when it ended counts as not told.
    """
    course = Course()
    held = set(standing.firing)
    firing = set() if reopening else set(standing.firing)
    seen, urgency = set(standing.seen), standing.urgency
    begun = _begun(signals, newest)
    ended = False
    for signal in signals:
        mark = signal.fingerprint
        if signal.fires:
            if signal.starts_at is not None:
                begun[mark] = max(begun.get(mark, signal.starts_at), signal.starts_at)
            if mark in firing:
                course.verdicts.append(Verdict(Outcome.MERGED, REPEAT))
                continue
            again = mark in seen
            course.happened.append(fired(signal, again=again, labelled=len(course.happened) < LABELLED))
            if not again and rank(signal.urgency) > rank(urgency):
                # A person may have lowered it for the alerts that were known; this one is new.
                urgency = signal.urgency
                course.happened.append(_raised(urgency, signal))
            firing.add(mark)
            held.add(mark)
            seen.add(mark)
            course.verdicts.append(Verdict(Outcome.MERGED, AGAIN if again else JOINED))
        elif mark not in held:
            course.verdicts.append(Verdict(Outcome.MERGED, ALREADY_SUBSIDED))
        elif signal.starts_at is not None and mark in begun and signal.starts_at < begun[mark]:
            course.verdicts.append(Verdict(Outcome.MERGED, LATE))
        else:
            course.happened.append(events.Subsided(fingerprint=mark))
            firing.discard(mark)
            held.discard(mark)
            ended = True
            course.verdicts.append(Verdict(Outcome.MERGED, SUBSIDED))
    if ended and not held:
        course.happened += _over(signals[-1], paused=standing.paused and not reopening)
    return course


def opening(signals: Sequence[Signal], previous: int | None, key: str) -> events.Opened:
    """The first event of a ticket that alerts open: the most urgent of them speaks for it.

    Args:
        signals: Those that fire; at least one.
        previous: An earlier ticket of the same key.
        key: Of the ticket.
    """
    lead = max(signals, key=lambda signal: rank(signal.urgency))
    others = [signal.title for signal in signals if signal is not lead]
    summary = lead.summary
    if others:
        shown = "\n".join(f"- {title}" for title in others[:20])
        summary = f"{summary}\n\n+{len(others)}\n{shown}".strip()
    return events.Opened(
        title=lead.title,
        summary=summary[: events.TEXT_AT_MOST],
        urgency=lead.urgency,
        area=lead.routed.area,
        owner=lead.routed.owner,
        source=lead.source,
        key=key,
        labels=lead.labels,
        runbook=lead.runbook,
        previous=previous,
    )


def standing_of(signals: Sequence[Signal], number: int = 0) -> Standing:
    """A ticket that has only just been opened by these alerts and holds none of them yet."""
    return Standing(
        number=number,
        urgency=max((signal.urgency for signal in signals), key=rank),
        state=State.WAITING,
        firing=frozenset(),
        seen=frozenset(),
        paused=False,
        ended_at=None,
    )


def fired(signal: Signal, *, again: bool, labelled: bool = True) -> events.Fired:
    """Its line in the log."""
    return events.Fired(
        fingerprint=signal.fingerprint, name=signal.name, labels=signal.labels if labelled else {}, again=again
    )


def _begun(signals: Iterable[Signal], newest: Newest) -> dict[str, datetime]:
    asked = [signal.fingerprint for signal in signals if not signal.fires and signal.starts_at is not None]
    return dict(newest(asked)) if asked else {}


def _raised(urgency: Urgency, signal: Signal) -> events.UrgencyChanged:
    return events.UrgencyChanged(urgency=urgency, reason=signal.title)


def _over(signal: Signal, *, paused: bool) -> list[Event]:
    if signal.routed.resolve == "propose":
        return [events.ResolutionProposed()]
    done = events.Resolved(solution=str(SOLUTION), steps=str(NO_STEPS), cautions=str(CAUTIONS))
    return [events.Resumed(), done] if paused else [done]
