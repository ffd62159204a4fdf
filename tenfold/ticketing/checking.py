"""Whether the ticket room will work, before the night on which it has to: its store, its channels, and the people it is to call."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from facts.message import Message, msg, verbatim
from facts.readings import Omission
from tenfold.checking import CheckLine
from tenfold.extras import absent
from tenfold.settings import Settings
from tenfold.settings.ticket_hours import ROLE
from tenfold.settings.ticketing import TicketsSection
from tenfold.ticketing.notifying import channel_faults
from tenfold.ticketing.place import ELSEWHERE, objection

if TYPE_CHECKING:
    from tickets.store.looking import Look

NAME, KIND = "[tickets]", "tickets"
ON_CALL = "on-call"


def check_tickets(settings: Settings) -> list[CheckLine]:
    """The line of the ticket room; none where the configuration has no room. Nothing is made or changed."""
    section = settings.ticketing
    if section is None:
        return []
    refused = objection(section.database, settings)
    if refused is not None:
        return [_line(unreachable=True, detail=refused, remedy=ELSEWHERE)]
    if missing := absent("serve"):
        detail = msg("not looked at: {module} is not installed here", module=missing[0])
        return [_line(unreachable=False, detail=detail, remedy=verbatim("pip install 'tenfold[serve]'"))]
    return [_looked_at(settings, section)]


def _looked_at(settings: Settings, section: TicketsSection) -> CheckLine:
    from tickets.store.looking import look
    from tickets.store.opening import StoreUnavailable

    channels = tuple(Omission(subject="[[notify]]", reason=each) for each in channel_faults(settings, section))
    try:
        seen = look(section.database)
    except StoreUnavailable as error:
        return _line(unreachable=True, detail=error.reason, remedy=error.remedy, gaps=channels)
    return _line(
        unreachable=False, version=_standing(seen), gaps=(*channels, *_people(settings, section, seen.accounts))
    )


def _line(
    *, unreachable: bool, version: Message | str = "", detail: Message | None = None, remedy: Message | None = None,
    gaps: tuple[Omission, ...] = (),
) -> CheckLine:  # fmt: skip
    return CheckLine(
        name=NAME, kind=KIND, unreachable=unreachable, version=version, detail=detail, remedy=remedy, gaps=gaps
    )


def _standing(seen: "Look") -> Message:
    from tickets.store.looking import Standing

    match seen.standing:
        case Standing.NEW:
            return msg("{place} is not made yet; the next start makes it", place=seen.place)
        case Standing.BEHIND:
            return msg(
                "{place} has revision {revision}; the next start upgrades it to {newest}",
                place=seen.place,
                revision=seen.revision,
                newest=seen.newest,
            )
        case Standing.CURRENT:
            return msg("{place} is up to date; accounts: {count}", place=seen.place, count=len(seen.accounts))


def _people(settings: Settings, section: TicketsSection, accounts: Mapping[str, bool]) -> Iterator[Omission]:
    """Whoever is to be called and cannot be, with the command that mends it."""
    if not accounts:
        yield Omission(
            subject="accounts",
            reason=msg("there is no account yet, so nobody can log in and nobody can be called"),
            remedy=verbatim("tenfold users add NAME --role admin"),
        )
    named: dict[str, list[str]] = {}
    for name, place in _named(settings, section):
        if place not in named.setdefault(name, []):
            named[name].append(place)
    for name, found in named.items():
        places, quoted = ", ".join(found), shlex.quote(name)
        if name not in accounts:
            reason = msg("there is no such account; named by {places}", places=places)
            yield Omission(subject=name, reason=reason, remedy=verbatim(f"tenfold users add {quoted} --role engineer"))
        elif accounts[name]:
            reason = msg("the account is disabled; named by {places}", places=places)
            yield Omission(subject=name, reason=reason, remedy=verbatim(f"tenfold users enable {quoted}"))


def _named(settings: Settings, section: TicketsSection) -> Iterator[tuple[str, str]]:
    """Every account that the configuration names, and where."""
    yield from ((each.owner, "[[route]] owner") for each in settings.route if each.owner)
    for rotation in section.rotation:
        yield from ((name, "[[tickets.rotation]] people") for name in rotation.people)
        yield from ((each.person, "[[tickets.rotation]] overrides") for each in rotation.overrides)
    for step in section.escalation:
        if step.to != ON_CALL and not step.to.startswith(ROLE):
            yield step.to, "[[tickets.escalation]] to"
    yield from ((name, "[[notify]] people") for each in settings.notify for name in each.people)
