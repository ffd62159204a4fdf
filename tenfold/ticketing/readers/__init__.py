"""Readers of evidence: each reads one target, read only and within limits, and gives plain figures; one file a subject.

What they give is documented in each file; `tickets.cause.seen` and the rules read it by those names.
"""
