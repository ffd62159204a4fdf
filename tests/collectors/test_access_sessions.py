"""An access log tells what shoppers did in which order; machines, staff and strangers' lines are left out and counted."""

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import access_visits
from collectors.access_sessions import read
from facts.traffic import INDISTINCT, Session, Traffic

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11)"


def line(  # one line's fields, all of them optional
    target: str,
    *,
    after: float = 0,
    session: str | None = None,
    address: str = "203.0.113.7",
    agent: str = BROWSER,
    status: int = 200,
    seconds: str = "0.000",
    method: str = "GET",
) -> str:
    at = (START + timedelta(seconds=after)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    tail = f' {seconds} "{session}"' if session is not None else ""
    return f'{address} - - [{at}] "{method} {target} HTTP/1.1" {status} 512 "-" "{agent}"{tail}'


def traffic(folder: Path, *found: str | bytes, log_format: str | None = None) -> Traffic:
    path = folder / "access.log"
    path.write_bytes(b"".join((each.encode() if isinstance(each, str) else each) + b"\n" for each in found))
    return read([path], log_format=log_format)


def pages(session: Session) -> list[str]:
    return [visit.endpoint.removeprefix("GET ") for visit in session.visits]


def test_sessions_are_told_apart_by_the_session_field(tmp_path: Path) -> None:
    found = traffic(
        tmp_path,
        line("/", session="a"),
        line("/search?q=tea", session="b", after=1),
        line("/p/7", session="a", after=5),
        line("/p/9", session="b", after=9),
    )
    assert [pages(session) for session in found.sessions] == [["/", "/p/{id}"], ["/search?q", "/p/{id}"]]
    assert (found.requests, found.told_apart_by, found.left_out) == (4, "session field", {})


def test_without_a_session_field_by_address_and_agent(tmp_path: Path) -> None:
    found = traffic(
        tmp_path,
        line("/"),
        line("/", address="203.0.113.8"),
        line("/", agent="Mozilla/5.0 (iPhone)"),
        line("/cart", after=3),
    )
    assert sorted(pages(session) for session in found.sessions) == [["/"], ["/"], ["/", "/cart"]]
    assert found.told_apart_by == "address and agent"


def test_behind_a_proxy_the_forwarded_address_tells_shoppers_apart(tmp_path: Path) -> None:
    log_format = '$remote_addr [$time_iso8601] "$request" $status "$http_x_forwarded_for" "$http_user_agent"'
    row = '10.0.0.1 [2026-11-22T09:00:0{second}+00:00] "GET /{page} HTTP/1.1" 200 "{shopper}" "Mozilla"'
    found = traffic(
        tmp_path,
        row.format(second=1, page="a", shopper="203.0.113.1, 10.0.0.9"),
        row.format(second=2, page="b", shopper="203.0.113.2"),
        row.format(second=3, page="c", shopper="203.0.113.1"),
        log_format=log_format,
    )
    assert [pages(session) for session in found.sessions] == [["/a", "/c"], ["/b"]]


def test_a_session_cookie_of_the_log_format_is_the_session(tmp_path: Path) -> None:
    log_format = '$remote_addr [$time_iso8601] "$request" $status "$cookie_theme" "$cookie_PHPSESSID"'
    row = '10.0.0.1 [2026-11-22T09:00:0{second}+00:00] "GET /{page} HTTP/1.1" 200 "dark" "{session}"'
    found = traffic(
        tmp_path,
        row.format(second=1, page="a", session="x"),
        row.format(second=2, page="b", session="y"),
        row.format(second=3, page="c", session="x"),
        log_format=log_format,
    )
    assert [pages(session) for session in found.sessions] == [["/a", "/c"], ["/b"]]
    assert found.told_apart_by == "session field"


def test_the_first_request_has_no_session_yet_and_joins_the_one_that_its_answer_opens(tmp_path: Path) -> None:
    found = traffic(
        tmp_path,
        line("/", session="-"),
        line("/login", session="-", after=4),
        line("/orders", session="new", after=8),
        line("/", session="-", address="198.51.100.1", after=9),
    )
    assert [pages(session) for session in found.sessions] == [["/", "/login", "/orders"], ["/"]]


def test_a_pause_beyond_half_an_hour_ends_a_session(tmp_path: Path) -> None:
    found = traffic(
        tmp_path,
        line("/", session="a"),
        line("/cart", session="a", after=1795),
        line("/", session="a", after=1795 + 1805),
    )
    assert [pages(session) for session in found.sessions] == [["/", "/cart"], ["/"]]


MACHINES = {
    "crawler": line("/p/1", agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    "health probe": line("/healthz", agent="kube-probe/1.29"),
    "static file": line("/static/shop.css?v=3"),
    "rehearsal": line("/p/1", agent="tenfold/0.1.0"),
    "staff page": line("/admin/orders"),
    "no page asked for": line("/cart", method="OPTIONS"),
    "no such page": line("/wp-login.php", status=404),
    "malformed line": "nonsense",
}


def test_what_no_shopper_asked_for_is_left_out_and_counted_by_reason(tmp_path: Path) -> None:
    found = traffic(tmp_path, line("/"), *MACHINES.values(), line("/cart", after=2))
    assert found.left_out == dict.fromkeys(MACHINES, 1)
    assert [pages(session) for session in found.sessions] == [["/", "/cart"]]
    assert found.requests == 2


def test_a_crowd_behind_one_address_is_no_session(tmp_path: Path) -> None:
    crowd = [line(f"/p/{number}", after=number / 8) for number in range(600)]
    found = traffic(tmp_path, *crowd, line("/", address="203.0.113.8", after=80))
    assert [pages(session) for session in found.sessions] == [["/"]]
    assert found.left_out == {INDISTINCT: 600}
    assert found.requests == 1


def test_who_shares_an_address_with_several_sessions_is_not_taken_for_one_of_them(tmp_path: Path) -> None:
    rows = []
    for number in range(40):
        rows.append(line("/", session="-", after=4 * number))
        rows.append(line("/orders", session=f"s{number}", after=4 * number + 2))
    found = traffic(tmp_path, *rows)
    assert max(len(session.visits) for session in found.sessions) <= 3
    assert sum(pages(session) == ["/orders"] for session in found.sessions) >= 37
    assert found.left_out[INDISTINCT] >= 36
    assert found.requests + found.left_out[INDISTINCT] == 80


def test_subjects_are_pseudonyms_that_keep_equality(tmp_path: Path) -> None:
    targets = ["/p/4711", "/p/4711", "/p/5", "/search?q=%E5%BC%A0%E4%B8%89", "/search?q=张三", "/"]
    found = traffic(tmp_path, *(line(target, session="a", after=number) for number, target in enumerate(targets)))
    subjects = [visit.subject for visit in found.sessions[0].visits]
    assert subjects[0] == subjects[1] != subjects[2]
    assert subjects[3] == subjects[4]
    assert subjects[5] == ""
    assert not any(word in repr(found) for word in ("4711", "张三", "203.0.113"))


def test_a_word_that_turned_out_to_vary_becomes_a_subject(tmp_path: Path) -> None:
    names = [f"{first}{second}-shoe" for first in "abcdefgh" for second in "abcdefgh"]
    found = traffic(tmp_path, *(line(f"/sale/{name}", session=name, after=number) for number, name in enumerate(names)))
    visits = [visit for session in found.sessions for visit in session.visits]
    assert {visit.endpoint for visit in visits} == {"GET /sale/{id}"}
    assert len({visit.subject for visit in visits}) == len(names)


def test_a_request_began_before_its_line_was_written(tmp_path: Path) -> None:
    found = traffic(tmp_path, line("/", session="a", after=10, seconds="4.000"), line("/cart", session="a", after=20))
    first, second = found.sessions[0].visits
    assert first.at == pytest.approx(START.timestamp() + 6.5)
    assert second.at - (first.at + (first.seconds or 0)) == pytest.approx(10)


def test_whole_seconds_are_spread_so_that_pauses_keep_their_mean(tmp_path: Path) -> None:
    # 40 shoppers a second ask twice, 0.7 s apart; the log has whole seconds only.
    moments = sorted((number / 40 + pause, f"s{number}") for number in range(2000) for pause in (0, 0.7))
    found = traffic(tmp_path, *(line("/", session=session, after=at) for at, session in moments))
    pauses = [session.visits[1].at - session.visits[0].at for session in found.sessions]
    assert sum(pauses) / len(pauses) == pytest.approx(0.7, abs=0.03)
    assert sum(abs(pause - 0.7) < 0.15 for pause in pauses) > 0.9 * len(pauses)


def test_fractions_of_seconds_are_taken_as_they_are(tmp_path: Path) -> None:
    row = '{{"msec": "{at:.3f}", "request": "GET / HTTP/1.1", "status": 200, "session": "a"}}'
    found = traffic(tmp_path, *(row.format(at=START.timestamp() + after) for after in (0.25, 0.75, 3.0)))
    assert [visit.at - START.timestamp() for visit in found.sessions[0].visits] == pytest.approx([0.25, 0.75, 3.0])


def test_minutes_count_arrivals_and_their_scatter(tmp_path: Path) -> None:
    found = traffic(tmp_path, *(line("/", session=f"s{number}", after=number // 3) for number in range(360)))
    assert [(minute.sessions, minute.requests, minute.squares) for minute in found.minutes] == [(180, 180, 540)] * 2
    assert found.minutes[0].at == START.timestamp()


def test_a_large_log_is_kept_as_whole_sessions_chosen_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_visits, "VISITS_AT_MOST", 400)
    rows = [
        line(f"/{'abcde'[page]}", session=f"s{number}", after=number + 10 * page)
        for number in range(3000)
        for page in range(5)
    ]
    rows.sort(key=lambda row: row.partition("[")[2])
    found = traffic(tmp_path, *rows)
    assert {tuple(pages(session)) for session in found.sessions} == {("/a", "/b", "/c", "/d", "/e")}
    assert 20 <= len(found.sessions) <= 80
    thirds = Counter(int(session.visits[0].at - START.timestamp()) // 1000 for session in found.sessions)
    assert min(thirds[each] for each in range(3)) > 0
    assert found.requests == 15_000
    assert [each.visits[0].at for each in traffic(tmp_path, *rows).sessions] == [
        each.visits[0].at for each in found.sessions
    ]


def test_rotated_files_are_read_as_one_log(tmp_path: Path) -> None:
    (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(f"{line('/', session='a')}\n".encode()))
    (tmp_path / "access.log").write_text(f"{line('/cart', session='a', after=9)}\n")
    found = read([tmp_path / "access.log.1.gz", tmp_path / "access.log"], log_format=None)
    assert [pages(session) for session in found.sessions] == [["/", "/cart"]]


def test_a_cut_compressed_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress(f"{line('/')}\n".encode() * 1000)[:-20])
    with pytest.raises(OSError, match="gzip -dc"):
        read([path], log_format=None)


HOSTILE = [
    "",
    "\x00\x01\x02",
    "[" * 500,
    "{" * 500,
    '{"a":' * 12_000,
    "a" * 200_000,
    line("//["),
    line("/").replace("22/Nov/2026", "99/Nov/2026"),
    line("/p/" + "9" * 60_000, address="198.51.100.9"),
    line("/?" + "&".join(f"p{number}=1" for number in range(300)), address="198.51.100.9"),
    line("/", session="\\x22" * 5000, address="198.51.100.9"),
]


def test_hostile_lines_cost_the_log_nothing(tmp_path: Path) -> None:
    found = traffic(tmp_path, line("/"), *HOSTILE, b"\xff\xfe\xfd", line("/cart", after=5))
    assert ["/", "/cart"] in [pages(session) for session in found.sessions]
    assert found.left_out["malformed line"] >= 8


def test_who_makes_up_parameters_fills_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.access_sessions.NAMES_AT_MOST", 50)
    found = traffic(tmp_path, line("/"), *(line(f"/?x{number}a=1", after=number) for number in range(200)))
    assert found.left_out == {"too many different pages": 151}


def test_a_log_without_shoppers_is_empty_traffic(tmp_path: Path) -> None:
    found = traffic(tmp_path, MACHINES["crawler"])
    assert (found.sessions, found.requests, found.minutes) == ((), 0, ())
