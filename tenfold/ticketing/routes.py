"""`[[route]]` as the ticket room's own records."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tenfold.settings import Settings
from tenfold.settings.ticketing import TicketsSection

if TYPE_CHECKING:
    from tickets.routing import Alertmanager, Routing, Watchdog


def routing(settings: Settings) -> "Routing":
    """Every route of the configuration."""
    from tickets.names import Urgency
    from tickets.routing import Route, Routing

    section = settings.ticketing or TicketsSection()
    return Routing(
        routes=tuple(
            Route(
                match=each.match,
                urgency=None if each.urgency is None else Urgency(each.urgency),
                area=each.area,
                owner=each.owner,
                by=each.by,
                resolve=each.resolve,
            )
            for each in settings.route
        ),
        reopen_within=timedelta(seconds=section.reopen_within),
    )


def watchdog(section: TicketsSection) -> "Watchdog":
    """The alert that must not fall silent."""
    from tickets.routing import Watchdog

    given = section.watchdog
    return Watchdog(name=given.alert, silence=timedelta(seconds=given.silence), required=given.required)


def alertmanager(section: TicketsSection) -> "Alertmanager | None":
    """Whom to ask for what was never delivered."""
    from tickets.routing import Alertmanager

    given = section.alertmanager
    if given is None:
        return None
    return Alertmanager(
        url=given.url.rstrip("/"),
        user=given.user or None,
        password=given.password or None,
        bearer=given.token or None,
        grace=timedelta(seconds=given.grace),
    )
