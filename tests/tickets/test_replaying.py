"""A log taken as a whole gives what it gives line by line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets import events
from tickets.events import Entry, Event
from tickets.names import Urgency
from tickets.ticket import after, after_all, replay

OPENED = events.Opened(title="x", urgency=Urgency.URGENT, source="alertmanager")
START = datetime(2026, 11, 11, tzinfo=UTC)
_MARKS = st.sampled_from(["a", "b", "c"])
_HAPPENS: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.Fired, fingerprint=_MARKS, name=st.just("X"), again=st.booleans()),
    st.builds(events.Subsided, fingerprint=_MARKS),
    st.just(events.ResolutionProposed()),
    st.just(events.Taken(owner="wang")),
    st.just(events.Reopened()),
    st.just(events.Resolved(solution="a", steps="b", cautions="c")),
)


def _log(happened: list[Event]) -> list[Entry]:
    return [
        Entry(number=number, at=START + timedelta(seconds=number), actor="x", event=event)
        for number, event in enumerate([OPENED, *happened], 1)
    ]


@given(st.lists(_HAPPENS, max_size=30))
def test_all_at_once_and_one_by_one_are_the_same(happened: list[Event]) -> None:
    first, *others = _log(happened)
    one_by_one = replay(7, [first])
    for entry in others:
        one_by_one = after(one_by_one, entry)
    assert replay(7, [first, *others]) == one_by_one


@pytest.mark.parametrize("lost", range(1, 6))
def test_a_gap_is_found_wherever_it_is(lost: int) -> None:
    fired = events.Fired(fingerprint="a", name="X")
    log = _log([fired, fired, events.Taken(owner="wang"), fired, fired, fired])
    with pytest.raises(ValueError, match="has a gap"):
        after_all(replay(7, log[:1]), [*log[1:lost], *log[lost + 1 :]])
