"""Takes in what has arrived, in one transaction: raw bodies, a line of the ledger for each alert, tickets, and what follows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from facts.message import Message
from tickets import events
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.followers import follow
from tickets.intake import deciding, windows
from tickets.intake.deciding import Verdict
from tickets.intake.post import Post
from tickets.intake.signal import Malformed, Signal
from tickets.names import Outcome, State
from tickets.store import kept, ledger, log, posts, standing
from tickets.store.posts import NoSuchPost
from tickets.store.standing import Standing
from tickets.store.windows import Window, active
from tickets.ticket import Ticket

# Of a post whose alerts have tickets of their own: beyond so many new ones they share the ticket of their group. Nobody reads two hundred
# tickets of one moment, and the transaction has to end.
TICKETS_AT_MOST = 200
HEARD = "watchdog"
_REASON_AT_MOST = 200


class AlreadyReplayed(Exception):  # noqa: N818  (an answer: 409)
    """The post was taken in again by another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a post.

    Attributes:
        post: Its number.
        outcomes: How many of its alerts had each outcome.
        tickets: That they went into.
        truncated: How many more its sender left out.
        problem: Why it, or some of it, is quarantined.
    """

    post: int
    outcomes: Mapping[Outcome, int]
    tickets: tuple[int, ...]
    truncated: int
    problem: Message | None


@dataclass(slots=True)
class _Room:
    """What one transaction knows.

    Attributes:
        open: Open tickets by key, kept up to date while it goes on.
        begun: Starts of firings that this transaction has seen, by ticket and fingerprint.
    """

    connection: Connection
    desk: Desk
    at: datetime
    windows: Sequence[Window]
    open: dict[str, Standing]
    begun: dict[tuple[int, str], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Filed:
    """A line of the ledger in the making."""

    verdict: Verdict
    ticket: int | None = None
    key: str = ""


def take_in(connection: Connection, desk: Desk, arrived: Sequence[Post]) -> list[Receipt]:
    """Takes in posts; what became of each, in the same order.

    Args:
        connection: In a transaction that writes; nothing is promised before it is committed.
        desk: The mall's rules.
        arrived: At least one.

    Raises:
        AlreadyReplayed: One of them replays a post that was replayed before.
    """
    at = desk.now()
    signals = [alert for post in arrived for alert in post.alerts.values() if isinstance(alert, Signal)]
    keys = {key for signal in signals for key in signal.keys}
    if keys:
        standing.lock(connection, keys)
    room = _Room(
        connection=connection,
        desk=desk,
        at=at,
        windows=active(connection, at) if signals else (),
        open=standing.open_by_key(connection, keys) if keys else {},
    )
    numbers = posts.add(connection, [_row(post, at) for post in arrived])
    receipts, lines = [], []
    for number, post in zip(numbers, arrived, strict=True):
        if post.replays is not None and not posts.mark_replayed(connection, post.replays, number):
            raise AlreadyReplayed
        filed = _take_one(room, post)
        lines += [_line(number, place, post.alerts[place], each) for place, each in filed.items()]
        receipts.append(_receipt(number, post, filed))
    ledger.add(connection, lines)
    return receipts


def replayed(connection: Connection, number: int) -> tuple[posts.KeptPost, list[int]]:
    """A post that waits in quarantine, and the places of its alerts that do.

    Raises:
        NoSuchPost: There is none of that number in quarantine.
        AlreadyReplayed: It was taken in again.
    """
    post = posts.load(connection, number)
    if post.problem is None:
        raise NoSuchPost(number)
    if post.replayed_by is not None:
        raise AlreadyReplayed
    return post, posts.quarantined_places(connection, number)


def _take_one(room: _Room, post: Post) -> dict[int, _Filed]:
    filed: dict[int, _Filed] = {}
    groups: dict[tuple[int, str], list[int]] = {}
    new = 0
    for place, alert in post.alerts.items():
        if isinstance(alert, Malformed):
            filed[place] = _Filed(Verdict(Outcome.QUARANTINED, str(alert.problem)[:_REASON_AT_MOST]))
            continue
        if alert.name == room.desk.watchdog.name and post.source == "alertmanager":
            _hear(room, alert)
            filed[place] = _Filed(Verdict(Outcome.SUPPRESSED, deciding.WATCHDOG), key=alert.key)
            continue
        key, there = _ticket_of(room, alert)
        window = windows.expecting(room.windows, alert) if alert.fires else None
        if window is not None and (there is None or alert.fingerprint not in there.firing):
            why = Verdict(Outcome.SUPPRESSED, windows.reason(window)[:_REASON_AT_MOST])
            filed[place] = _Filed(why, key=alert.key)
            continue
        if there is None and (0, key) not in groups:
            new += 1
            if new > TICKETS_AT_MOST:
                key = alert.keys[-1]
                there = room.open.get(key)
        groups.setdefault((there.number if there else 0, key), []).append(place)
    for (_, key), places in groups.items():
        some = [alert for alert in (post.alerts[place] for place in places) if isinstance(alert, Signal)]
        filed.update(zip(places, _together(room, post, key, some), strict=True))
    return {place: filed[place] for place in post.alerts}


def _ticket_of(room: _Room, alert: Signal) -> tuple[str, Standing | None]:
    """The key under which an alert is dealt with, and the open ticket of it.

    A ticket that holds this very alert for firing comes first, under whichever of its keys: what reconciliation opened by fingerprint goes
    on when the webhook names a group. One that has only seen it comes last, so that a new alert of that group does not drown in it.
    """
    there = [(key, room.open[key]) for key in alert.keys if key in room.open]
    for key, each in there:
        if alert.fingerprint in each.firing:
            return key, each
    for key, each in there:
        if key == alert.key or alert.fingerprint in each.seen:
            return key, each
    return alert.key, None


def _together(room: _Room, post: Post, key: str, some: Sequence[Signal]) -> list[_Filed]:
    """Alerts of one post and one key, in their order."""
    there = room.open.get(key)
    if there is not None:
        course = deciding.merge(there, some, _newest(room, there.number))
        _write(room, post, there.number, course.happened)
        _note(room, there.number, some)
        return [_Filed(verdict, there.number, key) for verdict in course.verdicts]
    ended = standing.newest_ended(room.connection, key)
    first = next((place for place, signal in enumerate(some) if signal.fires), len(some))
    filed = [_subsided_late(room, post, key, ended, signal) for signal in some[:first]]
    if first == len(some):
        return filed
    rest = some[first:]
    if ended is not None and _soon(room, ended):
        return filed + _reopen(room, post, key, ended, rest)
    return filed + _open(room, post, key, None if ended is None else ended.number, rest)


def _soon(room: _Room, ended: Standing) -> bool:
    return ended.ended_at is not None and room.at - ended.ended_at <= room.desk.routing.reopen_within


def _reopen(room: _Room, post: Post, key: str, ended: Standing, some: Sequence[Signal]) -> list[_Filed]:
    course = deciding.merge(ended, some, _newest(room, ended.number), reopening=True)
    _write(room, post, ended.number, [events.Reopened(reason=str(deciding.FIRES_AGAIN)), *course.happened])
    _note(room, ended.number, some)
    course.verdicts[0] = Verdict(Outcome.MERGED, deciding.REOPENED)
    return [_Filed(verdict, ended.number, key) for verdict in course.verdicts]


def _open(room: _Room, post: Post, key: str, previous: int | None, some: Sequence[Signal]) -> list[_Filed]:
    firing = [signal for signal in some if signal.fires]
    course = deciding.merge(deciding.standing_of(firing), some, lambda _asked: {})
    further: list[Event] = list(course.happened)
    if previous is not None:
        further.insert(0, events.Linked(ticket=previous, relation="same-alert"))
    opened = deciding.opening(firing, previous, key)
    ticket, entries = log.open_ticket(room.connection, room.at, post.source, opened, further)
    _followed(room, ticket, entries)
    if previous is not None:
        _write(room, post, previous, [events.Linked(ticket=ticket.number, relation="same-alert")])
    _note(room, ticket.number, some)
    course.verdicts[0] = Verdict(Outcome.TICKETED, deciding.OPENED)
    return [_Filed(verdict, ticket.number, key) for verdict in course.verdicts]


def _subsided_late(room: _Room, post: Post, key: str, ended: Standing | None, signal: Signal) -> _Filed:
    """An alert that has ended after its ticket did, or without one."""
    if ended is None or signal.fingerprint not in ended.firing:
        return _Filed(Verdict(Outcome.SUPPRESSED, deciding.NO_OPEN_TICKET), key=key)
    _write(room, post, ended.number, [events.Subsided(fingerprint=signal.fingerprint)])
    return _Filed(Verdict(Outcome.MERGED, deciding.SUBSIDED), ended.number, key)


def _write(room: _Room, post: Post, number: int, happened: Sequence[Event]) -> None:
    if not happened:
        return
    before = log.load(room.connection, number)
    ticket, entries = log.append(room.connection, before, room.at, post.source, happened)
    _followed(room, ticket, entries)


def _followed(room: _Room, ticket: Ticket, entries: Sequence[Entry]) -> None:
    _remember(room, follow(room.connection, room.desk, ticket, entries), entries)


def _remember(room: _Room, ticket: Ticket, entries: Sequence[Entry]) -> None:
    """The ticket as the rest of this transaction has to see it."""
    if not ticket.is_open:
        for key in ticket.keys:
            room.open.pop(key, None)
        return
    before = next((room.open[key] for key in ticket.keys if key in room.open), None)
    now = Standing(
        number=ticket.number,
        urgency=ticket.urgency,
        state=State(ticket.state),
        firing=ticket.firing,
        seen=_seen(room, ticket, entries) if before is None else before.seen | _fired(entries),
        paused=ticket.waiting_for is not None,
        ended_at=None,
    )
    for key in ticket.keys:
        room.open[key] = now


def _seen(room: _Room, ticket: Ticket, entries: Sequence[Entry]) -> frozenset[str]:
    return _fired(entries) if entries[0].number == 1 else standing.seen(room.connection, ticket.number)


def _fired(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(each.event.fingerprint for each in entries if isinstance(each.event, events.Fired))


def _newest(room: _Room, number: int) -> Callable[[Sequence[str]], Mapping[str, datetime]]:
    def newest(fingerprints: Sequence[str]) -> Mapping[str, datetime]:
        found = ledger.newest_starts(room.connection, number, fingerprints)
        for fingerprint in fingerprints:
            begun = room.begun.get((number, fingerprint))
            if begun is not None:
                found[fingerprint] = max(found.get(fingerprint, begun), begun)
        return found

    return newest


def _note(room: _Room, number: int, some: Sequence[Signal]) -> None:
    for signal in some:
        if signal.fires and signal.starts_at is not None:
            before = room.begun.get((number, signal.fingerprint), signal.starts_at)
            room.begun[number, signal.fingerprint] = max(before, signal.starts_at)


def _hear(room: _Room, alert: Signal) -> None:
    if alert.fires:
        kept.put(room.connection, HEARD, {"heard_at": room.at.isoformat()})


def _row(post: Post, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "source": post.source,
        "sender": post.sender,
        "alerts": len(post.alerts),
        "truncated": post.truncated,
        "body": post.body,
        "problem": post.problem,
    }


def _line(post: int, place: int, alert: Signal | Malformed, filed: _Filed) -> dict[str, Any]:
    known = alert if isinstance(alert, Signal) else None
    return {
        "post": post,
        "ordinal": place,
        "outcome": filed.verdict.outcome.value,
        "reason": filed.verdict.reason,
        "ticket": filed.ticket,
        "key": filed.key,
        "fingerprint": "" if known is None else known.fingerprint,
        "status": "" if known is None else known.status,
        "starts_at": None if known is None else known.starts_at,
    }


def _receipt(number: int, post: Post, filed: Mapping[int, _Filed]) -> Receipt:
    return Receipt(
        post=number,
        outcomes=Counter(each.verdict.outcome for each in filed.values()),
        tickets=tuple(sorted({each.ticket for each in filed.values() if each.ticket is not None})),
        truncated=post.truncated,
        problem=post.problem,
    )
