"""The ticket store behind `tenfold serve`: opened in the background, tried again, and never in the way of `/metrics`."""

import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from mall.servers import postgres as wheel_postgres
from mall.servers.processes import end, free_port
from tests.conftest import PostgresServer
from tests.tenfold.conftest import Program, wait_for
from tests.tenfold.serving.conftest import Service, serving

HOST = '[[host]]\nname = "this machine"\n'


def said(tenfold: Program) -> str:
    return (tenfold.folder / "said.txt").read_text(encoding="utf-8")


def ready_says(service: Service, *words: str) -> bool:
    answer = service.get("ready")
    return answer.status_code == 200 and all(each in answer.text for each in words)


def test_tickets_alone_are_enough_to_serve(tenfold: Program) -> None:
    with serving(tenfold, "[tickets]\n") as service:
        wait_for(lambda: ready_says(service, "ready\n", "tickets: open\n"))
        assert service.scrape().value("process_open_fds") > 0
    assert (tenfold.folder / "tenfold-tickets.sqlite").is_file()
    assert "Tickets" not in said(tenfold)


def test_without_a_ticket_room_there_is_no_store(tenfold: Program) -> None:
    with serving(tenfold, HOST) as service:
        wait_for(lambda: service.get("ready").text == "ready\n")
        assert service.get("api/v1/tickets").status_code == 404
    assert not list(tenfold.folder.glob("*.sqlite"))


def test_a_store_that_cannot_be_opened_does_not_stop_the_metrics(tenfold: Program) -> None:
    port = free_port()
    configuration = f'{HOST}[tickets]\ndatabase = "postgresql://t:s3cret@127.0.0.1:{port}/tickets"\n'
    with serving(tenfold, configuration) as service:
        wait_for(lambda: ready_says(service, "The ticket store does not answer"))
        assert service.scrape().value("tenfold_host_up") == 1
        wait_for(lambda: "Tickets: The ticket store does not answer" in said(tenfold))
        time.sleep(2)
        assert said(tenfold).count("The ticket store does not answer") == 1, "each reason is told once"
    assert "s3cret" not in said(tenfold)


@pytest.mark.skipif(find_spec("tickets.web.api.intake") is None, reason="this build takes no alerts in")
def test_alerts_are_answered_with_503_until_the_store_is_open(tenfold: Program) -> None:
    configuration = f'{HOST}[tickets]\ndatabase = "postgresql://t@127.0.0.1:{free_port()}/tickets"\n'
    with serving(tenfold, configuration) as service:
        for path in ("api/v1/alerts/alertmanager", "api/v1/alerts"):
            answer = httpx.post(service.url + path, json={"title": "x"}, headers={"Authorization": "Bearer tf_x"})
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_store_that_comes_later_is_opened_and_one_that_goes_is_told(tenfold: Program, server_folder: Path) -> None:
    folder = server_folder / f"tickets-{os.getpid()}"
    folder.mkdir()
    data, port = wheel_postgres.data_folder(folder), free_port()
    wheel_postgres.initialize(data)
    server: subprocess.Popen[bytes] | None = None
    configuration = f'{HOST}[tickets]\ndatabase = "postgresql://postgres@127.0.0.1:{port}/tickets"\n'
    try:
        with serving(tenfold, configuration) as service:
            wait_for(lambda: ready_says(service, "does not answer"))
            server = wheel_postgres.start_server(data, port, folder / "log")
            PostgresServer(version=18, port=port).create_database(name="tickets")
            wait_for(lambda: ready_says(service, "tickets: open"))
            assert "Tickets: the store answers." in said(tenfold)
            end(server, how=signal.SIGQUIT)
            server = None
            wait_for(lambda: not ready_says(service, "tickets: open"))
            assert service.scrape().value("tenfold_host_up") == 1
            server = wheel_postgres.start_server(data, port, folder / "log")
            wait_for(lambda: ready_says(service, "tickets: open"))
    finally:
        if server is not None:
            end(server, how=signal.SIGQUIT)


def test_a_store_on_an_audited_server_is_refused_before_anything_is_opened(
    tenfold: Program, postgres18: PostgresServer
) -> None:
    (tenfold.folder / "tenfold.toml").write_text(
        f'[[postgres]]\nname = "orders"\ndsn = "{postgres18.dsn()}"\n'
        f'[tickets]\ndatabase = "postgresql://postgres@localhost:{postgres18.port}/tickets"\n',
        encoding="utf-8",
    )
    ended = tenfold("serve", "--listen", "127.0.0.1:0")
    assert ended.code == 2
    assert "'orders', a server that is audited" in ended.stderr
    assert "[tickets] database" in ended.stderr


def test_a_store_of_a_newer_program_is_told_with_what_to_do(tenfold: Program) -> None:
    import sqlite3

    with serving(tenfold, "[tickets]\n") as service:
        wait_for(lambda: ready_says(service, "tickets: open"))
    store = sqlite3.connect(tenfold.folder / "tenfold-tickets.sqlite")
    store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.commit()
    store.close()
    with serving(tenfold, f"{HOST}[tickets]\n") as service:
        wait_for(lambda: ready_says(service, "newer Tenfold (revision 9999)"))
        assert service.scrape().value("tenfold_host_up") == 1
        assert "Install that version" in said(tenfold)
