"""Logs of tickets as people could have made them, at whole seconds; and shorthand for writing one down."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tickets import events
from tickets.events import Entry, Event
from tickets.names import Urgency, Waiting

REPORTER, ENGINEER = "buyer", "li"
SOLVED = events.Resolved(solution="s", steps="s", cautions="c")


def opened(urgency: Urgency = Urgency.URGENT, owner: str | None = None, area: str = "") -> events.Opened:
    return events.Opened(
        title="payments fail", urgency=urgency, reporter=REPORTER, source="person", owner=owner, area=area
    )


def log_of(start: datetime, *happened: tuple[float, Event] | tuple[float, Event, str]) -> list[Entry]:
    """A log: minutes from the start, what happened, and who did it (the engineer if nobody is named)."""
    return [
        Entry(
            number=number,
            at=start + timedelta(minutes=each[0]),
            actor=each[2] if len(each) > 2 else ENGINEER,
            event=each[1],
        )
        for number, each in enumerate(happened, 1)
    ]


@st.composite
def logs(draw: st.DrawFn, starts: st.SearchStrategy[datetime], seconds: int) -> list[Entry]:
    """Anything that can legally happen to a ticket within so many seconds."""
    moment = draw(starts)
    urgency = draw(st.sampled_from(Urgency))
    log = [Entry(number=1, at=moment, actor=draw(st.sampled_from(["alertmanager", REPORTER])), event=opened(urgency))]
    state, paused = "waiting", False
    count = draw(st.integers(0, 14))
    gaps = draw(st.lists(st.integers(0, 2 * seconds // 14), min_size=count, max_size=count))
    for gap in gaps:
        moment += timedelta(seconds=gap)
        kind = draw(st.sampled_from(_possible(state, paused=paused)))
        actor, event = ENGINEER, _EVENTS.get(kind)
        match kind:
            case "urgency":
                urgency = draw(st.sampled_from([each for each in Urgency if each is not urgency]))
                event = events.UrgencyChanged(urgency=urgency)
            case "asks":
                actor, event = REPORTER, events.Commented(text="?")
            case "takes":
                state = "in_progress"
            case "pauses":
                paused = True
            case "resumes":
                paused = False
            case "resolves":
                state, paused = "resolved", False
            case "closes":
                state = "closed"
            case "reopens":
                state = "in_progress"
            case "merges":
                state = "gone"
            case _:
                pass
        assert event is not None
        log.append(Entry(number=len(log) + 1, at=moment, actor=actor, event=event))
        if state == "gone":
            break
    return log


_EVENTS: dict[str, Event] = {
    "takes": events.Taken(owner=ENGINEER),
    "notes": events.Commented(text="hm", internal=True),
    "answers": events.Commented(text="we are on it"),
    "plans": events.Planned(plan="p"),
    "pauses": events.Paused(waiting_for=Waiting.REPORTER),
    "resumes": events.Resumed(),
    "resolves": SOLVED,
    "closes": events.Closed(),
    "reopens": events.Reopened(),
    "merges": events.MergedInto(ticket=7),
    "fires": events.Fired(fingerprint="f", name="n"),
}


def _possible(state: str, *, paused: bool) -> Sequence[str]:
    match state:
        case "waiting":
            return ("takes", "takes", "answers", "asks", "notes", "urgency", "resolves", "merges", "fires")
        case "in_progress":
            turn = "resumes" if paused else "pauses"
            return (turn, turn, turn, "plans", "urgency", "urgency", "resolves", "answers", "takes", "merges", "fires")
        case "resolved":
            return ("closes", "reopens", "reopens", "asks")
        case _:
            return ("reopens", "notes")
