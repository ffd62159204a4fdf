"""A first answer to where a fault came from: own code, a third party, configuration, capacity, data, or not enough evidence to say.

- `seen.py`: what the frozen evidence shows, by figures that several rules ask for.
- `rules/`: one file a rule; each votes for or against a class, with a weight and a sentence.
- `judging.py`: what the votes come to.
- `payments.py`: payment channels, orders affected, money at stake.

All of it is pure: the same evidence gives the same answer for ever.
"""
