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
_OK = 200


class People:
    """Asks from the round's beginning to its end; a context manager that leaves no thread behind.

    Never more than one question at a time. While it is unanswered, each second counts as one in which a shopper has waited for so long.
    """

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
        asking, asked = self._ask()
        while not self._over.wait(EVERY_SECONDS):
            if asking.is_alive():
                self._served.append(Served(time.time(), time.monotonic() - asked, _OK))
            else:
                asking, asked = self._ask()

    def _ask(self) -> tuple[threading.Thread, float]:
        asking = threading.Thread(target=self._question, daemon=True)
        asked = time.monotonic()
        asking.start()
        return asking, asked

    def _question(self) -> None:
        self._served.append(probe(self._approved, self._page, version=__version__))
