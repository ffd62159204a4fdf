"""What a forged snapshot would keep busy for ever is ended and listed, and the rest is planned.

Here the role's statement_timeout and the limits after it are short, so that what heeds the first is told from what outlives it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count

import pytest

from facts.planner import Candidate, KeyPart, UnplannableError
from facts.postgres import PostgresFacts
from shadow import server as shadow_server
from shadow.connection import LIMITS, SERVER_LOST, Limits, SpentError
from shadow.open import _open_one, open_shadows
from shadow.planner import ShadowPlanner
from shadow.server import Server, running
from tests.shadow.forging import Forge, Trap, assert_the_rest_is_planned, checked, forged, function, indexed, together
from tests.shadow.gaps import gaps_of

SHORT = Limits(command=2.0, ending=1.0, database=300.0)
HEEDS = "BEGIN LOOP END LOOP; END"
CATCHES = "BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END"
# Two circles of a million corners, one within the other: each side of one is compared with each of the other, without a pause.
DEAF = "path(polygon(1000000, circle '((0,0),2)')) ?# path(polygon(1000000, circle '((0,0),1)'))"
ENDED = "it went on for more than 2 s, so it was ended"
LOST = str(SERVER_LOST)

numbers = count()


@pytest.fixture(autouse=True)
def short_statement_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_server, "_STATEMENT_TIMEOUT", "1s")


@pytest.fixture
def own_server() -> Iterator[Server]:
    """For what ends its server."""
    with running() as server:
        yield server


def opened(server: Server, facts: PostgresFacts, limits: Limits = SHORT) -> "closing[ShadowPlanner]":
    return closing(_open_one(server, f"endless_{next(numbers)}", facts, limits))


def test_the_limits_leave_the_first_word_to_the_statement_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    seconds = float(shadow_server._STATEMENT_TIMEOUT.removesuffix("s"))
    assert seconds < LIMITS.command < LIMITS.database


@pytest.mark.parametrize(
    ("body", "reason"), [(HEEDS, "canceling statement due to statement timeout"), (CATCHES, ENDED)]
)
def test_a_statement_whose_planning_does_not_end_is_ended_once_and_listed(
    server: Server, wares: PostgresFacts, real: dict[str, float], trap: Trap, body: str, reason: str
) -> None:
    with opened(server, forged(wares, function("endless", body))) as planner:
        statement = "SELECT * FROM wares WHERE name = endless()"
        with pytest.raises(UnplannableError, match=reason):
            planner.plan(statement)
        tried = planner.calls
        with pytest.raises(UnplannableError, match=reason):
            planner.plan(statement, [Candidate(schema="public", table="wares", keys=(KeyPart(column="price"),))])
        assert planner.calls == tried, "it is not planned again"
        assert gaps_of(planner) == (f"not planned: {statement} ({reason})",)
        assert_the_rest_is_planned(planner, real, trap)


def test_a_function_that_lifts_the_statement_timeout_wins_nothing(
    server: Server, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    forge = together(
        function("lift", "BEGIN PERFORM set_config('statement_timeout', '0', false); RETURN 'x'; END"),
        function("endless", HEEDS),
    )
    with opened(server, forged(wares, forge)) as planner:
        assert planner.plan("SELECT * FROM wares WHERE name = lift()").nodes
        with pytest.raises(UnplannableError, match=ENDED):
            planner.plan("SELECT * FROM wares WHERE name = endless()")
        assert_the_rest_is_planned(planner, real, trap)


@pytest.mark.parametrize(
    ("forge", "beginning"),
    [
        (indexed("CREATE INDEX forged ON public.wares USING btree (endless())"), "left out: CREATE INDEX forged"),
        (checked("CHECK (endless() = name)"), "left out: ALTER TABLE public.wares ADD CONSTRAINT forged"),
    ],
)
def test_a_definition_that_does_not_end_costs_only_itself(
    server: Server, wares: PostgresFacts, real: dict[str, float], trap: Trap, forge: Forge, beginning: str
) -> None:
    with opened(server, forged(wares, together(function("endless", CATCHES), forge))) as planner:
        (gap,) = (each for each in gaps_of(planner) if ENDED in each)
        assert gap.startswith(beginning)
        assert_the_rest_is_planned(planner, real, trap)


def test_a_candidate_that_cannot_be_built_in_time_is_listed(
    server: Server, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    endless = Candidate(schema="public", table="wares", keys=(KeyPart(expression="endless()"),))
    with opened(server, forged(wares, function("endless", CATCHES))) as planner:
        for _ in range(2):
            with pytest.raises(UnplannableError, match=ENDED):
                planner.size_bytes(endless)
        assert gaps_of(planner) == (f"not tried: public.wares((endless())) ({ENDED})",)
        assert_the_rest_is_planned(planner, real, trap)


def test_a_function_that_ends_its_own_backend_gets_a_new_one(
    server: Server, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    body = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN 'x'; END"
    with opened(server, forged(wares, function("suicidal", body))) as planner:
        with pytest.raises(UnplannableError, match="terminat"):
            planner.plan("SELECT * FROM wares WHERE name = suicidal()")
        assert_the_rest_is_planned(planner, real, trap)


def test_a_database_that_spends_all_of_its_time_is_given_up(server: Server, wares: PostgresFacts) -> None:
    limits = replace(SHORT, database=3.0)
    with opened(server, forged(wares, function("endless", CATCHES)), limits) as planner:
        given_up = "the shadow was given up: its commands took more than 3 s in all"
        with pytest.raises(UnplannableError, match=ENDED):
            planner.plan("SELECT * FROM wares WHERE name = endless()")
        with pytest.raises(UnplannableError, match=given_up):
            planner.plan("SELECT * FROM wares WHERE name > endless()")
        with pytest.raises(UnplannableError, match=given_up):
            planner.plan("SELECT * FROM wares WHERE id = $1")
        assert gaps_of(planner)[1:] == (given_up,)


def test_a_rebuild_that_spends_all_of_its_time_is_a_failure_of_its_database(
    server: Server, wares: PostgresFacts
) -> None:
    endless = indexed("CREATE INDEX forged ON public.wares USING btree (endless())")
    facts = forged(wares, together(function("endless", CATCHES), endless))
    with pytest.raises(SpentError, match="its commands took more than 3 s in all"):
        opened(server, facts, replace(SHORT, database=3.0))


def test_what_is_deaf_to_every_end_ends_with_its_server(own_server: Server, wares: PostgresFacts) -> None:
    statement = f"SELECT * FROM wares WHERE {DEAF}"
    with opened(own_server, wares) as planner, opened(own_server, wares) as neighbour:
        assert neighbour.plan("SELECT * FROM wares WHERE id = $1").nodes
        given_up = "a command that went on for more than 2 s could only be ended with its server"
        with pytest.raises(UnplannableError, match=given_up):
            planner.plan(statement)
        with pytest.raises(UnplannableError, match=given_up):
            planner.plan("SELECT * FROM wares WHERE id = $1")
        assert own_server.has_ended
        with pytest.raises(UnplannableError, match=LOST):
            neighbour.plan("SELECT * FROM wares WHERE name = $1")
        assert gaps_of(planner) == (f"the shadow was given up: {given_up}",)
        assert gaps_of(neighbour) == (LOST,)


def test_a_database_that_is_opened_after_its_server_was_ended_is_listed(
    wares: PostgresFacts,
) -> None:
    deaf = forged(wares, checked(f"CHECK ({DEAF})"))
    with open_shadows([deaf, replace(wares, target="standby")], limits=SHORT) as shadows:
        assert shadows.planners == {}
        first, second = map(str, shadows.failures.values())
    assert "could only be ended with its server" in first
    assert second == LOST
