"""The configuration's keys for tickets: where they live, what is promised, and whom Tenfold asks and tells about itself.

`[tickets]` being there at all makes `tenfold serve` serve tickets. Hours, chains and rotations are in `ticket_hours`, what is done with a
ticket (`[[route]]`, `[[notify]]`, `[[action]]`) in `ticket_rules`.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tenfold.settings.schemes import known_web, scheme_of
from tenfold.settings.ticket_hours import CalendarSection, EscalationSection, RotationSection
from tenfold.settings.units import parse_duration
from tenfold.words import _

DEFAULT_DATABASE = "tenfold-tickets.sqlite"
LONGEST = 400 * 86_400.0
SERVERS = frozenset({"postgresql", "postgres"})
_FILES = frozenset({"sqlite"})
NEVER = "never"


def known_store(address: str) -> str:
    """The address of a store as it is.

    Raises:
        ValueError: It is neither a file nor a PostgreSQL server; no part of it is repeated, a password may stand anywhere in it.
    """
    example = _("write a file's name, or postgresql://user@host:5432/database")
    scheme = scheme_of(address)
    if not address.strip() or "\0" in address or (not scheme and "=" in address):
        raise ValueError(_("it is no address of a store; {example}").format(example=example))
    if not scheme:
        return address
    try:
        parts = urlsplit(address)
        port, database = parts.port, parts.path.strip("/")
    except ValueError:
        raise ValueError(_("its host or port is not valid; {example}").format(example=example)) from None
    if scheme not in SERVERS | _FILES or not database or port == 0:
        raise ValueError(_("it is no address of a store; {example}").format(example=example))
    return address


def _unless_never(value: object) -> object:
    return None if value == NEVER else parse_duration(value)


Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=LONGEST, allow_inf_nan=False)]
WebAddress = Annotated[str, AfterValidator(known_web)]
Promised = Annotated[
    Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)] | None, BeforeValidator(_unless_never)
]
Hours = Literal["always", "working"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UrgentPromise(_Section):
    """`[tickets.promises.urgent]`: what is promised for an urgent ticket; `"never"` promises nothing.

    Attributes:
        response: Until somebody has taken it.
        plan: Until it is said what will be done.
        fix: Until it is solved.
        hours: Whether every hour counts, or working hours alone.
    """

    response: Promised = 1_800.0
    plan: Promised = 7_200.0
    fix: Promised = 14_400.0
    hours: Hours = "always"


class ImportantPromise(UrgentPromise):
    """`[tickets.promises.important]`: the same for an important ticket."""

    response: Promised = 3_600.0
    plan: Promised = None
    fix: Promised = 28_800.0
    hours: Hours = "working"


class NormalPromise(UrgentPromise):
    """`[tickets.promises.normal]`: the same for any other."""

    response: Promised = 7_200.0
    plan: Promised = None
    fix: Promised = 86_400.0
    hours: Hours = "working"


class PromisesSection(_Section):
    """`[tickets.promises]`: times by urgency, and the share of each at which its owner is warned."""

    urgent: UrgentPromise = UrgentPromise()
    important: ImportantPromise = ImportantPromise()
    normal: NormalPromise = NormalPromise()
    warn: float = Field(default=0.75, gt=0, lt=1)


class AlertmanagerSection(_Section):
    """`[tickets.alertmanager]`: the mall's own, asked each minute for what it never delivered.

    Attributes:
        url: Its address, below which `/api/v2/alerts` answers.
        user, password: For HTTP's basic authentication.
        token: For a bearer token in their place.
        grace: An alert is left to the webhook for so long; more than `group_interval` of Alertmanager.
    """

    url: WebAddress
    user: str = ""
    password: str = Field(default="", repr=False)
    token: str = Field(default="", repr=False)
    grace: Duration = 360.0


class WatchdogSection(_Section):
    """`[tickets.watchdog]`: the alert that always fires; when it falls silent, alerts no longer come through.

    Attributes:
        alert: Its name.
        silence: How long it may be silent.
        required: Silence counts although it was never heard.
    """

    alert: Annotated[str, Field(min_length=1)] = "Watchdog"
    silence: Duration = 900.0
    required: bool = False


class HeartbeatSection(_Section):
    """`[tickets.heartbeat]`: an address that is asked for while the service is well, so that somebody else notices when it is not."""

    url: WebAddress
    every: Duration = 60.0


class TicketsSection(_Section):
    """`[tickets]`: the ticket room.

    Attributes:
        database: A file for SQLite, or a PostgreSQL server's URL; never one that is audited.
        base_url: Where people's browsers and phones reach the service, for links in messages.
        reopen_within: An alert that comes back so soon after its ticket was solved reopens it.
        voice_after: An urgent ticket that nobody has taken by then goes to the `[[notify]]` of kind `voice`; 0 for never.
        fallback_after: A message without a receipt goes by the channel's `fallback` then.
        claim_within: How long the link in a message can claim its ticket.
        signing_key: Signs such links; without it the store keeps one of its own.
        proxy: Of HTTP, for messages from a house from which nothing else gets out.
        allow_hosts: Whom `[[action]]` may call: `ops.example`, or `ops.example:8443`.
        allow_automatic: Names of `[[action]]` that may be carried out without a person's click.
        token_file: Holds the token of `tenfold tickets`, where `$TENFOLD_TOKEN` is not set.
    """

    database: Annotated[str, AfterValidator(known_store)] = Field(default=DEFAULT_DATABASE, repr=False)
    base_url: WebAddress | None = None
    reopen_within: Duration = 1_800.0
    voice_after: Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=LONGEST)] = 300.0
    fallback_after: Duration = 60.0
    claim_within: Duration = 14_400.0
    signing_key: str = Field(default="", repr=False)
    proxy: str = Field(default="", repr=False)
    allow_hosts: tuple[str, ...] = ()
    allow_automatic: tuple[str, ...] = ()
    token_file: Path | None = None
    promises: PromisesSection = PromisesSection()
    calendar: CalendarSection = CalendarSection()
    escalation: tuple[EscalationSection, ...] = ()
    rotation: tuple[RotationSection, ...] = ()
    alertmanager: AlertmanagerSection | None = None
    watchdog: WatchdogSection = WatchdogSection()
    heartbeat: HeartbeatSection | None = None
