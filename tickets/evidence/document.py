"""How a document of evidence is written down: plain JSON of bounded size, in one canonical form, hashed, compressed.

Canonical: UTF-8, keys sorted, no blanks, no NaN; so that the hash of what was kept can be computed again by anybody.
"""

import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from facts.message import Message, as_document

CUT = "… (cut)"
TEXT_AT_MOST = 8_000
ITEMS_AT_MOST = 2_000
DEEPEST = 16
# What one reader may bring, and a whole document.
READER_BYTES_AT_MOST = 512 * 1024
UNPACKED_AT_MOST = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document as it is kept.

    Attributes:
        body: The canonical form, compressed.
        sha256: Of the canonical form, in hexadecimal digits.
    """

    body: bytes
    sha256: str


class Broken(ValueError):  # noqa: N818  (what is kept is broken, not the program)
    """What is kept cannot be read any more."""


def plain(value: Any, depth: int = 0) -> Any:
    """The value as plain JSON: what has no place there becomes text, what is too deep or no number becomes a mark."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        # PostgreSQL knows no zero byte, and a lone surrogate is no UTF-8.
        return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float | Decimal):
        number = float(value)
        return round(number, 9) if math.isfinite(number) else str(number)
    if depth > DEEPEST:
        return CUT
    if isinstance(value, Mapping):
        return {
            str(plain(name if isinstance(name, str) else str(name))): plain(each, depth + 1)
            for name, each in value.items()
        }
    return _plain_rest(value, depth)


def _plain_rest(value: Any, depth: int) -> Any:
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Message):
            return plain(as_document(value), depth)
        # What says how it reads is kept so.
        if type(value).__str__ is not object.__str__:
            return plain(str(value))
        return plain(asdict(value), depth)
    if isinstance(value, set | frozenset):
        return [plain(each, depth + 1) for each in sorted(value, key=str)]
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(each, depth + 1) for each in value]
    if isinstance(value, bytes | bytearray):
        return plain(bytes(value).decode("utf-8", "replace"))
    return plain(str(value))


def bounded(value: Any, most: int = READER_BYTES_AT_MOST) -> tuple[Any, bool]:
    """The value within so many bytes, and whether something was cut; what is cut bears a mark.

    Args:
        value: Plain JSON.
        most: Bytes of its canonical form.
    """
    texts, items = TEXT_AT_MOST, ITEMS_AT_MOST
    whole = canonical(value)
    shorter = _shortened(value, texts, items)
    cut = canonical(shorter) != whole
    while len(canonical(shorter)) > most:
        cut = True
        texts, items = texts // 2, items // 2
        if not items:
            return CUT, True
        shorter = _shortened(value, max(texts, 100), items)
    return shorter, cut


def _shortened(value: Any, texts: int, items: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= texts else value[:texts] + CUT
    if isinstance(value, list):
        kept = [_shortened(each, texts, items) for each in value[:items]]
        return kept if len(value) <= items else [*kept, f"{CUT}: {len(value) - items}"]
    if isinstance(value, dict):
        names = list(value)
        found = {name[:texts]: _shortened(value[name], texts, items) for name in names[:items]}
        return found if len(names) <= items else {**found, CUT: len(names) - items}
    return value


def canonical(document: Any) -> bytes:
    """The one form of a document."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def seal(document: Any) -> Sealed:
    """The document, hashed and compressed."""
    text = canonical(document)
    return Sealed(body=zlib.compress(text, 6), sha256=hashlib.sha256(text).hexdigest())


def unseal(body: bytes) -> tuple[Any, str]:
    """The document that is kept, and the hash that it has now.

    Raises:
        Broken: It cannot be unpacked, or is larger than any that was ever sealed.
    """
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(body, UNPACKED_AT_MOST)
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise Broken("it is damaged or too large")
        return json.loads(text), hashlib.sha256(text).hexdigest()
    except (zlib.error, ValueError, RecursionError) as error:
        raise Broken(str(error)) from None
