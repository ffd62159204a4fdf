"""What `tenfold serve` does: watches until somebody ends it."""

import socket
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn

from facts.message import Message
from facts.system_errors import why
from pages.translation import Language
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.serving.application import application
from tenfold.serving.malls import WatchedMall
from tenfold.serving.tickets import watched_tickets
from tenfold.serving.watched import Watched
from tenfold.settings import Settings
from tenfold.ticketing.desk import rules
from tenfold.ticketing.hours import promised
from tenfold.ticketing.notifying import channel_faults
from tenfold.ticketing.opening import Room
from tenfold.ticketing.place import refuse_audited
from tenfold.words import _, say

FIRST_LOOK_SECONDS = 8.0
ENDING_SECONDS = 5
_TICKS_A_SECOND = 10
_BACKLOG = 512


def place(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; port 0 is any free one.

    Raises:
        CommandError: It is something else.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.path or parts.username is not None:
        raise CommandError(
            _("{text} is no address to listen on.").format(text=repr(text)),
            _("Write HOST:PORT, such as 127.0.0.1:9470."),
        )
    return host, port


def bind(host: str, port: int) -> socket.socket:
    """The open socket.

    Raises:
        CommandError: It cannot be opened.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by its name: only then does asyncio switch off the waiting for more to send, 40 ms an answer.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        # At once, so that whoever reads the address that we tell finds somebody there.
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise CommandError(
            _("{host}:{port} cannot be listened on: {reason}.").format(host=host, port=port, reason=say(why(error))),
            _("Choose another with --listen HOST:PORT."),
        ) from None
    return opened


def serve(settings: Settings, listen: str, language: Language, terminal: Terminal) -> None:
    """Serves until SIGTERM or Ctrl-C.

    Raises:
        CommandError: There is nothing to watch, the address cannot be listened on, or the ticket store is where it may not be.
    """
    section = settings.ticketing
    if not (settings.postgres or settings.redis or settings.host or settings.http or section):
        raise CommandError(_("The configuration names nothing to watch."), _("Write one with: tenfold init"))
    room = None
    if section is not None:
        refuse_audited(section.database, settings)
        rule = rules(settings)
        for fault in channel_faults(settings, section):
            terminal.complain(_("Tickets: {reason}").format(reason=say(fault)))
        room = Room(
            section.database, lambda store: rule(store=store), lambda reason, remedy: _tell_of_the_store(terminal, reason, remedy)
        )  # fmt: skip
    host, port = place(listen)
    mall = WatchedMall(settings)
    if room is not None and section is not None:
        mall.add(watched_tickets(room.store, promised(section.promises)))
    with bind(host, port) as opened:
        port = opened.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        terminal.remark(
            _("Watching {mall} on http://{place}/ (Ctrl-C ends it).").format(mall=mall.name, place=f"{shown}:{port}")
        )
        if not _is_loopback(host):
            terminal.remark(_("Whoever can reach this address can read every figure: keep it behind a firewall."))
        app = application(mall, series=settings.serve.series, language=language, room=room)
        server = _Server(mall, terminal, app)
        server.run(sockets=[opened])


def _tell_of_the_store(terminal: Terminal, reason: Message | None, remedy: Message | None) -> None:
    """Alerts are answered with 503 while it does not answer, and come again."""
    if reason is None:
        terminal.complain(_("Tickets: the store answers."))
    elif remedy is None:
        terminal.complain(_("Tickets: {reason}").format(reason=say(reason)))
    else:
        terminal.complain(_("Tickets: {reason} ({remedy})").format(reason=say(reason), remedy=say(remedy)))


class _Server(uvicorn.Server):
    """Uvicorn, which tells what the first look found once it listens."""

    def __init__(self, mall: WatchedMall, terminal: Terminal, app: object) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]  # an ASGI application
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=ENDING_SECONDS,
            )
        )
        self._mall, self._terminal = mall, terminal
        self._told: set[Watched] = set()
        self._up: dict[Watched, bool] = {}
        self._until = time.monotonic() + FIRST_LOOK_SECONDS

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self._until:
            for each in self._mall:
                if each not in self._told and (each.read_once or time.monotonic() > self._until):
                    self._told.add(each)
                    self._tell(each)
            if len(self._told) == len(tuple(self._mall)):
                self._until = 0.0
        elif counter % _TICKS_A_SECOND == 0:
            self._tell_changes()
        return await super().on_tick(counter)

    def _tell_changes(self) -> None:
        """A line for each target that is down, or up again, since the last time."""
        for each in self._mall:
            if each.newest is None:
                continue
            view = each.view(each.newest)
            before, self._up[each] = self._up.get(each, view.up), view.up
            name = f"{each.target} {each.database}".rstrip()
            if before and not view.up and view.failing is not None:
                self._complain(name, view.failing, view.remedy)
            elif view.up and not before:
                self._terminal.complain(_("{target}: up again.").format(target=name))

    def _tell(self, watched: Watched) -> None:
        flight = watched.newest
        name = f"{watched.target} {watched.database}".rstrip()
        if flight is None:
            self._terminal.complain(_("{target}: no answer yet; it goes on being asked.").format(target=name))
            return
        view = watched.view(flight)
        if not view.up and view.failing is not None:
            self._complain(name, view.failing, view.remedy)
        for part, kept in view.kept.items():
            if view.up and not kept.success and kept.detail is not None:
                self._complain(f"{name} {part}", kept.detail, kept.remedy)

    def _complain(self, target: str, reason: Message, remedy: Message | None) -> None:
        if remedy is None:
            self._terminal.complain(_("{target}: {reason}").format(target=target, reason=say(reason)))
            return
        self._terminal.complain(
            _("{target}: {reason} ({remedy})").format(target=target, reason=say(reason), remedy=say(remedy))
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
