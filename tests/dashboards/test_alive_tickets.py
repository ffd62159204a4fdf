"""The board of tickets against the exporter of a ticket room in which something happens: every query has an answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import insert

from mall.servers.processes import free_port
from tenfold.serving.application import application
from tenfold.serving.malls import WatchedMall
from tenfold.serving.tickets import watched_tickets
from tenfold.settings import Settings
from tenfold.settings.ticketing import PromisesSection
from tenfold.ticketing.hours import promised
from tests.dashboards.asking import Asked, dead, scraping
from tests.dashboards.parts import written
from tests.tickets.afterwards.telling import happens, moves, opened
from tickets import events, lifecycle
from tickets.desk import Desk
from tickets.names import ClockName, Urgency
from tickets.store import outbox
from tickets.store.opening import open_store
from tickets.store.tables import KEPT, OUTCOMES, POSTS

pytestmark = pytest.mark.debian_servers

RANGE_SECONDS = 120


@contextmanager
def exposing(desk: Desk, runs: Path) -> Iterator[str]:
    """A service that watches nothing but its own ticket store; its address."""
    settings = Settings.model_validate({"mall": {"name": "corner shop"}, "serve": {"runs": str(runs)}})
    mall = WatchedMall(settings)
    mall.add(watched_tickets(lambda: desk.store, promised(PromisesSection())))
    port = free_port()
    app = application(mall, series=2000, language="en")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def an_evening(desk: Desk) -> None:
    """Something of everything that the board shows."""
    solved = opened(desk, "solved")
    happens(desk, solved, events.Notified(channel="wecom", delivered=True))
    moves(
        desk,
        solved,
        lambda it: lifecycle.take(it, "li"),
        lambda it: lifecycle.plan(it, "switch"),
        lambda it: lifecycle.resolve(it, "s", "s", "c"),
    )
    happens(desk, opened(desk, "late", urgency=Urgency.NORMAL), events.Breached(clock=ClockName.RESPONSE))
    at = desk.now()
    with desk.store.write() as connection:
        post = {"at": at, "source": "alertmanager", "alerts": 1, "body": b""}
        number = connection.execute(insert(POSTS).values(post)).inserted_primary_key
        assert number is not None
        alert = {"post": number[0], "ordinal": 0, "outcome": "ticketed", "reason": "", "key": "k", "fingerprint": "f"}
        connection.execute(insert(OUTCOMES).values({**alert, "status": "firing"}))
        outbox.put(connection, kind="message", once="a", at=at, data={})
        connection.execute(
            insert(KEPT).values([
                {"name": "self_audit", "value": {"at": at.isoformat(), "violations": {}}},
                {"name": "heartbeat", "value": {"at": at.isoformat(), "sent": True}},
                {"name": "watchdog", "value": {"heard_at": at.isoformat()}},
            ])
        )  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A Prometheus that has seen an evening of the ticket room."""
    folder = tmp_path_factory.mktemp("tickets")
    desk = Desk(store=open_store(str(folder / "tickets.sqlite")))
    with exposing(desk, folder) as address, scraping(folder, {"tenfold": [address]}) as found:
        found.until("tenfold_tickets_opened_total", seconds=120)
        an_evening(desk)
        found.until("sum(tenfold_tickets_opened_total) > 0", seconds=120)
        # From the second message of a channel on there is a rate of them.
        happens(desk, opened(desk, "next"), events.Notified(channel="wecom", delivered=True))
        found.until('tenfold_ticket_messages_total{result="delivered"} > 1', seconds=120)
        time.sleep(2)
        yield found
    desk.store.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_query_has_an_answer(language: str, asked: Asked) -> None:
    # The marks of deployments, audits and rounds are every board's, and proven with those.
    document = {**written(language)["tickets"], "annotations": {"list": []}}
    assert dead(document, asked, seconds=RANGE_SECONDS) == []


def test_the_figures_are_those_of_the_evening(asked: Asked) -> None:
    assert asked.values('sum(tenfold_tickets{state="waiting"})') == [2]
    assert asked.values('tenfold_tickets_late{clock="response", urgency="normal"}') == [1]
    assert asked.values('sum(tenfold_ticket_sla_total{result="kept", urgency="urgent"})') == [3]
    assert asked.values("tenfold_ledger_difference_alerts") == [0]
    assert asked.values("tenfold_tickets_up") == [1]
