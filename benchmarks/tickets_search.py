"""Search and likeness in a store with many tickets: how long a question takes, by the clock and by the processor.

    python -m benchmarks.tickets_search [--tickets 100000] [--questions 40] [--database URL]

Without a database, a new SQLite file below the temporary folder. A few words stand in most tickets, as in real ones (a Pareto draw).
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from tickets import events
from tickets.afterwards.search import matching
from tickets.afterwards.similar import Subject, similar
from tickets.names import Urgency
from tickets.store import search
from tickets.store.opening import Store, open_store
from tickets.store.tables import EVENTS, TICKETS
from tickets.store.words import words

AT_ONCE = 2_000
WORDS_A_TICKET = 30
FOUND_AT_MOST = 50
SEED = 5
CHINESE = "支付渠道失败率升高订单库存扣减异常缓存穿透连接数耗尽磁盘空间不足物流延迟佣金计算错误登录证书过期慢查询锁等待主从复制"
LATIN = tuple(f"word{number}" for number in range(3_000))


def title(chance: random.Random) -> str:
    """A title of both languages."""
    begin = chance.randrange(len(CHINESE) - 6)
    return f"{CHINESE[begin : begin + chance.randint(3, 6)]} {word(chance)} {word(chance)}"


def word(chance: random.Random) -> str:
    """A word, the first ones often."""
    return LATIN[min(int(chance.paretovariate(0.6)) - 1, len(LATIN) - 1)]


def fill(store: Store, count: int, chance: random.Random) -> None:
    """Solved tickets with their words, past the followers."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for begin in range(0, count, AT_ONCE):
        with store.write() as connection:
            _some(connection, range(begin + 1, min(begin + AT_ONCE, count) + 1), at, chance)


def _some(connection: Connection, numbers: range, at: datetime, chance: random.Random) -> None:
    rows: list[dict[str, Any]] = []
    log: list[dict[str, Any]] = []
    for number in numbers:
        opened = events.Opened(title=title(chance), urgency=Urgency.NORMAL, source="alertmanager")
        moment = at + timedelta(minutes=number)
        rows.append({
            "number": number, "version": 1, "title": opened.title, "urgency": "normal", "state": "closed", "area": "",
            "source": "alertmanager", "opened_at": moment, "changed_at": moment, "resolved_at": moment, "firing": [], "seen": [],
            "flaps": 0, "resolution_proposed": False,
        })  # fmt: skip
        data = opened.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
        log.append({"ticket": number, "number": 1, "at": moment, "actor": "bench", "kind": "opened", "data": data})
    connection.execute(insert(TICKETS), rows)
    connection.execute(insert(EVENTS), log)
    for row in rows:
        body = words([title(chance), *(word(chance) for _ in range(WORDS_A_TICKET))])
        search.put(connection, row["number"], words([row["title"]]), body, new=True)


def measured(name: str, questions: Sequence[Callable[[], int]]) -> None:
    """Prints how long they took."""
    wall, processor, found = [], [], 0
    for ask in questions:
        begin, began = time.perf_counter(), time.process_time()
        found += ask()
        wall.append((time.perf_counter() - begin) * 1e3)
        processor.append((time.process_time() - began) * 1e3)
    sys.stdout.write(
        f"{name:<28} p50 {statistics.median(wall):7.1f} ms  p95 {percentile(wall):7.1f} ms  processor p95 {percentile(processor):7.1f} ms"
        f"  {found / len(questions):.0f} found\n"
    )


def _matches(connection: Connection, text: str) -> int:
    return len(matching(connection, text, FOUND_AT_MOST))


def _alike(connection: Connection, subject: Subject) -> int:
    return len(similar(connection, subject))


def percentile(values: Sequence[float]) -> float:
    """The 95th."""
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    """Fills a store and asks it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--database", default="")
    chosen = parser.parse_args()
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(chosen.database or str(Path(folder) / "search.sqlite"))
        began, processor = time.perf_counter(), time.process_time()
        fill(store, chosen.tickets, chance)
        sys.stdout.write(
            f"{chosen.tickets} tickets filled in {time.perf_counter() - began:.1f} s"
            f" ({(time.process_time() - processor) / chosen.tickets * 1e6:.0f} µs of our processor each)\n"
        )
        with store.read() as connection:
            asked: list[tuple[str, Callable[[], str]]] = [
                ("a common word", lambda: LATIN[0]),
                ("a rare word", lambda: LATIN[chance.randrange(1_000, 3_000)]),
                ("two words", lambda: f"{word(chance)} {word(chance)}"),
                ("the beginning of a word", lambda: "wor"),
                ("Chinese", lambda: title(chance).split()[0]),
                ("one Chinese character", lambda: chance.choice(CHINESE)),
            ]
            for name, text in asked:
                texts = [text() for _ in range(chosen.questions)]
                measured(name, [partial(_matches, connection, each) for each in texts])
            subjects = [Subject(title=title(chance), labels={"a": word(chance)}) for _ in range(chosen.questions)]
            measured("solved tickets like it", [partial(_alike, connection, each) for each in subjects])
        store.close()


if __name__ == "__main__":
    main()
