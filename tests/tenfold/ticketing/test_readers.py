"""The readers of evidence on real servers: what is the matter is in what they bring, and what fails is said."""

import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import ValidationError

from collectors.runner import CollectorError
from facts.invariants import Check, Invariant
from tenfold.exits import CommandError
from tenfold.settings.model import HostSection, HttpSection, PostgresSection, PrometheusSection, RedisSection, Settings
from tenfold.ticketing.evidence import Sources, _shared, readers, sources
from tenfold.ticketing.readers import business, cache, error_log, front_log, machine, metrics, probes
from tenfold.ticketing.readers.business import Queries
from tenfold.ticketing.readers.probes import Probe
from tests.conftest import PostgresServer, RedisServer
from tests.tenfold.ticketing.test_database_reader import SHOP


def test_a_cache_tells_that_it_evicts(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory-policy", "allkeys-random")
        # Else a server whose other thread is kept waiting evicts everything until some memory is free at last.
        client.config_set("lazyfree-lazy-eviction", "no")
        client.config_set("maxmemory", used + 20_000_000)
        over = threading.Event()

        def fill() -> None:
            number = 0
            with redis_server.client() as own:
                while not over.wait(0.001):
                    number += 1
                    with contextlib.suppress(redis.ResponseError):
                        own.set(f"product:{number}", "x" * 200_000)

        thread = threading.Thread(target=fill)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not client.info("stats")["evicted_keys"] and time.monotonic() < deadline:
                time.sleep(0.05)
            found = cache.read("cache", redis_server.url(), seconds=1.0)
        finally:
            over.set()
            thread.join(10)
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
    assert found["evicted_per_second"] > 1
    assert (found["limit_bytes"], found["policy"]) == (used + 20_000_000, "allkeys-random")
    assert found["without_expiry_ratio"] == 1.0
    assert not found["failed"]
    with pytest.raises(CollectorError):
        cache.read("cache", "redis://127.0.0.1:1/0")


def test_this_machine_tells_its_processors_and_its_room() -> None:
    from collectors.watching import host

    found = machine.watched([host.opening("here")], seconds=1.5)
    assert 0 <= found["mean"]["cpu_busy_ratio"] <= 1
    assert found["limits"]["cores"] >= 1
    assert all(each["total_bytes"] >= each["free_bytes"] for each in machine.disks("here", None))


def _line(
    at: datetime, *, status: int = 200, seconds: float = 0.05, address: str = "203.0.113.9", path: str = "/p/7?q=张三"
) -> str:
    stamp = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{address} - - [{stamp}] "GET {path} HTTP/1.1" {status} 100 "-" "agent" {seconds:.3f} "-"\n'


def test_an_access_log_tells_now_from_before(tmp_path: Path) -> None:
    until = datetime(2026, 11, 11, 0, 30, tzinfo=UTC)
    path = tmp_path / "access.log"
    quiet = [_line(until - timedelta(seconds=600 - n)) for n in range(0, 540, 2)]
    loud = [
        _line(
            until - timedelta(seconds=59 - n / 10),
            status=502 if n % 4 == 0 else 200,
            seconds=0.5,
            address="198.51.100.7",
        )
        for n in range(590)
    ]
    late = [_line(until + timedelta(seconds=5)), "no line at all\n"]
    path.write_text("".join([*quiet, *loud, *late]), encoding="utf-8")
    found = front_log.read(path, None, until)
    assert found["malformed"] == 1
    assert found["now"]["per_second"] == pytest.approx(9.8, abs=0.3)
    assert found["before"]["per_second"] == pytest.approx(0.5, abs=0.05)
    assert found["now"]["error_ratio"] == pytest.approx(0.25, abs=0.01)
    assert (found["before"]["p95"], found["now"]["p95"]) == (0.05, 0.5)
    assert found["top_visitor_share"] == 1.0
    assert len(found["sample"]) == front_log.SAMPLE_LINES
    assert "张三" not in str(found)
    assert "198.51.100.7" not in str(found)
    assert found["endpoints"][0]["now"]["requests"] > found["endpoints"][0]["before"]["requests"]
    (tmp_path / "empty.log").write_text("")
    assert front_log.read(tmp_path / "empty.log", None, until)["now"]["requests"] == 0
    with pytest.raises(CollectorError):
        front_log.read(tmp_path / "none.log", None, until)


def test_an_error_log_puts_like_lines_together(tmp_path: Path) -> None:
    path = tmp_path / "postgres.log"
    lines = [f"2026-11-11 00:03:0{n}.123 UTC [{n}] ERROR:  permission denied for table orders\n" for n in range(5)]
    lines += [
        "2026-11-11 00:03:00 UTC [9] LOG:  checkpoint complete\n",
        "ERROR:  duplicate key (email)=('zhang@example.com')\n",
    ]
    path.write_text("ERROR:  earlier\n" + "".join(lines))
    found = error_log.read(path, from_byte=len("ERROR:  earlier\n"))
    assert found["patterns"][0] == {"text": "ERROR:  permission denied for table orders", "lines": 5}
    assert [each["lines"] for each in found["patterns"]] == [5, 1]
    assert "zhang" not in str(found)
    with pytest.raises(CollectorError):
        error_log.read(tmp_path / "none.log")


def test_business_is_read_by_the_mall_s_own_statements(postgres18: PostgresServer) -> None:
    name = postgres18.create_database(*SHOP)
    queries = Queries(
        payments="""SELECT channel, date_trunc('minute', at) AS at, count(*) FILTER (WHERE status = 'captured') AS paid,
            count(*) FILTER (WHERE status = 'failed') AS failed, 0 AS pending, '100%' AS note
            FROM public.payments WHERE at >= :since GROUP BY 1, 2;""",
        orders="SELECT id AS \"order\", channel, cents AS amount FROM public.payments WHERE status = 'failed' AND at >= :since",
    )
    since = datetime.now(UTC) - timedelta(minutes=30)
    found = business.read_payments(postgres18.dsn(name), queries, since)
    assert {(each["channel"], each["paid"], each["failed"]) for each in found["intervals"]} == {
        ("wechat", 0, 7),
        ("alipay", 9, 0),
    }
    assert len(found["orders"]) == 7
    assert found["more_orders"] is False
    for bad in ("DELETE FROM public.payments", "SELECT 1; DROP TABLE payments", "SELECT nothing FROM public.nowhere"):
        part = business.read_payments(postgres18.dsn(name), Queries(payments=bad, orders=queries.orders), since)
        assert list(part["failed"]) == ["intervals"]
        assert len(part["orders"]) == 7
    assert postgres18.execute(name, "SELECT count(*) FROM payments") == [(16,)]
    rules = (
        Invariant(
            name="no-failed", check=Check.OFFENDERS, statement="SELECT id FROM public.payments WHERE status = 'failed'"
        ),
        Invariant(name="well", check=Check.OFFENDERS, statement="SELECT id FROM public.payments WHERE status = 'x'"),
        Invariant(name="broken", check=Check.OFFENDERS, statement="SELECT nothing FROM public.payments"),
        Invariant(name="number", check=Check.CONSERVED, statement="SELECT 1"),
    )
    told = business.read_integrity(postgres18.dsn(name), rules, since)
    assert [(each["name"], each["held"], each["rows"]) for each in told["invariants"]] == [
        ("no-failed", False, 7),
        ("well", True, 0),
    ]
    assert list(told["failed"]) == ["broken"]


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            time.sleep(1.6)
        body = b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"]]}],"groups":[]}}'
        self.send_response(503 if self.path.startswith("/down") else 404 if self.path.startswith("/refuses") else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def page() -> Any:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_third_parties_are_up_slow_or_down(page: str) -> None:
    asked = [Probe(name=name, url=f"{page}/{name}", slow=1.5) for name in ("up", "slow", "down", "refuses")]
    found = probes.read([*asked, Probe(name="nobody", url="http://127.0.0.1:1/")])
    states = {each["name"]: each["state"] for each in found}
    assert states == {"up": "up", "slow": "slow", "down": "down", "refuses": "up", "nobody": "down"}
    assert probes.read(()) == []


def test_an_alert_s_own_question_is_asked_too(page: str) -> None:
    now = datetime.now(UTC)
    address = "http://prometheus/graph?g0.expr=up+%3D%3D+0&g0.tab=1"
    assert metrics.expression(address) == "up == 0"
    assert metrics.expression("http://prometheus/graph") is None
    found = metrics.read(page, {metrics.GENERATOR_LABEL: address}, now, now)
    assert found["series"]["alert"] == [{"labels": {"a": "b"}, "points": [[1, "2"]]}]
    assert found["until"] - found["since"] == timedelta(minutes=30)
    after = metrics.read(page, {}, now - timedelta(minutes=30), now)
    assert after["since"] == now - timedelta(minutes=30)
    with pytest.raises(CollectorError):
        metrics.read("http://127.0.0.1:1", {}, now, now)


def test_a_storm_of_alerts_reads_once() -> None:
    count = []

    def read() -> int:
        time.sleep(0.05)
        count.append(1)
        if len(count) > 1:
            raise ValueError("the second fails")
        return 7

    once, now = _shared(read, 0.6), datetime.now(UTC)
    threads = [threading.Thread(target=once, args=({}, now)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert once({}, now) == 7
    assert len(count) == 1
    time.sleep(0.7)
    for _ in range(2):
        with pytest.raises(ValueError, match="second"):
            once({}, now)
    assert len(count) == 2


def test_every_target_has_its_reader(tmp_path: Path) -> None:
    settings = Settings(
        postgres=(PostgresSection(name="orders", dsn="host=db", databases=("a", "b")), PostgresSection(name="x", dsn="host=y")),
        redis=(RedisSection(name="cache", url="redis://cache"),),
        host=(HostSection(name="web"),),
        http=(HttpSection(name="shop", url="http://shop", access_log=tmp_path / "a.log", metrics="http://shop/metrics"),),
        prometheus=PrometheusSection(url="http://prometheus:9090"),
    )  # fmt: skip
    sources = Sources(
        queries=Queries(payments="SELECT 1"),
        probes=(Probe(name="wechat", url="http://w"),),
        error_logs={"pg": tmp_path / "e.log"},
    )
    assert sorted(readers(settings, sources)) == [
        "application:shop", "database:orders/a", "database:orders/b", "database:x", "errors:pg", "host:web", "log:shop", "metrics",
        "payments", "probes", "redis:cache",
    ]  # fmt: skip
    assert readers(Settings()) == {}


def test_the_configuration_s_sources(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[invariant]]\nname = "n"\ncheck = "offenders"\nsql = "SELECT 1"\n')
    section = {
        "payments": "SELECT 1;", "invariants": str(rules), "error_logs": {"pg": "pg.log"},
        "probe": [{"name": "wechat", "url": "https://pay.example", "slow": 0.5}],
    }  # fmt: skip
    given = {"tickets": {"evidence": section}, "postgres": [{"name": "x", "dsn": "host=y"}]}
    found = sources(Settings.model_validate(given))
    assert (found.queries.payments, [each.name for each in found.queries.invariants]) == ("SELECT 1", ["n"])
    assert [(each.name, each.slow) for each in found.probes] == [("wechat", 0.5)]
    assert sorted(readers(Settings.model_validate(given), found)) == [
        "database:x",
        "errors:pg",
        "integrity",
        "payments",
        "probes",
    ]
    rules.write_text("[[invariant]]\n")
    with pytest.raises(CommandError):
        sources(Settings.model_validate(given))
    with pytest.raises(ValidationError, match="more than read"):
        Settings.model_validate({"tickets": {"evidence": {"payments": "DELETE FROM payments"}}})
