"""Opens the practice mall by hand: `python -m mall [folder] [fault …]`; Ctrl-C closes it."""

import signal
import sys
from pathlib import Path

from mall.practice import open_mall

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("tenfold-mall")
with open_mall(folder, faults=sys.argv[2:]) as mall:
    print(f"shop {mall.shop_url}\npostgres {mall.dsn}\nredis {mall.redis_url}\naccess log {mall.access_log}")  # noqa: T201  (for a person)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
