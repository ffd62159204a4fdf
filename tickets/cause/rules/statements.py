"""One statement family costs far more than before, and the others do not.

What it shows: a statement that has to touch many times as many blocks as before for one call (a plan that changed, an index that is gone,
a page far down a list), that is sent for every line of a page, whose page no longer uses the cache, or that was not there before, is a
change of code or schema. Blocks do not grow with load, so they are believed; time alone grows with everything that the machine does, so
it is held against the middle of all families and believed less, unless it is many times as much and nothing more arrives. What a setting,
stale statistics or one visitor explain is left to their rules.
Source: the counters of pg_stat_statements while the evidence was read, against those of the time before.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.rules import cache, settings, stale_statistics
from tickets.cause.seen import ONE_VISITOR, RATHER_MORE, Family, Seen, typical_slowdown
from tickets.names import Cause

SHARE = 0.25
LEAST_CALLS = 4
LEAST_CALLS_BEFORE = 5
# Below this the database has nothing to do.
LEAST_LOAD = 0.02
NEW_EASE = 0.4
MORE_BLOCKS = 5.0
LEAST_BLOCKS = 100.0
SLOWER = 4.0
# More than load, and than what a busy machine does to one statement by chance.
FAR_SLOWER = 15.0
LEAST_MEAN_SECONDS = 0.005
MORE_OFTEN, RATHER_MORE_OFTEN = 6.0, 2.0
LEAST_PER_SECOND = 5.0
SETTING_EXPLAINS = 0.5
BELIEVED, HALF_BELIEVED = 0.65, 0.35


def votes(seen: Seen) -> Iterator[Vote]:
    """For own code, with the family that stands out."""
    typical = max(typical_slowdown(seen.statements) or 1.0, 1.0)
    busier = max((seen.arrivals.times if seen.arrivals else None) or 1.0, 1.0)
    crawled = seen.one_visitor >= ONE_VISITOR and busier >= RATHER_MORE
    explained = (
        crawled
        or any(stale_statistics.votes(seen))
        or any(each.weight >= SETTING_EXPLAINS for each in settings.votes(seen))
    )
    # A cache that throws away what is asked for next sends the pages back to the database.
    thrown_away = any(each.cause is not Cause.OWN_CODE for each in cache.votes(seen))
    for family in seen.statements:
        # What was not there before stands out by that already.
        ease = NEW_EASE if family.calls_before < 1 else 1.0
        if family.share < SHARE * ease or family.load < LEAST_LOAD * ease or family.calls < LEAST_CALLS:
            continue
        vote = _vote(family, typical, busier, thrown_away=thrown_away)
        if vote is not None:
            yield (
                Vote(cause=vote.cause, weight=min(vote.weight, 0.3), says=vote.says, reading=vote.reading)
                if explained
                else vote
            )
            return


def _vote(family: Family, typical: float, busier: float, *, thrown_away: bool) -> Vote | None:
    text, share = _start(family.text), quantities.percent(family.share)
    if family.calls_before < LEAST_CALLS_BEFORE:
        if family.mean < LEAST_MEAN_SECONDS and family.per_second < LEAST_PER_SECOND:
            return None
        says = msg(
            "A statement that was hardly ever sent before takes {share} of the database's time: {text}",
            share=share,
            text=text,
        )
        return Vote(cause=Cause.OWN_CODE, weight=BELIEVED, says=says, reading=family.reading)
    if family.blocks and family.blocks >= max(MORE_BLOCKS * (family.blocks_before or 1.0), LEAST_BLOCKS):
        says = msg(
            "One call of a statement touches {now} blocks, {before} before, and it takes {share} of the database's time: {text}",
            now=quantities.count(family.blocks), before=quantities.count(family.blocks_before or 0.0), share=share, text=text,
        )  # fmt: skip
        return Vote(cause=Cause.OWN_CODE, weight=BELIEVED, says=says, reading=family.reading)
    oftener = family.per_second / family.per_second_before if family.per_second_before else 0.0
    sent = oftener if family.per_second >= LEAST_PER_SECOND and not thrown_away else 0.0
    if sent >= MORE_OFTEN * busier:
        says = msg(
            "One statement is sent {times} times as often as before, and requests are not: {text}",
            times=f"{oftener:.0f}", text=text,
        )  # fmt: skip
        return Vote(cause=Cause.OWN_CODE, weight=BELIEVED, says=says, reading=family.reading)
    slower = family.slower
    if slower is not None and slower >= SLOWER * typical and family.mean >= LEAST_MEAN_SECONDS:
        alone = slower >= FAR_SLOWER * typical and busier < RATHER_MORE
        says = msg(
            "One statement takes {times} times as long as before ({before} → {now}) and {share} of the database's time: {text}",
            times=f"{slower:.0f}", before=quantities.seconds(family.mean_before or 0.0), now=quantities.seconds(family.mean),
            share=share, text=text,
        )  # fmt: skip
        return Vote(
            cause=Cause.OWN_CODE, weight=BELIEVED if alone else HALF_BELIEVED, says=says, reading=family.reading
        )
    if sent >= RATHER_MORE_OFTEN * busier:
        says = msg(
            "One statement is sent {times} times as often as before, requests arrive {busier} times as often: {text}",
            times=f"{sent:.1f}", busier=f"{busier:.1f}", text=text,
        )  # fmt: skip
        return Vote(cause=Cause.OWN_CODE, weight=HALF_BELIEVED, says=says, reading=family.reading)
    return None


def _start(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= 120 else one[:119] + "…"  # noqa: PLR2004  (a line)
