"""A webhook of the mall's own: JSON, signed, with a key by which a receiver knows what it has got before.

`X-Tenfold-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the timestamp (`X-Tenfold-Timestamp`, seconds), a full stop and the
body, with the channel's secret. Every 2xx is a receipt. `Idempotency-Key` is the same whenever the same message is sent again
(draft-ietf-httpapi-idempotency-key-header), as is the `id` of each of its parts.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from tickets.notify.channels import Channel
from tickets.notify.defusing import one_line
from tickets.notify.letter import Letter
from tickets.notify.posting import Way, post, without
from tickets.notify.receipt import Receipt
from tickets.notify.senders.plain import plain


def send(channel: Channel, letter: Letter, way: Way) -> Receipt:
    """Sends it.

    Raises:
        NotNow: Later.
        Refused: The receiver does not take it.
    """
    document = {
        "version": "1",
        "id": letter.id,
        "mall": letter.mall,
        "to": letter.to or None,
        "subject": one_line(letter.subject),
        "text": plain(letter, defuse=False),
        "messages": [dict(each) for each in letter.documents],
    }
    return send_signed(channel, letter.id, document, way)


def send_signed(channel: Channel, key: str, document: Mapping[str, Any], way: Way) -> Receipt:
    """Sends a document; see `send`."""
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {"Idempotency-Key": key}
    if channel.secret:
        seconds = str(int(way.at.timestamp()))
        headers |= {"X-Tenfold-Timestamp": seconds, "X-Tenfold-Signature": signature(channel.secret, seconds, body)}
    return Receipt(without(channel.url, str(post(channel.url, body, headers, way))))


def signature(secret: str, seconds: str, body: bytes) -> str:
    """What proves that the request is ours."""
    return "sha256=" + hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
