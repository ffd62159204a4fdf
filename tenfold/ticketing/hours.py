"""`[tickets.promises]`, `.calendar`, `.escalation` and `.rotation` as the ticket room's own records."""

from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tenfold.settings.ticket_hours import (
    WEEKDAYS,
    CalendarSection,
    EscalationSection,
    RotationSection,
    share,
    span,
)
from tenfold.settings.ticketing import PromisesSection, UrgentPromise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickets.sla.calendar import Calendar
    from tickets.sla.chain import Escalation, Step
    from tickets.sla.rotation import Rotation
    from tickets.sla.tiers import Promise, Promises

TURNS = {"week": 7, "day": 1}


def promises(section: PromisesSection) -> "Promises":
    """How soon, by urgency."""
    from tickets.sla.tiers import Promises

    return Promises(
        urgent=_promise(section.urgent),
        important=_promise(section.important),
        normal=_promise(section.normal),
        warn_at=section.warn,
    )


def promised(section: PromisesSection) -> dict[str, frozenset[str]]:
    """The clocks that run for a ticket, by urgency."""
    from tickets.names import ClockName, Urgency

    made = promises(section)
    return {
        each.value: frozenset(clock.value for clock in ClockName if made.of(each).seconds(clock) is not None)
        for each in Urgency
    }


def _promise(section: UrgentPromise) -> "Promise":
    from tickets.sla.tiers import Promise

    return Promise(
        response=section.response,
        plan=section.plan,
        fix=section.fix,
        round_the_clock=section.hours == "always",
    )


def calendar(section: CalendarSection, timezone: str) -> "Calendar":
    """When the mall's people work.

    Args:
        section: Of the configuration.
        timezone: The mall's.
    """
    from tickets.sla.calendar import Calendar

    mon, tue, wed, thu, fri, sat, sun = (tuple(_spans(getattr(section.hours, day))) for day in WEEKDAYS)
    return Calendar(
        timezone=timezone,
        hours=(mon, tue, wed, thu, fri, sat, sun),
        country=section.country_in(timezone),
        holidays=frozenset(section.holidays),
        workdays=frozenset(section.workdays),
        known_years=frozenset(section.known_years),
    )


def _spans(texts: "Sequence[str]") -> "list[tuple[time, time | None]]":
    return [span(each) for each in texts]


def escalation(sections: "Sequence[EscalationSection]") -> "Escalation":
    """Who is told next; an urgency that no section names keeps its usual chain."""
    from tickets.sla.chain import Escalation

    usual = Escalation()
    chains = {"urgent": usual.urgent, "important": usual.important, "normal": usual.normal}
    for urgency, chain in chains.items():
        if steps := [_step(each) for each in sections if each.urgency in {None, urgency}]:
            chains[urgency] = replace(chain, steps=tuple(steps))
    return Escalation(**chains)


def _step(section: EscalationSection) -> "Step":
    from tickets.names import ClockName
    from tickets.sla.chain import Step

    part = share(section.after)
    return Step(
        to=section.to,
        clock=ClockName(section.clock),
        share=part,
        seconds=None if part is not None else float(section.after),
    )


def rotations(sections: "Sequence[RotationSection]", timezone: str) -> "tuple[Rotation, ...]":
    """Whose turn it is, by area.

    Args:
        sections: Of the configuration.
        timezone: The mall's; a moment without a zone is on its clock.
    """
    from tickets.sla.rotation import Override, Rotation

    zone = ZoneInfo(timezone)

    def known(moment: datetime) -> datetime:
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)

    return tuple(
        Rotation(
            people=each.people,
            area=each.area,
            days=TURNS[each.every],
            starts=each.starts,
            handover=each.handover,
            timezone=timezone,
            overrides=tuple(
                Override(person=one.person, starts=known(one.starts), ends=known(one.ends)) for one in each.overrides
            ),
        )
        for each in sections
    )
