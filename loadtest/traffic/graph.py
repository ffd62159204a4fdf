"""The journey graph: where shoppers go from which page, how often, after which pause.

A plain graph of pages would let a walk fill a cart without having logged in, because many who look at a product have not. So each
arrow also names the gates that were passed before it: pages that others only come after. Expected visits of each page are the same
with and without gates.
Source: a Markov chain of pages is the Customer Behavior Model Graph of Menascé and Almeida, Scaling for E-Business (2000), chapter 2.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from facts.traffic import Move, Session
from loadtest.traffic.pauses import pauses, quantiles

ENTRY = ""
END = ""
# A page counts as behind a gate when so many of its sessions, and at least so large a share, passed the gate first.
GATED_SESSIONS = 20
GATED_SHARE = 0.99
# A page that nearly every session passes parts nothing.
COMMON_SHARE = 0.9
# Each gate can double the number of arrows.
GATES_AT_MOST = 4
# Fewer pauses than this say too little; then those of a broader group are taken.
PAUSES_AT_LEAST = 20

Arrow = tuple[str, str, tuple[str, ...]]
"""From, to, and the gates passed."""


def mix_of(sessions: Iterable[Session]) -> dict[str, float]:
    """The share of requests by endpoint."""
    counts = Counter(visit.endpoint for session in sessions for visit in session.visits)
    total = counts.total()
    return {endpoint: count / total for endpoint, count in sorted(counts.items())}


def gates_of(sessions: Sequence[Session]) -> tuple[str, ...]:
    """Endpoints that others only come after, though not directly.

    What follows its gate at once needs none: the arrow between the two says it all.
    """
    having: Counter[str] = Counter()
    passed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    directly: Counter[tuple[str, str]] = Counter()
    for session in sessions:
        seen: set[str] = set()
        before = ENTRY
        for visit in session.visits:
            if visit.endpoint not in seen:
                having[visit.endpoint] += 1
                passed[visit.endpoint].update(seen)
                directly[before, visit.endpoint] += 1
                seen.add(visit.endpoint)
            before = visit.endpoint
    behind: Counter[str] = Counter()
    for endpoint, gates in passed.items():
        for gate, count in gates.items():
            often = having[endpoint] >= GATED_SESSIONS and count >= GATED_SHARE * having[endpoint]
            parting = having[gate] <= COMMON_SHARE * len(sessions)
            apart = directly[gate, endpoint] < GATED_SHARE * having[endpoint]
            if often and parting and apart:
                behind[gate] += having[endpoint]
    return tuple(
        sorted(gate for gate, _ in sorted(behind.items(), key=lambda each: (-each[1], each[0]))[:GATES_AT_MOST])
    )


def moves_of(sessions: Sequence[Session], gates: Sequence[str]) -> tuple[Move, ...]:
    """The arrows of the graph, with the share of those that leave their source and the quantiles of pauses."""
    counts: Counter[Arrow] = Counter()
    times: defaultdict[Arrow, list[float]] = defaultdict(list)
    for session in sessions:
        waited = [0.0, *(pause for _, _, pause in pauses(session))]
        for arrow, pause in zip(arrows(session, gates), [*waited, None], strict=True):
            counts[arrow] += 1
            if pause is not None and arrow[0] != ENTRY:
                times[arrow].append(pause)
    leaving: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for (source, _, after), count in counts.items():
        leaving[source, after] += count
    think = _broadened(times)
    return tuple(
        Move(
            source=source,
            target=target,
            share=count / leaving[source, after],
            after=after,
            think_seconds=think.get((source, target, after), ()),
        )
        for (source, target, after), count in sorted(counts.items())
    )


def arrows(session: Session, gates: Sequence[str]) -> Iterator[Arrow]:
    """The arrows that a session went along, the one to its end included."""
    source = ENTRY
    after: tuple[str, ...] = ()
    for visit in session.visits:
        yield source, visit.endpoint, after
        source, after = visit.endpoint, passing(visit.endpoint, after, gates)
    yield source, END, after


def passing(endpoint: str, after: tuple[str, ...], gates: Sequence[str]) -> tuple[str, ...]:
    """The gates passed once an endpoint was visited."""
    return tuple(sorted({*after, endpoint})) if endpoint in gates else after


def _broadened(times: Mapping[Arrow, Sequence[float]]) -> dict[Arrow, tuple[float, ...]]:
    """Quantiles of each arrow's pauses; where there are few, of the same two pages, of the same target, or of all."""
    groups: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
    for (source, target, _), values in times.items():
        for group in ((source, target), (target,), ()):
            groups[group].extend(values)
    known = {group: quantiles(values) for group, values in groups.items()}
    found = {}
    for arrow, values in times.items():
        source, target, _ = arrow
        if len(values) >= PAUSES_AT_LEAST:
            found[arrow] = quantiles(values)
        else:
            found[arrow] = next(
                (known[group] for group in ((source, target), (target,)) if len(groups[group]) >= PAUSES_AT_LEAST),
                known[()],
            )
    return found
