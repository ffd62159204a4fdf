"""A little HTTP server on loopback that answers as it is told to, and remembers what it was sent."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Post:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[BaseHTTPRequestHandler], None]


def says(document: object, status: int = 200, **headers: str) -> Answer:
    """Answers with JSON."""
    return raw(json.dumps(document).encode(), status, **headers)


def raw(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answers with these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs(seconds: float) -> Answer:
    """Answers nothing for so long, then goes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def drips(seconds: float) -> Answer:
    """Sends a byte of its answer now and then, without end, so that no single read times out."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Takes the message and resets the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


@dataclass(slots=True)
class Service:
    """The running server.

    Attributes:
        then: Answers in order; the last one goes on for ever.
        posts: What was sent to it.
    """

    port: int = 0
    then: list[Answer] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/robot/send?access_token=ab12cd34ef56ab12cd34ef56ab12cd34"

    def will(self, *answers: Answer) -> None:
        self.then = list(answers)

    @property
    def documents(self) -> list[Any]:
        return [post.document for post in self.posts]


@contextmanager
def service(*answers: Answer) -> Iterator[Service]:
    """Runs one; it takes every message unless it is told otherwise."""
    running = Service(then=list(answers) or [says({"errcode": 0, "errmsg": "ok", "code": 0})])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with running.lock:
                running.posts.append(Post(self.path, dict(self.headers), body))
                answer = running.then.pop(0) if len(running.then) > 1 else running.then[0]
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A connection that is reset is meant."""

    server = Server(("127.0.0.1", 0), Handler)
    running.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
