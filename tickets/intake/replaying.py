"""Takes in again what was quarantined: by a newer program, or after a mistake of ours was mended.

The lines of the first post stay as they are; the replay is a post of its own, with a line for each alert that had been
quarantined, and the first post names it.
"""

import zlib
from concurrent.futures import Future

from facts.message import msg
from tickets.desk import Desk
from tickets.intake.post import Post, read
from tickets.intake.signal import THE_POST_ITSELF, Malformed, Unreadable
from tickets.intake.taking_in import Receipt, replayed
from tickets.intake.writer import Writer


class StillUnreadable(Unreadable):
    """Nothing of the post is understood now either; it waits on, as it was."""


def replay(writer: Writer, desk: Desk, number: int, actor: str) -> "Future[Receipt]":
    """What becomes of a quarantined post now.

    Args:
        writer: Of this process.
        desk: The mall's rules.
        number: Of the post.
        actor: Who asks.

    Raises:
        NoSuchPost: There is none of that number in quarantine.
        AlreadyReplayed: It was taken in again before.
        StillUnreadable: It is not understood now either; nothing was written.
        Unreadable: Nothing was kept of it.
        StoreUnavailable: The store does not answer, or more arrives than it can take.
    """
    return writer.submit(again(desk, number, actor))


def again(desk: Desk, number: int, actor: str) -> Post:
    """The post of a replay. Raises as `replay` does."""
    with desk.store.read() as connection:
        kept, places = replayed(connection, number)
    if not kept.body:
        raise Unreadable(msg("Nothing was kept of this post: it was too large."))
    only = None if THE_POST_ITSELF in places else places
    post = read(kept.source, actor, zlib.decompress(kept.body), desk.routing, replays=number, only=only)
    problems = [each.problem for each in post.alerts.values() if isinstance(each, Malformed)]
    if len(problems) == len(post.alerts):
        # A line more for what is known would make the ledger count one alert twice.
        raise StillUnreadable(next(iter(problems), post.problem or msg("Nothing of it is understood.")))
    return post
