"""What the mall configures: its channels, and what holds for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from urllib.parse import quote

from pages.translation import Language
from tickets.names import Urgency

EVERYBODY = "@all"
TO = "{to}"
# A chat is left alone when more people than these would be called at once.
MOST_CALLED = 3


class Kind(StrEnum):
    """Which service a channel speaks to."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    EMAIL = "email"
    APPRISE = "apprise"
    WEBHOOK = "webhook"
    VOICE = "voice"


# Messages a minute. WeCom: "每个机器人发送的消息不能超过20条/分钟" (developer.work.weixin.qq.com/document/path/91770). DingTalk: 20 a
# minute, beyond it ten minutes of nothing (open.dingtalk.com/document/orgapp/custom-robot-access). Feishu: 100 a minute and 5 a second
# (open.feishu.cn/document/client-docs/bot-v3/add-custom-bot). The others are ours, so that nobody's mailbox is flooded.
PER_MINUTE = {
    Kind.WECOM: 20,
    Kind.DINGTALK: 20,
    Kind.FEISHU: 100,
    Kind.EMAIL: 30,
    Kind.APPRISE: 20,
    Kind.WEBHOOK: 300,
    Kind.VOICE: 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to reach people.

    Attributes:
        name: What it is called on tickets and in the configuration.
        kind: The service.
        url: Of the robot, webhook or mail server (as Apprise writes it); it carries a secret. `{to}` in it is the person's contact.
        secret: Signs what is sent: DingTalk's and Feishu's 加签, a webhook's HMAC.
        urgencies: Of tickets that are told of; none for a channel that is only another one's second.
        areas: Of tickets that are told of; none for all.
        lang: Of its messages.
        people: Accounts who read it: called, and given a claim link, while a ticket has no owner.
        mentions: The service's own ids (or `@all`) that are called as well while a ticket has no owner.
        contact: Which of an account's contacts it writes to, one person at a time (`email`); empty for a channel of many.
        fallback: The channel that is used when this one gives no receipt; empty for none.
        per_minute: Messages at most; 0 for the service's own limit.
        seconds: In which the service has to answer.
    """

    name: str
    kind: Kind
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    urgencies: frozenset[Urgency] = frozenset(Urgency)
    areas: frozenset[str] = frozenset()
    lang: Language = "zh"
    people: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    contact: str = ""
    fallback: str = ""
    per_minute: int = 0
    seconds: float = 10.0

    @property
    def is_personal(self) -> bool:
        """Whether each message goes to one person."""
        return bool(self.contact)

    @property
    def at_most(self) -> int:
        """Messages a minute."""
        return self.per_minute or PER_MINUTE[self.kind]

    def to(self, contact: str) -> Self:
        """The channel to one person."""
        return replace(self, url=self.url.replace(TO, quote(contact, safe="")))

    def tells_of(self, urgency: Urgency, area: str) -> bool:
        """Whether such a ticket is told of here."""
        return urgency in self.urgencies and (not self.areas or area in self.areas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """Who is told of what, and how.

    Attributes:
        channels: Each with a name of its own.
        base_url: What links begin with, such as `https://tickets.mall.example`; empty for messages without links.
        signing_key: Of claim links; empty for one that the store makes and keeps.
        claim_seconds: How long a claim link works.
        overdue_seconds: After which a message without a receipt goes by the second channel.
        voice_after: Seconds after which an urgent ticket that nobody has taken is called out; 0 for never.
        voice_calls: How often, so many seconds apart.
        given_up_after: Seconds after which a message is too old to be of use.
        proxy: Of HTTP, for a house from which nothing else gets out.
    """

    channels: tuple[Channel, ...] = ()
    base_url: str = ""
    signing_key: str = field(default="", repr=False)
    claim_seconds: float = 4 * 3600.0
    overdue_seconds: float = 60.0
    voice_after: float = 300.0
    voice_calls: int = 3
    given_up_after: float = 3600.0
    proxy: str = field(default="", repr=False)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((each for each in self.channels if each.name == name), None)

    def of_kind(self, kind: Kind) -> Iterator[Channel]:
        """The channels of a service."""
        return (each for each in self.channels if each.kind is kind)

    def page(self, number: int) -> str:
        """Where a ticket is read; empty without a base."""
        return f"{self.base_url.rstrip('/')}/tickets/{number}" if self.base_url else ""

    def claim_page(self, token: str) -> str:
        """Where a ticket is claimed; empty without a base."""
        return f"{self.base_url.rstrip('/')}/claim/{token}" if self.base_url else ""
