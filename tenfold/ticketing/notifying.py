"""`[[notify]]` as the ticket room's own records."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from facts.message import Message
from tenfold.settings import Settings
from tenfold.settings.ticketing import TicketsSection
from tenfold.words import terminal_language

if TYPE_CHECKING:
    from tickets.notify.channels import Notifying


def notifying(settings: Settings, section: TicketsSection) -> "Notifying":
    """Who is told of what, and how."""
    from tickets.names import Urgency
    from tickets.notify.channels import Channel, Kind, Notifying

    language = settings.mall.lang or terminal_language()
    return Notifying(
        channels=tuple(
            Channel(
                name=each.name,
                kind=Kind(each.kind),
                url=each.url,
                secret=each.secret,
                urgencies=frozenset(Urgency(word) for word in each.urgencies),
                areas=frozenset(each.areas),
                lang=each.lang or language,
                people=each.people,
                mentions=each.mentions,
                contact=each.contact,
                fallback=each.fallback,
                per_minute=each.per_minute,
                seconds=each.timeout,
            )
            for each in settings.notify
        ),
        base_url=section.base_url or "",
        signing_key=section.signing_key,
        claim_seconds=section.claim_within,
        overdue_seconds=section.fallback_after,
        voice_after=section.voice_after,
        proxy=section.proxy,
    )


def channel_faults(settings: Settings, section: TicketsSection) -> Sequence[Message]:
    """What is wrong with the channels as they are configured."""
    from tickets.notify.checking import faults

    return faults(notifying(settings, section))
