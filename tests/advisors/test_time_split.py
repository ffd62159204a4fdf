"""Where a page's time goes, and when nobody can tell."""

import pytest

from advisors.time_split import WINDOW_TOLERANCE, first_sentence, split_time
from advisors.workload import build_workload
from facts.findings import TimeSplit
from facts.front import FrontFacts
from facts.postgres import PostgresFacts
from facts.promotion import Promotion
from facts.redis import CommandStatistics, RedisFacts
from tests.advisors import build


def split(*parts: PostgresFacts | RedisFacts | FrontFacts) -> TimeSplit:
    snapshot = build.snapshot(*parts)
    workloads = [
        build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=None, fronts=snapshot.fronts)
        for facts in snapshot.postgres
    ]
    return split_time(snapshot, workloads)


def busy(seconds: float, target: str = build.TARGET) -> PostgresFacts:
    return build.database(build.statement("SELECT $1", seconds=seconds), target=target)


def cache(seconds: float) -> RedisFacts:
    get = CommandStatistics(command="get", calls=1_000, seconds=seconds)
    return build.redis(info=build.redis_info(commands=(get,)), window=build.redis_window(hits=900, misses=100))


def pages(window: float = build.WINDOW, mean: float | None = 0.1, target: str = build.SITE) -> FrontFacts:
    return build.front(build.endpoint(requests=600, mean=mean), window=window, target=target)


def test_what_database_and_cache_do_not_explain_is_the_application() -> None:
    found = split(busy(15.0), cache(3.0), pages())
    assert (found.request_seconds, found.requests) == (60.0, 600)
    assert found.parts == {"database": 15.0, "cache": 3.0, "application": 42.0}


def test_what_the_front_took_beyond_the_application_is_the_network() -> None:
    found = split(busy(15.0), cache(3.0), build.front(build.endpoint(requests=600, mean=0.1), delivery=12.0))
    assert found.parts == {"database": 15.0, "cache": 3.0, "network": 12.0, "application": 30.0}
    assert "50 % of that in the application, 20 % on the network" in str(first_sentence(found))


def test_one_log_without_upstream_times_leaves_network_and_application_together() -> None:
    second = build.front(build.endpoint(requests=600, mean=0.1), target="second")
    found = split(busy(15.0), build.front(build.endpoint(requests=600, mean=0.1), delivery=12.0), second)
    assert "network" not in found.parts
    assert "the application and the network around it" in str(first_sentence(found))


def test_several_databases_add_up() -> None:
    assert split(busy(15.0), busy(5.0, "stock"), pages()).parts == {"database": 20.0, "application": 40.0}


def test_the_database_can_be_busier_than_the_pages() -> None:
    assert split(busy(90.0), pages()).parts == {"database": 90.0, "application": 0.0}


@pytest.mark.parametrize(
    ("window", "comparable"),
    [
        (build.WINDOW * (1 + WINDOW_TOLERANCE), True),
        (build.WINDOW * (1 - WINDOW_TOLERANCE), True),
        (build.WINDOW * (1 + WINDOW_TOLERANCE) + 0.1, False),
        (build.WINDOW * (1 - WINDOW_TOLERANCE) - 0.1, False),
    ],
)
def test_windows_that_differ_too_much_are_not_compared(window: float, *, comparable: bool) -> None:
    found = split(busy(15.0), pages(window))
    assert ("application" in found.parts) is comparable
    assert ("same window" in str(first_sentence(found))) is not comparable


def test_a_log_without_request_times_explains_nothing() -> None:
    found = split(busy(15.0), pages(mean=None))
    assert (found.request_seconds, found.requests, found.parts) == (None, 600, {"database": 15.0})
    assert "not known" in str(first_sentence(found))


def test_without_a_log_the_database_is_still_measured() -> None:
    found = split(busy(15.0))
    assert (found.request_seconds, found.requests, found.parts) == (None, None, {"database": 15.0})
    assert "not known" in str(first_sentence(found))


def test_without_statements_the_database_is_missing_and_not_zero() -> None:
    assert split(build.database(unread=True), pages()).parts == {}


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    found = split()
    assert (found.request_seconds, found.requests, found.parts) == (None, None, {})
    assert "not known" in str(first_sentence(found))


def test_the_first_sentence_tells_the_shares() -> None:
    sentence = str(first_sentence(split(busy(15.0), cache(3.0), pages())))
    assert sentence == (
        "A request takes 100 ms on average: 70 % of that in the application and the network around it, "
        "25 % in the database, 5.0 % in the cache."
    )


def test_a_site_without_request_times_does_not_make_the_other_one_quicker() -> None:
    found = split(busy(15.0), pages(), pages(mean=None, target="blog", window=3 * build.WINDOW))
    assert (found.request_seconds, found.requests) == (60.0, 600)
    sentence = str(first_sentence(found))
    assert sentence.startswith("A request takes 100 ms on average")
