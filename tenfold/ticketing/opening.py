"""Opens the ticket store: at once for a command, and again and again behind a service that must not wait for it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facts.message import Message, msg
from tenfold.exits import CommandError, ExitCode
from tenfold.settings import Settings
from tenfold.settings.ticketing import TicketsSection
from tenfold.ticketing.place import refuse_audited
from tenfold.words import _, say

if TYPE_CHECKING:
    from tickets.desk import Desk
    from tickets.running import Background
    from tickets.store.opening import Store

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 15.0
LOOK_SECONDS = 5.0
NOT_YET = msg("The ticket store is not open yet.")
_log = logging.getLogger(__name__)


def ticket_room(settings: Settings | None) -> tuple[Settings, TicketsSection]:
    """The configuration with its section of tickets, on a server that is not audited.

    Raises:
        CommandError: There is no configuration, no ticket room in it, or its store is where it may not be.
    """
    if settings is None:
        raise CommandError(_("There is no configuration file here."), _("Write one with: tenfold init"))
    section = settings.ticketing
    if section is None:
        raise CommandError(
            _("The configuration has no ticket room."), _("Add a line to tenfold.toml: {line}").format(line="[tickets]")
        )
    refuse_audited(section.database, settings)
    return settings, section


def open_at_once(settings: Settings | None) -> "Desk":
    """The desk, for a command that works on the store itself.

    Raises:
        CommandError: The store cannot be opened.
    """
    from tenfold.ticketing.desk import desk
    from tickets.store.opening import StoreUnavailable, open_store

    settings, section = ticket_room(settings)
    try:
        return desk(settings, open_store(section.database))
    except StoreUnavailable as error:
        raise unavailable(error.reason, error.remedy) from None


def unavailable(reason: Message, remedy: Message | None) -> CommandError:
    """The ending of a command whose store does not answer."""
    return CommandError(say(reason), say(remedy) if remedy is not None else "", ExitCode.UNREACHABLE)


@dataclass(slots=True)
class Room:
    """The store behind a running service.

    Attributes:
        database: The store's address.
        make: The desk over an open store.
        complain: Told why the store does not answer, each reason once, with what to do; no reason when it answers again.
        opened: Told of the desk, once.
        desk: None until the store is open.
        reason: Why it does not answer; None while it does.
        tried: Whether it was tried once, well or not.
    """

    database: str
    make: "Callable[[Store], Desk]"
    complain: Callable[[Message | None, Message | None], None]
    opened: "Callable[[Desk], None]" = lambda _desk: None
    desk: "Desk | None" = None
    reason: Message | None = NOT_YET
    tried: bool = False
    _background: "Background | None" = None
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def store(self) -> "Store | None":
        """The open store; None until it is."""
        return None if self.desk is None else self.desk.store

    def start(self) -> None:
        """Begins to try, in a thread."""
        self._thread = threading.Thread(target=self._open, name="tickets-opening", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends what runs in the background, and gives the connections back."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(1.0)
        if self._background is not None:
            self._background.stop()
        if self.desk is not None:
            self.desk.store.close()

    def _open(self) -> None:
        from tickets.store.opening import StoreUnavailable, open_store

        pause = FIRST_PAUSE_SECONDS
        while not self._over.is_set():
            try:
                self._begin(open_store(self.database))
                return
            except StoreUnavailable as error:
                self._tell(error.reason, error.remedy)
            except Exception as error:  # noqa: BLE001  (the thread must not end: without it nobody would try again)
                _log.debug("the ticket store could not be opened", exc_info=error)
                self._tell(msg("The ticket store cannot be opened: {error}.", error=type(error).__name__), None)
            self._over.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _begin(self, store: "Store") -> None:
        from tickets.running import DUTIES, Background, Duty

        opened = self.make(store)
        if self._over.is_set():
            store.close()
            return
        self._background = Background(opened, duties=(*DUTIES, Duty("store", LOOK_SECONDS, self._look)))
        self._background.start()
        self.desk = opened
        self.opened(opened)
        self._tell(None, None)

    def _look(self, desk: "Desk") -> None:
        """Whether the store still answers."""
        from tickets.store.opening import StoreUnavailable
        from tickets.store.outbox import waiting

        try:
            with desk.store.read() as connection:
                waiting(connection)
        except StoreUnavailable as error:
            self._tell(error.reason, error.remedy)
        else:
            self._tell(None, None)

    def _tell(self, reason: Message | None, remedy: Message | None) -> None:
        """The first success says nothing; whatever else has changed is told."""
        before, self.reason = self.reason, reason
        first, self.tried = not self.tried, True
        if (reason is None and first) or (reason is not None and before is not None and str(before) == str(reason)):
            return
        if reason is not None or before is not None:
            self.complain(reason, remedy)
