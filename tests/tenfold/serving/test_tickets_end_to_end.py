"""Alertmanager as it runs, posting to `tenfold serve` as it runs, while one or the other is away."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.rules import files
from dashboards.rules.alertmanager import TOKEN_FILE
from mall.servers.processes import free_port
from tests.conftest import _require
from tests.dashboards.rules import servers
from tests.dashboards.rules.promtool import REMEDY
from tests.tenfold.conftest import Program
from tests.tenfold.serving.own_servers import own_servers

pytestmark = pytest.mark.debian_servers


@dataclass
class House:
    """The program, its address, and what a machine and an engineer send to prove who they are."""

    tenfold: Program
    port: int
    machine: str
    engineer: str

    @contextmanager
    def serving(self) -> Iterator[None]:
        """`tenfold serve`, until the end of the block; it is killed, not ended."""
        process = self.tenfold.start("serve", "--listen", f"127.0.0.1:{self.port}", stderr=subprocess.DEVNULL)
        try:
            until(self.is_ready, "the service is not ready")
            yield
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def is_ready(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=5.0)
        except httpx.HTTPError:
            return False
        return answer.is_success and "tickets: open" in answer.text

    def ask(self, path: str) -> Any:
        """What the API answers an engineer."""
        answer = httpx.get(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.engineer}"},
            timeout=20.0,
        )
        assert answer.is_success, answer.text
        return answer.json()

    def titles(self) -> list[str]:
        """Of all tickets, sorted."""
        return sorted(each["title"] for each in self.ask("tickets?per_page=100")["items"])


def until(condition: Callable[[], Any], what: str, *, seconds: float = 60.0) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def configured(tenfold: Program, database: str, alertmanager: int, further: str = "") -> House:
    """A service with a ticket room, a token for Alertmanager and one for an engineer."""
    (tenfold.folder / "tenfold.toml").write_text(
        f"""
[tickets]
database = "{database}"
[tickets.alertmanager]
url = "http://127.0.0.1:{alertmanager}"
grace = "1s"
{further}
""",
        encoding="utf-8",
    )

    def token(name: str, role: str) -> str:
        ended = tenfold("tokens", "create", name, "--role", role)
        assert ended.code == 0, ended.stderr
        return ended.stdout.split()[-1]

    return House(tenfold, free_port(), token("alertmanager", "machine"), token("engineer", "engineer"))


@contextmanager
def alertmanager(house: House, folder: Path, port: int) -> Iterator[httpx.Client]:
    """A real one that posts to the service; what it waits for minutes it waits for seconds."""
    (folder / "token").write_text(house.machine, encoding="utf-8")
    text = files("en", tenfold=f"127.0.0.1:{house.port}", alertmanager="127.0.0.1:9")["alertmanager/alertmanager.yml"]
    text = text.replace(TOKEN_FILE, str(folder / "token"))
    text = re.sub(r"(group_wait|group_interval): \d+[smh]", r"\1: 1s", text)
    with servers.alertmanager(text, folder, port) as client:
        yield client


def fire(client: httpx.Client, *names: str) -> None:
    """As Prometheus does."""
    now = datetime.now(UTC).isoformat()
    client.post(
        "/api/v2/alerts",
        json=[
            {
                "labels": {"alertname": name, "severity": "urgent", "mall": "practice"},
                "annotations": {"summary": name},
                "startsAt": now,
            }
            for name in names
        ],
    ).raise_for_status()


@pytest.fixture
def at_hand() -> None:
    _require(servers.ALERTMANAGER, REMEDY)


@pytest.mark.usefixtures("at_hand")
def test_what_fired_while_the_service_was_down_becomes_a_ticket_once(tenfold: Program, tmp_path: Path) -> None:
    port = free_port()
    house = configured(tenfold, "tickets.sqlite", port)
    with alertmanager(house, tmp_path, port) as client:
        with house.serving():
            fire(client, "PaymentsFail")
            until(lambda: house.titles() == ["PaymentsFail"], "the alert became no ticket")
        fire(client, "OrdersStop", "PaymentsFail")
        time.sleep(3.0)
        with house.serving():
            until(
                lambda: house.titles() == ["OrdersStop", "PaymentsFail"], "what fired meanwhile was lost", seconds=150
            )
            ledger = house.ask("ledger")
    assert ledger["balanced"], ledger


@pytest.mark.usefixtures("at_hand")
def test_what_fired_while_the_database_was_down_is_answered_503_and_comes_again(
    tenfold: Program, tmp_path: Path, server_folder: Path
) -> None:
    port = free_port()
    own_folder = server_folder / "tickets"
    own_folder.mkdir()
    with own_servers(own_folder) as own:
        own.server.execute("postgres", "CREATE DATABASE tickets")
        house = configured(tenfold, f"postgresql://postgres@127.0.0.1:{own.postgres_port}/tickets", port)
        with alertmanager(house, tmp_path, port) as client, house.serving():
            fire(client, "PaymentsFail")
            until(lambda: house.titles() == ["PaymentsFail"], "the alert became no ticket")
            own.signal_postgres(signal.SIGINT)
            own.postgres.wait(30)  # type: ignore[attr-defined]
            until(
                lambda: not house.is_ready() or "tickets: open" not in house_says(house), "nobody noticed", seconds=30
            )
            refused = httpx.post(
                f"http://127.0.0.1:{house.port}/api/v1/alerts",
                json={"title": "x"},
                headers={"Authorization": f"Bearer {house.machine}"},
                timeout=60.0,
            )
            assert (refused.status_code, "Retry-After" in refused.headers) == (503, True), refused.text
            fire(client, "OrdersStop")
            time.sleep(3.0)
            own.start_postgres()
            until(
                lambda: house.is_ready() and house.titles() == ["OrdersStop", "PaymentsFail"],
                "what fired meanwhile was lost",
                seconds=150,
            )
            assert house.ask("ledger")["balanced"]


def house_says(house: House) -> str:
    """What the service says of its store."""
    return httpx.get(f"http://127.0.0.1:{house.port}/ready", timeout=5.0).text


@pytest.mark.usefixtures("at_hand")
def test_an_alertmanager_that_is_gone_is_noticed_by_its_silence(tenfold: Program, tmp_path: Path) -> None:
    port = free_port()
    house = configured(tenfold, "tickets.sqlite", port, '[tickets.watchdog]\nsilence = "4s"')
    with house.serving():
        with alertmanager(house, tmp_path, port) as client:
            fire(client, "Watchdog", "PaymentsFail")
            until(lambda: house.titles() == ["PaymentsFail"], "the alert became no ticket")
        until(lambda: len(house.titles()) == 2, "its silence was not noticed", seconds=90)
        silent = [each for each in house.ask("tickets")["items"] if each["title"] != "PaymentsFail"]
        assert [(each["urgency"], each["source"]) for each in silent] == [("urgent", "watchdog")]
        with alertmanager(house, tmp_path, port) as client:
            fire(client, "Watchdog", "PaymentsFail", "OrdersStop")
            until(lambda: "OrdersStop" in house.titles(), "it was not heard again")
        assert len(house.titles()) == 3
        assert house.ask("ledger")["balanced"]
