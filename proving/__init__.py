"""The proof on a copy.

It builds the proposed indexes on a staging copy that the user named, replays the statements that they were made for, read-only, with and
without them, and takes them away again. The only room that changes a database, and therefore the only one that never goes near the
mall: a server that the audit has read is refused.
"""
