"""Each rule speaks on one side of its thresholds and is silent on the other; together they name a class or say that they cannot."""

from typing import Any

import pytest

from facts.message import from_document
from tests.tickets.cause.evidence_documents import earlier, evidence, family, front, payments
from tickets.cause.answer import document
from tickets.cause.judging import answer
from tickets.cause.rules import RULES
from tickets.cause.seen import Seen
from tickets.names import Cause

IDLE_HEAD = {"state": "idle in transaction", "state_seconds": 40.0, "application": "stock-sync", "role": "shop"}
DEPLOYED = [{"kind": "deployment", "what": "shop 4.2", "at": "2026-11-10T23:58:00+00:00"}]
CONFIGURED = [{"kind": "configuration", "what": "pool", "at": "2026-11-10T23:58:00+00:00"}]
OLD = [{"kind": "deployment", "what": "shop 4.1", "at": "2026-11-10T22:00:00+00:00"}]
LATE = [{"kind": "deployment", "what": "the way back", "at": "2026-11-11T00:03:30+00:00"}]
DOWN = [{"name": "wechat", "state": "down", "seconds": 5.0}]
UP = [{"name": "wechat", "state": "up", "seconds": 0.1}]
BUSY = {
    "mean": {"cpu_busy_ratio": 0.97, "cpu_cores:app": 0.9, "cpu_cores:postgres": 0.2},
    "limits": {"cores": 2, "cores:app": 1},
}
OTHERS: dict[str, Any] = {
    "mean": {"cpu_busy_ratio": 0.99, "cpu_cores:app": 0.2, "cpu_cores:postgres": 0.2},
    "limits": {"cores": 2, "cores:app": 1},
}
WAITING: dict[str, Any] = {**OTHERS, "mean": {**OTHERS["mean"], "cpu_waiting:app": 0.2, "cpu_waiting:postgres": 0.2}}
CALM = {"mean": {"cpu_busy_ratio": 0.3, "cpu_cores:app": 0.2}, "limits": {"cores": 2, "cores:app": 1}}
SMALL_POOL = {
    "peak": {"pool_max": 2, "pool_pending": 9, "pool_used": 2},
    "mean": {"workers_busy": 5, "workers_max": 40},
}
USED_UP = {"peak": {"pool_max": 32, "pool_pending": 9}, "mean": {"workers_busy": 40, "workers_max": 40}}
STALE = [{"name": "public.coupons", "live_rows": 80_000, "changed_since_analyze": 60_000}]
NEVER = {
    "name": "public.lines",
    "live_rows": 9,
    "changed_since_analyze": 9,
    "analyzed_at": None,
    "scanned_rows_per_second": 10_000,
}
KNOWN = {"name": "public.users", "live_rows": 9, "changed_since_analyze": 0, "analyzed_at": "2026-11-10T00:00:00+00:00"}
FULL = {"limit_bytes": 1_000_000, "used_bytes": 990_000, "evicted_per_second": 50.0, "policy": "allkeys-lru"}

# What was read, by rule, and the class that the rule speaks for; None where it is silent.
CASES: list[tuple[str, dict[str, Any], Cause | None]] = [
    ("third_party_probe", {"probes": DOWN}, Cause.THIRD_PARTY),
    ("third_party_probe", {"probes": [{"name": "wechat", "state": "slow", "seconds": 1.4}]}, Cause.THIRD_PARTY),
    ("third_party_probe", {"probes": UP}, None),
    ("third_party_probe", {"probes": UP, "payments": payments(wechat=(0, 9), alipay=(9, 0))}, Cause.CONFIGURATION),
    ("payment_channel", {"payments": payments(wechat=(0, 9), alipay=(9, 0))}, Cause.THIRD_PARTY),
    ("payment_channel", {"payments": payments(wechat=(9, 0), alipay=(9, 0))}, None),
    ("payment_channel", {"payments": payments(wechat=(0, 3), alipay=(9, 0))}, None),
    ("outside_calls", {"application": {"mean": {"outside_seconds": 0.6}}}, Cause.THIRD_PARTY),
    ("outside_calls", {"application": {"mean": {"outside_seconds": 0.4}}}, None),
    ("blocking", {"database": {"blocking": [{"head": IDLE_HEAD, "waiting": 1}]}}, Cause.OWN_CODE),
    ("blocking", {"database": {"blocking": [{"head": {**IDLE_HEAD, "state_seconds": 0.2}, "waiting": 1}]}}, None),
    ("blocking", {"database": {"blocking": [{"head": {"state": "active"}, "waiting": 2}]}}, Cause.OWN_CODE),
    ("blocking", {"database": {"blocking": [{"head": {"state": "active"}, "waiting": 1}]}}, None),
    ("recent_change", {"changes": DEPLOYED}, Cause.OWN_CODE),
    ("recent_change", {"changes": CONFIGURED}, Cause.CONFIGURATION),
    ("recent_change", {"changes": OLD}, None),
    *(
        ("statements", {"database": {"statements": {"families": [family(**told)]}}}, cause)
        for told, cause in (
            ({"blocks_per_call": 100.0}, Cause.OWN_CODE),
            ({"blocks_per_call": 99.0}, None),
            ({"blocks_per_call": 400.0, "blocks_per_call_before": 90.0}, None),
            ({"blocks_per_call": 1000.0, "load": 0.01}, None),
            ({"blocks_per_call": 1000.0, "share": 0.2}, None),
            ({"blocks_per_call": 1000.0, "calls": 3}, None),
            ({"mean": 0.02}, Cause.OWN_CODE),
            ({"mean": 0.0039}, None),
            ({"before": None, "mean": 0.01}, Cause.OWN_CODE),
            ({"before": None, "mean": 0.0001, "per_second": 1.0}, None),
            ({"per_second": 200.0}, Cause.OWN_CODE),
            ({"per_second": 40.0}, Cause.OWN_CODE),
            ({"per_second": 39.0}, None),
            ({"before": None, "mean": 0.0001, "share": 0.1, "load": 0.008}, Cause.OWN_CODE),
            ({"before": None, "mean": 0.0001, "share": 0.09, "load": 0.008}, None),
            ({"before": None, "mean": 0.0001, "share": 0.1, "load": 0.007}, None),
        )
    ),
    ("statements", {"database": {"statements": {"families": [family(per_second=200.0)]}}, "log": front(now=110)}, None),
    ("settings", {"database": {"settings": [{"name": "statement_timeout", "setting": "1ms"}]}}, Cause.CONFIGURATION),
    ("settings", {"database": {"settings": [{"name": "statement_timeout", "setting": "30s"}]}}, None),
    ("settings", {"database": {"settings": [{"name": "statement_timeout", "setting": "0"}]}}, None),
    ("settings", {"database": {"settings": [{"name": "enable_indexscan", "setting": "off"}]}}, Cause.CONFIGURATION),
    ("settings", {"database": {"settings": [{"name": "default_transaction_read_only", "setting": "on"}]}}, Cause.CONFIGURATION),
    ("settings", {"database": {"settings": [{"name": "autovacuum", "setting": "on"}]}}, None),
    *(
        ("settings", {"database": {"settings": [{"name": name, "setting": value, "unit": unit}]}}, cause)
        for name, value, unit, cause in (
            ("enable_hashagg", "off", "", Cause.CONFIGURATION),
            ("enable_partitionwise_join", "off", "", None),
            ("random_page_cost", "40", "", Cause.CONFIGURATION),
            ("random_page_cost", "39", "", None),
            ("cpu_index_tuple_cost", "1", "", Cause.CONFIGURATION),
            ("cpu_index_tuple_cost", "0.99", "", None),
            ("commit_delay", "1000", "", Cause.CONFIGURATION),
            ("commit_delay", "999", "", None),
            ("work_mem", "1023", "kB", Cause.CONFIGURATION),
            ("work_mem", "64kB", "", Cause.CONFIGURATION),
            ("work_mem", "1024", "kB", None),
            ("work_mem", "1MB", "", None),
            ("max_wal_size", "255", "MB", Cause.CONFIGURATION),
            ("max_wal_size", "1GB", "", None),
            ("default_transaction_isolation", "serializable", "", Cause.CONFIGURATION),
            ("default_transaction_isolation", "repeatable read", "", None),
            ("idle_session_timeout", "50", "ms", Cause.CONFIGURATION),
            ("lock_timeout", "500ms", "", None),
        )
    ),
    *(
        (
            "settings",
            {
                "database": {"settings": [{"name": "statement_timeout", "setting": value}]},
                "errors": {"patterns": [{"text": "ERROR:  canceling statement due to statement timeout", "lines": 3}]},
            },
            cause,
        )
        for value, cause in (("999ms", Cause.CONFIGURATION), ("1s", None))
    ),
    *(
        (
            "new_statements",
            {"database": {"statements": {"families": [family(), family(before=None, per_second=sent)]}}, "log": front(now=now, p95=0.1)},
            cause,
        )
        for sent, now, cause in ((30.0, 10, Cause.OWN_CODE), (29.9, 10, None), (10.0, 1, Cause.OWN_CODE), (9.9, 1, None))
    ),
    ("new_statements", {"database": {"statements": {"families": [family(before=None, per_second=90)]}}, "log": front()}, None),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(errors=0.02)}, Cause.OWN_CODE),
    ("worse_since_change", {"changes": CONFIGURED, "log": front(errors=0.02)}, Cause.CONFIGURATION),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(errors=0.019)}, None),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(p95=0.125)}, Cause.OWN_CODE),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(p95=0.124)}, None),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(p95=0.049, p95_before=0.01)}, None),
    ("worse_since_change", {"changes": DEPLOYED, "log": front(errors=0.5, now=15)}, None),
    ("worse_since_change", {"changes": OLD, "log": front(errors=0.5)}, None),
    ("worse_since_change", {"changes": LATE, "log": front(errors=0.5)}, None),
    *(
        ("worse_since_change", {"changes": DEPLOYED, "log": front(p95=0.2, intervals=earlier(**told))}, cause)
        for told, cause in (
            ({"p95": 0.05}, Cause.OWN_CODE),
            ({"p95": 0.12}, None),
            ({"p95": 0.05, "errors": 0.02}, None),
            ({"p95": 0.12, "count": 4}, Cause.OWN_CODE),
        )
    ),
    ("stale_statistics", {"database": {"tables": STALE}}, Cause.DATA),
    ("stale_statistics", {"database": {"tables": [{**STALE[0], "changed_since_analyze": 9_999}]}}, None),
    ("stale_statistics", {"database": {"tables": [{**STALE[0], "live_rows": 200_000}]}}, Cause.DATA),
    ("stale_statistics", {"database": {"tables": [{**STALE[0], "live_rows": 200_001}]}}, None),
    ("stale_statistics", {"database": {"tables": [NEVER, KNOWN]}}, Cause.DATA),
    ("stale_statistics", {"database": {"tables": [NEVER]}}, None),
    ("stale_statistics", {"database": {"tables": [{**NEVER, "scanned_rows_per_second": 9_999}, KNOWN]}}, None),
    *(
        (
            "waits",
            {"database": {"sessions": [{"wait": wait, "statement_seconds": seconds}, {"wait": wait, "statement_seconds": 9.0}]}},
            cause,
        )
        for wait, seconds, cause in (
            ("SyncRep", 1.0, Cause.CONFIGURATION), ("SyncRep", 0.9, None), ("ClientRead", 9.0, None),
        )
    ),
    ("statements", {"database": {"statements": {"families": [family(per_second=200.0)]}}, "redis": FULL}, None),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  new row violates check constraint", "lines": 3}]}}, Cause.DATA),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  new row violates check constraint", "lines": 3}]}, "changes": DEPLOYED},
     Cause.OWN_CODE),
    ("integrity", {"integrity": {"invariants": [{"name": "n", "held": False, "rows": 3}]}}, Cause.DATA),
    ("integrity", {"integrity": {"invariants": [{"name": "n", "held": False, "rows": 2}]}}, None),
    ("integrity", {"integrity": {"invariants": [{"name": "n", "held": True, "rows": 0}]}}, None),
    ("pool", {"application": SMALL_POOL}, Cause.CONFIGURATION),
    ("pool", {"application": USED_UP}, None),
    ("pool", {"application": {"peak": {"pool_max": 2, "pool_pending": 0}}}, None),
    ("pool", {"application": {"peak": {"pool_max": 5, "pool_pending": 0}}, "log": front(p50=0.02)}, Cause.CONFIGURATION),
    ("pool", {"application": {"peak": {"pool_max": 5, "pool_pending": 0}}, "log": front(p50=0.019)}, None),
    ("pool", {"application": {"peak": {"pool_max": 6, "pool_pending": 0}}, "log": front(p50=0.02)}, None),
    ("connections", {"database": {"connections": {"peak": 90, "usable": 97}}, "log": front(now=40)}, Cause.CAPACITY),
    ("connections", {"database": {"connections": {"peak": 50, "usable": 97}}}, None),
    ("cache", {"redis": FULL}, Cause.CAPACITY),
    ("cache", {"redis": {**FULL, "policy": "noeviction"}}, Cause.CONFIGURATION),
    ("cache", {"redis": {**FULL, "used_bytes": 500_000, "evicted_per_second": 0.0}}, None),
    ("cache", {"redis": {**FULL, "limit_bytes": 0}}, None),
    ("machine", {"host": OTHERS}, Cause.CAPACITY),
    ("machine", {"host": BUSY, "log": front()}, Cause.OWN_CODE),
    ("machine", {"host": BUSY, "log": front(now=40)}, None),
    ("machine", {"host": CALM, "log": front()}, None),
    ("disk", {"host": {"disks": [{"name": "/", "total_bytes": 1000, "free_bytes": 10}]}}, Cause.CAPACITY),
    ("disk", {"host": {"disks": [{"name": "/", "total_bytes": 1000, "free_bytes": 30}]}}, None),
    ("arrivals", {"log": front(now=15, top_visitor_share=0.3)}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=14.9, top_visitor_share=0.3)}, None),
    ("arrivals", {"log": front(now=15, top_visitor_share=0.29)}, None),
    ("arrivals", {"log": front(now=15, top_visitor_share=0.9)}, None),
    ("arrivals", {"log": front(now=30, p95=0.076), "host": BUSY}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=30, p50=0.015), "host": BUSY}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=30, errors=0.02), "host": BUSY}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=30, p95=0.074, p50=0.014, errors=0.019), "host": BUSY}, None),
    ("arrivals", {"log": front(now=30), "application": USED_UP}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=30, p95=0.2)}, Cause.CAPACITY),
    ("arrivals", {"log": front(now=30), "host": CALM}, None),
    ("arrivals", {"log": front(now=20, p95=0.1), "host": BUSY}, None),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  permission denied for table orders", "lines": 3}]}}, Cause.CONFIGURATION),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  permission denied for table orders", "lines": 2}]}}, None),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  deadlock detected", "lines": 9}]}}, Cause.OWN_CODE),
    ("error_lines", {"errors": {"patterns": [{"text": "FATAL:  could not write: No space left on device", "lines": 9}]}}, Cause.CAPACITY),
    ("error_lines", {"errors": {"patterns": [{"text": "ERROR:  something else", "lines": 900}]}}, None),
    *(
        ("error_lines", {"errors": {"patterns": [{"text": text, "lines": 3}]}}, cause)
        for text, cause in (
            ('FATAL:  too many connections for role "shop"', Cause.CONFIGURATION),
            ("FATAL:  sorry, too many clients already", Cause.CAPACITY),
            ('FATAL:  role "shop" is not permitted to log in', Cause.CONFIGURATION),
            ("FATAL:  terminating connection due to idle-session timeout", Cause.CONFIGURATION),
            ('ERROR:  temporary file size exceeds "temp_file_limit" (64kB)', Cause.CONFIGURATION),
            ('ERROR:  nextval: reached maximum value of sequence "orders_id_seq" (2147483647)', Cause.CAPACITY),
            ('ERROR:  duplicate key value violates unique constraint "orders_pkey"', Cause.DATA),
            ("BUSY Redis is busy running a script.", Cause.OWN_CODE),
            ("MISCONF Redis is configured to save RDB snapshots", Cause.CONFIGURATION),
            ('ERROR:  relation "orders" does not exist', Cause.OWN_CODE),
        )
    ),
    *(
        (
            "error_lines",
            {
                "errors": {"patterns": [{"text": f"ERROR:  {what} does not exist", "lines": 3}]},
                "database": {"settings": [{"name": "search_path", "setting": "archive"}]},
                "changes": changes,
            },
            cause,
        )
        for what, changes, cause in (
            ('relation "orders"', [], Cause.CONFIGURATION),
            ('relation "orders"', DEPLOYED, Cause.OWN_CODE),
            ('column "title"', [], Cause.OWN_CODE),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "readings", "cause"), CASES)
def test_a_rule_on_both_sides_of_its_thresholds(rule: str, readings: dict[str, Any], cause: Cause | None) -> None:
    votes = [each for each in dict(RULES)[rule](Seen(evidence(**readings))) if not each.against]
    strongest = max(votes, key=lambda each: each.weight, default=None)
    assert (None if strongest is None else strongest.cause) is cause
    assert all(0 < each.weight < 1 and str(each.says) for each in votes)


def test_every_rule_has_its_case_and_its_file() -> None:
    from pathlib import Path

    import tickets.cause.rules as package

    names = {name for name, _ in RULES}
    assert names == {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__"}
    assert names == {rule for rule, _, _ in CASES}


@pytest.mark.parametrize(
    ("readings", "cause"),
    [
        ({}, Cause.INSUFFICIENT_EVIDENCE),
        ({"changes": DEPLOYED}, Cause.INSUFFICIENT_EVIDENCE),
        ({"changes": CONFIGURED}, Cause.INSUFFICIENT_EVIDENCE),
        ({"changes": DEPLOYED, "log": front(p95=0.2)}, Cause.OWN_CODE),
        # A job of its own slows no page, and a promotion brings pages that were not asked for before.
        (
            {
                "database": {
                    "statements": {"families": [family(share=0.1), family(before=None, share=0.01, per_second=90)]}
                },
                "log": front(),
            },
            Cause.INSUFFICIENT_EVIDENCE,
        ),
        (
            {
                "database": {
                    "statements": {"families": [family(share=0.1), family(before=None, share=0.01, per_second=90)]}
                },
                "log": front(p95=0.1),
            },
            Cause.OWN_CODE,
        ),
        (
            {
                "database": {
                    "statements": {"families": [family(share=0.1), family(before=None, share=0.01, per_second=90)]}
                },
                "log": front(now=25, p95=0.1),
                "host": BUSY,
            },
            Cause.CAPACITY,
        ),
        ({"changes": DEPLOYED, "log": front(p95=0.2), "probes": DOWN}, Cause.THIRD_PARTY),
        ({"payments": payments(wechat=(0, 9), alipay=(9, 0))}, Cause.INSUFFICIENT_EVIDENCE),
        ({"payments": payments(wechat=(0, 9), alipay=(9, 0)), "probes": DOWN}, Cause.THIRD_PARTY),
        ({"payments": payments(wechat=(0, 9), alipay=(9, 0)), "probes": DOWN, "changes": DEPLOYED}, Cause.THIRD_PARTY),
        ({"payments": payments(wechat=(0, 9), alipay=(9, 0)), "probes": UP}, Cause.CONFIGURATION),
        (
            {"probes": DOWN, "integrity": {"invariants": [{"name": "n", "held": False, "rows": 50}]}},
            Cause.INSUFFICIENT_EVIDENCE,
        ),
        ({"log": front(now=30, p95=0.1), "host": BUSY, "changes": OLD}, Cause.CAPACITY),
        ({"log": front(now=30, p95=0.2, p50=0.05), "application": SMALL_POOL}, Cause.CONFIGURATION),
        ({"log": front(now=30, p95=0.2, p50=0.05), "application": USED_UP}, Cause.CAPACITY),
        ({"host": OTHERS}, Cause.CAPACITY),
        ({"host": WAITING}, Cause.CAPACITY),
        ({"host": {**WAITING, "mean": {**WAITING["mean"], "cpu_waiting:app": 0.19}}}, Cause.INSUFFICIENT_EVIDENCE),
        ({"host": BUSY, "log": front(), "changes": DEPLOYED}, Cause.OWN_CODE),
        (
            {
                "database": {"statements": {"families": [family(before=None, mean=0.01)]}},
                "log": front(now=20, top_visitor_share=0.5),
            },
            Cause.CAPACITY,
        ),
    ],
)
def test_together_they_name_a_class_or_say_that_they_cannot(readings: dict[str, Any], cause: Cause) -> None:
    found = answer(evidence(**readings))
    assert found.cause is cause
    assert 0 <= found.confidence <= 1


def test_what_was_unavailable_is_said() -> None:
    found = answer(evidence(missing=("database:orders",), probes=DOWN, redis={"failed": {"redis_slow_log": "NOPERM"}}))
    assert found.unavailable == (("database:orders", "it refused us"), ("redis:cache/redis_slow_log", "NOPERM"))
    assert found.cause is Cause.THIRD_PARTY


def test_strange_evidence_is_no_error() -> None:
    strange: list[Any] = [
        None,
        1,
        "x",
        [],
        [None, 1],
        {"a": None},
        {"statements": 1, "blocking": {}, "settings": [1], "connections": [2]},
    ]
    for value in strange:
        for name in (
            "database",
            "redis",
            "host",
            "application",
            "log",
            "errors",
            "payments",
            "probes",
            "integrity",
            "changes",
        ):
            assert answer(evidence(**{name: value})).cause is Cause.INSUFFICIENT_EVIDENCE
    broken: list[dict[str, Any]] = [
        {},
        {"readings": []},
        {"readings": {"log:x": None}},
        {"fired_at": 7, "readings": {"changes": {"status": "ok"}}},
    ]
    for each in broken:
        assert answer(each).likeliest is None


def test_what_is_kept_of_an_answer_can_be_read_again() -> None:
    import json

    found = answer(evidence(probes=DOWN, changes=DEPLOYED))
    kept = json.loads(json.dumps(document(found)))
    assert kept["cause"] == "third_party"
    assert str(from_document(kept["for"][0]["says"])) == "wechat does not answer a probe from outside either."
    assert kept["against"][0]["cause"] == "own_code"
