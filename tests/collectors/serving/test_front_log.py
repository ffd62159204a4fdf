"""The access log's end: counted once, across rotation, whatever a stranger writes."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from collectors.access_lines import line_pattern
from collectors.serving import front_log
from collectors.serving.front_log import BYTES_AT_MOST, ENDPOINTS, Tail, samples, tailing
from collectors.serving.metric import Distribution, Sample

PATTERN = line_pattern(None)


def line(target: str = "/p/1", status: int = 200, seconds: float | None = 0.02, method: str = "GET") -> str:
    time = f" {seconds:.3f}" if seconds is not None else ""
    return f'203.0.113.9 - - [24/Nov/2026:10:00:00 +0800] "{method} {target} HTTP/1.1" {status} 512 "-" "curl"{time}\n'


def requests(found: Iterable[Sample]) -> dict[tuple[str, ...], float]:
    return {each.labels: float(each.value) for each in found if each.metric is front_log.REQUESTS and each.value}  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text("".join(line(f"/p/{number}") for number in range(50)), encoding="utf-8")
    return path


def append(path: Path, *texts: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(texts)


def test_what_was_there_before_is_not_counted(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    assert requests(samples(tail)) == {}


def test_new_lines_are_counted_once_by_endpoint_and_class(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    append(log, line("/p/77"), line("/p/78"), line("/search?q=mug", 500), line("/login", 302, method="POST"))
    tail.read(PATTERN)
    tail.read(PATTERN)
    assert requests(samples(tail)) == {
        ("GET /p/{id}", "2xx"): 2,
        ("GET /search", "5xx"): 1,
        ("POST /login", "3xx"): 1,
    }


def test_a_half_written_line_waits_for_its_end(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    whole = line("/c/1")
    append(log, whole[:30])
    tail.read(PATTERN)
    assert requests(samples(tail)) == {}
    append(log, whole[30:])
    tail.read(PATTERN)
    assert sum(requests(samples(tail)).values()) == 1
    assert tail.malformed == 0


def test_a_rotated_log_is_read_from_its_beginning(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    log.rename(log.with_suffix(".1"))
    log.write_text(line() * 3, encoding="utf-8")
    tail.read(PATTERN)
    assert sum(requests(samples(tail)).values()) == 3


def test_a_log_that_was_emptied_is_read_from_its_beginning(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    with log.open("r+b") as file:
        file.truncate(0)
    append(log, line() * 2)
    tail.read(PATTERN)
    assert sum(requests(samples(tail)).values()) == 2


def test_what_is_too_much_for_one_scrape_is_skipped_and_said(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    many = BYTES_AT_MOST // len(line()) + 1000
    append(log, line() * many)
    tail.read(PATTERN)
    counted = sum(requests(samples(tail)).values())
    assert tail.skipped > 0
    assert counted == pytest.approx(many - tail.skipped / len(line()), abs=2)


def test_addresses_tried_at_random_take_no_place(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    append(
        log, *(line(f"/wp-{letter}{number}.php", 404) for letter in "abc" for number in range(40)), line("/checkout")
    )
    tail.read(PATTERN)
    found = requests(samples(tail))
    assert found["other", "4xx"] == 120
    assert found["GET /checkout", "2xx"] == 1
    assert len({endpoint for endpoint, _ in found}) <= ENDPOINTS + 1


def test_the_rest_of_many_endpoints_is_other(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    words = [f"/{first}{second}/page" for first in "abcdefgh" for second in "klmnop"]
    append(log, *(line(word) for word in words))
    tail.read(PATTERN)
    found = requests(samples(tail))
    assert sum(found.values()) == len(words)
    assert len(found) <= ENDPOINTS + 1


def test_times_are_a_histogram(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    append(log, line(seconds=0.04), line(seconds=0.3), line(seconds=30.0), line(seconds=None))
    tail.read(PATTERN)
    (durations,) = [each.value for each in samples(tail) if each.metric is front_log.DURATIONS]
    assert isinstance(durations, Distribution)
    assert [count for _, count in durations.buckets] == [1, 1, 1, 2, 2, 2, 2, 3]
    assert durations.total == pytest.approx(30.34)


def test_lines_that_say_nothing_are_counted(log: Path) -> None:
    tail = Tail(log)
    tail.read(PATTERN)
    append(log, "\x00\x00\n", '{"not": "a log"\n', "\n")
    tail.read(PATTERN)
    assert tail.malformed == 3


def test_a_log_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    reader = tailing(tmp_path / "none.log", None).begin()
    with pytest.raises(FileNotFoundError):
        tuple(reader(None))
