"""The shadow planner: an embedded PostgreSQL with a mall's schema and statistics, and none of its rows.

`open_shadows` is the one door; what it gives implements `facts.planner.Planner`.
"""

from shadow.open import Shadows, open_shadows

__all__ = ["Shadows", "open_shadows"]
