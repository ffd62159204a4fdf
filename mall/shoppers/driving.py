"""Starts the shoppers' process and reads what it did."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path


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


def drive(
    shop_url: str, *, seconds: float, rate: float, seed: int = 1, progress: Callable[[str, float], None] | None = None
) -> Driven:
    """Sends shoppers for that long and waits until the last one has left.

    Args:
        shop_url: The shop's address; on loopback.
        seconds: How long shoppers arrive.
        rate: Journeys a second.
        seed: Of arrivals and choices.
        progress: Told the share of the time that has passed.
    """
    command = [sys.executable, "-m", "mall.shoppers", shop_url, str(seconds), str(rate), str(seed)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the shoppers have no voice")
        for line in process.stdout:
            message = json.loads(line)
            if "passed" in message:
                if progress:
                    progress("shopping", min(message["passed"] / seconds, 1.0))
                continue
            return Driven(**message)
        raise RuntimeError(f"the shoppers ended with exit code {process.wait()}")
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
