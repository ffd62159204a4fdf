"""Files on a ticket: what goes in comes out as bytes to be saved, whatever it is called and whatever it is."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from httpx import Client

from tests.tickets.web.conftest import Service
from tickets.names import Role
from tickets.web import attaching
from tickets.web.attaching import BYTES_AT_MOST, NAME_AT_MOST, PER_TICKET, clean_name

Acting = Callable[[Role], Client]

NAMES = {
    "report.txt": "report.txt",
    "故障截图.png": "故障截图.png",
    "../../../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "/etc/passwd": "passwd",
    "..": "attachment",
    "": "attachment",
    "...hidden": "hidden",
    'a"; filename="evil.exe': "a_; filename=_evil.exe",
    "a\r\nSet-Cookie: x=1": "a__Set-Cookie_ x=1",
    "<img src=x onerror=alert(1)>.svg": "_img src=x onerror=alert(1)_.svg",
    "invoice\u202egpj.exe": "invoice_gpj.exe",
    "nul\x00byte": "nul_byte",
    "x" * 300 + ".pdf": "x" * (NAME_AT_MOST - 4) + ".pdf",
    "x" * 300: "x" * NAME_AT_MOST,
}


@pytest.mark.parametrize(("given", "kept"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_is_text_and_never_a_path(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert clean_name(kept) == kept


def test_what_goes_in_comes_out_to_be_saved(acting: Acting) -> None:
    rita = acting(Role.REPORTER)
    at = f"/api/v1/tickets/{rita.post('/api/v1/tickets', json={'title': 'x'}).json()['id']}"
    page = b"<script>alert(1)</script>"
    for number, name in enumerate(("故障.html", "../../x.svg", "page.xhtml"), 1):
        ticket = rita.post(f"{at}/attachments", files={"file": (name, page, "text/html")}).json()
        kept = ticket["attachments"][-1]
        assert (kept["name"], kept["size"], kept["sha256"]) == (
            clean_name(name),
            len(page),
            hashlib.sha256(page).hexdigest(),
        )
        assert len(ticket["attachments"]) == number
        answer = rita.get(f"{at}/attachments/{kept['id']}")
        assert answer.content == page
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; ")
        assert unquote(disposition.partition("filename*=UTF-8''")[2]) == kept["name"]
    assert ticket["events"][-1]["event"]["kind"] == "attached"


def test_a_file_belongs_to_its_ticket(acting: Acting) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    own = rita.post("/api/v1/tickets", json={"title": "x"}).json()["id"]
    others = egon.post("/api/v1/tickets", json={"title": "y"}).json()["id"]
    secret = egon.post(f"/api/v1/tickets/{others}/attachments", files={"file": b"secret"}).json()["attachments"][0][
        "id"
    ]
    for number in (own, others):
        assert rita.get(f"/api/v1/tickets/{number}/attachments/{secret}").status_code == 404
    assert rita.post(f"/api/v1/tickets/{others}/attachments", files={"file": b"x"}).status_code == 404
    assert egon.get(f"/api/v1/tickets/{own}/attachments/{secret}").status_code == 404
    for path in ("..%2f..%2fetc%2fpasswd", "../../../etc/passwd", "%2e%2e", "1e3", "-1", "9" * 30):
        assert egon.get(f"/api/v1/tickets/{others}/attachments/{path}").status_code in {404, 422}


def test_files_are_bounded_in_size_in_number_and_by_the_day(
    acting: Acting, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita = acting(Role.REPORTER)
    at = f"/api/v1/tickets/{rita.post('/api/v1/tickets', json={'title': 'x'}).json()['id']}/attachments"
    largest = rita.post(at, files={"file": b"x" * BYTES_AT_MOST})
    assert (largest.status_code, largest.json()["attachments"][0]["size"]) == (201, BYTES_AT_MOST)
    assert rita.post(at, files={"file": b"x" * (BYTES_AT_MOST + 1)}).status_code == 413
    assert rita.post(at, content=b"x" * (12 * 2**20), headers={"Content-Type": "application/x"}).status_code == 413
    for wrong in (
        {"files": {"file": b""}},
        {"files": {"other": b"x"}},
        {"data": {"file": "x"}},
        {"json": {"file": "x"}},
        {},
    ):
        assert rita.post(at, **wrong).status_code == 422, wrong
    monkeypatch.setattr(attaching, "BYTES_A_DAY", BYTES_AT_MOST + 5)
    assert rita.post(at, files={"file": b"12345"}).status_code == 201
    assert rita.post(at, files={"file": b"1"}).status_code == 429
    service.clock.forward(days=1, seconds=1)
    for _ in range(PER_TICKET - 2):
        assert rita.post(at, files={"file": b"x"}).status_code == 201
        service.clock.forward(days=1)
    assert rita.post(at, files={"file": b"x"}).status_code == 409


def test_a_bomb_stays_packed(acting: Acting) -> None:
    """Nothing is unpacked here: a file is bytes, and a body that says it is compressed is not JSON."""
    import gzip

    egon = acting(Role.ENGINEER)
    bomb = gzip.compress(b"0" * 50_000_000)
    number = egon.post("/api/v1/tickets", json={"title": "x"}).json()["id"]
    kept = egon.post(f"/api/v1/tickets/{number}/attachments", files={"file": ("bomb.zip", bomb)}).json()["attachments"][
        0
    ]
    assert kept["size"] == len(bomb)
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert egon.post("/api/v1/tickets", content=gzip.compress(b'{"title": "x"}'), headers=packed).status_code in {
        400,
        422,
    }


def test_the_room_never_writes_a_file_of_that_name(
    acting: Acting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    egon = acting(Role.ENGINEER)
    number = egon.post("/api/v1/tickets", json={"title": "x"}).json()["id"]
    egon.post(f"/api/v1/tickets/{number}/attachments", files={"file": ("dropped.txt", b"x")})
    assert not list(tmp_path.rglob("*dropped*"))
