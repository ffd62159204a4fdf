"""First aid: what the mall's runbook would do at once, as calls to addresses that its configuration allows. Never a shell command.

- `action.py`: what the mall has configured.
- `proposing.py`: which actions are proposed for a ticket; `following.py`: when that is looked at.
- `addresses.py`, `sending.py`: the one call, to no address but the allowed one.
- `carrying_out.py`: by a person's word, or by two settings' word; logged, never repeated while its outcome is unknown, taken back.
"""
