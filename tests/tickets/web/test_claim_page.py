"""The page behind a claim link: a preview changes nothing, a click takes the ticket, and every refusal says so, zh and en."""

import asyncio
import dataclasses
import re
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from pages.tickets.claim import ClaimView, claim_page
from tests.tickets.conftest import Clock
from tests.tickets.notify.conftest import desk, moved, opened
from tickets import lifecycle
from tickets.desk import Desk
from tickets.names import State
from tickets.notify.channels import Notifying
from tickets.notify.claiming import Standing, token
from tickets.store import log
from tickets.web import problems
from tickets.web.claim import STATUSES, routes

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\u202egnp"
# A fixture of the messages' tests.
__all__ = ["desk"]


@dataclass(slots=True)
class Browser:
    """Asks the application within this process."""

    app: FastAPI

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="https://t.example") as client:
                return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

        return asyncio.run(ask())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, **headers)

    def post(self, path: str) -> httpx.Response:
        return self.request("POST", path)


@pytest.fixture
def client(desk: Desk) -> Browser:
    ready = dataclasses.replace(desk, notifying=Notifying(base_url="https://t.example", signing_key="k" * 32))
    app = FastAPI()
    problems.install(app)
    app.state.desk = ready
    app.include_router(routes())
    return Browser(app)


def link(client: Browser, number: int, account: str = "zhang", seconds: float = 600) -> str:
    desk: Desk = client.app.state.desk
    until = (desk.now() + timedelta(seconds=seconds)).timestamp()
    return "/claim/" + token(desk.notifying.signing_key, number, account, until)


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text.split("</style>")[1]))


def state(desk: Desk, number: int) -> tuple[State, str | None]:
    with desk.store.read() as connection:
        ticket = log.load(connection, number)
    return ticket.state, ticket.owner


def test_a_chats_preview_takes_nothing_and_a_click_takes_the_ticket(client: Browser, desk: Desk) -> None:
    ticket = opened(desk)
    address = link(client, ticket.number)
    for _ in range(3):
        shown = client.get(address, User_Agent="WeCom link preview")
        assert shown.status_code == 200
        assert client.request("HEAD", address).status_code == 200
    assert "Nobody has taken T-1 yet." in words(shown)
    assert "Claim as zhang" in words(shown)
    assert '<form method="post">' in shown.text
    assert state(desk, ticket.number) == (State.WAITING, None)
    done = client.post(address)
    assert done.status_code == 200
    assert "✓ T-1 is yours, zhang." in words(done)
    assert "<form" not in done.text
    assert 'href="https://t.example/tickets/1"' in done.text
    assert state(desk, ticket.number) == (State.IN_PROGRESS, "zhang")


def test_every_refusal_says_what_happened(client: Browser, desk: Desk, clock: Clock) -> None:
    first, second, third = opened(desk), opened(desk), opened(desk)
    forged = client.post("/claim/" + "a" * 60 + ".b")
    assert (forged.status_code, "not one of ours" in words(forged)) == (400, True)
    refused = client.post(link(client, first.number, "wang"))
    assert (refused.status_code, "wang may not take tickets" in words(refused)) == (403, True)
    used = link(client, first.number)
    client.post(used)
    moved(desk, first.number, "li", lambda ticket: lifecycle.assign(ticket, "li"))
    again = client.post(used)
    assert (again.status_code, "used already" in words(again)) == (410, True)
    moved(desk, second.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    taken = client.post(link(client, second.number))
    assert (taken.status_code, "li has taken T-2 meanwhile." in words(taken)) == (409, True)
    moved(desk, second.number, "li", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    ended = client.post(link(client, second.number))
    assert (ended.status_code, "T-2 is no longer open" in words(ended)) == (410, True)
    late = link(client, third.number)
    clock.forward(seconds=601)
    expired = client.post(late)
    assert (expired.status_code, "has expired; T-3 is still not taken" in words(expired)) == (410, True)
    for each in (forged, refused, again, taken, ended, expired):
        assert "<form" not in each.text
        assert "✗" in each.text


@pytest.mark.parametrize(
    ("query", "header", "wanted"),
    [("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("", "en-US,en;q=0.9,zh;q=0.8", "en"), ("?lang=zh", "en", "zh-CN"),
     ("?lang=en", "zh", "en"), ("", "fr", "en"), ("", "", "en"), ("?lang=xx", "zh", "zh-CN"), ("", "x" * 90_0, "en")],
)  # fmt: skip
def test_the_page_speaks_the_readers_language(
    client: Browser, desk: Desk, query: str, header: str, wanted: str
) -> None:
    address = link(client, opened(desk).number) + query
    assert f'<html lang="{wanted}">' in client.get(address, Accept_Language=header).text


def test_nobody_keeps_the_address_and_nothing_of_an_alert_runs(client: Browser, desk: Desk) -> None:
    ticket = opened(desk, title=HOSTILE)
    shown = client.get(link(client, ticket.number))
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in shown.text
    assert "<script" not in shown.text
    assert "<img" not in shown.text
    assert "{{7*7}}" in shown.text
    assert "\u202e" not in shown.text


@pytest.mark.parametrize("path", ["/claim/", "/claim/a/b", "/claim/%2e%2e%2f", "/claim/%00", "/claim/" + "x" * 8000])
def test_odd_addresses_are_refused_without_a_fault(client: Browser, path: str) -> None:
    assert client.get(path).status_code in {307, 400, 404}
    assert client.post(path).status_code in {307, 400, 404}


def test_a_desk_that_is_not_open_yet_says_so(client: Browser) -> None:
    client.app.state.desk = None
    assert client.get("/claim/a.b").status_code == 503


@pytest.mark.parametrize("standing", Standing)
def test_every_standing_has_a_page_of_its_own_in_both_languages(standing: Standing) -> None:
    view = ClaimView(
        mall="Lantern",
        standing=standing.value,
        account="zhang",
        ticket="T-12",
        title="支付失败",
        urgency="urgent",
        owner="li",
    )
    pages = [claim_page(view, language) for language in ("en", "zh")]
    assert STATUSES[standing]
    assert pages[0] != pages[1]
    english = pages[0].split("</style>")[1].replace("支付失败", "")
    assert not re.search("[\u4e00-\u9fff]", english)
