"""A phone at night: the link from a message is opened in a real browser, the button is pressed, and the ticket is theirs."""

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser

from tests.pages.conftest import browser
from tests.tickets.notify.conftest import desk, opened
from tickets.desk import Desk
from tickets.names import State
from tickets.notify.channels import Notifying
from tickets.notify.claiming import token
from tickets.store import log
from tickets.web.app import mount

# Fixtures of other rooms.
__all__ = ["browser", "desk"]
pytestmark = pytest.mark.chromium
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> 支付失败"


@pytest.fixture
def place(desk: Desk) -> Iterator[tuple[Desk, str]]:
    """The whole room, served by uvicorn on loopback."""
    ready = dataclasses.replace(desk, notifying=Notifying(signing_key="k" * 32))
    app = FastAPI()
    mount(app, ready)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield ready, f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.mark.parametrize(
    ("lang", "button", "done", "again"),
    [
        ("en", "Claim as zhang", "T-1 is yours, zhang.", "is yours"),
        ("zh-CN", "以 zhang 的身份认领", "zhang，T-1 已由你负责。", "已由你负责"),
    ],
)
def test_the_button_takes_the_ticket(
    browser: Browser, place: tuple[Desk, str], lang: str, button: str, done: str, again: str
) -> None:
    desk, base = place
    ticket = opened(desk, title=HOSTILE)
    until = desk.now().timestamp() + 600
    address = f"{base}/claim/{token(desk.notifying.signing_key, ticket.number, 'zhang', until)}"
    context = browser.new_context(viewport={"width": 390, "height": 780}, locale=lang)
    page = context.new_page()
    heard: list[str] = []
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.goto(address)
    assert HOSTILE in page.inner_text(".lead")
    box = page.get_by_role("button").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state()
    assert done in page.inner_text("main")
    with desk.store.read() as connection:
        taken = log.load(connection, ticket.number)
    assert (taken.state, taken.owner) == (State.IN_PROGRESS, "zhang")
    # Back and forth, and a second press in another tab, change nothing any more.
    page.goto(address)
    assert again in page.inner_text("main")
    assert page.get_by_role("button").count() == 0
    assert heard == []
    context.close()
