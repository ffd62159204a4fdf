"""What the IDX rules share: dropping an index, and the way back."""

from dataclasses import replace

from advisors.indexing import drop
from facts.message import msg
from tests.advisors.build import index, table

INDEX = index(table("orders", "buyer"), "buyer", name="orders_buyer_idx")


def test_the_way_back_is_the_indexs_own_definition() -> None:
    remedy = drop(INDEX, msg("Drop it."), msg("None."))
    assert remedy.sql == ("DROP INDEX CONCURRENTLY IF EXISTS public.orders_buyer_idx",)
    assert remedy.rollback == (INDEX.definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"),)


def test_a_masked_definition_is_no_way_back_and_is_asked_for_before_the_index_goes() -> None:
    remedy = drop(replace(INDEX, definition_masked=True), msg("Drop it."), msg("None."))
    assert remedy.rollback == ()
    assert remedy.sql == (
        "SELECT pg_get_indexdef('public.orders_buyer_idx'::regclass)",
        "DROP INDEX CONCURRENTLY IF EXISTS public.orders_buyer_idx",
    )
