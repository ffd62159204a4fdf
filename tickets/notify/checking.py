"""What is wrong with the channels as they are configured, before a message has to go by them."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from facts.message import Message, msg
from tickets.notify.channels import TO, Channel, Kind, Notifying
from tickets.notify.senders.others import hush

LONGEST_SECONDS = 60.0
_BY_APPRISE = frozenset({Kind.EMAIL, Kind.APPRISE})


def faults(notifying: Notifying) -> list[Message]:
    """Each with what to do; none when everything can be used."""
    return list(_all(notifying))


def _all(notifying: Notifying) -> Iterator[Message]:
    if notifying.base_url and not _is_web(notifying.base_url):
        yield msg("The base URL for links in messages has to begin with http:// or https:// and name a host.")
    names = Counter(each.name for each in notifying.channels)
    for name, times in names.items():
        if times > 1:
            yield msg("Two channels are called {name}; give each a name of its own.", name=name)
    for channel in notifying.channels:
        if channel.fallback == channel.name or (channel.fallback and channel.fallback not in names):
            yield msg(
                "Channel {name}: its second channel {fallback} is not another one of the configuration.",
                name=channel.name,
                fallback=channel.fallback,
            )
        if "/" in channel.name or not channel.name.strip():
            yield msg("Channel {name}: its name must not be empty and has no slash in it.", name=channel.name)
        yield from _of(channel)


def _of(channel: Channel) -> Iterator[Message]:
    if channel.kind in _BY_APPRISE:
        hush()
        import apprise

        if not apprise.Apprise.instantiate(channel.url.replace(TO, "somebody%40example.com"), suppress_exceptions=True):
            yield msg("Channel {name}: Apprise does not understand its URL.", name=channel.name)
    elif not _is_web(channel.url.replace(TO, "x")):
        yield msg("Channel {name}: its URL has to begin with http:// or https:// and name a host.", name=channel.name)
    if TO in channel.url and not channel.is_personal:
        yield msg(
            "Channel {name}: its URL has a place for a person, so it has to say which contact.", name=channel.name
        )
    if not 0 < channel.seconds <= LONGEST_SECONDS:
        yield msg(
            "Channel {name}: the service has to answer within {seconds} s at most.",
            name=channel.name,
            seconds=int(LONGEST_SECONDS),
        )


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
