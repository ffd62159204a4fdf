"""One of several processes of a run, on Locust's `WorkerRunner`.

It stops by itself when the master falls silent. Silence is counted in moments in which this process itself was awake,
so that a worker that was held up does not take its own sleep for the master's death.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import STATE_RUNNING, WorkerRunner

from facts.message import Message
from loadtest.generator import wires, words
from loadtest.generator.closed_loop import ClosedProcess, scenario
from loadtest.generator.guard import refuse_elsewhere
from loadtest.generator.process import Process, guarded
from loadtest.plan import PROTOCOL, Plan, PlanError, from_json
from loadtest.tally import to_wire

_TICK_SECONDS = 0.1
_LAST_WORD_SECONDS = 5.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def join(host: str, port: int, *, handle: bool, allow: Sequence[str] | None = None) -> int:
    """Joins the master, sends its share of the load, and returns the exit code.

    Args:
        host: The master's.
        port: The master's.
        handle: Whether the end of stdin ends this process too.
        allow: Networks that this machine's owner lets load go to; None leaves it to the master, whose own worker this is.
    """
    worker = Worker(allow)
    # In a greenlet of its own: who started us may go while we still look for the master.
    connecting = gevent.spawn(worker.connect, host, port)

    def stop(reason: str) -> None:
        worker.stop(reason)
        connecting.kill(block=False)

    if handle:
        wires.on_stop(wires.lines(), stop)
    connecting.get()
    return worker.run()


class Worker:
    """This process as the master knows it."""

    def __init__(self, allow: Sequence[str] | None = None) -> None:
        """Knows no master yet; `allow` is that of `join`."""
        self._allow = allow
        self._environment = Environment()
        self._runner: WorkerRunner | None = None
        self._share: Process | ClosedProcess | None = None
        self._given: dict[str, Any] = {}
        self._number = 0
        self._silence = 0.0
        self._ended = ""
        self._planned, self._begun, self._thanked = Event(), Event(), Event()

    def connect(self, host: str, port: int) -> None:
        """Says hello to the master; waits for it for some minutes."""
        runner = self._environment.create_worker_runner(host, port)
        self._runner = runner
        for word, listener in (
            (words.CLOCK, self._on_clock),
            (words.PLAN, self._on_plan),
            (words.START, self._on_start),
            (words.BEAT, self._on_beat),
            (words.STOP, lambda **_: self.stop(wires.KILL_SWITCH)),
            (words.THANKS, lambda **_: self._thanked.set()),
        ):
            runner.register_message(word, listener)
        self._say(words.HELLO, {"protocol": PROTOCOL, "boot": machine(), "pid": os.getpid()})

    def run(self) -> int:
        """Waits for the plan and the start, sends the load, reports."""
        if not self._ended:
            self._planned.wait()
        if self._ended:
            return 0
        try:
            plan = from_json(self._given["plan"])
            if self._allow is not None:
                refuse_elsewhere(plan, self._allow)
            self._share = self._made(plan)
            self._share.prepare()
        except PlanError as error:
            self._say(words.REFUSED, to_plain(error.said))
            self._thanked.wait(_LAST_WORD_SECONDS)
            return 2
        self._say(words.READY, {})
        gevent.spawn(self._listen_for_silence)
        self._begun.wait()
        if self._runner is not None and not self._ended:
            self._runner.worker_state = STATE_RUNNING
            started = perf_counter() + self._given["at"] - time.time()
            reporter = gevent.spawn(self._report, started)
            self._share.send(started)
            reporter.kill()
        if self._ended == wires.DEAD_MAN:
            return 0  # nobody is there to be told
        self._say(words.DONE, self._news())
        self._thanked.wait(_LAST_WORD_SECONDS)
        return 0

    def stop(self, reason: str) -> None:
        """Ends this worker's load here and now; safe to call twice."""
        if self._ended:
            return
        self._ended = reason
        if self._share is not None and self._begun.is_set():
            self._share.stop()
        elif self._share is not None:
            self._share.halt()
        self._planned.set()
        self._begun.set()

    def _made(self, plan: Plan) -> Process | ClosedProcess:
        guard = guarded(plan)
        if plan.locustfile:
            users = scenario(plan)
            self._environment.user_classes[:] = users.user_classes
            return ClosedProcess(plan, self._environment, alone=False)
        return Process(plan, self._environment, guard, index=self._given["index"], count=self._given["count"])

    def _news(self) -> dict[str, Any]:
        share = self._share
        assert share is not None  # noqa: S101  (nothing is reported before there is a share)
        self._number += 1
        return {
            "number": self._number,
            "tally": to_wire(share.report()),
            "generator": asdict(share.generator("")),
            "stopped_at": share.stopped_at,
        }

    def _report(self, started: float) -> None:
        second = 0
        while True:
            second += 1
            gevent.sleep(max(started + second - perf_counter(), 0))
            self._say(words.TALLY, self._news())

    def _listen_for_silence(self) -> None:
        while self._silence < words.SILENCE_SECONDS:
            gevent.sleep(_TICK_SECONDS)
            self._silence += _TICK_SECONDS
        self.stop(wires.DEAD_MAN)

    def _say(self, word: str, data: dict[str, Any]) -> None:
        if self._runner is not None:
            self._runner.send_message(word, data)

    def _on_clock(self, msg: Any, **_rest: Any) -> None:
        self._say(words.TIME, {"asked": msg.data["asked"], "time": time.time()})

    def _on_plan(self, msg: Any, **_rest: Any) -> None:
        self._given = dict(msg.data)
        self._planned.set()

    def _on_start(self, msg: Any, **_rest: Any) -> None:
        self._given["at"] = msg.data["at"]
        self._begun.set()

    def _on_beat(self, **_rest: Any) -> None:
        self._silence = 0.0


def machine() -> str:
    """A word that is equal for processes that share a clock."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def to_plain(said: Message) -> dict[str, Any]:
    """A sentence for the wire."""
    return {"template": said.template, "values": {name: str(value) for name, value in said.values.items()}}
