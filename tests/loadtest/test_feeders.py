"""Rows for journeys are shared out without a word between workers, and too few of them are found before the start."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from loadtest.arrivals import share
from loadtest.feeder_files import FeederError, rows_of
from loadtest.feeders import Feeder, lease, shortages, uses_of
from loadtest.journey import Journey, Row, Shopper
from loadtest.plan import Arrivals, FeederFile, Plan, Segment
from loadtest.prewarming import warmed

ACCOUNTS = "accounts"


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def numbered(count: int) -> list[Row]:
    return [{"account": f"a{number}"} for number in range(count)]


def test_csv_and_json_lines_give_the_same_rows(tmp_path: Path) -> None:
    one = rows_of(file(tmp_path, "a.csv", '\ufeffaccount,city\r\na@b.cn,杭州\r\n"c,d","two\nlines"\r\n\r\n'))
    other = rows_of(
        file(tmp_path, "a.jsonl", '{"account": "a@b.cn", "city": "杭州"}\n\n{"account": "c,d", "city": "two\\nlines"}')
    )
    assert one == other == ({"account": "a@b.cn", "city": "杭州"}, {"account": "c,d", "city": "two\nlines"})
    assert rows_of(file(tmp_path, "b.jsonl", '{"sku": 7, "hot": true, "note": null}'))[0] == {
        "sku": "7",
        "hot": "true",
        "note": "",
    }


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("a.csv", "a,b\n1,2\n3\n", "line 3, column 2: 1 fields where the first line names 2", id="too few"),
        pytest.param("a.csv", "a,b\n1,2,3\n", "line 2, column 3: 3 fields", id="too many"),
        pytest.param("a.csv", 'a,b\n1,"2\n', "line 2, column 1: unexpected end", id="open quote"),
        pytest.param("a.csv", "a,,c\n", "line 1, column 2: this column has no name", id="no name"),
        pytest.param("a.csv", "a,a\n", "line 1, column 2: there are two columns a", id="two alike"),
        pytest.param("a.csv", "a;b\n1;2\n", "line 1, column 1: fields are parted by commas", id="semicolons"),
        pytest.param("a.csv", b"a,b\n1,\xb3\xa4\n", "line 2, column 3: this is not UTF-8", id="GBK"),
        pytest.param("a.csv", "a,b\n", "has no row", id="names only"),
        pytest.param("a.csv", "", "has no row", id="empty"),
        pytest.param("a.jsonl", '{"a": 1}\n{"a": }\n', "line 2, column 7: Expecting value", id="broken JSON"),
        pytest.param("a.jsonl", "[1]\n", "line 1, column 1: each line is an object", id="no object"),
        pytest.param("a.jsonl", '{"a": 1, "b": {}}\n', "line 1, column 2: b is no plain value", id="nested"),
        pytest.param("a.jsonl", "[" * 100_000, "line 1, column 1", id="hostile"),
        pytest.param("a.xlsx", "PK", "ends in .csv or .jsonl", id="another kind"),
    ],
)
def test_a_broken_file_is_refused_by_line_and_column(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FeederError) as caught:
        rows_of(file(tmp_path, name, content))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeederError, match=r"none\.csv cannot be read"):
        rows_of(tmp_path / "none.csv")


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_workers_hold_every_row_once_and_ask_nobody(count: int) -> None:
    feeders = [Feeder("accounts", numbered(20), exclusive=True, index=index, count=count) for index in range(count)]
    assert max(map(len, feeders)) - min(map(len, feeders)) <= 1
    taken = [feeder.take()["account"] for feeder in feeders for _ in range(len(feeder))]
    assert sorted(taken) == sorted(row["account"] for row in numbered(20))
    with pytest.raises(FeederError, match="no row left"):
        feeders[0].take()


def test_rows_that_come_round_do_so_in_turn() -> None:
    feeder = Feeder("skus", numbered(3), exclusive=False)
    assert [feeder.take()["account"] for _ in range(7)] == ["a0", "a1", "a2", "a0", "a1", "a2", "a0"]


def test_a_plans_files_are_leased_by_name(tmp_path: Path) -> None:
    path = file(tmp_path, "accounts.csv", "account\na\nb\nc\n")
    leased = lease({"accounts": FeederFile(path=str(path))}, index=1, count=2)
    assert leased["accounts"].take() == {"account": "b"}
    assert len(leased["accounts"]) == 0


def look(shopper: Shopper) -> None:
    shopper.get("/")


def buy(shopper: Shopper) -> None:
    log_in(shopper)
    shopper.get("/cart")


def log_in(shopper: Shopper) -> None:
    shopper.get(f"/login?account={shopper.feed(ACCOUNTS)['account']}")


def ship(shopper: Shopper) -> None:
    shopper.get(shopper.feed("addresses")["city"])


def secretive(shopper: Shopper) -> None:
    shopper.get(shopper.feed(f"{'acc'}{shopper.number or 'ounts'}")["account"])


NAMES = ("accounts", "addresses", "coupons")


@pytest.mark.parametrize(
    ("walk", "names"), [(look, ()), (buy, ("accounts",)), (ship, ("addresses",)), (secretive, NAMES)]
)
def test_a_journeys_code_tells_what_it_takes(walk: object, names: Sequence[str]) -> None:
    assert uses_of(Journey("j", walk), NAMES) == dict.fromkeys(names, 1)  # type: ignore[arg-type]  # one of the above


def plan(processes: int = 1, *, exclusive: bool = True, seed: int = 1) -> Plan:
    return Plan(
        target="http://127.0.0.1/",
        segments=(Segment(seconds=30, per_second=20),),
        arrivals=Arrivals.POISSON,
        seed=seed,
        processes=processes,
        feeders={"accounts": FeederFile(path="accounts.csv", exclusive=exclusive)},
    )


JOURNEYS = (Journey("look", look, 3.0), Journey("buy", buy, 1.0))


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_too_few_rows_are_refused_before_the_start_to_the_last_row(processes: int, seed: int) -> None:
    """The figure is checked by running the very schedule: with so many rows it holds, with one less it does not."""
    chosen = plan(processes, seed=seed)
    (said,) = shortages(chosen, JOURNEYS, {"accounts": 10})
    needed = 10 + int(said.values["missing"])  # type: ignore[arg-type]  # a whole number
    assert shortages(chosen, JOURNEYS, {"accounts": needed}) == ()
    assert not exhausted(chosen, needed)
    assert exhausted(chosen, needed - 1)
    assert f"{needed - 10} rows are missing" in str(said)
    assert 100 < needed < 260  # a quarter of 600 arrivals, and what the least lucky worker needs


def exhausted(chosen: Plan, rows: int) -> bool:
    from loadtest.feeders import _arrivals

    for index, mine in enumerate(_arrivals(chosen, JOURNEYS, chosen.processes)):
        assert mine.total() == len(list(share(chosen, index, chosen.processes)))
        feeder = Feeder("accounts", numbered(rows), exclusive=True, index=index, count=chosen.processes)
        if len(feeder) < mine["buy"]:
            return True
    return False


def test_rows_that_come_round_suffice_with_one_for_each_worker() -> None:
    assert shortages(plan(4, exclusive=False), JOURNEYS, {"accounts": 4}) == ()
    (said,) = shortages(plan(4, exclusive=False), JOURNEYS, {"accounts": 3})
    assert "1 rows are missing" in str(said)


def test_nothing_is_missing_for_who_takes_nothing() -> None:
    assert shortages(plan(), (Journey("look", look),), {"accounts": 1}) == ()


def test_the_plans_own_file_is_counted(tmp_path: Path) -> None:
    path = file(tmp_path, "accounts.csv", "account\na\n")
    small = Plan(
        target="http://127.0.0.1/",
        segments=(Segment(seconds=2, per_second=1),),
        feeders={"accounts": FeederFile(path=str(path))},
    )
    (said,) = shortages(small, (Journey("buy", buy),))
    assert "feeder accounts: 1 rows are missing: the schedule takes 2 and there are 1" in str(said)


def test_accounts_are_logged_in_before_the_start_at_a_bounded_rate() -> None:
    begun: list[float] = []
    at_once: Counter[str] = Counter()
    lock = threading.Lock()

    def login(row: Row) -> Row:
        with lock:
            begun.append(time.monotonic())
            at_once["now"] += 1
            at_once["most"] = max(at_once["most"], at_once["now"])
        time.sleep(0.05)
        with lock:
            at_once["now"] -= 1
        return {"cookie": f"of {row['account']}"}

    done = warmed(numbered(30), login, per_second=100, at_once=4)
    assert done.rows == tuple({**row, "cookie": f"of {row['account']}"} for row in numbered(30))
    assert done.failed == 0
    assert begun[-1] - begun[0] >= 29 / 100 - 0.02
    assert at_once["most"] <= 4


def test_a_few_accounts_that_cannot_log_in_are_left_out_and_many_are_a_refusal() -> None:
    def login(row: Row) -> Row:
        if row["account"] in {"a3", "a5"}:
            raise PermissionError("HTTP 401")
        return {"cookie": "c"}

    done = warmed(numbered(100), login, per_second=10_000)
    assert (len(done.rows), done.failed) == (98, 2)
    with pytest.raises(
        FeederError, match="2 of 10 logins before the round failed; the first one: PermissionError: HTTP 401"
    ):
        warmed(numbered(10), login, per_second=10_000)
