"""The stored words of tickets, as the terminal says them."""

from collections.abc import Mapping

from facts.message import Message, msg
from pages.tickets.words import CAUSES, CLOCK_STATES, CLOCKS, OUTCOMES, ROLES, URGENCIES, WINDOWS
from tenfold.words import say

# Those of the pages, and what the terminal calls differently: there a word stands within a line, not as a title.
WORDS: Mapping[str, Message] = {
    **URGENCIES,
    **CAUSES,
    **CLOCK_STATES,
    **OUTCOMES,
    **ROLES,
    "machine": msg("a program"),
    "waiting": msg("not taken yet"),
    "in_progress": msg("in progress"),
    "resolved": msg("resolved"),
    "closed": msg("closed"),
    **CLOCKS,
    "fix": msg("Solution"),
    **WINDOWS,
}

# What happened to a ticket, by the kind of event; the fields that tell more of it follow.
EVENTS: Mapping[str, tuple[Message, tuple[str, ...]]] = {
    "opened": (msg("opened"), ("source",)),
    "fired": (msg("alert fires"), ("name", "fingerprint")),
    "subsided": (msg("alert has ended"), ("fingerprint",)),
    "resolution_proposed": (msg("every alert has ended"), ()),
    "assigned": (msg("assigned"), ("owner", "note")),
    "taken": (msg("taken"), ("owner",)),
    "planned": (msg("planned"), ("plan", "expected_at")),
    "expected": (msg("expected to be solved"), ("expected_at",)),
    "paused": (msg("paused"), ("waiting_for", "note")),
    "resumed": (msg("resumed"), ()),
    "urgency_changed": (msg("urgency changed"), ("urgency", "reason")),
    "area_changed": (msg("area changed"), ("area",)),
    "resolved": (msg("resolved"), ("solution",)),
    "closed": (msg("closed"), ()),
    "rated": (msg("rated"), ("attitude", "speed", "result", "comment")),
    "reopened": (msg("reopened"), ("reason",)),
    "merged_into": (msg("merged into"), ("ticket",)),
    "absorbed": (msg("took in"), ("ticket",)),
    "linked": (msg("linked"), ("ticket", "relation")),
    "commented": (msg("comment"), ("text",)),
    "attached": (msg("file"), ("name",)),
    "warned": (msg("most of the promised time is gone"), ("clock",)),
    "breached": (msg("the promised time is over"), ("clock",)),
    "escalated": (msg("escalated"), ("to", "reason")),
    "notified": (msg("message"), ("channel", "to", "detail")),
    "evidence_frozen": (msg("evidence kept"), ("part", "failed")),
    "cause_given": (msg("cause"), ("cause", "confidence")),
    "aid_proposed": (msg("first aid proposed"), ("action", "because")),
    "aid_carried_out": (msg("first aid carried out"), ("action", "detail")),
    "aid_undone": (msg("first aid taken back"), ("action", "detail")),
}
# What an event is called when the field says that it did not work.
UNDONE: Mapping[str, tuple[str, Message]] = {
    "notified": ("delivered", msg("message that did not come through")),
    "aid_carried_out": ("ok", msg("first aid that did not work")),
    "aid_undone": ("ok", msg("first aid that could not be taken back")),
}


def word(stored: object) -> str:
    """A stored word for people; one that is not known stays as it is."""
    text = "" if stored is None else str(stored)
    found = WORDS.get(text)
    return text if found is None else say(found)
