"""Every table of the store.

The log (`events`) is the truth of a ticket; `tickets` repeats what lists ask for and what intake has to know at once, and
`tickets.store.tickets.check` holds both equal.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from tickets.store.types import Moment, Number, Sentence

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TICKETS = Table(
    "tickets",
    METADATA,
    Column("number", Number, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("owner", Text),
    Column("reporter", Text),
    Column("source", Text, nullable=False),
    Column("key", Text),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("expected_at", Moment),
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("waiting_for", Text),
    Column("firing", JSON, nullable=False),
    Column("seen", JSON, nullable=False),
    Column("flaps", Integer, nullable=False, default=0),
    Column("resolution_proposed", Boolean, nullable=False, default=False),
    Column("cause", Text),
    # What `tickets.sla` has to do next with it, and when: recomputed from the log at every change, never the truth.
    Column("next_timer", Text),
    Column("next_at", Moment),
    Index("ix_tickets_state_opened_at", "state", "opened_at"),
    Index("ix_tickets_changed_at", "changed_at"),
    Index("ix_tickets_key_resolved_at", "key", "resolved_at"),
    Index("ix_tickets_next_at", "next_at"),
    Index("ix_tickets_owner_state", "owner", "state"),
    Index("ix_tickets_reporter_state", "reporter", "state"),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("ticket", Number, ForeignKey("tickets.number"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
    # Two processes that append at once: one of them fails here and begins anew.
    PrimaryKeyConstraint("ticket", "number"),
    Index("ix_events_at", "at"),
)

# At most one open ticket a key, whatever races; a ticket that others were merged into has several keys.
OPEN_KEYS = Table(
    "open_keys",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("ticket", Number, ForeignKey("tickets.number"), nullable=False, index=True),
)

# What arrived, as it was; `alerts` is how many it held when it was counted, apart from what became of them.
POSTS = Table(
    "posts",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("sender", Text, nullable=False, default=""),
    Column("alerts", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("truncated", Integer, nullable=False, default=0),  # alerts that Alertmanager says it left out
    Column("problem", Sentence),
    Column("replayed_by", Number),
    Index("ix_posts_problem", "problem"),
)

# The ledger: one row for each alert that was received.
OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("post", Number, ForeignKey("posts.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ticket", Number, ForeignKey("tickets.number")),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("starts_at", Moment),
    PrimaryKeyConstraint("post", "ordinal"),
    Index("ix_outcomes_ticket", "ticket"),
    Index("ix_outcomes_outcome_reason", "outcome", "reason"),
    Index("ix_outcomes_fingerprint", "fingerprint", "starts_at"),
)

# What has yet to be done for a ticket outside of the store: messages, evidence, reports. At least once, by `once`.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("once", Text, nullable=False, unique=True),
    Column("ticket", Number, ForeignKey("tickets.number")),
    Column("data", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", Text, nullable=False, default="pending"),  # pending, done, given_up
    Column("leased_by", Text),
    Column("leased_until", Moment),
    Column("detail", Text, nullable=False, default=""),
    Column("done_at", Moment),
    # What is done one after another, and several at once where that can be; such tasks are left to whoever works on the lane.
    Column("lane", Text),
    Column("rank", Integer, nullable=False, default=0),  # the lower goes first on its lane
    Index("ix_outbox_state_due_at", "state", "due_at"),
    Index("ix_outbox_lane_state_due_at", "lane", "state", "due_at"),
    Index("ix_outbox_ticket", "ticket"),
)

# Where messages go one after another: who sends now, until when nothing may be sent, and what was sent lately.
LANES = Table(
    "lanes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("held_until", Moment),
    Column("blocked_until", Moment),
    Column("failures", Integer, nullable=False, default=0),
    Column("sends", JSON, nullable=False),  # seconds since 1970
)

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("ticket", Number, ForeignKey("tickets.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("part", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_evidence_ticket_part", "ticket", "part", unique=True),
)

ATTACHMENTS = Table(
    "attachments",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("ticket", Number, ForeignKey("tickets.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_attachments_actor_at", "actor", "at"),
)

# Times in which what happens is expected: a rehearsal or maintenance.
WINDOWS = Table(
    "windows",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),  # rehearsal, maintenance
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False, index=True),
    Column("match", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ended_by", Text),
)

# First aid that was carried out.
AID_RUNS = Table(
    "aid_runs",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("ticket", Number, ForeignKey("tickets.number"), nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("once", Text, nullable=False, unique=True),
    Column("actor", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),  # started, done, failed, unknown, undone
    Column("detail", Sentence, nullable=False, default=""),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("lang", Text, nullable=False, default=""),
    Column("contacts", JSON, nullable=False),  # e.g. {"wecom": "zhangsan", "email": "…", "phone": "…"}
    Column("areas", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("account", Text),
    Column("hash", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

LOGIN_FAILURES = Table(
    "login_failures",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
)

# Links that claim a ticket without a login; a row is written when one is used, so that it works once.
USED_LINKS = Table(
    "used_links",
    METADATA,
    Column("link", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("account", Text, nullable=False),
    Column("ticket", Number, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
)

# Small facts of the service itself: the signing key, when the watchdog was last heard of.
KEPT = Table(
    "kept",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)
