"""The practice mall: a real web shop on PostgreSQL and Redis, with faults that can be switched on and off.

It imports nothing of Tenfold's and starts its own servers on loopback; `open_mall` is its door, `python -m mall` opens it by hand.
"""

from mall.faults import FAULTS, Fault
from mall.practice import Mall, attach, open_mall

__all__ = ["FAULTS", "Fault", "Mall", "attach", "open_mall"]
