"""What the IDX rules share: dropping an index, and the way back."""

from dataclasses import replace

from advisors.indexing import build_statements, drop, drop_statements
from facts.message import msg
from facts.planner import Candidate, KeyPart
from facts.schema import Schema
from tests.advisors import build
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


def parts(*kinds: str, own: bool = False) -> Schema:
    """A partitioned table, its partitions of such kinds, and an index of the first one's own."""
    parent = build.table("visits", kind="p")
    children = [replace(build.table(f"v{number}", kind=kind), parent=parent.oid) for number, kind in enumerate(kinds)]
    indexes = [build.index(children[0], "user_id", name="own")] if own else []
    return build.schema(parent, *children, indexes=indexes)


VISITS = Candidate(schema="public", table="visits", keys=(KeyPart(column="user_id"),))


def test_an_index_on_a_partitioned_table_is_built_part_by_part() -> None:
    assert build_statements(VISITS, "idx", parts("r", "r")) == (
        "CREATE INDEX idx ON ONLY public.visits (user_id)",
        "CREATE INDEX CONCURRENTLY idx_v0_user_id ON public.v0 (user_id)",
        "ALTER INDEX public.idx ATTACH PARTITION public.idx_v0_user_id",
        "CREATE INDEX CONCURRENTLY idx_v1_user_id ON public.v1 (user_id)",
        "ALTER INDEX public.idx ATTACH PARTITION public.idx_v1_user_id",
    )


def test_a_partitions_own_index_is_attached_and_not_built_again() -> None:
    statements = build_statements(VISITS, "idx", parts("r", "r", own=True))
    assert "ALTER INDEX public.idx ATTACH PARTITION public.own" in statements
    assert not [each for each in statements if "public.v0" in each]
    first, *following = drop_statements(VISITS, "idx", parts("r", "r", own=True))
    assert first == "DROP INDEX IF EXISTS public.idx"
    assert following == ["CREATE INDEX CONCURRENTLY own ON public.v0 USING btree (user_id)"], "it goes with its parent"


def test_beside_a_foreign_partition_the_parent_gets_none_since_it_would_never_be_valid() -> None:
    assert build_statements(VISITS, "idx", parts("r", "f")) == (
        "CREATE INDEX CONCURRENTLY idx_v0_user_id ON public.v0 (user_id)",
    )
    assert drop_statements(VISITS, "idx", parts("r", "f")) == (
        "DROP INDEX CONCURRENTLY IF EXISTS public.idx_v0_user_id",
    )
