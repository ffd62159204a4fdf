"""`tenfold dashboards preview` as a user starts it."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.collectors.prometheus_parts import SECRET, Quiet, serving
from tests.tenfold.conftest import Ended, Program, finish
from tests.tenfold.dashboarding import boards


def saved(tenfold: Program, document: Any, name: str = "shop.json") -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    (tenfold.folder / name).write_text(text, encoding="utf-8")
    return name


def preview(tenfold: Program, url: str, document: Any, *rest: str) -> Ended:
    name = saved(tenfold, document)
    return tenfold("dashboards", "preview", "--prometheus", url, "--board", name, "--scrape-interval", "1s", *rest)


@pytest.mark.debian_servers
def test_a_lively_board_is_said_to_be_alive_and_shown(tenfold: Program, prometheus_url: str) -> None:
    ended = preview(tenfold, prometheus_url, boards.lively(), "--fail-on-dead")
    assert ended.code == 0, ended.everything
    assert "✓ Shop  shop: 6 alive, 0 empty, 0 failed" in ended.stdout
    page = (tenfold.folder / "dashboards.html").read_text(encoding="utf-8")
    assert page.count('class="panel alive') == 6
    assert "wechat" in page
    assert str(tenfold.folder / "dashboards.html") in ended.stderr


@pytest.mark.debian_servers
def test_hostile_labels_of_a_real_prometheus_are_text(tenfold: Program, prometheus_url: str) -> None:
    preview(tenfold, prometheus_url, boards.lively())
    page = (tenfold.folder / "dashboards.html").read_text(encoding="utf-8")
    assert "attacker.example" in page
    assert "<img" not in page


@pytest.mark.debian_servers
def test_what_is_dead_is_named_with_its_query(tenfold: Program, prometheus_url: str) -> None:
    ended = preview(tenfold, prometheus_url, boards.troubled(), "--fail-on-dead", "-o", "out.html")
    assert ended.code == 1
    lines = ended.stdout.splitlines()
    assert lines[0] == "✗ Shop  shop: 2 alive, 2 empty, 4 failed"
    assert "    Renamed: unknown metric: shop_orders_renamed_total" in lines
    assert "      rate(shop_orders_renamed_total[1m])" in lines
    assert "    Nothing: empty" in lines
    assert "    No number: nothing but NaN" in lines
    assert "    No expression: failed: the query has no expression" in lines
    assert any(each.startswith("    Broken: failed: Prometheus refused the query: bad_data: ") for each in lines)
    assert lines[-1] == "Panels: 2 alive, 2 empty, 4 failed."
    assert "never above 5" in (tenfold.folder / "out.html").read_text(encoding="utf-8")


@pytest.mark.debian_servers
def test_without_fail_on_dead_a_dead_panel_is_no_failure(tenfold: Program, prometheus_url: str) -> None:
    assert preview(tenfold, prometheus_url, boards.troubled()).code == 0


@pytest.mark.debian_servers
def test_machines_get_one_document(tenfold: Program, prometheus_url: str) -> None:
    document = preview(tenfold, prometheus_url, boards.troubled(), "--json", "-q").document
    (one,) = document["boards"]
    assert (one["name"], one["uid"], one["alive"], one["empty"], one["failed"]) == ("shop", "shop", 2, 2, 4)
    states = {each["title"]: each["state"] for each in one["panels"]}
    assert states["Renamed"] == "unknown metric"
    (target,) = [each["targets"][0] for each in one["panels"] if each["title"] == "Renamed"]
    assert target["unknown_metrics"] == ["shop_orders_renamed_total"]
    assert {each["name"]: each["state"] for each in one["variables"]}["mall"] == "alive"
    assert [each["state"] for each in one["annotations"]] == ["alive", "alive"]
    assert Path(document["page"]).exists()


@pytest.mark.debian_servers
def test_everything_is_said_in_chinese_too(tenfold: Program, prometheus_url: str) -> None:
    name = saved(tenfold, boards.troubled())
    # A Prometheus that has just begun has nothing yet at the end of a step of a quarter of a minute.
    command = ("dashboards", "preview", "--prometheus", prometheus_url, "--board", name, "--scrape-interval", "1s")
    ended = tenfold(*command, environment={"TENFOLD_LANG": "zh"})
    assert "面板：2 个有数据，2 个为空，4 个失败。" in ended.stdout
    assert 'lang="zh-CN"' in (tenfold.folder / "dashboards.html").read_text(encoding="utf-8")


@pytest.mark.debian_servers
def test_a_mall_can_be_chosen_and_one_that_is_not_there_is_named(tenfold: Program, prometheus_url: str) -> None:
    ended = preview(tenfold, prometheus_url, boards.lively(), "--mall", "Cloud Lane", "--json")
    (one,) = ended.document["boards"]
    assert {each["name"]: each["chosen"] for each in one["variables"]}["mall"] == ["Cloud Lane"]
    missing = preview(tenfold, prometheus_url, boards.lively(), "--mall", "Nowhere")
    assert missing.code == 2
    assert "mall has no value 'Nowhere' in this Prometheus." in missing.stderr
    assert "There are: Cloud Lane." in missing.stderr
    other = preview(tenfold, prometheus_url, boards.lively(), "--variable", "target=cache", "--json")
    (one,) = other.document["boards"]
    assert {each["name"]: each["chosen"] for each in one["variables"]}["target"] == ["cache"]


@pytest.mark.debian_servers
def test_a_board_of_ours_without_any_of_its_metrics_is_left_out(tenfold: Program, prometheus_url: str) -> None:
    """All of them are foreign to this little mall, and then all are shown: that itself has to be seen."""
    ended = tenfold("dashboards", "preview", "--prometheus", prometheus_url, "--json", "--fail-on-dead")
    assert ended.code == 1
    assert ended.document["left_out"] == []
    assert sum(each["alive"] for each in ended.document["boards"]) == 0


@pytest.mark.debian_servers
def test_the_configured_prometheus_is_asked_in_the_malls_zone(tenfold: Program, prometheus_url: str) -> None:
    (tenfold.folder / "tenfold.toml").write_text(
        f'[mall]\nname = "Cloud Lane"\ntimezone = "Asia/Shanghai"\n[prometheus]\nurl = "{prometheus_url}"\n'
    )
    ended = tenfold("dashboards", "preview", "--board", saved(tenfold, boards.lively()))
    assert ended.code == 0, ended.everything
    assert "CST" in (tenfold.folder / "dashboards.html").read_text(encoding="utf-8")


@pytest.fixture
def refusing() -> Iterator[str]:
    """A server that asks for a password."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(401, b"who are you?")

    server = serving(Handler)
    yield f"http://somebody:{SECRET}@127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def wobbling() -> Iterator[str]:
    """A Prometheus that knows its metrics, answers some queries, is silent to others, and then fails altogether."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "label" in self.path:
                self.reply(200, b'{"status": "success", "data": ["shop_up", "Cloud Lane", "orders"]}')
            elif "gone" in self.path:
                self.reply(503, b"<html>no backend</html>")
            else:
                vector = '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}}'
                self.reply(200, vector.encode())

    server = serving(Handler)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_prometheus_that_refuses_us_is_code_3_and_its_password_is_never_said(tenfold: Program, refusing: str) -> None:
    ended = preview(tenfold, refusing, boards.lively())
    assert ended.code == 3
    assert "asks for a user and a password (HTTP 401)" in ended.stderr
    assert SECRET not in ended.everything
    assert not (tenfold.folder / "dashboards.html").exists()


def test_nobody_there_is_code_3(tenfold: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = preview(tenfold, f"http://127.0.0.1:{port}", boards.lively())
    assert ended.code == 3
    assert f"Prometheus at http://127.0.0.1:{port}: Prometheus could not be reached" in ended.stderr


def test_a_prometheus_that_never_answers_costs_one_time_limit(tenfold: Program, silent_port: int) -> None:
    ended = preview(tenfold, f"http://127.0.0.1:{silent_port}", boards.lively(), "--timeout", "0.3")
    assert ended.code == 3
    assert "gave no answer in time" in ended.stderr


def test_a_prometheus_that_is_lost_on_the_way_leaves_a_page_that_says_so(tenfold: Program, wobbling: str) -> None:
    document = boards.board(
        boards.panel(1, "stat", "Up", "=shop_up"),
        boards.panel(2, "stat", "Gone", "=gone"),
        boards.panel(3, "stat", "After", "=shop_up"),
    )
    ended = preview(tenfold, wobbling, document, "--fail-on-dead")
    assert ended.code == 3
    assert "Panels: 1 alive, 0 empty, 2 failed." in ended.stdout
    assert "Prometheus was lost on the way" in ended.stderr
    assert (tenfold.folder / "dashboards.html").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "shop.json is no JSON."),
        ("[]", "shop.json: it is no Grafana dashboard"),
        ('{"title": "x", "elements": {}}', "shop.json: it is a dashboard of the new format"),
    ],
)
def test_a_file_that_is_no_board_is_refused(tenfold: Program, text: str, said: str) -> None:
    ended = preview(tenfold, "http://127.0.0.1:1", text)
    assert ended.code == 2
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--board", "absent.json"], "absent.json cannot be read"),
        (["--board", "nonsense"], "There is no dashboard 'nonsense'."),
        (["--range", "yesterday"], "--range: 'yesterday' is not a duration"),
        (["--range", "0s"], "--range has to be longer than nothing."),
        (["--variable", "mall"], "--variable 'mall' names no value."),
        (["--prometheus", "ftp://x"], "--prometheus: "),
        (["-o", "."], ". is a folder."),
    ],
)
def test_mistakes_are_named(tenfold: Program, arguments: list[str], said: str) -> None:
    ended = tenfold("dashboards", "preview", "--prometheus", "http://127.0.0.1:1", *arguments)
    assert ended.code == 2
    assert said in ended.stderr


def test_without_an_address_it_is_asked_for(tenfold: Program) -> None:
    ended = tenfold("dashboards", "preview")
    assert ended.code == 2
    assert "Which Prometheus is to be asked?" in ended.stderr


@pytest.mark.debian_servers
def test_a_page_that_cannot_be_written_is_named(tenfold: Program, prometheus_url: str) -> None:
    ended = preview(tenfold, prometheus_url, boards.lively(), "-o", "absent/page.html")
    assert ended.code == 2
    assert "The page could not be written" in ended.stderr
    # What was found out is not lost.
    assert "6 alive" in ended.stdout


@pytest.mark.debian_servers
def test_a_variable_that_no_board_has_is_refused(tenfold: Program, prometheus_url: str) -> None:
    ended = preview(tenfold, prometheus_url, boards.lively(), "--variable", "shelf=1")
    assert ended.code == 2
    assert "No dashboard here has a variable shelf." in ended.stderr


@pytest.mark.debian_servers
def test_a_value_that_one_of_the_boards_has_is_no_mistake(tenfold: Program, prometheus_url: str) -> None:
    other = boards.lively()
    other["templating"]["list"][2]["query"] = "label_values(shop_gone, mall)"
    name = saved(tenfold, other, "other.json")
    assert preview(tenfold, prometheus_url, boards.lively(), "--board", name, "--mall", "Cloud Lane").code == 0


@pytest.fixture
def halting() -> Iterator[tuple[str, threading.Event]]:
    """A Prometheus that answers all of the first board and none of the second; and a word that it has been asked for that."""
    asked, ended = threading.Event(), threading.Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "label" in self.path:
                self.reply(200, b'{"status": "success", "data": ["shop_up"]}')
            elif "halt" in self.path:
                asked.set()
                ended.wait(20)
            else:
                self.reply(200, b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}')

    server = serving(Handler)
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    ended.set()
    server.shutdown()
    server.server_close()


def test_what_was_asked_before_ctrl_c_is_kept(tenfold: Program, halting: tuple[str, threading.Event]) -> None:
    url, asked = halting
    first = saved(tenfold, boards.board(boards.panel(1, "stat", "Up", "=shop_up")), "first.json")
    second = saved(tenfold, boards.board(boards.panel(1, "stat", "Halt", "=halt")), "second.json")
    process = tenfold.start("dashboards", "preview", "--prometheus", url, "--board", first, "--board", second)
    assert asked.wait(60)
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    assert "first: 1 alive" in ended.stdout
    assert "Interrupted." in ended.stderr
    assert (tenfold.folder / "dashboards.html").exists()
