"""Files on a ticket: bounded in size and number; whatever their name says, they are handed out as bytes to be saved, never shown."""

import re
import unicodedata
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import Connection

from facts.message import msg
from tickets import events
from tickets.desk import Desk
from tickets.lifecycle import IllegalMove
from tickets.people import roles
from tickets.people.refusals import Refused, TooMany
from tickets.people.roles import Deed
from tickets.store import attachments as store
from tickets.store import log
from tickets.store.attachments import File
from tickets.ticket import Ticket
from tickets.web.caller import Caller
from tickets.web.making import make_within, read

BYTES_AT_MOST = 10 * 2**20
PER_TICKET = 20
BYTES_A_DAY = 200 * 2**20
NAME_AT_MOST = 120
# What some file system or shell takes for something else, controls, and marks that turn the direction of reading around.
_ODD = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\/\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]')


class TooLarge(Refused):
    """The file has too many bytes."""

    def __init__(self) -> None:
        """There is one reason."""
        super().__init__(msg("A file has at most {count} MB.", count=BYTES_AT_MOST // 2**20))


def clean_name(name: str) -> str:
    """A name that is text and nothing else, on any system that saves it."""
    # As browsers write a quote or a line break in the name of a file that is sent (HTML standard, "multipart/form-data").
    name = name.replace("%22", '"').replace("%0D", " ").replace("%0A", " ")
    name = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    name = _ODD.sub("_", name).strip(" .")
    if len(name) > NAME_AT_MOST:
        stem, dot, ending = name.rpartition(".")
        keeps = dot and 0 < len(ending) <= 10  # noqa: PLR2004  (`.parquet` and the like; longer is no ending)
        name = f"{stem[: NAME_AT_MOST - len(ending) - 1]}.{ending}" if keeps else name[:NAME_AT_MOST]
    return name or "attachment"


def attach(desk: Desk, who: Caller, number: int, name: str, body: bytes) -> Ticket:
    """The ticket with one file more.

    Raises:
        NoSuchTicket: There is none that the caller may see.
        NotAllowed: The caller may not do that.
        TooLarge: It has too many bytes.
        Refused: It is empty.
        IllegalMove: The ticket has as many as it can have.
        TooMany: The caller has brought too many bytes today.
    """
    if len(body) > BYTES_AT_MOST:
        raise TooLarge
    if not body:
        raise Refused(msg("The file is empty."))
    name = clean_name(name)

    def attached(connection: Connection) -> Ticket:
        at = desk.now()
        ticket = log.load(connection, number)
        roles.ensure(who.name, who.role, Deed.ATTACH, ticket)
        if len(ticket.attachments) >= PER_TICKET:
            raise IllegalMove(msg("A ticket has at most {count} files.", count=PER_TICKET))
        if store.brought_lately(connection, who.name, at - timedelta(days=1)) + len(body) > BYTES_A_DAY:
            raise TooMany(msg("You have brought {count} MB within a day.", count=BYTES_A_DAY // 2**20), 3600)
        kept, digest = store.put(connection, number, at, who.name, name, body)
        event = events.Attached(attachment=kept, name=name, size=len(body), sha256=digest)
        return make_within(connection, desk, who, number, Deed.ATTACH, lambda _: (event,))

    return desk.store.writing(attached)


def file_of(desk: Desk, who: Caller, number: int, attachment: int) -> File | None:
    """A file of a ticket; None where the ticket has none of that number.

    Raises:
        NoSuchTicket: There is none that the caller may see.
    """
    read(desk, who, number)
    with desk.store.read() as connection:
        return store.get(connection, number, attachment)


def headers(file: File) -> dict[str, str]:
    """With which a file is handed out: to be saved, whatever it is."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file.name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, no-store",
        "ETag": f'"{file.sha256}"',
    }
