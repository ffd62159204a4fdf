"""Grafana's HTTP API, as much of it as dashboards need: folders, one board, saving one.

Source: https://grafana.com/docs/grafana/latest/developers/http_api/ (`folder`, `dashboard`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from facts.message import Message, msg

SECONDS = 20.0
BYTES_AT_MOST = 20 * 2**20
FOLDERS_A_PAGE = 1000
_REASON_LENGTH = 300


class GrafanaError(Exception):
    """Grafana did not do what it was asked.

    Attributes:
        said: What happened, with Grafana's own reason.
        remedy: What to do; None where nobody knows.
        status: The HTTP status; 0 where there was no answer.
        kind: Grafana's own word for it, such as `version-mismatch`.
        lost: Nothing else would be answered either.
    """

    def __init__(
        self, said: Message, remedy: Message | None = None, *, status: int = 0, kind: str = "", lost: bool = False
    ) -> None:
        """Keeps all of it."""
        super().__init__(str(said))
        self.said = said
        self.remedy = remedy
        self.status = status
        self.kind = kind
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder; without a uid it is the general one, where all boards lie that have none."""

    uid: str
    title: str


GENERAL = Folder("", "General")


@dataclass(slots=True)
class Grafana:
    """One server, asked with one token."""

    url: str
    token: str = field(repr=False)
    seconds: float = SECONDS
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Nothing is sent yet."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "User-Agent": "tenfold"}
        self._client = httpx.Client(timeout=self.seconds, headers=headers)

    def __enter__(self) -> Self:
        """The connection is made by the first question."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the connection."""
        self._client.close()

    def folder(self, title: str) -> Folder | None:
        """The folder of that title; None when there is none.

        Raises:
            GrafanaError: Grafana did not say.
        """
        page = 1
        while True:
            found = self._ask("GET", "folders", parameters={"limit": FOLDERS_A_PAGE, "page": page})
            if not isinstance(found, list):
                raise _not_grafana()
            for each in found:
                if isinstance(each, dict) and each.get("title") == title and each.get("uid"):
                    return Folder(str(each["uid"]), title)
            if len(found) < FOLDERS_A_PAGE:
                return None
            page += 1

    def create_folder(self, title: str) -> Folder:
        """A new folder.

        Raises:
            GrafanaError: It was not made.
        """
        made = self._ask("POST", "folders", body={"title": title})
        if not isinstance(made, dict) or not made.get("uid"):
            raise _not_grafana()
        return Folder(str(made["uid"]), title)

    def board(self, uid: str) -> tuple[Mapping[str, Any], str] | None:
        """The stored board with the uid of its folder; None when there is none.

        Raises:
            GrafanaError: Grafana did not say.
        """
        try:
            found = self._ask("GET", f"dashboards/uid/{uid}")
        except GrafanaError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        board = found.get("dashboard") if isinstance(found, dict) else None
        if not isinstance(board, dict):
            raise _not_grafana()
        meta = found.get("meta")
        return board, str(meta.get("folderUid") or "") if isinstance(meta, dict) else ""

    def save(self, board: Mapping[str, Any], folder: Folder, *, overwrite: bool, message: str) -> None:
        """Stores a board.

        Raises:
            GrafanaError: It was not stored; status 412 means that another one stands there.
        """
        body = {"dashboard": board, "folderUid": folder.uid, "overwrite": overwrite, "message": message}
        self._ask("POST", "dashboards/db", body=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        address = f"{self.url.partition('?')[0].partition('#')[0].rstrip('/')}/api/{path}"
        try:
            with self._client.stream(method, address, params=parameters, json=body) as answer:
                text = bytearray()
                for piece in answer.iter_bytes():
                    text += piece
                    if len(text) > BYTES_AT_MOST:
                        raise _not_grafana()
        except httpx.TimeoutException:
            raise GrafanaError(
                msg("Grafana gave no answer within {seconds}", seconds=f"{self.seconds:g} s"),
                msg("push again; what was stored is then found unchanged"),
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            # The message would repeat a part of the address, and a password may stand in it.
            raise GrafanaError(
                msg("the address is not valid"), msg("write it as http://grafana.example:3000"), lost=True
            ) from None
        except httpx.HTTPError as error:
            raise GrafanaError(
                msg("Grafana could not be reached: {reason}", reason=str(error)),
                msg("check the address; its default port is 3000"),
                lost=True,
            ) from None
        document = _document(bytes(text))
        if answer.is_success:
            if document is None:
                raise _not_grafana()
            return document
        raise _refusal(answer.status_code, document)


def _document(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _not_grafana() -> GrafanaError:
    return GrafanaError(
        msg("what answers there is not a Grafana"),
        msg("name the address below which /api/dashboards answers; its default port is 3000"),
        lost=True,
    )


def _refusal(status: int, document: Any) -> GrafanaError:
    """What a status means, with Grafana's own reason."""
    own = document if isinstance(document, dict) else {}
    reason = str(own.get("message") or "")[:_REASON_LENGTH] or f"HTTP {status}"
    kind = str(own.get("status") or own.get("messageId") or "")
    if 300 <= status < 400:  # noqa: PLR2004  (redirections)
        return GrafanaError(
            msg("the address leads elsewhere (HTTP {status}), often to a login page", status=status),
            msg("name the address behind the login page, or the one that it leads to"),
            status=status,
            lost=True,
        )
    said: Message = msg("{reason} (HTTP {status})", reason=reason, status=status)
    match status:
        case httpx.codes.UNAUTHORIZED:
            return GrafanaError(
                said,
                msg("make a service account's token in Grafana, and give it in GRAFANA_TOKEN or with --token-stdin"),
                status=status,
                lost=True,
            )
        case httpx.codes.FORBIDDEN:
            return GrafanaError(
                said, msg("give the service account the role Editor, or the permission on this folder"), status=status
            )
        case httpx.codes.PRECONDITION_FAILED:
            return GrafanaError(
                said, msg("look at what stands there, then push with --overwrite"), status=status, kind=kind
            )
        case _ if status >= 500:  # noqa: PLR2004  (the server's own failures)
            return GrafanaError(said, msg("try again when Grafana is well"), status=status, kind=kind)
        case _:
            return GrafanaError(said, status=status, kind=kind)
