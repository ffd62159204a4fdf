"""`tenfold dashboards push` against an imitation of Grafana's API: what is stored, what is left alone, and every way to be refused."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tenfold.dashboarding.pushing import changes
from tests.tenfold.conftest import Ended, Program, finish, wait_for
from tests.tenfold.dashboarding import boards
from tests.tenfold.dashboarding.grafana_imitation import TOKEN, Grafana, imitation


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with imitation() as server:
        yield server


def document(uid: str, **fields: Any) -> dict[str, Any]:
    return {**boards.lively(), "uid": uid, "title": uid.title(), **fields}


def push(tenfold: Program, url: str, *rest: str, uids: tuple[str, ...] = ("mall", "redis", "hosts")) -> Ended:
    files: list[str] = []
    for uid in uids:
        path = tenfold.folder / f"{uid}.json"
        if not path.exists():
            path.write_text(json.dumps(document(uid)), encoding="utf-8")
        files += ["--board", path.name]
    return tenfold("dashboards", "push", "--grafana", url, *files, *rest, environment={"GRAFANA_TOKEN": TOKEN})


def change(tenfold: Program, uid: str, **fields: Any) -> None:
    path = tenfold.folder / f"{uid}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_boards_and_their_folder_are_created(tenfold: Program, grafana: Grafana) -> None:
    ended = push(tenfold, grafana.url)
    assert ended.code == 0, ended.everything
    assert ended.stdout.splitlines() == ["✓ Mall  created", "✓ Redis  created", "✓ Hosts  created"]
    assert grafana.folders == {"uid-0": "Tenfold"}
    assert {uid: folder for uid, (_board, folder) in grafana.boards.items()} == dict.fromkeys(
        ("mall", "redis", "hosts"), "uid-0"
    )
    assert grafana.boards["mall"][0]["panels"] == document("mall")["panels"]
    assert [each["overwrite"] for each in grafana.saved] == [False] * 3
    assert grafana.saved[0]["message"].startswith("tenfold ")


def test_what_is_there_already_is_left_alone(tenfold: Program, grafana: Grafana) -> None:
    push(tenfold, grafana.url)
    ended = push(tenfold, grafana.url)
    assert ended.stdout.splitlines() == ["✓ Mall  unchanged", "✓ Redis  unchanged", "✓ Hosts  unchanged"]
    assert len(grafana.saved) == 3
    assert len(grafana.folders) == 1


def test_a_changed_board_is_replaced_only_where_that_is_allowed(tenfold: Program, grafana: Grafana) -> None:
    push(tenfold, grafana.url)
    change(tenfold, "redis", tags=["new"])
    refused = push(tenfold, grafana.url)
    assert refused.code == 3
    assert (
        "✗ Redis  refused: The dashboard has been changed by someone else (HTTP 412); it differs in tags"
        in refused.stdout
    )
    assert "    → look at what stands there, then push with --overwrite" in refused.stdout.splitlines()
    assert "✓ Hosts  unchanged" in refused.stdout
    replaced = push(tenfold, grafana.url, "--overwrite")
    assert replaced.code == 0
    assert replaced.stdout.splitlines() == ["✓ Mall  unchanged", "✓ Redis  updated: tags", "✓ Hosts  unchanged"]
    assert grafana.boards["redis"][0]["tags"] == ["new"]


def test_a_board_in_another_folder_is_moved(tenfold: Program, grafana: Grafana) -> None:
    push(tenfold, grafana.url, uids=("mall",))
    ended = push(tenfold, grafana.url, "--folder", "Night shift", "--overwrite", uids=("mall",))
    assert ended.stdout.splitlines() == ["✓ Mall  updated: folder"]
    assert grafana.folders[grafana.boards["mall"][1]] == "Night shift"


def test_the_general_folder_is_never_made(tenfold: Program, grafana: Grafana) -> None:
    assert push(tenfold, grafana.url, "--folder", "", uids=("mall",)).code == 0
    assert grafana.boards["mall"][1] == ""
    assert not any("folders" in each for each in grafana.asked)


def test_a_folder_beyond_the_first_page_is_found(tenfold: Program, grafana: Grafana) -> None:
    grafana.many_folders = 1000
    grafana.folders["there"] = "Tenfold"
    push(tenfold, grafana.url, uids=("mall",))
    assert grafana.boards["mall"][1] == "there"


def test_a_dry_run_writes_nothing_and_says_what_would_change(tenfold: Program, grafana: Grafana) -> None:
    push(tenfold, grafana.url, uids=("mall", "redis"))
    grafana.asked.clear()
    panels = document("redis")["panels"]
    panels[1]["title"] = "Orders, all of them"
    change(tenfold, "redis", panels=panels, refresh="5s")
    careful = push(tenfold, grafana.url, "--dry-run")
    assert careful.code == 3
    assert careful.stdout.splitlines()[:2] == [
        "✓ Mall  unchanged",
        "✗ Redis  would be refused: another one stands there, and differs in refresh, Orders, all of them",
    ]
    assert careful.stdout.splitlines()[-1] == "✓ Hosts  would be created"
    bold = push(tenfold, grafana.url, "--dry-run", "--overwrite")
    assert bold.code == 0
    assert "✓ Redis  would be updated: refresh, Orders, all of them" in bold.stdout
    assert not any(each.startswith("POST") for each in grafana.asked)


def test_a_dry_run_into_a_folder_that_is_not_there_makes_none(tenfold: Program, grafana: Grafana) -> None:
    ended = push(tenfold, grafana.url, "--dry-run", uids=("mall",))
    assert ended.stdout.splitlines() == ["✓ Mall  would be created"]
    assert grafana.folders == {}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"message": "Dashboard title cannot be empty"}, "Dashboard title cannot be empty (HTTP 400)"),
        (
            403,
            {"message": "You'll need additional permissions", "accessErrorId": "x"},
            "You'll need additional permissions (HTTP 403)",
        ),
        (404, {"message": "folder not found", "status": "not-found"}, "folder not found (HTTP 404)"),
        (
            412,
            {"message": "A dashboard with the same uid already exists", "status": "name-exists"},
            "already exists (HTTP 412)",
        ),
        (422, [{"fieldNames": ["panels"]}], "HTTP 422 (HTTP 422)"),
        (500, {"message": "Failed to save dashboard"}, "Failed to save dashboard (HTTP 500)"),
        (502, "<html>Bad gateway</html>", "HTTP 502 (HTTP 502)"),
    ],
)
def test_a_refusal_of_one_board_is_told_and_the_others_are_stored(
    tenfold: Program, grafana: Grafana, status: int, body: Any, said: str
) -> None:
    grafana.refusals["redis"] = (status, body)
    ended = push(tenfold, grafana.url)
    assert ended.code == 3
    assert said in ended.stdout
    assert set(grafana.boards) == {"mall", "hosts"}


def test_a_board_that_is_never_answered_costs_its_time_and_the_others_are_stored(
    tenfold: Program, grafana: Grafana
) -> None:
    grafana.silent.add("redis")
    ended = push(tenfold, grafana.url, "--timeout", "0.5")
    assert ended.code == 3
    assert "✗ Redis  refused: Grafana gave no answer within 0.5 s" in ended.stdout
    assert set(grafana.boards) == {"mall", "hosts"}


def test_a_wrong_token_is_told_once_and_never_shown(tenfold: Program, grafana: Grafana) -> None:
    ended = tenfold("dashboards", "push", "--grafana", grafana.url, environment={"GRAFANA_TOKEN": "glsa_wrongbattery"})
    assert ended.code == 3
    assert "Folder 'Tenfold': Invalid API key (HTTP 401)." in ended.stderr
    assert "service account" in ended.stderr
    assert "wrongbattery" not in ended.everything
    assert len(grafana.asked) == 1


def test_a_folder_that_may_not_be_made_is_told(tenfold: Program, grafana: Grafana) -> None:
    grafana.refusals["folder"] = (403, {"message": "Access denied"})
    ended = push(tenfold, grafana.url)
    assert ended.code == 3
    assert "Folder 'Tenfold': Access denied (HTTP 403)." in ended.stderr
    assert grafana.boards == {}


def test_a_folder_that_somebody_makes_in_the_same_moment_is_used(tenfold: Program, grafana: Grafana) -> None:
    grafana.refusals["folder"] = (412, {"message": "a folder with the same name already exists"})
    ended = push(tenfold, grafana.url, uids=("mall",))
    assert ended.code == 3
    grafana.folders["theirs"] = "Tenfold"
    assert push(tenfold, grafana.url, uids=("mall",)).code == 0


def test_the_token_may_come_from_stdin(tenfold: Program, grafana: Grafana) -> None:
    (tenfold.folder / "mall.json").write_text(json.dumps(document("mall")))
    command = [
        *tenfold.command,
        "dashboards",
        "push",
        "--grafana",
        grafana.url,
        "--board",
        "mall.json",
        "--token-stdin",
    ]
    ended = subprocess.run(
        command,
        cwd=tenfold.folder,
        env=tenfold.environment,
        input=f"{TOKEN}\n",
        text=True,
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "✓ Mall  created\n")


def test_no_token_is_asked_for_and_a_strange_one_refused(tenfold: Program) -> None:
    missing = tenfold("dashboards", "push", "--grafana", "http://127.0.0.1:1")
    assert missing.code == 2
    assert "There is no token for Grafana." in missing.stderr
    strange = tenfold("dashboards", "push", "--grafana", "http://127.0.0.1:1", environment={"GRAFANA_TOKEN": "gls\na"})
    assert strange.code == 2
    assert "characters that no token of Grafana has" in strange.stderr


def test_verbose_says_no_token_either(tenfold: Program, grafana: Grafana) -> None:
    assert TOKEN not in push(tenfold, grafana.url, "--verbose").everything


@pytest.mark.parametrize("url", ["grafana.example", "ftp://grafana.example", "http://"])
def test_an_address_that_is_none_is_refused(tenfold: Program, url: str) -> None:
    ended = push(tenfold, url)
    assert ended.code == 2
    assert "--grafana: " in ended.stderr


def test_nobody_there_is_code_3(tenfold: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = push(tenfold, f"http://127.0.0.1:{port}")
    assert ended.code == 3
    assert "Grafana could not be reached" in ended.stderr


@pytest.mark.debian_servers
def test_what_is_no_grafana_is_told_so(tenfold: Program, prometheus_url: str) -> None:
    ended = push(tenfold, prometheus_url, "--folder", "", uids=("mall",))
    assert ended.code == 3
    assert ended.stdout.startswith("✗ Mall  refused: ")


def test_a_board_without_uid_is_refused_and_the_others_are_stored(tenfold: Program, grafana: Grafana) -> None:
    (tenfold.folder / "nameless.json").write_text(json.dumps(document("", title="Nameless")))
    ended = push(tenfold, grafana.url, uids=("nameless", "mall"))
    assert ended.code == 3
    assert "it has no uid, so that it cannot be found again" in ended.stdout
    assert set(grafana.boards) == {"mall"}


def test_machines_get_one_document(tenfold: Program, grafana: Grafana) -> None:
    grafana.refusals["redis"] = (403, {"message": "no"})
    found = push(tenfold, grafana.url, "--json").document
    assert found["dry_run"] is False
    assert [(each["uid"], each["result"]) for each in found["boards"]] == [
        ("mall", "created"),
        ("redis", "refused"),
        ("hosts", "created"),
    ]
    assert found["boards"][1]["reason"] == "no (HTTP 403)"


def test_our_own_boards_can_be_pushed_in_both_languages(tenfold: Program, grafana: Grafana) -> None:
    token = {"GRAFANA_TOKEN": TOKEN}
    english = tenfold("dashboards", "push", "--grafana", grafana.url, environment=token)
    assert english.code == 0, english.everything
    count = len(grafana.boards)
    assert count >= 2
    assert "https://docs.tenfold.example/guide/rules/" not in json.dumps(
        [board for board, _folder in grafana.boards.values()]
    )
    docs = ("--docs", "https://docs.tenfold.example/guide/", "--overwrite")
    assert tenfold("dashboards", "push", "--grafana", grafana.url, *docs, environment=token).code == 0
    assert "https://docs.tenfold.example/guide" in json.dumps([board for board, _folder in grafana.boards.values()])
    chinese = tenfold("dashboards", "push", "--grafana", grafana.url, "--lang", "zh", "--overwrite", environment=token)
    assert chinese.code == 0
    assert chinese.stdout.count("updated") == len(grafana.boards) == count


def test_the_number_and_version_that_a_file_brings_are_those_of_another_grafana(
    tenfold: Program, grafana: Grafana
) -> None:
    (tenfold.folder / "mall.json").write_text(json.dumps(document("mall", id=99, version=12)))
    assert push(tenfold, grafana.url, uids=("mall",)).code == 0
    assert not {"id", "version"} & grafana.saved[0]["dashboard"].keys()
    assert push(tenfold, grafana.url, uids=("mall",)).stdout == "✓ Mall  unchanged\n"


def test_changes_are_told_by_the_names_that_people_see() -> None:
    stored = document("mall")
    ours = document("mall")
    assert changes(ours, {**stored, "id": 1, "version": 9}) == ()
    ours["panels"][2]["title"] = "Is it up?"
    del ours["panels"][3]
    assert changes({**ours, "refresh": "1m"}, stored) == ("refresh", "Is it up?", "By channel")


def test_the_program_takes_no_token_on_its_command_line(tenfold: Program) -> None:
    """Everybody on the machine could read it there."""
    shown = tenfold("dashboards", "push", "--help").stdout
    assert "--token-stdin" in shown
    assert "--token " not in shown
    assert tenfold("dashboards", "push", "--grafana", "http://127.0.0.1:1", "--token", "x").code == 2


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_was_stored_before_ctrl_c_is_told(tenfold: Program, grafana: Grafana, form: tuple[str, ...]) -> None:
    grafana.silent.add("redis")
    arguments = []
    for uid in ("mall", "redis"):
        (tenfold.folder / f"{uid}.json").write_text(json.dumps(document(uid)))
        arguments += ["--board", f"{uid}.json"]
    process = tenfold.start(
        "dashboards", "push", "--grafana", grafana.url, *arguments, *form, environment={"GRAFANA_TOKEN": TOKEN}
    )
    wait_for(lambda: "redis" in grafana.halted)
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    assert "created" in ended.stdout
    assert "Redis" not in ended.stdout
