"""What becomes of an audit's findings when the mall is read again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from advisors.outcomes import calibrate, outcome_of
from advisors.verifying import Later, verify
from facts.claims import Claim
from facts.findings import QueryEvidence
from facts.message import msg
from facts.postgres import PostgresFacts
from facts.proofs import Outcome, Proof
from facts.readings import Omission, Reading, Status
from facts.schema import Index
from tests.advisors import build
from tests.advisors.build_shared import TARGET

ORDERS = build.table("orders")
HISTORY = "SELECT id FROM orders WHERE user_id = $1"
CREATE = "CREATE INDEX CONCURRENTLY idx_orders_user_id ON public.orders (user_id)"
SUBJECT = "public.orders(user_id)"


def claim(*sql: str, code: str = "IDX001", subject: str = SUBJECT, query: bool = True) -> Claim:
    evidence = QueryEvidence(
        id="1", text=HISTORY, calls=100, total_seconds=1.0, mean_seconds=0.010, cost_before=1000.0, cost_after=10.0
    )
    return Claim(
        code=code, target=TARGET, subject=subject, sql=sql, queries=(evidence,) if query else (), size_bytes=1_000_000
    )


def database(*indexes: Index, mean_seconds: float = 0.0002, calls: int = 200) -> PostgresFacts:
    entry = build.statement(HISTORY, calls=calls, seconds=mean_seconds * calls, id="77")
    return build.database(entry, read=build.schema(ORDERS, indexes=indexes))


def verified(
    one: Claim, after: PostgresFacts, before: PostgresFacts | None = None, later: Later | None = None
) -> Proof:
    (proof,) = verify(
        [one],
        {(one.code, one.target, one.subject): later} if later else {},
        build.snapshot(before) if before else None,
        build.snapshot(after),
    )
    return proof


def there(*keys: str, **options: object) -> Index:
    return build.index(ORDERS, *keys, **options)  # type: ignore[arg-type]


def test_an_index_that_is_there_and_spares_what_was_predicted_is_proven() -> None:
    proof = verified(claim(CREATE), database(there("user_id", scans=50)))
    assert proof.outcome is Outcome.PROVEN
    assert (proof.predicted_kept, proof.measured_kept) == (0.01, 0.02)
    (statement,) = proof.statements
    assert (statement.runs, statement.seconds_before, statement.seconds_after) == (200, 0.010, 0.0002)
    assert statement.seconds_predicted == pytest.approx(0.0001)


def test_one_that_somebody_made_wider_and_named_otherwise_counts_too() -> None:
    assert verified(claim(CREATE), database(there("user_id", "created_at", scans=50))).outcome is Outcome.PROVEN


@pytest.mark.parametrize(("mean", "outcome"), [(0.00504, Outcome.PROVEN), (0.00506, Outcome.REFUTED)])
def test_half_of_the_promised_saving_is_the_limit(mean: float, outcome: Outcome) -> None:
    """Of 10 ms, 9.9 were to go; half of that leaves 5.05."""
    assert verified(claim(CREATE), database(there("user_id", scans=50), mean_seconds=mean)).outcome is outcome


def test_one_that_nothing_reads_is_refuted() -> None:
    proof = verified(claim(CREATE), database(there("user_id", scans=0)))
    assert proof.outcome is Outcome.REFUTED
    assert "nothing has read it" in str(proof.reason)


@pytest.mark.parametrize(("calls", "outcome"), [(9, Outcome.NOT_TOLD), (10, Outcome.PROVEN)])
def test_too_few_calls_tell_nothing(calls: int, outcome: Outcome) -> None:
    assert verified(claim(CREATE), database(there("user_id", scans=5), calls=calls)).outcome is outcome


def test_one_that_is_missing_or_invalid_is_not_yet_applied() -> None:
    assert verified(claim(CREATE), database()).outcome is Outcome.NOT_APPLIED
    assert verified(claim(CREATE), database(there("created_at"))).outcome is Outcome.NOT_APPLIED
    proof = verified(claim(CREATE), database(there("user_id", valid=False)))
    assert proof.outcome is Outcome.NOT_APPLIED
    assert "not valid" in str(proof.reason)


def test_a_database_that_was_not_read_this_time_tells_nothing() -> None:
    proof = verified(claim(CREATE), build.database(read=None))
    assert proof.outcome is Outcome.NOT_TOLD


def drops(name: str) -> Claim:
    return claim(
        f"DROP INDEX CONCURRENTLY IF EXISTS public.{name}", code="IDX002", subject=f"public.{name}", query=False
    )


def test_an_unused_index_that_went_and_that_nobody_misses_is_proven() -> None:
    gone = there("created_at")
    before, after = database(gone, mean_seconds=0.01), database(mean_seconds=0.0149)
    assert verified(drops(gone.name), after, before).outcome is Outcome.PROVEN
    seldom = database(mean_seconds=0.0149, calls=9)
    assert verified(drops(gone.name), seldom, before).outcome is Outcome.NOT_TOLD, "nobody could have missed it"
    assert verified(drops(gone.name), before, before).outcome is Outcome.NOT_APPLIED
    assert verified(drops(gone.name), after).outcome is Outcome.NOT_TOLD, "what it took before is lost"


def test_one_that_a_statement_misses_is_refuted() -> None:
    gone = there("created_at")
    before, after = database(gone, mean_seconds=0.01), database(mean_seconds=0.0151)
    proof = verified(drops(gone.name), after, before)
    assert proof.outcome is Outcome.REFUTED
    assert [each.text for each in proof.statements] == [HISTORY]


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (Later("gone", "has-ttl"), Outcome.PROVEN),
        (Later("unchanged"), Outcome.NOT_APPLIED),
        (Later("better"), Outcome.NOT_APPLIED),
        (Later("worse"), Outcome.NOT_APPLIED),
        (Later("not examined"), Outcome.NOT_TOLD),
        (None, Outcome.NOT_TOLD),
    ],
)
def test_what_has_no_index_is_proven_when_it_is_no_longer_found(later: Later | None, outcome: Outcome) -> None:
    one = claim("ALTER SYSTEM SET work_mem = '8MB'", code="CFG003", subject="work_mem", query=False)
    assert verified(one, database(), later=later).outcome is outcome


@pytest.mark.parametrize(("calls", "outcome"), [(9, Outcome.NOT_TOLD), (10, Outcome.PROVEN)])
def test_a_statement_that_is_no_longer_found_has_to_be_called_all_the_same(calls: int, outcome: Outcome) -> None:
    one = claim(code="SQL003", subject="public.orders")
    assert verified(one, database(calls=calls), later=Later("gone")).outcome is outcome


def test_an_invalid_index_that_was_built_anew_is_proven() -> None:
    broken = there("created_at", valid=False)
    before, after = database(broken), database(there("created_at"))
    assert verified(drops(broken.name), after, before).outcome is Outcome.PROVEN


def locked(facts: PostgresFacts, status: Status, *partial: str) -> PostgresFacts:
    omitted = tuple(Omission(subject=each, reason=msg("locked")) for each in partial)
    return replace(facts, readings=(Reading(collector="postgres_indexes", status=status, partial=omitted),))


def test_what_could_not_be_read_is_neither_gone_nor_missing() -> None:
    gone = there("created_at")
    before = database(gone)
    for after in (locked(database(), Status.TIMED_OUT), locked(database(), Status.OK, "public.orders")):
        assert verified(drops(gone.name), after, before).outcome is Outcome.NOT_TOLD
        assert verified(claim(CREATE), after).outcome is Outcome.NOT_TOLD


def test_a_listed_statement_was_never_measured_before() -> None:
    one = claim(CREATE)
    listed = replace(one, queries=(replace(one.queries[0], id="file:1"),))
    proof = verified(listed, database(there("user_id", scans=50)))
    assert proof.outcome is Outcome.NOT_TOLD


def proofs(*savings: tuple[float, float]) -> Sequence[Proof]:
    found = []
    for predicted, measured in savings:
        proof = verified(claim(CREATE), database(there("user_id", scans=1)))
        fields = {name: getattr(proof, name) for name in ("code", "target", "subject", "method", "reason")}
        found.append(
            Proof(
                **fields,
                outcome=outcome_of(1 - predicted, 1 - measured),
                predicted_kept=1 - predicted,
                measured_kept=1 - measured,
                predicted_bytes=100,
                measured_bytes=120,
            )
        )
    return found


def test_calibration_is_the_median_of_what_came_of_promises() -> None:
    calibration = calibrate([*proofs((0.9, 0.9), (0.8, 0.4), (0.5, 0.1)), verified(claim(CREATE), database())])
    assert (calibration.predictions, calibration.proven) == (3, 2)
    assert calibration.saving_ratio == 0.5
    assert calibration.size_ratio == 1.2
    assert calibrate([]).saving_ratio is None
