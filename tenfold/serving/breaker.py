"""Leaves a server that is in trouble alone, longer and longer, up to a minute."""

from dataclasses import dataclass

# Two failures can be a restart; from the third on, waiting is kinder.
PATIENCE = 3
FIRST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(slots=True)
class Breaker:
    """Whether a server may be asked now.

    Attributes:
        failures: In a row.
    """

    failures: int = 0
    _until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether it may be asked at that time.

        Args:
            now: Seconds of the monotonic clock.
        """
        return now >= self._until

    def succeeded(self) -> None:
        """It has answered."""
        self.failures, self._until = 0, 0.0

    def failed(self, now: float) -> None:
        """It has not; from the third time on each pause is twice the one before."""
        self.failures += 1
        if self.failures >= PATIENCE:
            pause = FIRST_PAUSE_SECONDS * 2.0 ** min(self.failures - PATIENCE, 10)
            self._until = now + min(pause, LONGEST_PAUSE_SECONDS)
