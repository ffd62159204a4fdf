"""What master and workers say to each other, as Locust's custom messages.

A worker comes with `hello`. The master asks the time a few times (`clock`, `time`), hands out the `plan` and waits
until all are `ready` (or one has `refused`); `start` names the moment on the worker's own clock. Then the worker
sends a `tally` a second, numbered, and a `done` with the last; the master sends a `beat` twice a second, `stop` when
it must, and `thanks` for the last report.
"""

HELLO = "tenfold-hello"
CLOCK = "tenfold-clock"
TIME = "tenfold-time"
PLAN = "tenfold-plan"
READY = "tenfold-ready"
REFUSED = "tenfold-refused"
START = "tenfold-start"
TALLY = "tenfold-tally"
DONE = "tenfold-done"
BEAT = "tenfold-beat"
STOP = "tenfold-stop"
THANKS = "tenfold-thanks"

BEAT_SECONDS = 0.5
# Stops within 2 s of the master's end: three beats missed, and the time for ending the journeys.
SILENCE_SECONDS = 1.6
