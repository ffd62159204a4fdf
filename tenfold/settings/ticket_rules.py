"""The configuration's keys for what is done with tickets: routes of alerts, messages to people, first aid."""

import re
from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tenfold.settings.schemes import known_web, scheme_of
from tenfold.settings.units import parse_duration
from tenfold.words import _

Name = Annotated[str, Field(min_length=1, max_length=100)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$")]
UrgencyWord = Literal["urgent", "important", "normal"]
CauseWord = Literal["own_code", "third_party", "configuration", "capacity", "data"]
WebAddress = Annotated[str, AfterValidator(known_web)]
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_LONGEST_PATTERN = 500


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


Pattern = Annotated[str, AfterValidator(known_pattern)]
Headers = Annotated[dict[str, str], AfterValidator(_known_headers)]
Matchers = Annotated[dict[Name, Pattern], Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RouteSection(_Section):
    """`[[route]]`: what the labels of an alert mean; the first route that matches decides.

    Attributes:
        match: Labels, each with the value or the regular expression that the whole value has to match.
        urgency: Without it, by the label `severity`.
        area: The part of the mall, such as `payments`.
        owner: An account; without it, the area's rotation.
        by: What becomes one ticket: a group of Alertmanager's, or each alert by its fingerprint.
        resolve: What the end of every alert does: `propose` asks a person, `auto` resolves.
    """

    match: Matchers
    urgency: UrgencyWord | None = None
    area: str = ""
    owner: str = ""
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
        urgencies: Of the tickets that it is told of; empty for all.
        areas: The same.
        lang: Of its messages; without it the mall's.
        mentions: By account, the user's identifier or mobile number there.
        fallback: The channel that takes its place.
        fallback_after: Without a receipt for so long.
        per_minute: The most messages; what is beyond is merged. 0 is the service's own documented limit.
    """

    name: Slug
    kind: Literal["wecom", "dingtalk", "feishu", "email", "apprise", "webhook", "voice"]
    url: str = Field(repr=False)
    secret: str = Field(default="", repr=False)
    urgencies: tuple[UrgencyWord, ...] = ()
    areas: tuple[str, ...] = ()
    lang: Literal["zh", "en"] | None = None
    mentions: dict[str, str] = {}
    fallback: str = ""
    fallback_after: Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=86_400)] = 60.0
    per_minute: int = Field(default=0, ge=0, le=10_000)

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
        url: A redirection from it is not followed.
        headers: Such as `Authorization = "Bearer ${TOKEN}"`.
        body: JSON; `{ticket}`, `{title}` and `{label.NAME}` are filled in.
        addresses: What its host may resolve to.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    url: WebAddress
    headers: Headers = Field(default={}, repr=False)
    body: str = ""
    addresses: tuple[Annotated[str, AfterValidator(_known_network)], ...] = ()


class WhenSection(_Section):
    """For which tickets an action is proposed; what is left out does not matter."""

    area: str = ""
    cause: CauseWord | None = None
    labels: dict[Name, Pattern] = {}


class ActionSection(RequestSection):
    """`[[action]]`: first aid that the mall can carry out.

    Attributes:
        name: Stays the same, the log of tickets names it.
        title: What it does, for the person who decides.
        when: For which tickets it is proposed.
        undo: The request that takes it back.
        automatic: Carried out without a click, where `allow_automatic` of `[tickets]` names it as well.
        idempotent: Doing it twice does no harm; otherwise it is never repeated while nobody knows whether it was done.
        timeout: For one request.
    """

    name: Slug
    title: Name
    when: WhenSection = WhenSection()
    undo: RequestSection | None = None
    automatic: bool = False
    idempotent: bool = False
    timeout: Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=60)] = 10.0
