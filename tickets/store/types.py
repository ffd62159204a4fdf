"""Column types that mean the same on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from facts.message import Message, as_document, from_document

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite counts up only what it knows as INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A moment as microseconds since 1970: it sorts and compares on both, to the last digit."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


class Sentence(TypeDecorator[Message | str]):
    """A sentence with its values, so that it can be read in any language; a text stays one."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | str | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return json.dumps(as_document(value), ensure_ascii=False) if isinstance(value, Message) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Message | str | None:
        """From the database."""
        del dialect
        if value is None:
            return None
        try:
            return from_document(json.loads(value)) or str(value)
        except ValueError:
            return str(value)
