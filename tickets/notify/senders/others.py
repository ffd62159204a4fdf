"""E-mail and whatever else Apprise speaks to (github.com/caronc/apprise), by its URL.

Apprise's own senders for WeCom, DingTalk and Feishu look at the HTTP status alone and take a refusal for a receipt: those have files here.
"""

import logging
import re

from tickets.notify.channels import Channel
from tickets.notify.defusing import defused, one_line, shortened
from tickets.notify.letter import Letter
from tickets.notify.posting import QUOTED_AT_MOST, Way, without
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.senders.plain import plain

# What Apprise, or a mail server, would take for more than one address.
_SEVERAL = re.compile(r"[\s,;<>\"]")


def send(channel: Channel, letter: Letter, way: Way) -> Receipt:
    """Sends it.

    Raises:
        NotNow: Apprise has tried and was not heard.
        Refused: Apprise does not understand the channel's URL.
    """
    del way  # Apprise bounds each service by limits of its own.
    hush()
    import apprise

    if _SEVERAL.search(letter.to):
        raise Refused("the contact is not one address")
    post = apprise.Apprise()
    if not post.add(channel.url):
        raise Refused("Apprise does not understand the channel's URL")
    capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]  # it has no types
    with capture as told:
        taken = post.notify(
            body=plain(letter), title=defused(letter.subject), body_format=apprise.NotifyFormat.TEXT
        )  # fmt: skip
        words = shortened(one_line(told.getvalue()), QUOTED_AT_MOST)
    if taken:
        return Receipt("sent")
    raise NotNow(without(channel.url, words) or "not sent")


def hush() -> None:
    """Keeps Apprise's log to itself: it repeats whole URLs, secrets and all, wherever ours goes."""
    log = logging.getLogger("apprise")
    log.propagate = False
    # Without a handler of its own Python would print it on stderr.
    if not log.handlers:
        log.addHandler(logging.NullHandler())
