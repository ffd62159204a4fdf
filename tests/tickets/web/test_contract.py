"""The document of the API is whole and holds; every answer carries its headers; a store that is not there is told of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from httpx import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from facts.message import msg
from tests.tickets.web.conftest import Service
from tests.tickets.web.served import served
from tests.tickets.web.test_roles_on_routes import ELSEWHERE
from tickets.names import Role
from tickets.store.opening import StoreUnavailable
from tickets.web import api
from tickets.web.app import ROUTES, mount

Acting = Callable[[Role], Client]
EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.filterwarnings("default")  # Of libraries that the test itself brings.
@pytest.mark.timeout(600)
def test_whatever_fits_the_document_is_answered_as_the_document_says(service: Service, acting: Acting) -> None:
    for _ in range(3):
        number = acting(Role.LEAD).post("/api/v1/tickets", json={"title": "x"}).json()["id"]
        acting(Role.LEAD).post(f"/api/v1/tickets/{number}/take")
    headers = {"Authorization": acting(Role.ADMIN).headers["Authorization"]}
    tried = 0
    with served(service.app) as url:
        schema = openapi.from_url(f"{url}/api/openapi.json")
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            if operation.path.startswith(ELSEWHERE):
                continue

            @settings(
                max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(), number=st.sampled_from([None, 1, 2, 3]))
            def hold(case: schemathesis.Case[Any], number: int | None) -> None:
                nonlocal tried
                tried += 1
                if number is not None and "number" in case.path_parameters:
                    case.path_parameters["number"] = number
                case.query.pop("wait", None)
                case.call_and_validate(headers=headers, checks=CHECKS, timeout=30)

            hold()
    assert tried > 100


def test_the_document_tells_how_to_prove_who_one_is(service: Service) -> None:
    document = service.client().get("/api/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "tenfold_session")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith(ELSEWHERE):
                continue
            proves = {name for each in operation.get("security", []) for name in each}
            assert proves == ({"token", "session"} if (method, path) != ("post", "/api/v1/sessions") else set())
            for status in ("401", "403", "422", "503"):
                assert status in operation["responses"], (method, path, status)
            assert "application/problem+json" in operation["responses"]["422"]["content"], (method, path)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/tickets", 200), ("GET", "/api/v1/tickets/999", 404), ("GET", "/api/v1/tickets/x", 422),
        ("GET", "/nowhere", 404), ("DELETE", "/api/v1/tickets", 405), ("GET", "/broken", 500),
    ],
)  # fmt: skip
def test_every_answer_carries_its_headers(
    service: Service, acting: Acting, method: str, address: str, status: int
) -> None:
    @service.app.get("/broken", include_in_schema=False)
    def broken() -> None:
        raise RuntimeError("tf_secret in the text of an error")

    answer = acting(Role.LEAD).request(method, address)
    assert answer.status_code == status
    expected = {
        "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }  # fmt: skip
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert "tf_secret" not in answer.text
    if address.startswith("/api/"):
        assert answer.headers["Cache-Control"] == "no-store"
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_a_page_keeps_a_policy_of_its_own(service: Service, acting: Acting) -> None:
    from fastapi.responses import HTMLResponse

    @service.app.get("/page")
    def page() -> HTMLResponse:
        return HTMLResponse("<p>", headers={"Content-Security-Policy": "default-src 'self'"})

    assert acting(Role.LEAD).get("/page").headers["Content-Security-Policy"] == "default-src 'self'"


def test_a_store_that_opens_later_or_breaks_is_unavailable_for_a_while(service: Service, acting: Acting) -> None:
    token = acting(Role.LEAD).headers
    there: list[Any] = [None]
    app = FastAPI()
    mount(app, lambda: there[0])
    with Service(app, service.desk, service.clock, service.portal).client(headers=token) as client:
        early = client.get("/api/v1/tickets")
        assert (early.status_code, int(early.headers["Retry-After"]) > 0) == (503, True)
        there[0] = service.desk
        assert client.get("/api/v1/tickets").status_code == 200

        def gone() -> Any:
            raise StoreUnavailable(msg("The ticket store does not answer: {error}.", error="disk full"))

        there[0] = None
        app.dependency_overrides = {}
        app.state.desk = gone
        late = client.get("/api/v1/tickets")
        assert (late.status_code, late.json()["detail"]) == (503, "The ticket store does not answer: disk full.")


def test_every_file_of_the_api_is_mounted() -> None:
    files = {each.stem for each in Path(api.__path__[0]).glob("*.py")} - {"__init__", "shapes"}
    assert {f"tickets.web.api.{name}" for name in files} == {
        each.__module__ for each in ROUTES if each.__module__.startswith("tickets.web.api.")
    }
