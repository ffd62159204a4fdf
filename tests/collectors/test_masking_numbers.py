"""Pseudonyms of personal numbers keep equality and order, and a server takes each for a value of its column's type."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.masking.numbers import number_pseudonyms, range_of
from collectors.masking.statistics import mask_statistics
from tests.collectors.test_masking import statistics
from tests.conftest import PostgresServer

TYPES = (
    *("smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(2,0)", "numeric(10,2)"),
    *("numeric(3,-2)", "numeric(3,5)", "numeric(38,0)", "numeric(38,30)"),
)


def smallints() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-32768, 32767), min_size=1, max_size=200, unique=True)


def bigints() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-(2**63), 2**63 - 1), max_size=200, unique=True)


def cents() -> st.SearchStrategy[list[Decimal]]:
    return st.lists(st.integers(-999, 999).map(lambda number: Decimal(number) / 100), max_size=200, unique=True)


def fits(place: Decimal, type_name: str) -> bool:
    own = range_of(type_name)
    return own.lowest <= place <= own.highest and place % own.unit == 0


@given(smallints(), bigints(), cents())
def test_numbers_of_all_columns_keep_their_order_and_equality_and_fit_their_types(
    small: list[int], large: list[int], exact: list[Decimal]
) -> None:
    columns = [
        (type_name, [str(value) for value in values])
        for type_name, values in (("smallint", small), ("bigint", large), ("numeric(3,2)", exact))
    ]
    found = number_pseudonyms(columns)
    place_of = {Decimal(value): Decimal(place) for value, place in found.items()}
    ordered = [place_of[number] for number in sorted(place_of)]
    assert ordered == sorted(set(ordered))
    for type_name, values in columns:
        assert all(fits(place_of[Decimal(value)], type_name) for value in values if value in found)
    assert {value for _, values in columns[:2] for value in values} <= found.keys()


def test_a_column_of_every_smallint_there_is_keeps_them_apart() -> None:
    every = [str(value) for value in range(-32768, 32768)]
    found = number_pseudonyms([("smallint", every)])
    places = [int(found[value]) for value in every]
    assert places == list(range(-32768, 32768))


@pytest.mark.parametrize("count", [1, 32, 33, 327, 400])
def test_a_step_is_as_wide_as_the_narrowest_type_allows(count: int) -> None:
    found = number_pseudonyms([("smallint", [str(value) for value in range(count)])])
    step = {1: 1000, 32: 1000, 33: 100, 327: 100, 400: 10}[count]
    assert list(found.values()) == [str((place + 1) * step) for place in range(count)]


def test_long_numbers_that_differ_in_their_last_digit_keep_their_order() -> None:
    found = number_pseudonyms([("bigint", ["622202000000000002", "622202000000000001"])])
    assert found == {"622202000000000001": "1000", "622202000000000002": "2000"}


def test_one_number_in_two_spellings_has_one_pseudonym() -> None:
    found = number_pseudonyms([("integer", ["13800138", "7"]), ("numeric(12,2)", ["13800138.00", "NaN"])])
    assert found["13800138"] == found["13800138.00"]
    assert found["NaN"] == "NaN"


def test_many_numbers_before_them_do_not_push_the_last_ones_out_of_their_type() -> None:
    large = tuple(str(-value) for value in range(40_000, 110_000))
    columns = [statistics("phone", histogram=large), statistics("floor_phone", oid=2, histogram=("1", "2"))]
    one, two = mask_statistics(columns, {(1, "phone"): "bigint", (2, "floor_phone"): "smallint"})
    assert one.histogram is not None
    assert two.histogram is not None
    places = [int(value) for value in (*two.histogram[::-1], *one.histogram)]
    assert places == sorted(set(places), reverse=True)
    assert all(-32768 <= place <= 32767 for place in places[:2])


def test_a_column_without_room_for_what_stands_between_its_numbers_loses_its_values() -> None:
    between = tuple(f"1.{value}" for value in range(100_000, 170_000))
    columns = [statistics("phone", histogram=between), statistics("floor_phone", oid=2, histogram=("1", "2"))]
    one, two = mask_statistics(columns, {(1, "phone"): "numeric", (2, "floor_phone"): "smallint"})
    assert one.histogram is not None
    assert len(set(one.histogram)) == len(between)
    assert (two.histogram, two.masked) == (None, True)


def test_a_personal_date_or_time_has_no_pseudonym_that_could_leave_the_calendar() -> None:
    for type_name in ("date", "timestamp without time zone", "timestamp with time zone"):
        (masked,) = mask_statistics([statistics("birthday", histogram=("1990-01-01",))], {(1, "birthday"): type_name})
        assert masked.histogram is None


@pytest.mark.parametrize("type_name", TYPES)
def test_a_server_takes_the_outermost_pseudonyms_of_a_type_as_they_are(
    postgres_server: PostgresServer, type_name: str
) -> None:
    own = range_of(type_name)
    wanted = [own.lowest, own.lowest + own.unit, own.highest - own.unit, own.highest]
    asked = ", ".join(f"'{number:f}'::{type_name}::text" for number in wanted)
    (taken,) = postgres_server.execute("postgres", f"SELECT {asked}")
    assert [Decimal(number) for number in taken] == wanted
