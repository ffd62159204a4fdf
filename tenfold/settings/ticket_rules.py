"""The configuration's keys for what is done with tickets: routes of alerts, messages to people, first aid."""

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tenfold.settings.schemes import known_web, scheme_of
from tenfold.settings.units import parse_duration
from tenfold.words import _

Name = Annotated[str, Field(min_length=1, max_length=100)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$")]
UrgencyWord = Literal["urgent", "important", "normal"]
CauseWord = Literal["own_code", "third_party", "configuration", "capacity", "data"]
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}\Z")
_LONGEST_PATTERN = 500
REGEX = "~"


def known_pattern(text: str) -> str:
    """A regular expression as it is.

    Raises:
        ValueError: It is none.
    """
    if len(text) > _LONGEST_PATTERN:
        raise ValueError(_("a pattern has at most {most} characters").format(most=_LONGEST_PATTERN))
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(_("{text} is no regular expression: {reason}").format(text=repr(text), reason=error)) from None
    return text


def known_value(text: str) -> str:
    """The value of a label, or after `~` a regular expression for the whole of it.

    Raises:
        ValueError: It is no regular expression.
    """
    if text.startswith(REGEX):
        known_pattern(text.removeprefix(REGEX))
    return text


def _known_receiver(url: str) -> str:
    known_web(url)
    parts = urlsplit(url)
    if "@" in parts.netloc or "{" in parts.netloc or any(each <= " " or each == "\\" for each in url):
        raise ValueError(_("its address has a user, a blank or a place in its host; secrets belong into headers"))
    return url


def _known_network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            _("{text} is neither an address nor a network; write for example '10.0.0.7'").format(text=repr(text))
        ) from None
    return text


def _known_headers(headers: dict[str, str]) -> dict[str, str]:
    # A value may be a secret, so none is repeated.
    wrong = next((name for name in headers if not _HEADER.match(name)), None)
    if wrong is not None:
        raise ValueError(_("{name} is no name of a header").format(name=repr(wrong)))
    if any(set("\r\n\0") & set(value) for value in headers.values()):
        raise ValueError(_("the value of a header has no line breaks"))
    return headers


Value = Annotated[str, AfterValidator(known_value)]
Headers = Annotated[dict[str, str], AfterValidator(_known_headers)]
Matchers = Annotated[dict[Name, Value], Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RouteSection(_Section):
    """`[[route]]`: what the labels of an alert mean; the first route that matches decides.

    Attributes:
        match: Labels, each with its value; one that begins with `~` is a regular expression for the whole value, an empty one matches an
            absent label.
        urgency: Without it, by the label `severity`.
        area: The part of the mall, such as `payments`; without it, by the alert's labels.
        owner: An account; without it, the area's rotation.
        by: What becomes one ticket: a group of Alertmanager's, or each alert by its fingerprint.
        resolve: What the end of every alert does: `propose` asks a person, `auto` resolves.
    """

    match: Matchers
    urgency: UrgencyWord | None = None
    area: str | None = None
    owner: Name | None = None
    by: Literal["group", "fingerprint"] = "group"
    resolve: Literal["propose", "auto"] = "propose"


ROBOTS = frozenset({"wecom", "dingtalk", "feishu", "webhook", "voice"})


class NotifySection(_Section):
    """`[[notify]]`: a channel to people.

    Attributes:
        name: Others name it as their `fallback`.
        kind: 企业微信, 钉钉 and 飞书 have senders of their own; `email` and `apprise` take an URL of Apprise's.
        url: Of the robot, the webhook or Apprise's; it holds secrets and is never shown.
        secret: Signs what is sent (钉钉, 飞书, webhook).
        urgencies: Of the tickets that it is told of; an empty list for a channel that is only another one's fallback.
        areas: The same; empty for all.
        lang: Of its messages; without it the mall's.
        people: Accounts who read it: called, and given a link to claim with, while a ticket has no owner.
        mentions: The service's own ids (or `@all`) that are called then as well.
        contact: Which of an account's contacts it writes to, one person at a time (`email`); empty for a channel of many.
        fallback: The channel that takes its place where it gives no receipt (`fallback_after` of `[tickets]`).
        per_minute: The most messages; what is beyond is merged. 0 is the service's own documented limit.
        timeout: In which the service has to answer.
    """

    name: Slug
    kind: Literal["wecom", "dingtalk", "feishu", "email", "apprise", "webhook", "voice"]
    url: str = Field(repr=False)
    secret: str = Field(default="", repr=False)
    urgencies: tuple[UrgencyWord, ...] = ("urgent", "important", "normal")
    areas: tuple[str, ...] = ()
    lang: Literal["zh", "en"] | None = None
    people: tuple[Name, ...] = ()
    mentions: tuple[Name, ...] = ()
    contact: str = ""
    fallback: str = ""
    per_minute: int = Field(default=0, ge=0, le=10_000)
    timeout: Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=60)] = 10.0

    @model_validator(mode="after")
    def _address_of_its_kind(self) -> Self:
        if self.kind in ROBOTS:
            known_web(self.url)
        elif not scheme_of(self.url):
            raise ValueError(_("its url is none that Apprise knows; write for example mailtos://user:password@host"))
        return self


class RequestSection(_Section):
    """A request to one of the mall's own addresses; never a command of a shell.

    Attributes:
        url: Its host is one of `allow_hosts` of `[tickets]`; a redirection from it is not followed. `{ticket}` and
            `{label.NAME}` are filled in, in its path alone.
        headers: Such as `Authorization = "Bearer ${TOKEN}"`.
        body: Sent as JSON, with the same places.
        addresses: Networks that the host has to resolve into; empty for any.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, AfterValidator(_known_receiver)]
    headers: Headers = Field(default={}, repr=False)
    body: Any = None
    addresses: tuple[Annotated[str, AfterValidator(_known_network)], ...] = ()


class WhenSection(_Section):
    """For which tickets an action is proposed; what is left out does not matter.

    Attributes:
        areas: Of the ticket.
        causes: The first answer to where the fault came from.
        labels: Of its alert, each with its value; one that begins with `~` is a regular expression for the whole value.
    """

    areas: tuple[str, ...] = ()
    causes: tuple[CauseWord, ...] = ()
    labels: dict[Name, Value] = {}


class ActionSection(RequestSection):
    """`[[action]]`: first aid that the mall can carry out.

    Attributes:
        name: Stays the same, the log of tickets names it.
        title: What it does, for the person who decides.
        when: For which tickets it is proposed.
        undo: The request that takes it back.
        automatic: Carried out without a click, where `allow_automatic` of `[tickets]` names it as well.
        idempotent: The receiver does the same only once for one `Idempotency-Key`; without it, nothing is sent again while nobody knows
            whether it was done.
        timeout: For one request.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,60}$")]
    title: Name
    when: WhenSection = WhenSection()
    undo: RequestSection | None = None
    automatic: bool = False
    idempotent: bool = False
    timeout: Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=30)] = 10.0

    def hosts(self) -> tuple[str, ...]:
        """Whom it calls, as `allow_hosts` has them."""
        return tuple(host_of(each.url) for each in (self, self.undo) if each is not None)


def host_of(url: str) -> str:
    """Host and port without what may be a password: `ops.example` or `ops.example:8443`."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
