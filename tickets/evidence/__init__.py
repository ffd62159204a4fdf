"""What was the matter at that moment, kept: gathered, masked, bounded, hashed, and readable when every other memory is gone.

- `gathering.py`: all readers side by side, each within its time.
- `identities.py`, `masking.py`: what tells of a person or opens a door is taken out.
- `document.py`: the one way in which a document is written down, so that its hash can be computed again.
- `following.py`: which tickets are given evidence, and when; `freezing.py`: the doing of it.
"""
