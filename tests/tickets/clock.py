"""A clock that goes when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 11, 0, 3, tzinfo=UTC)


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **parts: float) -> None:
        self.at += timedelta(**parts)
