"""Lets those who read the mall look at it each minute, so that evidence can tell what was usual before."""

from tickets.desk import Desk

LOOK_SECONDS = 60.0


def look(desk: Desk) -> None:
    """A duty; does nothing where nobody looks."""
    if desk.hands.look is not None:
        desk.hands.look()
