"""What is promised for a ticket and whether it is kept: working hours, clocks, what is due next, escalation and rotation.

- `tiers.py`, `calendar.py`, `chain.py`, `rotation.py`: the mall's rules, frozen, from its configuration.
- `clocks.py`: how much of each promised time is gone, from the log alone; `due.py`: what has to be said now, and
  what comes next. Both are pure.
- `timers.py` and `assigning.py` follow what happens to a ticket; `ticking.py` says what is due, exactly once.
- `self_audit.py`, `calendar_alarm.py`, `heartbeat.py` watch the watch.
"""
