"""The room served on loopback, and people in front of real browsers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Dialog, Page, Response, expect

from mall.servers.processes import free_port
from tests.pages.conftest import browser
from tests.tickets.pages.room import PASSWORD, Room, build

__all__ = ["browser"]
# On a machine with two cores and much else to do, a browser takes its time.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Person:
    """Somebody at a browser, and everything that it complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.broken: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("response", self._look)

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _look(self, response: Response) -> None:
        if response.status >= 500 or not response.url.startswith(self.address):
            self.broken.append(f"{response.status} {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def log_in(self, name: str) -> None:
        self.open("/login")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_url(f"{self.address}/tickets")

    def unfold(self) -> None:
        self.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    def unfold_move(self, name: str) -> None:
        self.page.click(f"#move-{name} > summary")

    def send(self, form: str) -> None:
        self.page.click(f"form[data-form={form}] button:not([type=button])")


Opener = Callable[..., AbstractContextManager[Person]]


@contextmanager
def serving(room: Room) -> Iterator[str]:
    """The room's address while it is served by a real server."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(room.app, host="127.0.0.1", port=port, log_level="warning", ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room without tickets, on SQLite."""
    built = build(tmp_path)
    yield built
    built.desk.store.close()


@pytest.fixture
def address(room: Room) -> Iterator[str]:
    """Where the room is served."""
    with serving(room) as where:
        yield where


@pytest.fixture
def someone(browser: Browser, address: str) -> Opener:
    """Opens a browser for somebody who logs in; on leaving, nothing must have been complained of."""

    @contextmanager
    def at_a_browser(
        name: str = "li.na", *, width: int = 1280, language: str = "en", scheme: Literal["light", "dark"] = "light",
        expected: tuple[str, ...] = (),
    ) -> Iterator[Person]:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme,
            locale="zh-CN" if language == "zh" else "en-GB",
        )  # fmt: skip
        try:
            person = Person(context.new_page(), address)
            if name:
                person.log_in(name)
            yield person
            assert [each for each in person.complaints if not each.startswith(expected or ("\0",))] == []
            assert person.broken == []
        finally:
            context.close()

    return at_a_browser
