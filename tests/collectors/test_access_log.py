"""An access log in any format gives rates, latencies and families; whatever a stranger writes into it is only counted."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.access_log import endpoint_name, read
from facts.front import AccessLog, Endpoint

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def combined(target: str, *, after: float = 0, status: int = 200, size: int | str = 512, tail: str = "") -> str:
    at = (START + timedelta(seconds=after)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'203.0.113.7 - - [{at}] "GET {target} HTTP/1.1" {status} {size} "-" "Mozilla/5.0 (X11)"{tail}'


def log(folder: Path, *lines: str | bytes, log_format: str | None = None, **window: datetime) -> AccessLog:
    path = folder / "access.log"
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return read(path, log_format=log_format, since=window.get("since"), until=window.get("until"))


def families(read_log: AccessLog) -> dict[str, Endpoint]:
    return {each.name: each for each in read_log.endpoints}


def test_combined_without_a_request_time_gives_rates_only(tmp_path: Path) -> None:
    found = log(tmp_path, combined("/"), combined("/", after=10, status=503, size="-"), combined("/cart", after=20))
    home = families(found)["GET /"]
    assert (home.requests, home.errors, home.bytes) == (2, 1, 512)
    assert (home.total_seconds, home.p50_seconds, home.p99_seconds, home.max_seconds) == (None, None, None, None)
    assert (found.lines, found.malformed, found.window_requests, found.window_seconds) == (3, 0, 3, 20)
    assert found.sessions is None


def test_combined_with_a_request_time_gives_percentiles(tmp_path: Path) -> None:
    times = [number / 1000 for number in range(1, 101)]
    found = log(tmp_path, *(combined("/p/1", tail=f' {time:.3f} "s{time}"') for time in times))
    page = families(found)["GET /p/{id}"]
    assert page.total_seconds == pytest.approx(sum(times))
    assert page.p50_seconds == pytest.approx(0.050, rel=0.03)
    assert page.p95_seconds == pytest.approx(0.095, rel=0.03)
    assert page.p99_seconds == pytest.approx(0.099, rel=0.03)
    assert page.max_seconds == 0.1
    assert found.sessions == 100


def test_a_request_without_a_time_is_counted_beside_those_with_one(tmp_path: Path) -> None:
    found = log(tmp_path, combined("/", tail=" 0.200"), combined("/", tail=' - "-"'))
    home = families(found)["GET /"]
    assert (home.requests, home.total_seconds) == (2, 0.2)
    assert found.sessions is None


def test_a_custom_format_is_read_by_its_variables(tmp_path: Path) -> None:
    log_format = '$time_iso8601|$request_method|$request_uri|$status|$bytes_sent|rt=$request_time|up="$upstream_addr"'
    line = '2026-11-22T17:00:00+08:00|POST|/checkout?step=2|502|99|rt=1.250|up="10.0.0.1:80"'
    found = log(tmp_path, line, "nonsense", log_format=log_format)
    (checkout,) = found.endpoints
    assert (checkout.name, checkout.requests, checkout.errors) == ("POST /checkout?step", 1, 1)
    assert (checkout.bytes, checkout.total_seconds) == (99, 1.25)
    assert (found.since, found.malformed) == (START, 1)


def test_upstream_times_tell_the_application_from_the_way_to_the_shopper(tmp_path: Path) -> None:
    log_format = '$time_iso8601 "$request" $status $request_time "$upstream_response_time"'
    moment = "2026-11-22T17:00:00+08:00"
    found = log(
        tmp_path,
        f'{moment} "GET / HTTP/1.1" 200 1.000 "0.400"',
        f'{moment} "GET / HTTP/1.1" 200 1.000 "0.100, 0.300 : 0.200"',
        f'{moment} "GET /logo.png HTTP/1.1" 200 5.000 "-"',
        f'{moment} "GET / HTTP/1.1" 200 0.010 "0.011"',
        log_format=log_format,
    )
    assert found.delivery_seconds == pytest.approx(1.0)


def test_without_upstream_times_the_network_is_not_known(tmp_path: Path) -> None:
    assert log(tmp_path, combined("/", tail=" 0.200")).delivery_seconds is None


def test_a_custom_format_may_say_one_variable_twice(tmp_path: Path) -> None:
    log_format = '$msec $status "$request" $status'
    found = log(tmp_path, f'{START.timestamp():.3f} 200 "GET / HTTP/2.0" 200', log_format=log_format)
    assert [each.name for each in found.endpoints] == ["GET /"]
    assert found.since == START


def test_json_lines_have_variable_names_as_keys(tmp_path: Path) -> None:
    lines = [
        {"time_iso8601": "2026-11-22T09:00:00+00:00", "request": "GET / HTTP/1.1", "status": 200, "request_time": 0.25},
        {"msec": "1795338000.5", "request_method": "GET", "request_uri": "/cart", "status": "200", "session": "a"},
        {"request": "GET / HTTP/1.1", "status": 200},
    ]
    found = log(tmp_path, *(json.dumps(line) for line in lines), "{not json", "{}")
    assert {name: each.requests for name, each in families(found).items()} == {"GET /": 1, "GET /cart": 1}
    assert families(found)["GET /"].total_seconds == 0.25
    assert (found.lines, found.malformed, found.sessions) == (5, 3, 1)


HOSTILE = [
    "",
    "\x00\x01\x02",
    "GET / HTTP/1.1",
    combined("/").replace("22/Nov/2026", "99/Nov/2026"),
    combined("/").replace('"GET / HTTP/1.1"', '"-"'),
    combined("/").replace('"GET / HTTP/1.1"', r'"\x16\x03\x01"'),
    combined("/").replace(" 200 ", " two "),
    '{"time_iso8601": 7}',
    "[" * 500,
    "{" * 500,
    '"' * 5000,
    "a" * 200_000,
]


def test_hostile_lines_are_counted_and_never_guessed(tmp_path: Path) -> None:
    found = log(tmp_path, combined("/"), *HOSTILE, b"\xff\xfe\xfd", combined("/", after=5))
    assert [(each.name, each.requests) for each in found.endpoints] == [("GET /", 2)]
    assert found.lines - found.malformed == 2
    assert found.malformed >= len(HOSTILE)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(combined("//["), id="a path that is no address"),
        pytest.param('{"a":' * 12_000, id="nested JSON"),
        pytest.param('{"msec": "1e300", "request": "GET / HTTP/1.1", "status": 200}', id="a moment beyond time"),
        pytest.param(
            '{"time_iso8601": "2026-11-22T09:00:00", "request": "GET / HTTP/1.1", "status": 200}', id="no time zone"
        ),
    ],
)
def test_one_hostile_line_does_not_cost_the_log(tmp_path: Path, line: str) -> None:
    found = log(tmp_path, combined("/"), line, since=START - timedelta(hours=1))
    assert families(found)["GET /"].requests >= 1


def test_a_method_that_is_none_is_not_shown(tmp_path: Path) -> None:
    found = log(tmp_path, combined("/").replace("GET", "alice@shop.example"))
    assert [each.name for each in found.endpoints] == ["? /"]


def test_the_peak_is_the_busiest_minute_of_all_that_was_read(tmp_path: Path) -> None:
    quiet = [combined("/", after=60 * minute) for minute in range(10)]
    busy = [combined("/", after=300 + number / 10) for number in range(1, 300)]
    found = log(tmp_path, *quiet[:6], *busy, *quiet[6:], since=START + timedelta(minutes=8))
    assert found.peak_per_second == pytest.approx(300 / 60)
    assert found.window_requests == 2


def test_a_log_of_seconds_has_its_mean_rate_as_peak(tmp_path: Path) -> None:
    found = log(tmp_path, *(combined("/", after=number) for number in range(11)))
    assert found.peak_per_second == pytest.approx(1.1)


def test_only_the_windows_requests_are_in_its_families(tmp_path: Path) -> None:
    lines = [combined("/early"), combined("/inside", after=100), combined("/late", after=200)]
    found = log(tmp_path, *lines, since=START + timedelta(seconds=50), until=START + timedelta(seconds=150))
    assert [each.name for each in found.endpoints] == ["GET /inside"]
    assert (found.lines, found.window_requests, found.window_seconds) == (3, 1, 100)


def test_an_empty_log_has_no_rate(tmp_path: Path) -> None:
    found = log(tmp_path)
    assert (found.lines, found.peak_per_second, found.since, found.endpoints) == (0, 0.0, None, ())


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/", "GET /"),
        ("/p/123", "GET /p/{id}"),
        ("/p/123/reviews?page=2&sort=new", "GET /p/{id}/reviews?page&sort"),
        ("/search?q=张三", "GET /search?q"),
        ("/search?q=li.lei@shop.cn&q=2", "GET /search?q"),
        ("/s/%E5%BC%A0%E4%B8%89", "GET /s/{id}"),
        ("/pay/9f86d081884c7d65", "GET /pay/{id}"),
        ("/call/138-0013-8000", "GET /call/{id}"),
        ("/x?li.lei@shop.cn", "GET /x"),
        ("http://shop.example/cart", "GET /cart"),
        ("*", "GET /*"),
    ],
)
def test_what_varies_in_an_address_is_left_out(target: str, name: str) -> None:
    assert endpoint_name("GET", target, _Places()) == (name, False)


class _Places(dict[str, set[str]]):
    def __missing__(self, place: str) -> set[str]:
        return self.setdefault(place, set())


@pytest.mark.parametrize("target", ["/reset/li.lei@shop.cn", "/u/a张三", "/u/Li%20Lei%20@home"])
def test_a_personal_part_of_a_path_is_left_out(target: str) -> None:
    name, _ = endpoint_name("GET", target, _Places())
    assert name.endswith("/{id}")


@pytest.mark.parametrize(
    ("target", "staff"),
    [
        *(("/admin", True), ("/admin/orders/12", True), ("/zh/staff/", True), ("/Backoffice/x?y=1", True)),
        *(("/administrator-guide", False), ("/p/admin-chair", False), ("/help/a/admin", False), ("/", False)),
    ],
)
def test_staff_pages_do_not_grow_with_the_promotion(target: str, staff: bool) -> None:  # noqa: FBT001  (a case's column)
    assert endpoint_name("GET", target, _Places())[1] is staff


def test_staff_pages_are_marked_in_the_figures(tmp_path: Path) -> None:
    found = log(tmp_path, combined("/admin/orders"), combined("/orders"))
    assert {each.name: each.staff for each in found.endpoints} == {"GET /admin/orders": True, "GET /orders": False}


def test_a_place_with_many_values_is_a_variable(tmp_path: Path) -> None:
    names = [f"{first}{second}-shoe" for first in "abcdefghij" for second in "abcdefghij"]
    found = log(tmp_path, *(combined(f"/sale/{name}") for name in names * 2))
    assert families(found)["GET /sale/{id}"].requests >= 169


def test_no_value_of_such_a_place_keeps_a_family_of_its_own(tmp_path: Path) -> None:
    names = [f"{first}{second}-shoe" for first in "abcdefghij" for second in "abcdefghij"]
    found = log(tmp_path, *(combined(f"/sale/{name}") for name in names))
    assert [(each.name, each.requests) for each in found.endpoints] == [("GET /sale/{id}", 100)]


def test_only_the_end_of_a_huge_log_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = combined("/")
    monkeypatch.setattr("collectors.access_lines.READ_AT_MOST", 5 * (len(line) + 1) + 7)
    found = log(tmp_path, *[line] * 50)
    assert (found.lines, found.malformed) == (5, 0)


def test_a_log_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.log", log_format=None, since=None, until=None)
