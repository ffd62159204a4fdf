"""The pages without a browser: who sees what, which language, what a refused form says, and what a forged one gets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import PASSWORD, Room, build, fill
from tickets import events
from tickets.names import State, Urgency
from tickets.web.pages.entry import ours
from tickets.web.pages.visit import SEES


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, str]]:
    """A filled room that no test of this file changes in what another looks at."""
    room = build(tmp_path_factory.mktemp("room"))
    fill(room)
    with serving(room) as address:
        yield room, address
    room.desk.store.close()


@pytest.fixture
def standing_room(standing: tuple[Room, str]) -> Room:
    return standing[0]


@pytest.fixture
def address(standing: tuple[Room, str]) -> str:
    return standing[1]


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@contextmanager
def logged_in(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        csrf = csrf_of(client.get("/login").text)
        answer = client.post("/login", data={"name": name, "password": PASSWORD, "csrf": csrf})
        assert answer.status_code == 303, answer.text
        yield client


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """A form as a page of ours sends it."""
    return client.post(path, data={"csrf": csrf_of(client.get("/tickets").text), **fields})


ALLOWED: dict[str, dict[str, int]] = {
    "wang.fang": {
        "/tickets": 200,
        "/tickets/new": 200,
        "/tickets/2": 404,
        "/tickets/3": 200,
        "/tickets/3/report": 403,
        "/tickets/windows": 403,
    },
    "li.na": {
        "/tickets": 200,
        "/tickets/2": 200,
        "/tickets/ledger": 403,
        "/tickets/accounts": 403,
        "/tickets/99": 404,
        "/tickets/windows": 200,
        "/tickets/audit": 403,
    },
    "zhao.lei": {
        "/tickets/ledger": 200,
        "/tickets/figures": 200,
        "/tickets/quarantine": 200,
        "/tickets/accounts": 403,
        "/tickets/windows": 200,
        "/tickets/audit": 403,
    },
    "root": {
        "/tickets/accounts": 200,
        "/tickets/windows": 200,
        "/tickets/audit": 200,
        "/tickets/ledger": 200,
        "/tickets/nowhere": 404,
        f"/tickets/{2**70}": 404,
    },
}


@pytest.mark.parametrize("name", ALLOWED)
def test_each_role_finds_its_pages_and_no_others(address: str, name: str) -> None:
    with logged_in(address, name) as client:
        answers = {path: client.get(path) for path in ALLOWED[name]}
        assert {path: answer.status_code for path, answer in answers.items()} == ALLOWED[name]
        for answer in answers.values():
            assert answer.headers["content-type"].startswith("text/html")
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
        menu = set(re.findall(r'<a href="/tickets/(\w+)"', client.get("/tickets").text.partition("</nav>")[0]))
        for page in ("figures", "ledger", "quarantine", "windows", "accounts", "audit"):
            status = client.get(f"/tickets/{page}").status_code
            assert (page in menu) == (status == 200), page
    assert len(SEES) == 9


def test_a_reporter_sees_how_it_stands_and_nothing_from_inside(address: str) -> None:
    with logged_in(address, "wang.fang") as client:
        page = client.get("/tickets/3").text
    assert "li.na" in page
    assert "2026-11-11 02:31" in page
    assert "How many customers are there?" in page
    assert "Looks like the worker retries" not in page
    assert 'data-part="evidence"' not in page
    assert "/tickets/3/take" not in page
    with logged_in(address, "li.na") as client:
        assert "Looks like the worker retries" in client.get("/tickets/3").text


def test_nobody_without_a_session_sees_a_page_and_comes_back_after_the_login(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        answer = client.get("/tickets/2?all=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Ftickets%2F2%3Fall%3D1")
        page = client.get(answer.headers["location"]).text
        fields = {"name": "li.na", "password": PASSWORD, "csrf": csrf_of(page), "next": "/tickets/2?all=1"}
        assert client.post("/login", data=fields).headers["location"] == "/tickets/2?all=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org", "//example.org", "/\\example.org", "/tickets\\..", "/ticketsx", "javascript:alert(1)",
        "/tickets/\n/x", "/login",
    ],
)  # fmt: skip
def test_a_forged_link_to_the_login_leads_nowhere_else(elsewhere: str) -> None:
    assert ours(elsewhere) == ""


def test_a_wrong_password_says_so_and_keeps_the_name(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        csrf = csrf_of(client.get("/login").text)
        answer = client.post("/login", data={"name": "li.na", "password": "guess", "csrf": csrf})
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
        assert 'value="li.na"' in answer.text
        assert "guess" not in answer.text
        assert client.post("/login", data={"name": "li.na", "password": PASSWORD, "csrf": "x"}).status_code == 403
        assert "tenfold_session" not in client.cookies


def test_a_form_without_the_sessions_token_changes_nothing_and_gives_the_words_back(
    standing_room: Room, address: str
) -> None:
    with logged_in(address, "li.na") as client:
        for further in ({}, {"csrf": "x"}):
            answer = client.post("/tickets/3/comment", data={"text": "ten minutes of <b>work</b>", **further})
            assert answer.status_code == 403
            assert "ten minutes of &lt;b&gt;work&lt;/b&gt;" in answer.text
        foreign = client.post(
            "/tickets/3/comment",
            data={"text": "forged", "csrf": csrf_of(client.get("/tickets").text)},
            headers={"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"},
        )
        assert foreign.status_code == 403
        assert "forged" not in foreign.text
    assert not any("ten minutes" in str(entry.event) or "forged" in str(entry.event) for entry in standing_room.log(3))


def test_a_session_that_is_over_gives_the_words_back_too(address: str) -> None:
    with logged_in(address, "li.na") as client:
        csrf = csrf_of(client.get("/tickets").text)
        client.cookies.set("tenfold_session", "gone")
        answer = client.post("/tickets/3/comment", data={"csrf": csrf, "text": "ten minutes of work"})
        assert answer.status_code == 401
        assert "ten minutes of work" in answer.text
        assert csrf not in answer.text


@pytest.mark.parametrize(
    ("path", "fields", "status", "words"),
    [
        ("/tickets/3/take", {}, 303, ""),
        ("/tickets/7/plan", {"plan": "x"}, 409, "Nobody has taken the ticket yet"),
        ("/tickets/3/plan", {"plan": " "}, 422, "A field that is needed is empty."),
        ("/tickets/3/plan", {"plan": "x", "expected_at": "soon"}, 422, "That is no time"),
        ("/tickets/3/plan", {"plan": "x", "expected_at": "2026-11-10T23:00"}, 422, "lies in the past"),
        ("/tickets/3/resume", {}, 409, "The ticket is not paused."),
        ("/tickets/3/pause", {"waiting_for": "godot"}, 422, "Choose one of those that are offered."),
        ("/tickets/3/resolve", {"solution": "x"}, 409, "the steps taken and the cautions are required"),
        ("/tickets/3/close", {}, 409, "Only a resolved ticket can be closed."),
        ("/tickets/3/assign", {"owner": "wang.fang"}, 422, "There is no engineer of the name wang.fang."),
        ("/tickets/3/merge", {"into": "T-999"}, 422, "There is no ticket T-999."),
        ("/tickets/3/merge", {"into": "3"}, 409, "cannot be merged into itself"),
        ("/tickets/3/merge", {"into": "another"}, 422, "write it like T-12"),
        ("/tickets/3/comment", {"text": "x" * 20_001}, 422, "at most 20000 characters"),
        ("/tickets/3/comment", {"text": "a\0b"}, 303, ""),
        ("/tickets/1/reopen", {"reason": ""}, 422, "A field that is needed is empty."),
        ("/tickets/1/rate", {"attitude": "5"}, 422, "with 1 to 5 each"),
        ("/tickets/1/rate", {"attitude": "5", "speed": "5", "result": "5"}, 403, ""),
        ("/tickets/3/dance", {}, 404, ""),
        ("/tickets/999/take", {}, 404, ""),
        ("/tickets/3/attach", {}, 422, "Choose a file first."),
        ("/tickets/2/aid/no-such-thing", {}, 409, "There is no such action."),
        ("/tickets/accounts/add", {"name": "x", "role": "admin", "password": "y"}, 403, ""),
        ("/tickets/quarantine/17/replay", {}, 403, ""),
    ],
)
def test_each_form_is_done_or_says_what_to_do(
    address: str, path: str, fields: dict[str, str], status: int, words: str
) -> None:
    with logged_in(address, "li.na") as client:
        answer = post(client, path, **fields)
        assert answer.status_code == status
        assert words in answer.text
        if status != 303:
            assert answer.headers["content-type"].startswith("text/html")


def test_the_language_is_that_of_the_address_then_the_last_choice_then_the_browser(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:

        def spoken(path: str, accepted: str) -> str:
            page = client.get(path, headers={"Accept-Language": accepted}).text
            return str(re.findall(r'<html lang="([^"]+)"', page)[0])

        assert spoken("/login", "") == "en"
        assert spoken("/login", "zh-CN,zh;q=0.9,en;q=0.8") == "zh-CN"
        assert spoken("/login", "de, en;q=0.5, zh;q=0.7") == "zh-CN"
        assert spoken("/login", "zh;q=0, fr;q=x") == "en"
        assert spoken("/login?lang=zh", "en") == "zh-CN"
        assert spoken("/login", "en") == "zh-CN"
        assert spoken("/login?lang=en", "zh") == "en"
        assert spoken("/login?lang=%3Cscript%3E", "zh") == "en"


def test_a_page_that_asks_for_news_gets_them_only_when_there_are_any(standing_room: Room, address: str) -> None:
    with logged_in(address, "li.na") as client:
        for path in ("/tickets", "/tickets/6"):
            mark = re.findall(r'data-mark="([^"]+)"', client.get(path).text)[0]
            assert client.get(path, headers={"X-Live": "1", "X-Mark": mark}).status_code == 204
            standing_room.happen(6, events.Commented(text="news"), by="zhao.lei")
            answer = client.get(path, headers={"X-Live": "1", "X-Mark": mark})
            assert answer.status_code == 200
            assert re.findall(r'data-mark="([^"]+)"', answer.text)[0] != mark
        client.cookies.delete("tenfold_session")
        assert client.get("/tickets", headers={"X-Live": "1"}).status_code == 401


def test_filters_narrow_the_board_and_the_search_finds_by_words_and_numbers(address: str) -> None:
    with logged_in(address, "li.na") as client:

        def shown(path: str) -> set[int]:
            return {int(each) for each in re.findall(r'id="t-(\d+)"', client.get(path).text)}

        assert shown("/tickets?urgency=important") == {4, 5}
        assert shown("/tickets?area=search") == {4}
        assert shown("/tickets?mine=1") >= {3, 8}
        assert 2 not in shown("/tickets?mine=1")
        assert shown("/tickets/list?q=支付渠道") == {1, 2}
        assert shown("/tickets/list?q=alipay&state=closed") == {1}
        assert client.get("/tickets?q=T-5").headers["location"] == "/tickets/5"
        assert shown("/tickets/list?page=9999999999999&state=nonsense&urgency=nonsense") != set()
        assert client.get("/tickets/list?q=' OR 1=1 --").status_code == 200


def test_a_first_aid_of_unknown_outcome_and_a_replay_reach_those_who_do_them(standing_room: Room, address: str) -> None:
    with logged_in(address, "zhao.lei") as client:
        assert post(client, "/tickets/2/aid/switch-channel/settle", run="4", happened="yes").status_code == 303
        assert post(client, "/tickets/quarantine/17/replay").status_code == 303
    assert ("settle", "zhao.lei", "switch-channel", "4", "True") in standing_room.carried_out
    assert ("replay", "zhao.lei", "17") in standing_room.carried_out


def test_an_administrator_adds_and_locks_people_and_gives_machines_tokens(standing_room: Room, address: str) -> None:
    with logged_in(address, "root") as client:
        weak = post(client, "/tickets/accounts/add", name="chen.wei", role="engineer", password="short")
        assert weak.status_code == 422
        assert 'value="chen.wei"' in weak.text
        assert "short" not in weak.text.partition("<main")[2]
        added = post(client, "/tickets/accounts/add", name="chen.wei", role="engineer", password=PASSWORD)
        assert added.status_code == 303
        made = post(client, "/tickets/accounts/token", name="alertmanager-1")
        token = re.findall(r"tf_[\w-]{40,}", made.text)[0]
        assert token not in client.get("/tickets/accounts").text
        assert post(client, "/tickets/accounts/disable", name="chen.wei").status_code == 303
        assert post(client, "/tickets/accounts/disable", name="root").status_code == 422
        assert post(client, "/tickets/accounts/revoke", name="alertmanager-1").status_code == 303
    with httpx.Client(base_url=address, timeout=30) as client:
        csrf = csrf_of(client.get("/login").text)
        refused = client.post("/login", data={"name": "chen.wei", "password": PASSWORD, "csrf": csrf})
        assert refused.status_code == 401
    del standing_room


def test_a_person_changes_their_password_and_no_page_shows_one(address: str) -> None:
    with logged_in(address, "root") as admin:
        assert (
            post(admin, "/tickets/accounts/add", name="new.one", role="reporter", password=PASSWORD).status_code == 303
        )
    with httpx.Client(base_url=address, timeout=30) as client:
        csrf = csrf_of(client.get("/login").text)
        client.post("/login", data={"name": "new.one", "password": PASSWORD, "csrf": csrf})
        another = "another long sentence"
        wrong = {"old": "guess-guess-guess", "password": another, "again": another}
        for fields, status in (
            ({"old": PASSWORD, "password": another, "again": "typo"}, 422),
            (wrong, 401),
            ({**wrong, "csrf": "forged"}, 403),
            ({"old": PASSWORD, "password": another, "again": another}, 303),
        ):
            answer = post(client, "/tickets/me/password", **fields)
            assert answer.status_code == status
            assert another not in answer.text
            assert "guess-guess-guess" not in answer.text
        assert client.get("/tickets/me").status_code == 200
        csrf = csrf_of(client.get("/login").text)
        fields = {"name": "new.one", "csrf": csrf}
        assert client.post("/login", data={**fields, "password": PASSWORD}).status_code == 401
        assert client.post("/login", data={**fields, "password": another}).status_code == 303


def test_a_ticket_with_a_long_log_shows_its_newest_rows_first(standing_room: Room, address: str) -> None:
    number = standing_room.open("flapping", Urgency.NORMAL, ago=500)
    for start in range(0, 320, 40):
        standing_room.happen(number, *(events.Commented(text=f"row {start + each}") for each in range(40)))
    with logged_in(address, "li.na") as client:
        page = client.get(f"/tickets/{number}").text
        assert "row 319" in page
        assert "row 5<" not in page
        assert "21 older rows" in page
        assert "row 5<" in client.get(f"/tickets/{number}?all=1").text
    assert standing_room.ticket(number).state is State.WAITING


def test_the_store_that_does_not_answer_is_told_of_in_the_same_look(standing_room: Room, address: str) -> None:
    desk, app = standing_room.desk, standing_room.app
    app.state.desk = None
    try:
        answer = httpx.get(f"{address}/tickets", headers={"Accept-Language": "zh"})
    finally:
        app.state.desk = desk
    assert answer.status_code == 503
    assert "工单库" in answer.text


def test_one_is_not_said_as_many(standing_room: Room, address: str) -> None:
    number = standing_room.open("flaps", Urgency.NORMAL, ago=9)
    flap = events.Fired(fingerprint="f", name="Flaps", again=True)
    solved = events.Resolved(solution="x", steps="y", cautions="z")
    standing_room.happen(number, flap, solved, events.Reopened())
    with logged_in(address, "li.na") as client:
        page = client.get(f"/tickets/{number}?lang=en").text
        assert "came back 1 time<" in page
        assert "reopened 1 time<" in page
        standing_room.happen(number, flap, solved, events.Reopened())
        page = client.get(f"/tickets/{number}").text
        assert "came back 2 times<" in page
        assert "reopened 2 times<" in page
        assert "重新打开 2 次" in client.get(f"/tickets/{number}?lang=zh").text
