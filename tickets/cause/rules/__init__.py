"""The rule table: what each kind of evidence speaks for. A rule is a function from what was seen to votes; see each file's docstring."""

from collections.abc import Callable, Iterable

from tickets.cause.answer import Vote
from tickets.cause.rules import (
    arrivals,
    blocking,
    cache,
    connections,
    disk,
    error_lines,
    integrity,
    machine,
    new_statements,
    outside_calls,
    payment_channel,
    pool,
    recent_change,
    settings,
    stale_statistics,
    statements,
    third_party_probe,
    waits,
    worse_since_change,
)
from tickets.cause.seen import Seen

Rule = Callable[[Seen], Iterable[Vote]]

RULES: tuple[tuple[str, Rule], ...] = (
    ("third_party_probe", third_party_probe.votes),
    ("payment_channel", payment_channel.votes),
    ("outside_calls", outside_calls.votes),
    ("integrity", integrity.votes),
    ("blocking", blocking.votes),
    ("statements", statements.votes),
    ("new_statements", new_statements.votes),
    ("settings", settings.votes),
    ("waits", waits.votes),
    ("stale_statistics", stale_statistics.votes),
    ("error_lines", error_lines.votes),
    ("pool", pool.votes),
    ("connections", connections.votes),
    ("cache", cache.votes),
    ("machine", machine.votes),
    ("disk", disk.votes),
    ("arrivals", arrivals.votes),
    ("recent_change", recent_change.votes),
    ("worse_since_change", worse_since_change.votes),
)
