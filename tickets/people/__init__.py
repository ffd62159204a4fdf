"""Accounts, roles, sessions, tokens, and the log of who did what.

The program's pages, its API and its command line call the same functions; whoever calls says who asks and from where.
"""
