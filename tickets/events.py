"""What can happen to a ticket: one record a kind. The log of them is append-only, and the ticket is what replaying it gives.

A kind's name is stored; a field may be added with a default, never renamed or taken away.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from facts.message import Message
from tickets.names import Cause, ClockName, Urgency, Waiting

TITLE_AT_MOST = 300
TEXT_AT_MOST = 20_000
Title = Annotated[str, Field(min_length=1, max_length=TITLE_AT_MOST)]
Text = Annotated[str, Field(max_length=TEXT_AT_MOST)]
# Of ours: kept with its values, so that it is read in the reader's language. A text was kept as it read.
Sentence = Text | Message
Stars = Annotated[int, Field(ge=1, le=5)]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Opened(_Event):
    """The ticket begins.

    Attributes:
        source: `alertmanager`, `alerts`, `audit`, `stress`, `person`, `watchdog`, `follow-up`.
        key: What further alerts of the same trouble are recognized by; None for a person's ticket.
        labels: Of the alert.
        previous: The number of an earlier, ended ticket of the same key.
    """

    kind: Literal["opened"] = "opened"
    title: Title
    summary: Text = ""
    urgency: Urgency
    area: str = ""
    owner: str | None = None
    reporter: str | None = None
    source: str
    key: str | None = None
    labels: Mapping[str, str] = {}
    runbook: str = ""
    previous: int | None = None


class Fired(_Event):
    """An alert of the ticket's key fires: one that was not there before, or one that had subsided (then it flaps)."""

    kind: Literal["fired"] = "fired"
    fingerprint: str
    name: str
    labels: Mapping[str, str] = {}
    again: bool = False


class Subsided(_Event):
    """An alert of the ticket's key has ended."""

    kind: Literal["subsided"] = "subsided"
    fingerprint: str


class ResolutionProposed(_Event):
    """Every alert of the ticket has ended; a person says whether it is solved."""

    kind: Literal["resolution_proposed"] = "resolution_proposed"


class Assigned(_Event):
    """Somebody becomes responsible, by a person's word or by the rotation; the ticket waits on."""

    kind: Literal["assigned"] = "assigned"
    owner: str
    note: Text = ""


class Taken(_Event):
    """The owner has begun: the first response."""

    kind: Literal["taken"] = "taken"
    owner: str


class Planned(_Event):
    """What will be done, and when it will be done."""

    kind: Literal["planned"] = "planned"
    plan: Text
    expected_at: datetime | None = None


class Expected(_Event):
    """A new expected time of resolution."""

    kind: Literal["expected"] = "expected"
    expected_at: datetime


class Paused(_Event):
    """The clocks stand while somebody else has to act."""

    kind: Literal["paused"] = "paused"
    waiting_for: Waiting
    note: Text = ""


class Resumed(_Event):
    """The clocks run again."""

    kind: Literal["resumed"] = "resumed"


class UrgencyChanged(_Event):
    """It matters more, or less, than was thought."""

    kind: Literal["urgency_changed"] = "urgency_changed"
    urgency: Urgency
    reason: Text = ""


class AreaChanged(_Event):
    """It belongs to another part of the mall."""

    kind: Literal["area_changed"] = "area_changed"
    area: str


class Resolved(_Event):
    """It is solved; who reads this later has to be able to do it again."""

    kind: Literal["resolved"] = "resolved"
    solution: Text
    steps: Text
    cautions: Text
    cause: Cause | None = None


class Closed(_Event):
    """Nothing more is to be done."""

    kind: Literal["closed"] = "closed"


class Rated(_Event):
    """What the reporter thinks of it, 1 to 5 each."""

    kind: Literal["rated"] = "rated"
    attitude: Stars
    speed: Stars
    result: Stars
    comment: Text = ""


class Reopened(_Event):
    """It was not solved after all."""

    kind: Literal["reopened"] = "reopened"
    reason: Text = ""


class MergedInto(_Event):
    """The same trouble as another ticket's, which goes on in its place."""

    kind: Literal["merged_into"] = "merged_into"
    ticket: int


class Absorbed(_Event):
    """Another ticket was merged into this one, which answers to its keys from now on."""

    kind: Literal["absorbed"] = "absorbed"
    ticket: int
    keys: tuple[str, ...] = ()


class Linked(_Event):
    """Another ticket belongs to this one: `follow-up`, `same-alert`, `similar`."""

    kind: Literal["linked"] = "linked"
    ticket: int
    relation: str


class Commented(_Event):
    """Somebody says something; what is internal the reporter does not see."""

    kind: Literal["commented"] = "commented"
    text: Annotated[Text, Field(min_length=1)]
    internal: bool = False


class Attached(_Event):
    """A file."""

    kind: Literal["attached"] = "attached"
    attachment: int
    name: str
    size: int
    sha256: str


class Warned(_Event):
    """Three quarters of a promised time are gone."""

    kind: Literal["warned"] = "warned"
    clock: ClockName


class Breached(_Event):
    """A promised time is over."""

    kind: Literal["breached"] = "breached"
    clock: ClockName


class Escalated(_Event):
    """The next step of the chain is told."""

    kind: Literal["escalated"] = "escalated"
    step: int
    to: str
    reason: Text = ""


class Notified(_Event):
    """A message came through, or was not delivered in time.

    Attributes:
        channel: By which it went.
        to: The account; empty for a channel of many.
        delivered: Whether the service has confirmed it.
        detail: What the service answered.
        about: The number of the entry that it tells of; 0 for none.
    """

    kind: Literal["notified"] = "notified"
    channel: str
    to: str = ""
    delivered: bool
    detail: Text = ""
    about: int = 0


class EvidenceFrozen(_Event):
    """What was the matter at that moment is kept; `failed` names what could not be read."""

    kind: Literal["evidence_frozen"] = "evidence_frozen"
    evidence: int
    sha256: str
    part: str
    failed: tuple[str, ...] = ()


class CauseGiven(_Event):
    """A first answer to where the fault came from."""

    kind: Literal["cause_given"] = "cause_given"
    cause: Cause
    confidence: float = Field(ge=0, le=1)
    document: Mapping[str, Any] = {}


class AidProposed(_Event):
    """An action that the mall has configured for such a fault."""

    kind: Literal["aid_proposed"] = "aid_proposed"
    action: str
    because: Sentence = ""


class AidCarriedOut(_Event):
    """An action was carried out, or was tried."""

    kind: Literal["aid_carried_out"] = "aid_carried_out"
    action: str
    run: int
    ok: bool
    automatic: bool = False
    detail: Sentence = ""


class AidUndone(_Event):
    """An action was taken back."""

    kind: Literal["aid_undone"] = "aid_undone"
    action: str
    run: int
    ok: bool
    detail: Sentence = ""


Event = Annotated[
    Opened | Fired | Subsided | ResolutionProposed | Assigned | Taken | Planned | Expected | Paused | Resumed
    | UrgencyChanged | AreaChanged | Resolved | Closed | Rated | Reopened | MergedInto | Absorbed | Linked | Commented
    | Attached | Warned | Breached | Escalated | Notified | EvidenceFrozen | CauseGiven | AidProposed | AidCarriedOut
    | AidUndone,
    Field(discriminator="kind"),
]  # fmt: skip
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Entry(BaseModel):
    """One line of a ticket's log.

    Attributes:
        number: From 1, without gaps.
        at: In UTC.
        actor: The account, or `alertmanager`, `tenfold` and the like.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    actor: str
    event: Event
