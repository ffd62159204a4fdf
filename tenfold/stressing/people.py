"""Watches over the mall's own shoppers while a round runs: one page a second, asked for as they would."""

import threading
import time
from types import TracebackType
from typing import Self

from loadtest.safety.abort import RealUsers
from loadtest.safety.real_users import Served, by_second, probe
from loadtest.safety.targets import Approved
from tenfold import __version__

EVERY_SECONDS = 1.0


class People:
    """Asks from the round's beginning to its end; a context manager that leaves no thread behind."""

    def __init__(self, approved: Approved, page: str) -> None:
        """Asks nothing yet.

        Args:
            approved: The target.
            page: With its query.
        """
        self._approved = approved
        self._page = page
        self._began = time.time()
        self._served: list[Served] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def seen(self) -> tuple[RealUsers, ...]:
        """How they fared so far, second by second."""
        return by_second(tuple(self._served), self._began)

    def __enter__(self) -> Self:
        """Begins."""
        self._began = time.time()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends; an answer that is still awaited is not waited for."""
        self._over.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            asked = time.monotonic()
            self._served.append(probe(self._approved, self._page, version=__version__))
            self._over.wait(max(asked + EVERY_SECONDS - time.monotonic(), 0))
