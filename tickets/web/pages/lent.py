"""What the other parts of the room lend to the pages."""

import zlib
from collections.abc import Sequence
from concurrent.futures import TimeoutError as TooSlow

from fastapi import Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from facts.message import msg
from pages.tickets.incident import incident_html
from pages.tickets.office_records import Figures, Held, Ledger, Quarantine
from pages.tickets.records import Card
from pages.translation import Language
from tickets.afterwards.figures import for_page
from tickets.afterwards.incident import SOURCES, follow_up, incident
from tickets.afterwards.months import months
from tickets.afterwards.similar import similar, subject
from tickets.desk import Desk
from tickets.intake.replaying import StillUnreadable, replay
from tickets.intake.signal import Unreadable
from tickets.intake.taking_in import AlreadyReplayed
from tickets.names import Outcome, State
from tickets.people.refusals import Refused
from tickets.store import evidence, ledger, posts
from tickets.store.opening import StoreUnavailable
from tickets.store.posts import NoSuchPost
from tickets.ticket import Ticket
from tickets.web.api.intake import COMMIT_SECONDS, writer_of
from tickets.web.caller import Caller
from tickets.web.pages.first_aid import FIRST_AID
from tickets.web.pages.parts import Parts

MONTHS, POSTS_AT_MOST, SIMILAR_AT_MOST = 6, 30, 5
# The beginning of a post that is shown; a body whose compressed form is larger than this is not even looked into.
EXCERPT_CHARACTERS, LOOKED_INTO_BYTES = 2_000, 1_000_000


def _similar(connection: Connection, ticket: Ticket) -> Sequence[Card]:
    return [
        Card(
            number=each.number,
            title=each.title,
            urgency=each.urgency.value,
            state=State.RESOLVED.value,
            area=each.area,
            owner=each.owner,
            opened_at=each.resolved_at,
            changed_at=each.resolved_at,
            snippet=each.solution,
        )
        for each in similar(connection, subject(ticket), SIMILAR_AT_MOST)
    ]


def _report(desk: Desk, who: Caller, number: int, language: Language) -> str | None:
    return incident_html(incident(desk, number), language, who.csrf)


def _follow_up(desk: Desk, who: Caller, number: int, code: str, language: Language) -> object:
    return follow_up(desk, number, code, who.name, language)


def _figures(desk: Desk) -> Figures:
    return Figures(months=tuple(for_page(each) for each in months(desk, MONTHS, SOURCES.clocks)))


def _ledger(desk: Desk) -> Ledger:
    with desk.store.read() as connection:
        balance = ledger.balance(connection)
    reasons = sorted(balance.outcomes.items(), key=lambda each: (-each[1], each[0]))
    return Ledger(
        received=balance.received,
        outcomes=tuple((each.value, balance.of(each)) for each in Outcome),
        reasons=tuple((outcome.value, reason, count) for (outcome, reason), count in reasons),
        balanced=balance.balanced,
    )


def _quarantine(desk: Desk) -> Quarantine:
    with desk.store.read() as connection:
        held = [
            Held(
                number=each["id"],
                at=each["at"],
                source=each["source"],
                sender=each["sender"],
                problem=each["problem"],
                size=each["kept_bytes"],
                excerpt=_beginning(connection, each["id"]) if 0 < each["kept_bytes"] < LOOKED_INTO_BYTES else "",
            )
            for each in posts.quarantine(connection, POSTS_AT_MOST)
        ]
        return Quarantine(posts=tuple(held), total=posts.quarantined_count(connection))


def _beginning(connection: Connection, number: int) -> str:
    try:
        body = zlib.decompressobj().decompress(posts.load(connection, number).body, EXCERPT_CHARACTERS)
    except (NoSuchPost, zlib.error):
        return ""
    return body.decode("utf-8", "replace")


def _replay(request: Request, desk: Desk, who: Caller, number: int) -> object:
    """Waits until the post was taken in again.

    Raises:
        HTTPException: 404: there is no such post in quarantine.
        Refused: It cannot be replayed.
        StoreUnavailable: It cannot be now.
    """
    try:
        return replay(writer_of(request, desk), desk, number, who.name).result(COMMIT_SECONDS)
    except NoSuchPost:
        raise HTTPException(404) from None
    except AlreadyReplayed:
        raise Refused(msg("The post was tried again already.")) from None
    except StillUnreadable as error:
        raise Refused(msg("Still not understood: {reason}", reason=error.reason)) from None
    except Unreadable as error:
        raise Refused(error.reason) from None
    except TooSlow:
        raise StoreUnavailable(msg("The ticket store takes too long; send it again.")) from None


PARTS = Parts(
    evidence=evidence.parts,
    aid=FIRST_AID,
    similar=_similar,
    report=_report,
    follow_up=_follow_up,
    figures=_figures,
    ledger=_ledger,
    quarantine=_quarantine,
    replay=_replay,
)
