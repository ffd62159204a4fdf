"""Redis and Valkey: is the cache full, does it wait, is it of use."""

from dashboards.board import Board, Scope
from dashboards.rows import redis_keeping, redis_memory, redis_now, redis_work
from facts.message import msg

BOARD = Board(
    stem="redis",
    title=msg("Redis"),
    description=msg("Whether each cache is full, waits or fails, and how much work it takes off the database."),
    rows=(redis_now.ROW, redis_work.ROW, redis_memory.ROW, redis_keeping.ROW),
    scope=Scope(seen=("tenfold_exporter_info",), target="tenfold_redis_up"),
    theirs=("redis-for-redis-exporter", Scope(seen=("redis_up",))),
)
