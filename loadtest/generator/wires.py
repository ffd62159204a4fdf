"""The pipes between this process and the one that started it.

Down: the plan as the first line, then the pipe stays open. A line `stop: REASON` is the kill switch; the pipe's end
is the dead man's handle. Up: one JSON object a line, with one key: `ready`, `moment`, `recording`, or `refused`.
"""

import json
import os
from collections.abc import Callable, Iterator

import gevent
from gevent.os import make_nonblocking, nb_read, nb_write

from facts.message import Message, msg
from loadtest.plan import PlanError

STDIN, STDOUT = 0, 1
DEAD_MAN = "stopped: dead man"
KILL_SWITCH = "stopped: kill switch"
_CHUNK = 1 << 16


def lines() -> Iterator[str]:
    """Lines from stdin as they come, without blocking the others; ends with the pipe."""
    make_nonblocking(STDIN)
    buffer = b""
    while True:
        head, found, rest = buffer.partition(b"\n")
        if found:
            buffer = rest
            yield head.decode()
            continue
        try:
            chunk = nb_read(STDIN, _CHUNK)
        except OSError:
            return
        if not chunk:
            return
        buffer += chunk


def first(source: Iterator[str]) -> str:
    """The first line.

    Raises:
        PlanError: There is none.
    """
    try:
        return next(source)
    except StopIteration:
        raise PlanError(msg("the generator was started without a plan; `tenfold stress` starts it with one")) from None


def on_stop(source: Iterator[str], stop: Callable[[str], None]) -> "gevent.Greenlet[[], None]":
    """Calls `stop` with the word for the recording when the kill switch comes, or the pipe ends."""

    def listen() -> None:
        for line in source:
            word, _, reason = line.partition(":")
            if word == "stop":
                stop(f"stopped: {reason.strip()}" if reason.strip() else KILL_SWITCH)
                return
        stop(DEAD_MAN)

    return gevent.spawn(listen)


def write(key: str, value: str) -> None:
    """One line for who started us.

    Args:
        key: What it is.
        value: JSON.
    """
    data = f'{{"{key}": {value}}}\n'.encode()
    while data:
        try:
            data = data[nb_write(STDOUT, data) :]
        except BrokenPipeError:
            # Nobody listens any more; the dead man's handle ends the run.
            os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
            return


def refuse(said: Message) -> None:
    """Says why the run does not take place."""
    write(
        "refused",
        json.dumps({"template": said.template, "values": {name: str(each) for name, each in said.values.items()}}),
    )


def prepare() -> None:
    """Makes stdout such that a slow reader holds up the one who writes, and nobody else."""
    make_nonblocking(STDOUT)
