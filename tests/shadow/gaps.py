"""The gaps of a shadow planner as an English reader finds them in a report."""

from shadow.planner import ShadowPlanner


def gaps_of(planner: ShadowPlanner) -> tuple[str, ...]:
    return tuple(str(gap) for gap in planner.gaps)
