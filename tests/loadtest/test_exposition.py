"""A running round's metrics: valid, exact, bounded, and scraped by a real Prometheus."""

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from facts.rounds import Loop, Moment, Recording
from loadtest.exposition import MOST_ENDPOINTS, OTHER, Exposition, ExpositionError, RoundExposition
from loadtest.histogram import bucket, encode
from tests.pages.recorded_samples import recording

PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")


@pytest.fixture(scope="module")
def run() -> Recording:
    return recording(40, 5, seed=3, failing=lambda _second: 0.2)


def metrics_of(run: Recording, name: str = "capacity") -> RoundExposition:
    return RoundExposition(
        name, seed=run.seed, arrivals=run.arrivals, loop=run.loop, started_at=run.started_at.timestamp()
    )


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def values(text: str, name: str) -> dict[tuple[str, ...], float]:
    """By the values of all labels but those of every metric."""
    return {
        tuple(value for label, value in sorted(sample.labels.items()) if label not in {"mall", "round"}): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


@contextmanager
def served(metrics: RoundExposition) -> Iterator[int]:
    with Exposition(metrics, port=0) as exposition:
        yield exposition.port


def test_totals_are_those_of_the_moments_and_at_the_end_of_the_recording(run: Recording) -> None:
    metrics = metrics_of(run)
    with served(metrics) as port:
        assert values(scrape(port), "tenfold_round_requests_total") == {}
        for moment in run.moments[:3]:
            metrics.feed(moment)
        text = scrape(port)
        assert values(text, "tenfold_round_requests_total") == {("",): 120.0}
        assert values(text, "tenfold_round_offered_requests_per_second") == {(): 40.0}
        assert values(text, "tenfold_round_request_duration_seconds_count") == {("",): 120.0}
        assert values(text, "tenfold_round_info") == {("poisson", "open", "3"): 1.0}
        assert values(text, "tenfold_round_ended_timestamp_seconds") == {}
        metrics.finish(run, run.started_at.timestamp() + 5)
        text = scrape(port)
    whole = run.overall
    assert values(text, "tenfold_round_requests_total") == {("",): float(whole.scheduled)}
    assert values(text, "tenfold_round_requests_failed_total") == {("",): float(whole.failed)}
    assert values(text, "tenfold_round_requests_dropped_total") == {(): float(whole.dropped)}
    assert values(text, "tenfold_round_started_timestamp_seconds") == {(): run.started_at.timestamp()}
    assert values(text, "tenfold_round_ended_timestamp_seconds") == {(): run.started_at.timestamp() + 5}


def test_the_histogram_holds_each_latency_in_its_bucket(run: Recording) -> None:
    metrics = metrics_of(run)
    times = {0.004: 5, 0.3: 2, 0.25: 1, 60.0: 3}
    metrics.feed(replace(run.moments[0], latency=encode({bucket(each): count for each, count in times.items()})))
    with served(metrics) as port:
        text = scrape(port)
    found = values(text, "tenfold_round_request_duration_seconds_bucket")
    assert {bound: count for (_endpoint, bound), count in found.items() if bound in {"0.0025", "0.005", "0.25", "0.5", "30.0", "+Inf"}} == {
        "0.0025": 0, "0.005": 5, "0.25": 6, "0.5": 8, "30.0": 8, "+Inf": 11,
    }  # fmt: skip
    whole = sum(each * count for each, count in times.items())
    assert values(text, "tenfold_round_request_duration_seconds_sum")[("",)] == pytest.approx(whole, rel=0.002)


def by_endpoint(moment: Moment, names: list[str]) -> Moment:
    one = moment.endpoints[0]
    latency = encode({bucket(0.01): 2})
    return replace(
        moment, endpoints=tuple(replace(one, name=name, offered=2, failed=1, latency=latency) for name in names)
    )


def test_endpoints_have_series_of_their_own_where_the_generator_tells_them_apart(run: Recording) -> None:
    metrics = metrics_of(run)
    names = [each.name for each in run.endpoints]
    for moment in run.moments:
        metrics.feed(by_endpoint(moment, names))
    with served(metrics) as port:
        text = scrape(port)
        assert values(text, "tenfold_round_requests_total") == {(name,): 10.0 for name in names}
        assert values(text, "tenfold_round_requests_failed_total") == {(name,): 5.0 for name in names}
        metrics.finish(run, 1.0)
        text = scrape(port)
    assert values(text, "tenfold_round_requests_total") == {
        (each.name,): float(each.scheduled) for each in run.endpoints
    }
    counts = values(text, "tenfold_round_request_duration_seconds_count")
    assert counts == {(each.name,): float(each.scheduled) for each in run.endpoints}


def test_endpoints_without_end_share_one_series(run: Recording) -> None:
    metrics = metrics_of(run)
    metrics.feed(by_endpoint(run.moments[0], [f"GET /{number}" for number in range(MOST_ENDPOINTS + 30)]))
    with served(metrics) as port:
        found = values(scrape(port), "tenfold_round_requests_total")
    assert len(found) == MOST_ENDPOINTS + 1
    assert found[OTHER,] == 60.0


def test_a_counter_never_falls_when_the_recording_of_a_stopped_round_has_less(run: Recording) -> None:
    metrics = metrics_of(run)
    for moment in run.moments:
        metrics.feed(moment)
    metrics.finish(recording(1, 2), 1.0)
    with served(metrics) as port:
        assert values(scrape(port), "tenfold_round_requests_total") == {("",): float(run.overall.scheduled)}


def test_hostile_names_stay_one_label_value(run: Recording) -> None:
    hostile = 'a"} 1\ntenfold_round_info{x="\\'
    metrics = metrics_of(run, name=hostile)
    metrics.feed(by_endpoint(run.moments[0], [hostile]))
    with served(metrics) as port:
        text = scrape(port)
    assert values(text, "tenfold_round_requests_total") == {(hostile,): 2.0}
    assert len(values(text, "tenfold_round_info")) == 1


def test_a_closed_loop_round_tells_no_lag(run: Recording) -> None:
    metrics = RoundExposition("single", seed=1, arrivals="constant", loop=Loop.CLOSED, started_at=1.0)
    metrics.feed(replace(run.moments[0], lag_p99_ms=None))
    with served(metrics) as port:
        assert values(scrape(port), "tenfold_round_schedule_lag_seconds") == {}


def test_a_taken_port_is_told_with_what_to_do(run: Recording) -> None:
    with (
        served(metrics_of(run)) as port,
        pytest.raises(ExpositionError, match=f"127.0.0.1:{port}.*choose another port"),
    ):
        Exposition(metrics_of(run), port=port)


def test_the_port_is_closed_when_the_round_is_over(run: Recording) -> None:
    with served(metrics_of(run)) as port:
        scrape(port)
    with pytest.raises(OSError, match="refused"):
        scrape(port)


@pytest.mark.debian_servers
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: apt-get install prometheus")
def test_promtool_finds_nothing_to_say(run: Recording) -> None:
    metrics = metrics_of(run)
    metrics.feed(run.moments[0])
    metrics.finish(run, 1.0)
    with served(metrics) as port:
        text = scrape(port)
    done = subprocess.run([str(PROMTOOL), "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.debian_servers
@pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is missing: apt-get install prometheus")
def test_a_real_prometheus_scrapes_a_running_round(run: Recording, tmp_path: Path) -> None:
    metrics = metrics_of(run)
    with served(metrics) as port:
        for moment in run.moments:
            metrics.feed(moment)
        (tmp_path / "prometheus.yml").write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "200ms"},
                    "scrape_configs": [{"job_name": "round", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
                }
            )
        )
        own = free_port()
        command = [
            str(PROMETHEUS), f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{own}",
        ]  # fmt: skip
        with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                quantile = 'histogram_quantile(0.5, sum by (le) (tenfold_round_request_duration_seconds_bucket{round="capacity"}))'
                median = asked(own, quantile)
                scheduled = asked(own, "sum(tenfold_round_requests_total)")
            finally:
                process.terminate()
                process.wait(timeout=20)
    assert scheduled == run.overall.scheduled
    times = run.overall.latency_ms
    # Within its bucket: 10 to 25 ms.
    assert times is not None
    assert 0.01 <= median <= 0.025
    assert 10 <= times.p50 <= 25


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def asked(port: int, query: str) -> float:
    """The one value of a query, as soon as there is one."""
    address = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}"
    for _ in range(120):
        time.sleep(0.25)
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except OSError:
            continue
        if found:
            return float(found[0]["value"][1])
    pytest.fail(f"no answer to {query}")
