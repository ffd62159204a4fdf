"""Which index does another's work, from their statements."""

import pytest

from advisors.index_definition import dropped_index, shape_of

OURS = "CREATE INDEX CONCURRENTLY idx_orders_user_id ON public.orders (user_id, created_at)"


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("CREATE INDEX x ON public.orders USING btree (user_id, created_at)", OURS),
        ("CREATE INDEX x ON public.orders USING btree (user_id, created_at, id)", OURS),
        ("CREATE UNIQUE INDEX x ON public.orders USING btree (user_id, created_at)", OURS),
        ("CREATE INDEX x ON ONLY public.orders USING btree (user_id, created_at)", OURS),
        (
            "CREATE INDEX x ON public.orders USING btree (user_id, state, total)",
            "CREATE INDEX y ON public.orders (user_id) INCLUDE (total)",
        ),
        (
            "CREATE INDEX x ON public.orders USING btree (user_id) INCLUDE (total, state)",
            "CREATE INDEX y ON public.orders (user_id) INCLUDE (state)",
        ),
        (
            "CREATE INDEX x ON public.orders USING btree (user_id) WHERE (deleted_at IS NULL)",
            "CREATE INDEX CONCURRENTLY y ON public.orders (user_id) WHERE deleted_at IS NULL",
        ),
        (
            'CREATE INDEX x ON public."Order" USING gin (name gin_trgm_ops)',
            'CREATE INDEX y ON public."Order" USING gin (name gin_trgm_ops)',
        ),
        (
            "CREATE INDEX x ON public.users USING btree (lower(email))",
            "CREATE INDEX y ON public.users ((lower(email)))",
        ),
        # As the server writes them under the audit's search path.
        (
            "CREATE INDEX x ON public.products USING gin (title public.gin_trgm_ops)",
            "CREATE INDEX CONCURRENTLY y ON public.products USING gin (title gin_trgm_ops)",
        ),
        (
            "CREATE INDEX x ON public.users USING btree (lower((email)::text) DESC)",
            "CREATE INDEX y ON public.users ((lower(email)) DESC)",
        ),
        (
            "CREATE INDEX x ON public.orders USING btree (user_id) WITH (fillfactor='90') WHERE (paid_at IS NULL)",
            "CREATE INDEX y ON public.orders (user_id) WHERE paid_at IS NULL",
        ),
        (
            'CREATE INDEX "a ""b""" ON "东".orders USING btree ("Käufer", (a || \',)\'::text))',
            'CREATE INDEX c ON "东".orders ("Käufer")',
        ),
    ],
)
def test_what_serves(there: str, wanted: str) -> None:
    index, wish = shape_of(there), shape_of(wanted)
    assert index is not None
    assert wish is not None
    assert index.serves(wish)


@pytest.mark.parametrize(
    "there",
    [
        "CREATE INDEX x ON public.orders USING btree (created_at, user_id)",
        "CREATE INDEX x ON public.orders USING btree (user_id)",
        "CREATE INDEX x ON public.orders USING btree (user_id) INCLUDE (created_at)",
        "CREATE INDEX x ON public.orders USING btree (user_id, created_at DESC)",
        "CREATE INDEX x ON public.orders USING hash (user_id)",
        "CREATE INDEX x ON public.orders USING btree (user_id, created_at) WHERE (total > 5)",
        "CREATE INDEX x ON public.orders USING btree (user_id, created_at) WITH (fillfactor='90') WHERE (total > 5)",
        "CREATE INDEX x ON archive.orders USING btree (user_id, created_at)",
    ],
)
def test_what_does_not(there: str) -> None:
    index, wish = shape_of(there), shape_of(OURS)
    assert index is not None
    assert wish is not None
    assert not index.serves(wish)


@pytest.mark.parametrize("statement", ["ALTER SYSTEM SET work_mem = '8MB'", "DROP INDEX x", "", "CREATE INDEX"])
def test_what_creates_no_index(statement: str) -> None:
    assert shape_of(statement) is None


def test_what_is_dropped() -> None:
    assert dropped_index("DROP INDEX CONCURRENTLY IF EXISTS public.orders_state_again") == "public.orders_state_again"
    assert dropped_index('DROP INDEX "Shop"."x ""y"""') == '"Shop"."x ""y"""'
    assert not dropped_index("DROP TABLE orders")
