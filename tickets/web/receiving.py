"""Reads a body from a stranger: bounded in size, in time, in what it unpacks to, and in what all of them together hold in memory."""

import asyncio
import zlib
from dataclasses import dataclass

from fastapi import Request

from facts.message import Message, msg

BODY_AT_MOST = 10 * 1024 * 1024
UNPACKED_AT_MOST = 20 * 1024 * 1024
BODY_SECONDS = 30.0
# All bodies that are being read at once.
READING_AT_MOST = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Exception):  # noqa: N818  (an answer: 413)
    """The body is larger than anything that this address takes, packed or unpacked."""


class TooSlow(Exception):  # noqa: N818  (an answer: 503, so that a sender on a bad line tries again)
    """The body did not arrive in time, or too many arrive at once."""


class Undecodable(Exception):  # noqa: N818  (an answer: the body is quarantined)
    """The body is not packed as its header says.

    Attributes:
        body: As it arrived.
        reason: What was the matter.
    """

    def __init__(self, body: bytes, reason: Message) -> None:
        """Keeps both."""
        super().__init__(str(reason))
        self.body = body
        self.reason = reason


@dataclass(slots=True)
class Receiving:
    """What a process is reading; one for all requests, used on the event loop alone."""

    held: int = 0

    async def body(self, request: Request) -> bytes:
        """The body, unpacked.

        Raises:
            TooLarge: See there.
            TooSlow: See there.
            Undecodable: See there.
        """
        stated = request.headers.get("content-length", "")
        if stated.isdigit() and int(stated) > BODY_AT_MOST:
            raise TooLarge
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.stream():
                    size += len(part)
                    self.held += len(part)
                    if size > BODY_AT_MOST:
                        raise TooLarge
                    if self.held > READING_AT_MOST:
                        raise TooSlow
                    parts.append(part)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.held -= size
        return unpacked(b"".join(parts), request.headers.get("content-encoding", "").strip().casefold())


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its packing.

    Args:
        body: As it arrived.
        encoding: Of HTTP: `gzip`, `deflate`, or empty.

    Raises:
        TooLarge: It unpacks to more than may be.
        Undecodable: It is not packed so.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise Undecodable(body, msg("The encoding {encoding} is not taken here; gzip is.", encoding=encoding[:50]))
    unpacking = zlib.decompressobj(zlib.MAX_WBITS if encoding == "deflate" else _GZIP)
    try:
        plain = unpacking.decompress(body, UNPACKED_AT_MOST)
    except zlib.error:
        raise Undecodable(body, msg("The body is not packed as its header says.")) from None
    if unpacking.unconsumed_tail:
        raise TooLarge
    if not unpacking.eof:
        raise Undecodable(body, msg("The packed body ends too early."))
    return plain
