"""What `tenfold worker` does: sends a share of each round of a rehearsal that another machine leads, until somebody ends it."""

import subprocess
import sys
import time
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import urlsplit

from tenfold.cli.options import Terminal
from tenfold.exits import CommandError, ExitCode
from tenfold.settings import Settings
from tenfold.words import _

DEFAULT_PORT = 5557
LOOPBACK = ("127.0.0.0/8", "::1/128")
AGAIN_SECONDS = 1.0
ENDING_SECONDS = 15.0


def place(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; the port is Locust's own where none is named.

    Raises:
        CommandError: It is something else.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.path or parts.username is not None:
        raise CommandError(
            _("{text} is no address of a rehearsal.").format(text=repr(text)),
            _("Write HOST:PORT, such as 10.0.0.5:5557."),
        )
    return host, port or DEFAULT_PORT


def networks(settings: Settings | None, host: str) -> tuple[str, ...]:
    """Where this machine's owner lets load go: the configured targets' addresses, and this machine when it leads itself.

    Raises:
        CommandError: Nothing is allowed.
    """
    entries = settings.loadtest.targets if settings is not None else ()
    found = [address for entry in entries for address in (entry.addresses or (entry.host,)) if _is_address(address)]
    if _is_address(host) and ip_address(host).is_loopback:
        found += LOOPBACK
    if not found:
        raise CommandError(
            _("Nothing is allowed to be loaded from this machine."),
            _("Add the mall's host with its addresses to targets in the section [loadtest] of a tenfold.toml here."),
        )
    return tuple(found)


def help_out(host: str, port: int, allowed: tuple[str, ...], terminal: Terminal) -> NoReturn:
    """Joins one round after the other.

    Args:
        host: Of the rehearsal.
        port: Of the rehearsal.
        allowed: Networks that load may go to.
        terminal: Told what happens.

    Raises:
        KeyboardInterrupt: Somebody has ended it.
    """
    command = [
        sys.executable, "-m", "loadtest.generator", "--worker", "--handle", "--master-host", host, "--master-port", str(port),
    ]  # fmt: skip
    for each in allowed:
        command += ["--allow", each]
    while True:
        terminal.remark(_("Waiting for the rehearsal at {host}, port {port}.").format(host=host, port=port))
        # Its own session: Ctrl-C reaches us first, and the end of its stdin ends it in order.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        try:
            code = process.wait()
        finally:
            _end(process)
        if code == ExitCode.DONE:
            terminal.remark(_("A share was sent."))
        elif code == ExitCode.USAGE:
            terminal.remark(_("The plan was refused; the rehearsal says why."))
        time.sleep(AGAIN_SECONDS)


def _is_address(text: str) -> bool:
    from ipaddress import ip_network

    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
