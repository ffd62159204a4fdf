"""One failing collector never costs another its result, and its record says what happened."""

import pytest

from collectors.runner import CollectorError, Notes, run
from facts.message import verbatim
from facts.readings import Omission, Status


def nothing_known(_error: Exception) -> CollectorError | None:
    return None


def failing(error: BaseException) -> object:
    raise error


def test_what_was_read_comes_back_with_its_record() -> None:
    reading, facts = run("counting", lambda _: (1, 2), understand=nothing_known)
    assert facts == (1, 2)
    assert (reading.collector, reading.status, reading.detail) == ("counting", Status.OK, None)
    assert reading.seconds >= 0


@pytest.mark.parametrize("nothing", [None, (), [], {}])
def test_nothing_to_read_is_empty_and_no_failure(nothing: object) -> None:
    reading, facts = run("counting", lambda _: nothing, understand=nothing_known)
    assert reading.status is Status.EMPTY
    assert facts == nothing


@pytest.mark.parametrize("zero", [0, "", False])
def test_a_zero_is_a_result(zero: object) -> None:
    reading, _ = run("counting", lambda _: zero, understand=nothing_known)
    assert reading.status is Status.OK


def test_an_understood_failure_keeps_its_status_and_remedy() -> None:
    error = CollectorError(verbatim("may not"), status=Status.FORBIDDEN, remedy=verbatim("GRANT it"))
    reading, facts = run("counting", lambda _: failing(error), understand=nothing_known)
    assert facts is None
    assert (reading.status, str(reading.detail), str(reading.remedy)) == (Status.FORBIDDEN, "may not", "GRANT it")


def test_a_drivers_exception_is_translated() -> None:
    known = CollectorError(verbatim("no answer"), status=Status.TIMED_OUT, remedy=verbatim("wait"))
    reading, _ = run("counting", lambda _: failing(OSError("raw")), understand=lambda _: known)
    assert (reading.status, str(reading.detail), str(reading.remedy)) == (Status.TIMED_OUT, "no answer", "wait")


def test_an_exception_that_nobody_knows_is_a_failure_with_its_name() -> None:
    reading, facts = run("counting", lambda _: failing(KeyError("column")), understand=nothing_known)
    assert facts is None
    assert reading.status is Status.FAILED
    assert str(reading.detail) == "KeyError: 'column'"


def test_notes_survive_success_and_failure() -> None:
    def noting(notes: Notes) -> int:
        notes.omit("public.orders", verbatim("locked"), verbatim("wait"))
        return 1

    def noting_and_failing(notes: Notes) -> int:
        noting(notes)
        raise RuntimeError

    expected = (Omission(subject="public.orders", reason=verbatim("locked"), remedy=verbatim("wait")),)
    assert run("counting", noting, understand=nothing_known)[0].partial == expected
    assert run("counting", noting_and_failing, understand=nothing_known)[0].partial == expected


def test_notes_of_one_collector_are_not_those_of_the_next() -> None:
    run("first", lambda notes: notes.omit("a", verbatim("b")), understand=nothing_known)
    reading, _ = run("second", lambda _: 1, understand=nothing_known)
    assert reading.partial == ()


def test_ctrl_c_is_no_failure_of_a_collector() -> None:
    with pytest.raises(KeyboardInterrupt):
        run("counting", lambda _: failing(KeyboardInterrupt()), understand=nothing_known)
