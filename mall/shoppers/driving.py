"""Starts the shoppers' process and reads what it did."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mall.servers.processes import die_with_parent, end


@dataclass(frozen=True, slots=True)
class Driven:
    """What a stretch of shopping did.

    Attributes:
        seconds: How long arrivals were scheduled.
        journeys: Shoppers that arrived.
        requests: Pages asked for.
        failed: Of those, answered with a status of 500 or above, or not at all.
        latency_seconds: Sorted page times by page.
    """

    seconds: float
    journeys: int
    requests: int
    failed: int
    latency_seconds: dict[str, list[float]]

    def percentile(self, share: float, page: str | None = None) -> float:
        """The page time below which that share of the requests was answered."""
        chosen = (
            self.latency_seconds.get(page, []) if page else sorted(chain.from_iterable(self.latency_seconds.values()))
        )
        return chosen[min(int(len(chosen) * share), len(chosen) - 1)] if chosen else 0.0


class Crowd:
    """Shoppers on their way, in a process of their own."""

    def __init__(self, shop_url: str, *, seconds: float, rate: float, seed: int) -> None:
        """Sends them off.

        Args:
            shop_url: The shop's address; on loopback.
            seconds: How long shoppers arrive.
            rate: Journeys a second.
            seed: Of arrivals and choices.
        """
        self._seconds = seconds
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mall.shoppers", shop_url, str(seconds), str(rate), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parent.parent.parent)},
            start_new_session=True,  # Ctrl-C reaches us first, and we end them in order
            preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
        )

    def wait(self, progress: Callable[[str, float], None] | None = None) -> Driven:
        """Waits until the last one has left, and says what they did.

        Args:
            progress: Told the share of the time that has passed.

        Raises:
            RuntimeError: Their process ended without a word.
        """
        try:
            for line in self._process.stdout or ():
                message = json.loads(line)
                if "passed" not in message:
                    return Driven(**message)
                if progress:
                    progress("shopping", min(message["passed"] / self._seconds, 1.0))
            raise RuntimeError(f"the shoppers ended with exit code {self._process.wait()}")
        finally:
            self.end()

    def end(self) -> None:
        """Sends them home at once; safe to call twice."""
        end(self._process, how=signal.SIGTERM)
        if self._process.stdout is not None:
            self._process.stdout.close()
