"""The service's API, as the commands use it: one question at a time, bounded in time and size, with answers that people understand."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from facts.system_errors import why
from tenfold.exits import CommandError, ExitCode
from tenfold.settings import Settings
from tenfold.settings.schemes import known_web
from tenfold.settings.serving import ServeSection
from tenfold.settings.ticket_rules import host_of
from tenfold.words import _, say

TOKEN, SERVER = "TENFOLD_TOKEN", "TENFOLD_SERVER"
SECONDS = 30.0
BYTES_AT_MOST = 32 * 2**20
TOKEN_FILE_BYTES = 4096
_REASON_LENGTH = 500
_UNREACHABLE = frozenset({401, 403, 429, 502, 503, 504})

Parameters = Mapping[str, str | int | Sequence[str]]
Files = Mapping[str, tuple[str, bytes]]


def server_of(named: str | None, settings: Settings | None) -> str:
    """The service's address: as named, else `$TENFOLD_SERVER`, else where the configuration lets it listen, as this machine reaches it.

    Raises:
        CommandError: It is no address.
    """
    option = "--server" if named else SERVER
    named = named or os.environ.get(SERVER)
    if not named:
        listen = (settings.serve if settings else ServeSection()).listen
        host, _colon, port = listen.rpartition(":")
        return f"http://127.0.0.1:{port}" if host in {"0.0.0.0", "[::]"} else f"http://{listen}"  # noqa: S104  (asked, not listened on)
    try:
        return known_web(named)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None


def token_of(settings: Settings | None) -> str:
    """The token; it never stands on the command line, where everybody on the machine could read it.

    Raises:
        CommandError: There is none, or its file cannot be read.
    """
    token = os.environ.get(TOKEN, "").strip()
    section = settings.ticketing if settings else None
    if not token and section is not None and section.token_file is not None:
        token = _read(section.token_file)
    if not token:
        raise CommandError(
            _("There is no token for the ticket service."),
            _("Make one with `tenfold tokens create NAME --role ROLE`; give it in {variable} or [tickets] token_file.").format(
                variable=TOKEN
            ),
        )  # fmt: skip
    if not token.isascii() or not token.isprintable() or " " in token:
        raise CommandError(_("The token has characters that no token of Tenfold has."))
    return token


def _read(path: Path) -> str:
    try:
        with path.expanduser().open("rb") as file:
            return file.read(TOKEN_FILE_BYTES).decode("utf-8", "replace").strip()
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error)))) from None


@dataclass(frozen=True, slots=True)
class Service:
    """A running `tenfold serve`, asked with one token."""

    url: str
    token: str = field(repr=False)
    seconds: float = SECONDS

    def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """What stands there.

        Raises:
            CommandError: It was not told.
        """
        return self._ask("GET", path, parameters=parameters)

    def post(self, path: str, body: Any = None) -> Any:
        """Asks for a change.

        Raises:
            CommandError: It was not made.
        """
        return self._ask("POST", path, body={} if body is None else body)

    def text(self, path: str, parameters: Parameters | None = None) -> str:
        """A page that is no JSON.

        Raises:
            CommandError: It was not told.
        """
        return self._send("GET", path, parameters, None).decode("utf-8", "replace")

    def file(self, path: str) -> bytes:
        """A file, as it was attached.

        Raises:
            CommandError: It was not given.
        """
        return self._send("GET", path, None, None)

    def attach(self, path: str, name: str, body: bytes) -> Any:
        """Sends a file; the answer.

        Raises:
            CommandError: It was not taken.
        """
        return self._document(self._send("POST", path, None, None, files={"file": (name, body)}))

    def _ask(self, method: str, path: str, *, parameters: Parameters | None = None, body: Any = None) -> Any:
        return self._document(self._send(method, path, parameters, body))

    def _document(self, text: bytes) -> Any:
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError):
            raise _something_else(self.url) from None

    def _send(
        self, method: str, path: str, parameters: Parameters | None, body: Any, files: Files | None = None
    ) -> bytes:
        address = f"{self.url.partition('?')[0].partition('#')[0].rstrip('/')}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "tenfold"}
        try:
            with (
                # A token for this machine goes through no proxy of another one.
                httpx.Client(timeout=self.seconds, headers=headers, trust_env=not _is_here(self.url)) as client,
                client.stream(method, address, params=parameters, json=body, files=files) as answer,
            ):
                text = bytearray()
                for piece in answer.iter_bytes():
                    text += piece
                    if len(text) > BYTES_AT_MOST:
                        raise _something_else(self.url)
        except httpx.TimeoutException:
            raise CommandError(
                _("The ticket service gave no answer within {seconds}.").format(seconds=f"{self.seconds:g} s"),
                _("Look whether it was done before you do it again: tenfold tickets list"),
                ExitCode.UNREACHABLE,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CommandError(
                _("The ticket service at {place} could not be reached: {reason}.").format(
                    place=host_of(self.url), reason=error if isinstance(error, httpx.TransportError) else type(error).__name__
                ),
                _("Start it with `tenfold serve`, or name its address with --server URL."),
                ExitCode.UNREACHABLE,
            ) from None  # fmt: skip
        if not answer.is_success:
            raise _refusal(answer.status_code, bytes(text), self.url)
        return bytes(text)


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _something_else(url: str) -> CommandError:
    return CommandError(
        _("What answers at {place} is not a ticket service.").format(place=host_of(url)),
        _("Start it with `tenfold serve`, or name its address with --server URL."),
        ExitCode.UNREACHABLE,
    )


def _refusal(status: int, text: bytes, url: str) -> CommandError:
    """What a problem document (RFC 9457) means to somebody at a terminal."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if 300 <= status < 400 or not isinstance(document, dict) or "title" not in document:  # noqa: PLR2004  (redirections)
        return _something_else(url)
    reason = str(document.get("detail") or document.get("title") or status)[:_REASON_LENGTH].rstrip(".")
    errors = document.get("errors")
    details = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    remedy = "; ".join(f"{each.get('where', '')}: {each.get('what', '')}" for each in details[:5])
    if status == httpx.codes.UNAUTHORIZED:
        remedy = _("Make one with `tenfold tokens create NAME --role ROLE`; give it in {variable} or [tickets] token_file.").format(
            variable=TOKEN
        )  # fmt: skip
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        remedy = _("Try again in a moment; what `tenfold serve` says on its terminal, and /ready, tell why.")
    code = ExitCode.UNREACHABLE if status in _UNREACHABLE else ExitCode.USAGE
    return CommandError(_("The ticket service: {reason}.").format(reason=reason), remedy, code)
