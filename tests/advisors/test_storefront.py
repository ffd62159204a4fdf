"""Only shoppers are multiplied: staff and jobs are told apart by the mall's own words, then by their ways."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors.storefront import RARE_PER_REQUEST, SLOW_SECONDS, follows, is_staff_or_job

REQUESTS = 100_000
RARE = int(REQUESTS * RARE_PER_REQUEST)


def grows(
    tags: Mapping[str, str] | None = None,
    *,
    kind: str = "select",
    calls: int = 1_000,
    mean: float = 0.001,
    requests: int | None = REQUESTS,
) -> bool:
    answer, why = follows(tags or {}, kind, calls=calls, mean_seconds=mean, requests=requests)
    assert str(why)
    return answer


@pytest.mark.parametrize(
    "tags",
    [
        {"job": "close-orders"},
        {"job": "close-orders", "route": "/checkout"},
        {"route": "/admin/orders"},
        {"route": "admin/orders"},
        {"route": "/staff"},
        {"controller": "admin.orders"},
        {"controller": "backoffice"},
        {"action": "nightly_report", "controller": "jobs"},
        {"application": "shop-worker"},
        {"application": "shop-staff"},
        {"application": "backoffice"},
        {"route": "/backend/orders"},
        {"controller": "Mall::Console"},
        {"application": "etl"},
        {"route": "/p/{id}", "application": "batch"},
    ],
)
def test_the_mall_says_that_it_is_staff_or_a_job(tags: dict[str, str]) -> None:
    assert not grows(tags)


@pytest.mark.parametrize(
    "tags",
    [
        {"route": "/p/{id}"},
        {"route": "/checkout", "application": "shop"},
        {"controller": "products"},
        {"application": "mall-backend", "route": "/p/{id}"},
        {"route": "/administer-gifts"},
        {"route": "/manager-picks"},
        {"route": "/jobless-discount"},
        {"route": "/cronuts"},
    ],
)
def test_a_storefront_page_grows_whatever_its_pace(tags: dict[str, str]) -> None:
    assert grows(tags)
    assert grows(tags, calls=1, mean=10 * SLOW_SECONDS)


@pytest.mark.parametrize(
    ("calls", "mean", "storefront"),
    [
        (RARE, SLOW_SECONDS, False),
        (RARE + 1, SLOW_SECONDS, True),
        (RARE, SLOW_SECONDS * (1 - 1e-9), True),
        (1, 60.0, False),
    ],
)
def test_without_a_word_the_rare_and_slow_is_a_job(calls: int, mean: float, *, storefront: bool) -> None:
    assert grows(calls=calls, mean=mean) is storefront


@pytest.mark.parametrize(("calls", "storefront"), [(1, False), (2, True)])
def test_without_a_log_only_what_ran_once_is_rare(calls: int, *, storefront: bool) -> None:
    assert grows(calls=calls, mean=60.0, requests=None) is storefront


def test_transaction_control_follows_the_requests() -> None:
    assert grows(kind="other", calls=1, mean=60.0)


@given(name=st.text(max_size=60))
def test_any_name_can_be_asked_about(name: str) -> None:
    assert is_staff_or_job(f"{name}/admin/{name}")
    answer, why = follows(
        {"controller": "products", "application": name}, "select", calls=1, mean_seconds=1.0, requests=None
    )
    assert answer is not is_staff_or_job(name)
    assert str(why)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("shop-staff", True),
        ("shop_worker", True),
        ("prod/mall-cron/main", True),
        ("mall-backend", False),
        ("shop", False),
    ],
)
def test_a_program_says_whom_it_serves(name: str, *, answer: bool) -> None:
    assert is_staff_or_job(name) is answer
