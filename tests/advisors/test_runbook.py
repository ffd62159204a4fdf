"""What a DBA is told before creating an index, with both sides of every threshold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from advisors.index_search.pricing import Prices
from advisors.index_search.upkeep import Write
from advisors.runbook import Proposal, checks
from facts.findings import Check
from facts.host import Disk, HostFacts
from facts.planner import Candidate, KeyPart
from facts.postgres import PostgresFacts, Replica, Replication
from facts.schema import Index, Table
from facts.syntax import parse
from tests.advisors import build

ORDERS = build.table("orders")
YESTERDAY = build.TAKEN_AT - timedelta(days=1)
SIZE = 100 * build.MEBIBYTE


def proposal(*writes: Write, of: Table = ORDERS, worst: float = 1.0, predicate: str = "") -> Proposal:
    keys = (KeyPart(column="user_id"), KeyPart(column="created_at"))
    return Proposal(
        candidate=Candidate(schema="public", table="orders", keys=keys, predicate=predicate),
        table=of,
        size_bytes=SIZE,
        pays=0.02,
        writes=writes,
        worst_ratio=worst,
    )


def database(*indexes: Index, window: float = 3600.0) -> PostgresFacts:
    return build.database(read=build.schema(ORDERS, indexes=indexes), window=window)


def check(name: str, one: Proposal, facts: PostgresFacts | None = None, hosts: Sequence[HostFacts] = ()) -> Check:
    facts = facts or database()
    found = {each.name: each for each in checks(one, facts, build.snapshot(facts, *hosts))}
    return found[name]


def counted(*, live: int = 1000, changed: int = 0, analyzed: datetime | None = YESTERDAY, hot: int = 0) -> Table:
    """The table with its counters; `hot` of a hundred updates."""
    counters = build.counters(live=live, changed=changed, analyzed=analyzed)
    return build.table("orders", counted=replace(counters, updated=100, hot_updated=hot))


def test_every_check_speaks_where_nothing_is_known_too() -> None:
    names = [each.name for each in checks(proposal(), database(), build.snapshot())]
    assert names == ["evidence-window", "statistics", "skew", "time", "writes", "disk", "replicas", "transactions"]
    assert "not known" in str(check("statistics", proposal()).says)
    assert "not known" in str(check("disk", proposal()).says)
    assert "not known" in str(check("replicas", proposal()).says)
    assert "not known" in str(check("transactions", proposal()).says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT id FROM orders WHERE user_id = $1", "No other wording"),
        ("SELECT id FROM orders WHERE user_id = $1 ORDER BY created_at LIMIT $2 OFFSET $3", "OFFSET skips"),
        ("SELECT id FROM orders WHERE user_id = $1 ORDER BY created_at LIMIT 20 OFFSET 201", "OFFSET skips"),
        ("SELECT id FROM orders WHERE user_id = $1 ORDER BY created_at LIMIT 20 OFFSET 200", "No other wording"),
        ("SELECT id FROM orders WHERE user_id NOT IN (SELECT id FROM users)", "NOT EXISTS"),
        ("SELECT id FROM orders WHERE user_id NOT IN ($1, $2)", "No other wording"),
    ],
)
def test_whether_a_rewriting_would_do_instead(text: str, says: str) -> None:
    tree = parse(text)
    assert tree is not None
    assert says in str(check("rewrite", replace(proposal(), statements=[tree])).says)


def test_an_index_on_an_expression_may_be_spared_by_the_program() -> None:
    tree = parse("SELECT id FROM orders WHERE lower(note) = $1")
    assert tree is not None
    computed = Candidate(schema="public", table="orders", keys=(KeyPart(expression="lower(note)"),))
    assert "stored or compared" in str(
        check("rewrite", replace(proposal(), candidate=computed, statements=[tree])).says
    )


@pytest.mark.parametrize(("seconds", "against"), [(599.0, True), (600.0, False)])
def test_a_short_window(*, seconds: float, against: bool) -> None:
    assert check("evidence-window", proposal(), database(window=seconds)).against is against


@pytest.mark.parametrize(("changed", "against"), [(99, False), (100, True)])
def test_statistics_that_have_aged(*, changed: int, against: bool) -> None:
    found = check("statistics", proposal(of=counted(changed=changed)))
    assert found.against is against
    assert "24 h old" in str(found.says)


def test_a_table_that_was_never_analyzed() -> None:
    found = check("statistics", proposal(of=counted(analyzed=None)))
    assert found.against
    assert "Run ANALYZE first" in str(found.says)


@pytest.mark.parametrize(("worst", "against"), [(9.9, False), (10.0, True)])
def test_values_that_are_unevenly_spread(*, worst: float, against: bool) -> None:
    assert check("skew", proposal(worst=worst)).against is against


def test_writes_that_pay_and_hot_updates_that_are_lost() -> None:
    assert "No statement" in str(check("writes", proposal()).says)
    elsewhere = Write(50.0, frozenset({"total"}))
    assert "No statement" in str(check("writes", proposal(elsewhere)).says)
    inserts = Write(50.0, None)
    found = check("writes", proposal(inserts, of=counted(hot=90)))
    assert "50 rows a second" in str(found.says)
    assert not found.against
    updates = Write(30.0, frozenset({"created_at"}))
    found = check("writes", proposal(inserts, updates, of=counted(hot=90)))
    assert "80 rows a second" in str(found.says)
    assert "90 % of the table's updates" in str(found.says)
    assert found.against


def test_an_index_that_becomes_redundant_and_one_that_a_constraint_needs() -> None:
    plain = build.index(ORDERS, "user_id")
    assert "public.idx_orders_user_id becomes redundant" in str(check("superseded", proposal(), database(plain)).says)
    unique = build.index(ORDERS, "user_id", unique=True)
    assert "stays" in str(check("superseded", proposal(), database(unique)).says)
    for other in (
        build.index(ORDERS, "created_at"),
        build.index(ORDERS, "user_id", predicate="(total > 5)"),
        build.index(ORDERS, "user_id", options=(3,)),
        build.index(ORDERS, "user_id", method="hash"),
        build.index(ORDERS, "user_id", valid=False),
    ):
        found = checks(proposal(), database(other), build.snapshot())
        assert "superseded" not in [each.name for each in found], other
    partial = checks(proposal(predicate="total IS NULL"), database(plain), build.snapshot())
    assert "superseded" not in [each.name for each in partial]


def test_an_index_on_an_expression_wants_analyze_afterwards() -> None:
    plain = proposal()
    computed = replace(plain, candidate=replace(plain.candidate, keys=(KeyPart(expression="lower(email)"),)))
    assert "ANALYZE" in str(check("analyze", computed).says)
    assert "analyze" not in [each.name for each in checks(plain, database(), build.snapshot())]


def machine(*free: int, total: int = 10**12) -> HostFacts:
    disks = tuple(
        Disk(
            name=f"/{number}",
            total_bytes=total,
            free_bytes=each,
            read_bytes_per_second=None,
            written_bytes_per_second=None,
            busy_ratio=None,
        )
        for number, each in enumerate(free)
    )
    return replace(build.host(), disks=disks)


@pytest.mark.parametrize(("free", "against"), [(2 * SIZE - 1, True), (2 * SIZE, False)])
def test_room_on_the_disk(*, free: int, against: bool) -> None:
    assert check("disk", proposal(), hosts=[machine(10**11, free)]).against is against


def test_a_file_system_that_is_too_small_for_the_database_does_not_hold_it() -> None:
    facts = database()
    assert facts.database_facts is not None
    facts = replace(facts, database_facts=replace(facts.database_facts, size_bytes=1000))
    assert "not known" in str(check("disk", proposal(), facts, [machine(5, total=1000)]).says)
    assert check("disk", proposal(), facts, [machine(5, total=1001)]).against


def standby(lag: int) -> Replica:
    return Replica(name="r1", state="streaming", synchronous=False, lag_bytes=lag, lag_seconds=None)


@pytest.mark.parametrize(("lag", "against"), [((1 << 30) - 1, False), (1 << 30, True)])
def test_standbys_that_are_behind(*, lag: int, against: bool) -> None:
    facts = replace(database(), replication=Replication(replicas=(standby(lag), standby(0)), slots=()))
    found = check("replicas", proposal(), facts)
    assert found.against is against
    assert "2 standbys" in str(found.says)
    alone = replace(database(), replication=Replication(replicas=(), slots=()))
    assert "no standby" in str(check("replicas", proposal(), alone).says)


@pytest.mark.parametrize(("seconds", "against"), [(59.0, False), (60.0, True)])
def test_a_transaction_that_the_build_would_wait_for(*, seconds: float, against: bool) -> None:
    session = replace(build.session("SELECT 1"), transaction_seconds=seconds)
    facts = replace(database(), activity=build.activity(sessions=[session]))
    assert check("transactions", proposal(), facts).against is against


def test_what_gets_slower_is_said_with_the_worst_of_it() -> None:
    assert "slower" not in [each.name for each in checks(proposal(), database(), build.snapshot())]
    slowed = replace(proposal(), slowed=[("SELECT 1", 1.2), ("SELECT  *\nFROM orders", 3.4)])
    found = check("slower", slowed)
    assert found.against
    assert str(found.says) == "2 statements get slower with it, the worst takes 3.4 times as long: SELECT * FROM orders"


def test_it_says_what_time_was_foretold_by() -> None:
    assert "planner's cost" in str(check("time", proposal()).says)
    prices = Prices(seconds=(0.0,) * 7, statements=12, error=1.53)
    assert "12 statements" in str(check("time", replace(proposal(), priced=prices)).says)
    assert "1.5 times" in str(check("time", replace(proposal(), priced=prices)).says)


@pytest.mark.parametrize(("written", "says"), [(0.0, "hardly written"), (50.0, "would not do")])
def test_it_says_why_not_a_cache(written: float, says: str) -> None:
    one = replace(proposal(), reads_per_second=200.0, writes=[Write(written, None)])
    assert says in str(check("cache", one).says)


@pytest.mark.parametrize(("method", "band"), [("btree", "15 %"), ("hash", "5.0 %"), ("brin", "5.0 %"), ("gin", "30 %")])
def test_the_size_has_its_band(method: str, band: str) -> None:
    one = proposal()
    assert f"± {band}," in str(check("disk", replace(one, candidate=replace(one.candidate, method=method))).says)


def test_the_size_of_what_nobody_has_seen_is_a_guess() -> None:
    one = proposal()
    gin = replace(one, candidate=replace(one.candidate, method="gin"))
    assert "3 times as much" in str(check("size", gin).says)
    assert "size" not in [each.name for each in checks(one, database(), build.snapshot())]
