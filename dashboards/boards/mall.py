"""The mall: is it well, and where not."""

from dashboards.board import Board, Scope
from dashboards.rows import mall_business, mall_causes, mall_now, mall_promotion, mall_storefront
from facts.message import msg

BOARD = Board(
    stem="mall",
    title=msg("Mall"),
    description=msg("Whether the mall is well and ready for the promotion, and where to look when it is not."),
    rows=(
        mall_now.ROW,
        mall_promotion.ROW,
        mall_storefront.ROW,
        mall_business.ROW,
        mall_causes.DATABASES,
        mall_causes.CACHES,
        mall_causes.MACHINES,
    ),
    scope=Scope(seen=("tenfold_exporter_info",)),
    theirs=("mall-for-exporters", Scope(seen=("pg_up", "redis_up", "node_uname_info"))),
)
