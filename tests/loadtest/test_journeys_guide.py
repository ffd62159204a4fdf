"""The guide to journeys works as it is written: its code drives a store API that insists on its key."""

import json
import re
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from facts.rounds import Recording
from facts.traffic import TrafficModel
from loadtest.driving import DrivingError, drive
from loadtest.plan import FeederFile, Plan, Segment
from loadtest.traffic.fidelity import of_round
from loadtest.traffic.model import model_of
from tests.loadtest import targets
from tests.loadtest.traffic_parts import session, traffic

GUIDE = Path(__file__).parents[2] / "docs" / "journeys.md"
PRODUCTS = [f"prod_01H{letter}" for letter in "ABC"]
SEARCH, PRODUCT = "GET /store/products?limit&q", "GET /store/products/{id}"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


class Store(BaseHTTPRequestHandler):
    """A small part of a store API; without the publishable key it answers 400, as such APIs do."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[Counter[str]] = Counter()
    key = "pk_test"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/store/products":
            self.answer({"products": [{"id": each} for each in PRODUCTS]})
        elif path.rpartition("/")[2] in PRODUCTS:
            self.answer({"product": {"id": path.rpartition("/")[2]}})
        else:
            self.answer({"type": "not_found"}, 404)

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/store/carts":
            self.answer({"cart": {"id": "cart_01H"}})
        elif self.path.endswith("/line-items") and str(sent.get("variant_id", "")).startswith("variant_"):
            self.seen[f"variant {sent['variant_id']}"] += 1
            self.answer({"cart": {"id": "cart_01H"}})
        elif self.path.endswith("/complete"):
            self.answer({"type": "order", "order": {"id": "order_01H"}})
        else:
            self.answer({"type": "invalid_data"}, 400)

    def answer(self, content: object, status: int = 200) -> None:
        if self.headers.get("x-publishable-api-key") != self.key:
            content, status = {"type": "not_allowed", "message": "Publishable API key required"}, 400
        self.seen[f"{self.command} {status}"] += 1
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def store() -> Iterator[str]:
    Store.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def driven(
    url: str,
    journeys: Path,
    *,
    seconds: float = 2,
    feeders: dict[str, FeederFile] | None = None,
    model: TrafficModel | None = None,
) -> Recording:
    plan = Plan(
        target=url,
        journeys=(str(journeys),),
        segments=(Segment(seconds=seconds, per_second=10),),
        allow_writes=True,
        feeders=feeders or {},
        traffic=model,
    )
    return drive(plan)


def sooner(code: str) -> str:
    """The guide's code with shoppers who hardly think."""
    return re.sub(r"think\(.*?\)", "think(0.01, 0.05)", code)


def test_twenty_lines_are_twenty_lines() -> None:
    body = [line for line in blocks()[0].splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(body) <= 20


def test_the_twenty_lines_drive_a_store_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_KEY", Store.key)
    (tmp_path / "journeys.py").write_text(sooner(blocks()[0]))
    (tmp_path / "variants.csv").write_text("variant_id\n" + "".join(f"variant_{number}\n" for number in range(40)))
    with store() as url:
        feeders = {"variants": FeederFile(path=str(tmp_path / "variants.csv"))}
        recording = driven(url, tmp_path / "journeys.py", feeders=feeders)
        seen = dict(Store.seen)
    assert recording.overall.failed == 0
    assert {each.name for each in recording.endpoints} == {
        "GET /store/products?q", "GET /store/products/{id}", "POST /store/carts",
        "POST /store/carts/{id}/line-items", "POST /store/carts/{id}/complete",
    }  # fmt: skip
    assert {each.name for each in recording.journeys} == {"browse", "buy"}
    assert set(seen) - {each for each in seen if each.startswith("variant")} == {"GET 200", "POST 200"}
    assert max(count for each, count in seen.items() if each.startswith("variant")) == 1


def test_the_store_refuses_who_has_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above would see a guide that forgets it."""
    monkeypatch.setenv("STORE_KEY", "forgotten")
    (tmp_path / "journeys.py").write_text(sooner(blocks()[0]))
    (tmp_path / "variants.csv").write_text("variant_id\n" + "".join(f"variant_{number}\n" for number in range(40)))
    with store() as url:
        feeders = {"variants": FeederFile(path=str(tmp_path / "variants.csv"))}
        recording = driven(url, tmp_path / "journeys.py", seconds=1, feeders=feeders)
    assert set(recording.overall.errors) == {"HTTP 400"}


def test_too_few_variants_are_refused_before_the_first_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_KEY", Store.key)
    (tmp_path / "journeys.py").write_text(sooner(blocks()[0]))
    (tmp_path / "variants.csv").write_text("variant_id\nvariant_1\n")
    with store() as url:
        with pytest.raises(DrivingError, match=r"feeder variants: \d+ rows are missing") as caught:
            driven(url, tmp_path / "journeys.py", feeders={"variants": FeederFile(path=str(tmp_path / "variants.csv"))})
        assert not Store.seen
    assert caught.value.refused


def test_logins_before_the_round_are_as_the_guide_writes_them(tmp_path: Path) -> None:
    (tmp_path / "journeys.py").write_text(blocks()[1])
    (tmp_path / "accounts.csv").write_text("name\n" + "".join(f"shopper{number}\n" for number in range(40)))
    with targets.server("instant") as url:
        feeders = {"accounts": FeederFile(path=str(tmp_path / "accounts.csv"))}
        recording = driven(url, tmp_path / "journeys.py", seconds=1, feeders=feeders)
    assert recording.overall.failed == 0
    assert {each.name for each in recording.endpoints} == {"GET /orders"}


def test_the_malls_own_mix_is_walked(tmp_path: Path) -> None:
    real = [session(SEARCH, SEARCH, PRODUCT, pause=0.02)] * 3 + [session(SEARCH, PRODUCT, PRODUCT, pause=0.02)] * 3
    model = model_of(traffic(real))
    (tmp_path / "products.txt").write_text(" ".join(PRODUCTS))
    code = blocks()[2]
    code = code.replace('Path("products.txt")', f"Path({str(tmp_path / 'products.txt')!r})")
    (tmp_path / "journeys.py").write_text(textwrap.dedent(code))
    with store() as url:
        recording = driven(url, tmp_path / "journeys.py", seconds=4, model=model)
        seen = dict(Store.seen)
    assert set(seen) == {"GET 200"}
    assert {each.name for each in recording.journeys} == {"shoppers"}
    assert of_round(model, recording.endpoints).score > 0.9
