"""What the commands make of services that answer late, wrongly, or not at all: small real servers on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.serving import ServeSection
from tenfold.settings.ticketing import TicketsSection
from tenfold.ticketing import client
from tenfold.ticketing.client import Service, server_of, token_of

TOKEN = "tf_secret-of-somebody"


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None, *, hang: bool = False) -> Iterator[str]:
    """A server that always answers so; its address."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if hang:
                over.wait(20)
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  (the name that http.server looks for)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def problem(status: int, **members: Any) -> bytes:
    return json.dumps({"type": "about:blank", "title": "No", "status": status, **members}).encode()


@pytest.mark.parametrize(
    ("status", "body", "code", "happened", "mends"),
    [
        (404, problem(404, detail="There is no such ticket."), 2, "The ticket service: There is no such ticket.", ""),
        (409, problem(409, detail="Take it first."), 2, "Take it first", ""),
        (
            422,
            problem(422, detail="x", errors=[{"where": "body.title", "what": "too long"}]),
            2,
            "x",
            "body.title: too long",
        ),
        (401, problem(401, detail="Who?"), 3, "Who?", "tenfold tokens create"),
        (403, problem(403, detail="You may not."), 3, "You may not", ""),
        (503, problem(503, detail="The store is not open."), 3, "The store is not open", "/ready"),
        (404, b"<html>not found</html>", 3, "is not a ticket service", "--server"),
        (302, b"", 3, "is not a ticket service", "--server"),
        (200, b"<html>", 3, "is not a ticket service", "--server"),
        (200, b"[" * 100_000, 3, "is not a ticket service", "--server"),
        (500, problem(500, errors="no list"), 2, "The ticket service: No", ""),
    ],
)
def test_each_answer_is_told_in_a_sentence(status: int, body: bytes, code: int, happened: str, mends: str) -> None:
    with answering(status, body, {"Location": "http://192.0.2.1/login"}) as url, pytest.raises(CommandError) as caught:
        Service(url, TOKEN).get("tickets/1")
    assert caught.value.code == code
    assert happened in caught.value.message
    assert mends in caught.value.remedy
    assert TOKEN not in caught.value.message + caught.value.remedy


def test_an_answer_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BYTES_AT_MOST", 1000)
    with answering(200, b'"' + b"x" * 5000 + b'"') as url, pytest.raises(CommandError, match="not a ticket service"):
        Service(url, TOKEN).get("tickets")


def test_silence_ends_in_time_and_says_to_look_first() -> None:
    with answering(200, b"{}", hang=True) as url, pytest.raises(CommandError) as caught:
        Service(url, TOKEN, seconds=0.3).post("tickets", {"title": "x"})
    assert caught.value.code == 3
    assert "no answer within 0.3 s" in caught.value.message
    assert "before you do it again" in caught.value.remedy


def test_nobody_there_is_told_without_the_password_of_the_address() -> None:
    with pytest.raises(CommandError) as caught:
        Service("http://user:hunter2@127.0.0.1:1/", TOKEN).get("tickets")
    assert caught.value.code == 3
    assert "127.0.0.1:1 could not be reached" in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "tenfold serve" in caught.value.remedy


def test_a_token_for_this_machine_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    with answering(200, b'{"total": 0}') as url:
        assert Service(url, TOKEN, seconds=3).get("tickets") == {"total": 0}


@pytest.mark.parametrize(
    ("named", "variable", "listen", "expected"),
    [
        (None, None, "127.0.0.1:9470", "http://127.0.0.1:9470"),
        (None, None, "0.0.0.0:80", "http://127.0.0.1:80"),
        (None, None, "[::]:80", "http://127.0.0.1:80"),
        (None, "https://tickets.example", "x:1", "https://tickets.example"),
        ("http://other:1", "https://tickets.example", "x:1", "http://other:1"),
    ],
)
def test_the_service_is_where_it_is_named(
    monkeypatch: pytest.MonkeyPatch, named: str | None, variable: str | None, listen: str, expected: str
) -> None:
    monkeypatch.delenv("TENFOLD_SERVER", raising=False)
    if variable is not None:
        monkeypatch.setenv("TENFOLD_SERVER", variable)
    assert server_of(named, Settings(serve=ServeSection(listen=listen))) == expected


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="--server"):
        server_of("tickets", None)


def test_a_token_file_that_is_gone_and_a_token_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.delenv("TENFOLD_TOKEN", raising=False)
    settings = Settings(tickets=TicketsSection(token_file=tmp_path / "gone"))
    with pytest.raises(CommandError, match="cannot be read"):
        token_of(settings)
    (tmp_path / "gone").write_bytes("タ".encode())
    with pytest.raises(CommandError, match="characters"):
        token_of(settings)
    monkeypatch.setenv("TENFOLD_TOKEN", TOKEN)
    assert token_of(settings) == TOKEN
