"""Routes that frameworks write and paths that the access log shows meet in one shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors.routes import endpoints_of, shape
from tests.advisors import build


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("/", "/"),
        ("", "/"),
        ("/search", "/search"),
        ("/search/", "/search"),
        ("search", "/search"),
        ("/search?q", "/search"),
        ("/p/{id}", "/p/{id}"),
        ("/p/{product_id}/reviews", "/p/{id}/reviews"),
        ("/p/<int:id>", "/p/{id}"),
        ("/p/<id>/", "/p/{id}"),
        ("/p/:id", "/p/{id}"),
        ("/u/:user/orders/:order", "/u/{id}/orders/{id}"),
        (r"/p/(\d+)", "/p/{id}"),
        ("/商品/{id}", "/商品/{id}"),
        (r"/p/(?P<id>\d+)", "/p/{id}"),
        (r"^p/(?P<id>(?:\d+|[a-z]+))/?$", "/p/{id}"),
        ("/p/{id:\\d{4}}", "/p/{id}"),
        ("/search?next={page}", "/search"),
    ],
)
def test_shapes(route: str, expected: str) -> None:
    assert shape(route) == expected


@given(st.text(max_size=80))
def test_a_shape_has_a_shape_of_its_own(route: str) -> None:
    once = shape(route)
    assert once.startswith("/")
    assert shape(once) == once


def test_a_route_finds_its_families_of_all_methods_and_queries() -> None:
    page = build.endpoint("GET /p/{id}")
    traced = build.endpoint("GET /p/{id}?from")
    posted = build.endpoint("POST /p/{id}")
    other = build.endpoint("GET /p/{id}/reviews")
    fronts = [build.front(page, other), build.front(traced, posted, target="mobile")]
    assert endpoints_of("/p/<int:product>", fronts) == [page, traced, posted]


def test_no_route_finds_nothing() -> None:
    assert endpoints_of("", [build.front(build.endpoint("GET /"))]) == []
