"""IDX001: what the search proposes, with the planner's costs given by hand."""

from advisors.rules.idx001_missing_index import THRESHOLDS
from facts.findings import Severity
from facts.planner import Planner
from facts.postgres import Statement
from facts.promotion import Policy
from facts.schema import Index, Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, LESS, MORE, Case
from tests.advisors.planner import SimplePlanner

BY_USER = "SELECT id FROM orders WHERE user_id = $1"
HISTORY = "SELECT id FROM orders WHERE user_id = $1 ORDER BY created_at LIMIT $2"
NOTES = "SELECT note FROM orders WHERE user_id = $1"
INSERT = "INSERT INTO orders (user_id, created_at) VALUES ($1, $2)"
TABLE = "public.orders"
ON_USER = "public.orders(user_id)"
ON_USER_AND_TIME = "public.orders(user_id, created_at)"
ORDERS = build.table("orders")
SMALL, LARGE = 8 * build.MEBIBYTE, 16 * build.MEBIBYTE


def mall(*entries: Statement, orders: Table = ORDERS, indexes: tuple[Index, ...] = ()) -> Snapshot:
    return build.snapshot(build.database(*entries, read=build.schema(orders, indexes=indexes)))


def by_user(cores: float = 1.0) -> Statement:
    return build.statement(BY_USER, seconds=build.seconds_for(cores))


def history(cores: float = 1.0) -> Statement:
    return build.statement(HISTORY, seconds=build.seconds_for(cores))


def asked(planner: SimplePlanner) -> dict[tuple[str, str], Planner]:
    return {(build.TARGET, build.TARGET): planner}


HELPS = asked(SimplePlanner(kept={ON_USER: 0.1}))


def slowing(times: float) -> dict[tuple[str, str], Planner]:
    """The index saves a core and makes a statement of fifty cores slower."""
    return asked(SimplePlanner(kept={ON_USER: 0.1}, slows={"note": times}))


def written(share_of_limit: float, *, row_seconds: float) -> Statement:
    """Inserts whose maintenance takes that share of what an index that saves half a core may cost."""
    allowed = (0.5 - THRESHOLDS.min_gain_cores) / row_seconds
    rows = round(allowed * build.WINDOW / build.MULTIPLIER * share_of_limit)
    return build.statement(INSERT, seconds=0.1, calls=rows)


# An index so large that each new entry falls on a page of its own.
VAST = asked(SimplePlanner(kept={ON_USER: 0.5}, sizes={ON_USER: 10**9 * build.MEBIBYTE}))
EACH_A_PAGE = THRESHOLDS.entry_seconds + THRESHOLDS.page_seconds


def near(share_of_best: float) -> dict[tuple[str, str], Planner]:
    """The smaller index saves so much of what the best one saves."""
    kept = 1 - (1 - 0.2) * share_of_best
    return asked(
        SimplePlanner(
            kept={ON_USER: 0.2, ON_USER_AND_TIME: kept},
            sizes={ON_USER: LARGE, ON_USER_AND_TIME: SMALL},
            worst={ON_USER: 500.0, ON_USER_AND_TIME: 500.0},
        )
    )


def worst(times_the_best: float) -> dict[tuple[str, str], Planner]:
    """Two equal indexes; the smaller one's worst case costs so many times the larger one's."""
    return asked(
        SimplePlanner(
            kept={ON_USER: 0.2, ON_USER_AND_TIME: 0.2},
            sizes={ON_USER: SMALL, ON_USER_AND_TIME: LARGE},
            worst={ON_USER: 500.0 * times_the_best, ON_USER_AND_TIME: 500.0},
        )
    )


CASES = (
    Case(
        story="a scan for each visit of the order history lacks its index",
        facts=mall(by_user()),
        planners=HELPS,
        subject=ON_USER,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="the same on a machine of one core takes the mall down",
        facts=build.snapshot(
            build.database(by_user(), read=build.schema(ORDERS)), build.host(cores=1, target=build.TARGET)
        ),
        planners=HELPS,
        subject=ON_USER,
        outcome=FOUND,
        severity=Severity.CRITICAL,
    ),
    Case(
        story="a table below 64 pages is read whole as fast",
        facts=mall(by_user(), orders=build.table("orders", pages=THRESHOLDS.small_pages - 1)),
        planners=HELPS,
        subject=TABLE,
        outcome="small-table",
        just_below="small_pages",
    ),
    Case(
        story="a table of 64 pages is worth an index",
        facts=mall(by_user(), orders=build.table("orders", pages=THRESHOLDS.small_pages)),
        planners=HELPS,
        subject=ON_USER,
        outcome=FOUND,
        just_above="small_pages",
    ),
    Case(
        story="a partitioned table has no pages of its own",
        facts=mall(by_user(), orders=build.table("orders", kind="p", pages=0)),
        planners=HELPS,
        subject=ON_USER,
        outcome=FOUND,
    ),
    Case(
        story="an index that starts with the column serves it",
        facts=mall(by_user(), indexes=(build.index(ORDERS, "user_id", "created_at"),)),
        planners=HELPS,
        subject=ON_USER,
        outcome="served-by-existing-index",
    ),
    Case(
        story="an invalid index serves nobody",
        facts=mall(by_user(), indexes=(build.index(ORDERS, "user_id", valid=False),)),
        planners=HELPS,
        subject=ON_USER,
        outcome=FOUND,
    ),
    Case(
        story="the planner would not use any index",
        facts=mall(by_user()),
        planners=asked(SimplePlanner()),
        subject=TABLE,
        outcome="no-gain",
    ),
    Case(
        story="the cost falls just far enough",
        facts=mall(by_user()),
        planners=asked(SimplePlanner(kept={ON_USER: THRESHOLDS.min_cost_ratio * LESS})),
        subject=ON_USER,
        outcome=FOUND,
        just_below="min_cost_ratio",
    ),
    Case(
        story="the cost falls no further than the planner errs",
        facts=mall(by_user()),
        planners=asked(SimplePlanner(kept={ON_USER: THRESHOLDS.min_cost_ratio * MORE})),
        subject=TABLE,
        outcome="no-gain",
        just_above="min_cost_ratio",
    ),
    Case(
        story="it saves just enough to be worth its upkeep",
        facts=mall(by_user(2 * THRESHOLDS.min_gain_cores * MORE)),
        planners=asked(SimplePlanner(kept={ON_USER: 0.5})),
        subject=ON_USER,
        outcome=FOUND,
        severity=Severity.LOW,
        just_above="min_gain_cores",
    ),
    Case(
        story="it saves too little to be worth its upkeep",
        facts=mall(by_user(2 * THRESHOLDS.min_gain_cores * LESS)),
        planners=asked(SimplePlanner(kept={ON_USER: 0.5})),
        subject=TABLE,
        outcome="no-gain",
        just_below="min_gain_cores",
    ),
    Case(
        story="the table's inserts leave it just worth having",
        facts=mall(by_user(), written(0.999, row_seconds=THRESHOLDS.entry_seconds)),
        planners=asked(SimplePlanner(kept={ON_USER: 0.5}, sizes={ON_USER: 0})),
        subject=ON_USER,
        outcome=FOUND,
        just_below="entry_seconds",
    ),
    Case(
        story="the table's inserts would pay more than the reads save",
        facts=mall(by_user(), written(1.001, row_seconds=THRESHOLDS.entry_seconds)),
        planners=asked(SimplePlanner(kept={ON_USER: 0.5}, sizes={ON_USER: 0})),
        subject=TABLE,
        outcome="no-gain",
        just_above="entry_seconds",
    ),
    Case(
        story="each insert touches another page of it, and it is just worth having",
        facts=mall(by_user(), written(0.999, row_seconds=EACH_A_PAGE)),
        planners=VAST,
        subject=ON_USER,
        outcome=FOUND,
        just_below="page_seconds",
    ),
    Case(
        story="each insert touches another page of it, which is more than the reads save",
        facts=mall(by_user(), written(1.001, row_seconds=EACH_A_PAGE)),
        planners=VAST,
        subject=TABLE,
        outcome="no-gain",
        just_above="page_seconds",
    ),
    Case(
        story="a statement that gets hardly slower is no loss",
        facts=mall(by_user(), build.statement(NOTES, seconds=build.seconds_for(50.0))),
        planners=slowing(THRESHOLDS.slower * LESS),
        subject=ON_USER,
        outcome=FOUND,
        just_below="slower",
    ),
    Case(
        story="an index that costs another statement more than it saves is not proposed",
        facts=mall(by_user(), build.statement(NOTES, seconds=build.seconds_for(50.0))),
        planners=slowing(THRESHOLDS.slower * MORE),
        subject=TABLE,
        outcome="no-gain",
        just_above="slower",
    ),
    Case(
        story="a smaller index that is nearly as good is taken",
        facts=mall(history()),
        planners=near(THRESHOLDS.near_best * MORE),
        subject=ON_USER_AND_TIME,
        outcome=FOUND,
        just_above="near_best",
    ),
    Case(
        story="a smaller index that is clearly worse is left",
        facts=mall(history()),
        planners=near(THRESHOLDS.near_best * LESS),
        subject=ON_USER,
        outcome=FOUND,
        just_below="near_best",
    ),
    Case(
        story="the smaller of two equal indexes is taken while its worst case is bearable",
        facts=mall(history()),
        planners=worst(THRESHOLDS.worst_case_slack * LESS),
        subject=ON_USER,
        outcome=FOUND,
        just_below="worst_case_slack",
    ),
    Case(
        story="the index that spares the heaviest buyer is taken",
        facts=mall(history()),
        planners=worst(THRESHOLDS.worst_case_slack * MORE),
        subject=ON_USER_AND_TIME,
        outcome=FOUND,
        just_above="worst_case_slack",
    ),
    Case(
        story="an index that fits the budget to the byte is proposed",
        facts=mall(by_user()),
        planners=asked(SimplePlanner(kept={ON_USER: 0.1}, sizes={ON_USER: SMALL})),
        policy=Policy(index_budget_bytes=SMALL),
        subject=ON_USER,
        outcome=FOUND,
    ),
    Case(
        story="an index of one byte more than the budget is not",
        facts=mall(by_user()),
        planners=asked(SimplePlanner(kept={ON_USER: 0.1}, sizes={ON_USER: SMALL})),
        policy=Policy(index_budget_bytes=SMALL - 1),
        subject=ON_USER,
        outcome=ABSENT,
    ),
    Case(
        story="its table says that the budget was the reason",
        facts=mall(by_user()),
        planners=asked(SimplePlanner(kept={ON_USER: 0.1}, sizes={ON_USER: SMALL})),
        policy=Policy(index_budget_bytes=SMALL - 1),
        subject=TABLE,
        outcome="over-budget",
    ),
)  # fmt: skip
