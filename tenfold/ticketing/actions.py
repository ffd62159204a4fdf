"""`[[action]]` as the ticket room's own records."""

import re
from typing import TYPE_CHECKING

from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.ticket_rules import REGEX, ActionSection, RequestSection
from tenfold.settings.ticketing import TicketsSection
from tenfold.words import _

if TYPE_CHECKING:
    from tickets.aid.action import Action, Aid, Call


def aid(settings: Settings) -> "Aid":
    """Every action of the configuration; only hosts that `allow_hosts` names may be called.

    Raises:
        CommandError: One of them cannot be used.
    """
    from tickets.aid.action import Aid

    section = settings.ticketing or TicketsSection()
    return Aid(
        actions=tuple(_action(each) for each in settings.action),
        allow=section.allow_hosts,
        allow_automatic=section.allow_automatic,
    )


def _action(section: ActionSection) -> "Action":
    from tickets.aid.action import Action
    from tickets.names import Cause

    when = section.when
    try:
        return Action(
            name=section.name,
            title=section.title,
            call=_call(section),
            areas=when.areas,
            causes=tuple(Cause(word) for word in when.causes),
            labels={name: _expression(value) for name, value in when.labels.items()},
            undo=None if section.undo is None else _call(section.undo),
            automatic=section.automatic,
            idempotent=section.idempotent,
            seconds=section.timeout,
        )
    except ValueError as error:
        raise CommandError(
            _("The [[action]] {name} cannot be used: {reason}.").format(name=repr(section.name), reason=str(error)),
            _("Correct it in the configuration."),
        ) from None


def _call(section: RequestSection) -> "Call":
    from tickets.aid.action import Call

    return Call(
        method=section.method,
        url=section.url,
        headers=section.headers,
        body=section.body,
        networks=section.addresses,
    )


def _expression(value: str) -> str:
    return value.removeprefix(REGEX) if value.startswith(REGEX) else re.escape(value)
