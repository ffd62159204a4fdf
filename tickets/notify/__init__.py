"""Messages that are proven to have arrived, and the links that claim a ticket from a phone.

In the order of a message's travel:

- `channels.py`: what the mall configures.
- `occasions.py`: which event is worth a message, and to whom.
- `follower.py`: writes the messages into the outbox, with the event itself.
- `composing.py`, `wording.py`, `letter.py`, `defusing.py`: what a message says, without a word of an alert that acts.
- `turns.py`: sends what is due on each channel, many tickets in one message, and reads the receipt.
- `senders/`: one file a service.
- `overdue.py`: what has no receipt after a minute goes by the second channel.
- `claiming.py`: the link.
- `trial.py`: a message to try a channel with.
"""
