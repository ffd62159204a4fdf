"""What was frozen for a ticket: its parts with their hashes, each checked as it is read; and more of it on demand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from tickets.desk import Desk
from tickets.evidence.following import ask
from tickets.names import Role
from tickets.store import evidence, log
from tickets.store.evidence import Frozen, NoSuchEvidence
from tickets.web.caller import Caller, only, the_desk

_STAFF = (Role.ENGINEER, Role.LEAD, Role.ADMIN)
TheDesk = Annotated[Desk, Depends(the_desk)]
Staff = Annotated[Caller, Depends(only(*_STAFF))]


class Part(BaseModel):
    """One part of a ticket's evidence, without what is in it."""

    id: int
    part: Annotated[
        str, Field(description="`first`: at the alert; `after`: half an hour later; `by-hand-…`: on demand.")
    ]
    at: datetime
    sha256: Annotated[str, Field(description="Of the canonical document, computed when it was frozen.")]
    verified: Annotated[bool, Field(description="What is kept still has that hash.")]
    failed: Annotated[Sequence[str], Field(description="Readers that brought nothing.")]


class Whole(Part):
    """One part with its document."""

    document: Annotated[Any, Field(description="What every reader said; null when what is kept is damaged.")]


class Asked(BaseModel):
    """What was put on the list."""

    part: str


def routes() -> APIRouter:
    """The addresses."""
    router = APIRouter(prefix="/api/v1", tags=["evidence"])

    @router.get("/tickets/{number}/evidence")
    def parts(number: int, desk: TheDesk, _who: Staff) -> list[Part]:
        """All parts of a ticket's evidence, the oldest first."""
        with desk.store.read() as connection:
            log.load(connection, number)
            return [Part(**_described(each)) for each in evidence.parts(connection, number)]

    @router.get("/tickets/{number}/evidence/{part}")
    def part(number: int, part: int, desk: TheDesk, _who: Staff) -> Whole:
        """One part with its document."""
        try:
            with desk.store.read() as connection:
                found = evidence.part(connection, number, part)
        except NoSuchEvidence:
            raise HTTPException(404, "There is no such evidence.") from None
        return Whole(**_described(found), document=found.document)

    @router.post("/tickets/{number}/evidence", status_code=202)
    def more(number: int, desk: TheDesk, _who: Staff) -> Asked:
        """Has the evidence of this moment frozen too; it is there within half a minute."""
        now = desk.now()
        # To the minute, so that an impatient finger asks once.
        name = f"by-hand-{now:%Y%m%dT%H%M}"

        def put(connection: Any) -> None:
            ticket = log.load(connection, number)
            ask(connection, number, name, dict(ticket.labels), now, now=now, due_at=now)

        desk.store.writing(put)
        return Asked(part=name)

    return router


def _described(found: Frozen) -> dict[str, Any]:
    from tickets.evidence.gathering import failed

    readings = found.document.get("readings", {}) if isinstance(found.document, dict) else {}
    return {
        "id": found.id, "part": found.part, "at": found.at, "sha256": found.sha256, "verified": found.verified,
        "failed": failed(readings),
    }  # fmt: skip
