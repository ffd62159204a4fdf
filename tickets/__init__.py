"""Alerts in, tickets out: from what a machine or a person reports to one ticket with evidence, a deadline and an owner.

Read it in the order in which an alert travels:

- `intake/`: what arrives is understood, kept and answered for in one transaction; the ledger says what became of each alert.
- `store/`: the tables, on SQLite or PostgreSQL. Only this folder knows SQLAlchemy.
- `events.py` and `ticket.py`: the log of a ticket, and the ticket that replaying it gives.
- `lifecycle.py`: who may do what when; each move is an event.
- `sla/`: working hours, clocks, what is due next, escalation and rotation.
- `evidence/`, `cause/`, `aid/`: what was the matter at that moment, what it points to, and what can be done at once.
- `notify/`: messages, their receipts, and the links that claim a ticket from a phone.
- `afterwards/`: the incident report, search over solved tickets, monthly figures.
- `people/`: accounts, roles, sessions, tokens, and the log of who did what.
- `web/`: the addresses, for machines (`api`) and for people (`pages`).

Whatever reads the mall is handed in by `tenfold` (see `desk.Hands`): this room imports no collector and no advisor.
"""
