"""The watcher owns what all its sources need: one that fails, hangs or is not there costs no other its seconds."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.runner import CollectorError
from collectors.watching import exposition, postgres, redis
from collectors.watching.source import Ending, Opening
from collectors.watching.watcher import Watcher
from facts.message import msg, verbatim
from mall.servers.processes import free_port
from tests.collectors.watching_parts import watched


@dataclass
class Puppet:
    """A source that does what the test says."""

    does: Callable[[], dict[str, float]]
    limits: dict[str, float] = field(default_factory=dict)
    closed: int = 0

    def read(self) -> dict[str, float]:
        return self.does()

    def finish(self) -> Ending:
        return Ending()

    def close(self) -> None:
        self.closed += 1


def puppet(name: str, does: Callable[[], dict[str, float]]) -> Opening:
    return Opening(name=name, kind="pool", open=lambda: Puppet(does), understand=lambda _: None)


def failing() -> dict[str, float]:
    raise ValueError("the disk is full")


def test_a_source_that_fails_or_hangs_costs_no_other_its_seconds() -> None:
    count = 0
    release = threading.Event()

    def counting() -> dict[str, float]:
        nonlocal count
        count += 1
        return {"count": count}

    def hanging() -> dict[str, float]:
        release.wait(10)
        return {}

    openings = (puppet("good", counting), puppet("bad", failing), puppet("slow", hanging))
    watcher = Watcher(openings, interval=0.05)
    watcher.start()
    deadline = time.monotonic() + 10
    while count < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    release.set()
    watch = watcher.stop()
    assert {each.source for each in watch.samples} == {"good"}
    assert len(watch.samples) >= 20
    told = [str(each) for each in watch.missing]
    assert "bad: ValueError: the disk is full" in told
    assert any(each.startswith("slow: ") and "answered too slowly" in each for each in told)
    assert watcher.stop() is watch


def test_a_reason_within_a_reason_is_told_once_the_source_is_lost() -> None:
    count = 0

    def breaking() -> dict[str, float]:
        nonlocal count
        count += 1
        if count > 1:
            raise CollectorError(msg("the page could not be reached: {reason}", reason=verbatim("reset by the peer")))
        return {"count": count}

    watcher = Watcher([puppet("app", breaking)], interval=0.02, patience=10)
    with watcher:
        time.sleep(0.5)
    (told,) = watcher.stop().missing
    assert re.fullmatch(r"app: \d+ seconds are missing: the page could not be reached: reset by the peer", str(told)), (
        str(told)
    )


def test_nothing_listens_is_missing_in_words_and_the_round_goes_on() -> None:
    port = free_port()
    watch = watched(
        postgres.opening("orders", f"postgresql://nobody@127.0.0.1:{port}/x"),
        redis.opening("cache", f"redis://127.0.0.1:{port}/0"),
        exposition.opening("app", f"http://127.0.0.1:{port}/metrics"),
        until=lambda: True,
    )
    assert watch.samples == ()
    reasons = dict(str(each).split(": ", 1) for each in watch.missing)
    assert reasons.keys() == {"orders", "cache", "app"}
    assert "nothing listens there" in reasons["orders"]
    assert "nothing listens there" in reasons["cache"]
    assert "could not be reached" in reasons["app"]


def test_a_password_in_an_address_never_reaches_the_watch() -> None:
    watch = watched(
        redis.opening("cache", "redis://:hunter2@127.0.0.1:notaport/0"),
        exposition.opening("app", "http://user:hunter2@127.0.0.1:notaport/metrics"),
        until=lambda: True,
    )
    assert len(watch.missing) == 2
    assert "hunter2" not in " ".join(map(str, watch.missing))
