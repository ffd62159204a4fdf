"""What stands for a Grafana: the part of its HTTP API that is used, kept in memory, with its own refusals.

Grafana lies outside of this house and is not to be had as a package; statuses and bodies are those of its documentation
(`folder`, `dashboard`) and of its source (`pkg/api/dashboard.go`, `pkg/services/dashboards/errors.go`).
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.collectors.prometheus_parts import Quiet, serving

TOKEN = "glsa_correcthorse"


@dataclass(slots=True)
class Grafana:
    """A server.

    Attributes:
        boards: By uid: the stored board and the uid of its folder.
        refusals: By uid of a board, or `folder`: the status and the body instead of an answer.
        silent: Uids whose saving is never answered.
        halted: Those of them that were sent.
        asked: Methods and paths in order.
        saved: Bodies of all savings.
    """

    url: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    boards: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    refusals: dict[str, tuple[int, Any]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    halted: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    saved: list[dict[str, Any]] = field(default_factory=list)
    many_folders: int = 0

    def listed(self, query: str) -> list[dict[str, Any]]:
        """A page of folders."""
        asked = parse_qs(query)
        limit, page = int(asked["limit"][0]), int(asked["page"][0])
        every = [{"uid": f"f{each}", "title": f"Team {each}"} for each in range(self.many_folders)]
        every += [{"uid": uid, "title": title} for uid, title in self.folders.items()]
        return every[(page - 1) * limit : page * limit]

    def get(self, path: str, query: str) -> tuple[int, Any]:
        """Folders, or a stored board."""
        if path == "/api/folders":
            return self.refusals.get("folders", (200, self.listed(query)))
        stored = self.boards.get(path.rpartition("/")[2])
        if stored is None:
            return 404, {"message": "Dashboard not found"}
        return 200, {"dashboard": stored[0], "meta": {"folderUid": stored[1], "slug": "x"}}

    def create_folder(self, title: str) -> tuple[int, Any]:
        """A new folder."""
        if "folder" in self.refusals:
            return self.refusals["folder"]
        uid = f"uid-{len(self.folders)}"
        self.folders[uid] = title
        return 200, {"uid": uid, "title": title}

    def save(self, body: dict[str, Any]) -> tuple[int, Any]:
        """Stores a board as Grafana does: another one of that uid is in the way unless it may be overwritten."""
        self.saved.append(body)
        board, uid = dict(body["dashboard"]), body["dashboard"]["uid"]
        if uid in self.refusals:
            return self.refusals[uid]
        if body["folderUid"] and body["folderUid"] not in self.folders:
            return 404, {"message": "folder not found", "status": "not-found"}
        stored = self.boards.get(uid)
        version = stored[0]["version"] if stored else 0
        if stored and not body["overwrite"] and board.get("version") != version:
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        self.boards[uid] = ({**board, "id": 7, "version": version + 1}, body["folderUid"])
        return 200, {"status": "success", "uid": uid, "version": version + 1}


@contextmanager
def imitation() -> Iterator[Grafana]:
    """A running one."""
    grafana = Grafana()
    stopping = threading.Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def _answer(self, status: int, document: Any) -> None:
            body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.reply(status, body, {"Content-Type": "application/json"})

        def _allowed(self) -> bool:
            grafana.asked.append(f"{self.command} {urlsplit(self.path).path}")
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                return True
            self._answer(401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401})
            return False

        def do_GET(self) -> None:
            if self._allowed():
                self._answer(*grafana.get(urlsplit(self.path).path, urlsplit(self.path).query))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self._allowed():
                return
            if self.path == "/api/folders":
                self._answer(*grafana.create_folder(body["title"]))
            elif body["dashboard"]["uid"] in grafana.silent:
                grafana.halted.add(body["dashboard"]["uid"])
                stopping.wait(20)
            else:
                self._answer(*grafana.save(body))

    server = serving(Handler)
    grafana.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield grafana
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()
