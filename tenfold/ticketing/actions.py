"""`[[action]]` as the ticket room's own records."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.ticket_rules import REGEX, ActionSection, RequestSection
from tenfold.settings.ticketing import TicketsSection
from tenfold.words import _

if TYPE_CHECKING:
    from tickets.aid.action import Action, Aid, Call


def aid(settings: Settings) -> "Aid":
    """Every action of the configuration; their own hosts are the only ones that may be called.

    Raises:
        CommandError: One of them cannot be used.
    """
    from tickets.aid.action import Aid

    section = settings.ticketing or TicketsSection()
    requests = [request for each in settings.action for request in (each, each.undo) if request is not None]
    return Aid(
        actions=tuple(_action(each) for each in settings.action),
        allow=tuple(dict.fromkeys(urlsplit(each.url).netloc for each in requests)),
        allow_automatic=section.allow_automatic,
    )


def _action(section: ActionSection) -> "Action":
    import re

    from tickets.aid.action import Action
    from tickets.names import Cause

    when = section.when
    try:
        return Action(
            name=section.name,
            title=section.title,
            call=_call(section),
            areas=(when.area,) if when.area else (),
            causes=(Cause(when.cause),) if when.cause else (),
            labels={
                name: value.removeprefix(REGEX) if value.startswith(REGEX) else re.escape(value)
                for name, value in when.labels.items()
            },
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
        method=section.method, url=section.url, headers=section.headers, body=_body(section.body), networks=section.addresses
    )  # fmt: skip


def _body(text: str) -> Any:
    """The body's JSON: its places are filled in within its texts, so that no value can change its form.

    Raises:
        ValueError: It is no JSON.
    """
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(_("its body is no JSON ({reason}); write places within texts").format(reason=error)) from None
