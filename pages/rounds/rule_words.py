"""How the rules of a verdict are called and marked.

A rule's name is a fixed word, for scripts and for `junit.xml`. In English it reads as it is; other languages put their own words before it.
"""

from collections.abc import Sequence

from facts.message import Message, msg, verbatim
from facts.rounds import Reason

SLO = "slo "
_JOURNEY = "slo journey "
_INVARIANT = "invariant "
LIMITS_IN_A_ROW = 4
RULES: dict[str, Message] = {
    "generators": msg("generators"),
    "accounting": msg("accounting"),
    "generator-cpu": msg("generator-cpu"),
    "generator-lag": msg("generator-lag"),
    "generator-starved": msg("generator-starved"),
    "generator-throttled": msg("generator-throttled"),
    "generator-stall": msg("generator-stall"),
    "lost-worker": msg("lost-worker"),
    "schedule-sent": msg("schedule-sent"),
    "round-finished": msg("round-finished"),
    "search-finished": msg("search-finished"),
    "answers-from-the-mall": msg("answers-from-the-mall"),
    "answered": msg("answered"),
    "closed-loop": msg("closed-loop"),
    "knee": msg("knee"),
    "achieved": msg("achieved"),
    "backlog": msg("backlog"),
}


def rule_name(rule: str) -> Message:
    """A rule's name for people; one that is not known yet stands for itself."""
    if rule.startswith(_JOURNEY):
        return msg("slo journey {objective}", objective=rule.removeprefix(_JOURNEY))
    if rule.startswith(SLO):
        return msg("slo {objective}", objective=rule.removeprefix(SLO))
    if rule.startswith(_INVARIANT):
        return msg("invariant {name}", name=rule.removeprefix(_INVARIANT))
    return RULES.get(rule) or verbatim(rule)


def unjudged(reason: Reason) -> bool:
    """Whether an objective could not be judged: it was neither held nor missed."""
    return not reason.ok and reason.invalidates and reason.rule.startswith(SLO)


def sign(reason: Reason) -> str:
    """`✓` held, `✗` did not, `?` could not be judged."""
    return "✓" if reason.ok else "?" if unjudged(reason) else "✗"


def state(reason: Reason) -> Message:
    """The same in words."""
    if reason.ok:
        return msg("held")
    if unjudged(reason):
        return msg("could not be judged")
    return msg("makes the round invalid") if reason.invalidates else msg("did not hold")


def listed(rules: Sequence[str]) -> Message:
    """Names in a row, as part of a sentence; of objectives their limits alone.

    Args:
        rules: At least one.
    """
    names = [verbatim(each.removeprefix(SLO)) if each.startswith(SLO) else rule_name(each) for each in rules]
    # Limits are short; a mall that breaks gives each endpoint's.
    if len(rules) <= LIMITS_IN_A_ROW and all(each.startswith(SLO) for each in rules):
        return verbatim(", ".join(str(each) for each in names))
    if len(names) == 1:
        return names[0]
    if len(names) == 2:  # noqa: PLR2004  (each number of names is a sentence of its own: sentences may not be nested deeply)
        return msg("{first}, {second}", first=names[0], second=names[1])
    first, second, third, *others = names
    if not others:
        return msg("{first}, {second}, {third}", first=first, second=second, third=third)
    return msg(
        "{first}, {second}, {third} and {count} more", first=first, second=second, third=third, count=len(others)
    )
