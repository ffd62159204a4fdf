"""A webhook that makes a telephone ring: what to say, and whom to call. Signed as `webhook` is."""

from tickets.notify.channels import Channel
from tickets.notify.defusing import one_line
from tickets.notify.letter import Letter
from tickets.notify.posting import Way
from tickets.notify.receipt import Receipt
from tickets.notify.senders import marks
from tickets.notify.senders.webhook import send_signed


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
        "language": letter.language,
        "speech": one_line(letter.speech),
        "call": [
            {"account": each.name, "phone": phone} for each in letter.mentions if (phone := marks.mobile(each))
        ],
        "messages": [dict(each) for each in letter.documents],
    }  # fmt: skip
    return send_signed(channel, letter.id, document, way)
