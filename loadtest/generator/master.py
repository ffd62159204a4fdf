"""A run in several processes, on Locust's `MasterRunner`: here and on other machines.

The master sends no load. It hands out shares of the schedule, adds up what comes back, and closes the books of a worker that vanishes.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_STOPPED, MasterRunner

from facts.message import Message, msg
from facts.rounds import Generator, Loop
from loadtest.accounts import Account
from loadtest.feeders import needs
from loadtest.generator import wires, words
from loadtest.generator.closed_loop import scenario
from loadtest.generator.guard import approved
from loadtest.generator.reporting import Reporter, horizon
from loadtest.generator.worker import machine
from loadtest.journey import Journey
from loadtest.journey_loading import journeys_of, logins_of
from loadtest.plan import PROTOCOL, Plan, PlanError, to_json
from loadtest.prewarming import seconds_for
from loadtest.recording import FINISHED, Ledger
from loadtest.tally import from_wire

CHILD_SECONDS = 60.0
REMOTE_SECONDS = 300.0
LEAD_SECONDS = 1.0
# Reports come at the second's end and cross a network.
GRACE_SECONDS = 0.6
# A worker that says nothing for so long is lost; it speaks once a second.
LOST_SECONDS = 5.0
_CLOCK_QUESTIONS = 5
_TICK_SECONDS = 0.1
# What a killed worker had sent may still be on its way.
_LATE_SECONDS = 0.3


UNHEARD = Generator(
    name="",
    scheduled=0,
    started=0,
    dropped=0,
    cpu_ratio=0.0,
    starved_ratio=None,
    throttled_seconds=None,
    lag_p99_ms=None,
)


@dataclass(slots=True)
class Member:
    """A worker as the master sees it."""

    client: str
    index: int
    same_clock: bool
    child: "subprocess.Popen[bytes] | None"  # None for one that came from elsewhere
    account: Account = field(default_factory=Account)
    number: int = 0
    ready: bool = False
    done: bool = False
    lost: bool = False
    heard: float = 0.0
    ended: float = 0.0  # when its process was found to have ended
    ahead: float = 0.0  # its clock against ours, in seconds
    round_trip: float = float("inf")
    generator: Generator = UNHEARD


class Master:
    """A run of several workers."""

    def __init__(self, plan: Plan) -> None:
        """Opens the door for workers.

        Raises:
            PlanError: The plan cannot be run.
        """
        self.plan = replace(plan, resolved=approved(plan))
        self.journeys: tuple[Journey, ...] = () if plan.locustfile else journeys_of(plan)
        self.environment = scenario(plan) if plan.locustfile else Environment(host=plan.base)
        self.runner: MasterRunner = self.environment.create_master_runner(plan.bind_host, plan.bind_port)
        self.ledger = Ledger(horizon=horizon(plan))
        self.members: dict[str, Member] = {}
        self.count = plan.processes + plan.workers
        self.ended = FINISHED
        self.stopped_at: float | None = None
        self.started = 0.0
        self._refused: Message | None = None
        self._over = Event()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        for word, listener in (
            (words.HELLO, self._on_hello),
            (words.TIME, self._on_time),
            (words.READY, self._on_ready),
            (words.REFUSED, self._on_refused),
            (words.TALLY, self._on_tally),
            (words.DONE, self._on_done),
        ):
            self.runner.register_message(word, listener)

    def gather(self) -> None:
        """Starts our own workers, waits for all, and hands out the plan.

        Raises:
            PlanError: Workers are missing, or one cannot run the plan.
        """
        port = self.runner.server.port
        for _ in range(self.plan.processes):
            command = [sys.executable, "-m", "loadtest.generator", "--worker", "--handle", "--master-port", str(port)]
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self._children[child.pid] = child
        patience = REMOTE_SECONDS if self.plan.workers else CHILD_SECONDS
        self._wait(lambda: len(self.members) >= self.count, patience)
        if len(self.members) < self.count:
            raise PlanError(
                msg(
                    "{here} of {count} generator processes came within {seconds} s",
                    here=len(self.members),
                    count=self.count,
                    seconds=patience,
                )
            )
        for member in self.members.values():
            for _ in range(0 if member.same_clock else _CLOCK_QUESTIONS):
                self._say(words.CLOCK, {"asked": time.time()}, member)
                gevent.sleep(_TICK_SECONDS)
            given = {"plan": to_json(self.plan), "index": member.index, "count": self.count}
            self._say(words.PLAN, given, member)
        gevent.spawn(self._beat)
        patience = CHILD_SECONDS + self._warming_seconds()
        self._wait(lambda: all(each.ready for each in self.members.values()), patience)
        if self._refused is not None:
            raise PlanError(self._refused)
        if not all(each.ready for each in self.members.values()):
            raise PlanError(msg("a generator process did not get ready within {seconds} s", seconds=round(patience)))

    def _warming_seconds(self) -> float:
        """How long the logins before the schedule take at their rate, with as much again for a mall that is slow."""
        logins = logins_of(self.plan)
        needed = needs(self.plan, self.journeys) if logins else {}
        return sum(2 * seconds_for(sum(needed[each.feeder]), each.per_second) for each in logins)

    def send(self) -> datetime:
        """Starts all workers at the same moment and waits for the last; the moment."""
        now = time.time() + LEAD_SECONDS
        self.started = perf_counter() + LEAD_SECONDS
        for member in self.members.values():
            member.heard = self.started
            self._say(words.START, {"at": now + member.ahead}, member)
        if self.plan.locustfile:
            gevent.spawn_later(LEAD_SECONDS, self.runner.start, self.plan.users, self.plan.spawn_rate)
        else:
            self.runner.update_state(STATE_RUNNING)
        gevent.spawn(self._look_after)
        self._over.wait()
        self.runner.update_state(STATE_STOPPED)
        return datetime.now(UTC) - timedelta(seconds=perf_counter() - self.started)

    def stop(self, reason: str) -> None:
        """Ends the load on every worker."""
        if self.ended != FINISHED:
            return
        self.ended = reason
        self.stopped_at = min(max(perf_counter() - self.started, 0.0), self.plan.seconds) if self.started else 0.0
        self._say(words.STOP, {})

    def close(self) -> None:
        """Leaves no worker of ours behind."""
        for child in self._children.values():
            if child.stdin is not None:
                child.stdin.close()
        for child in self._children.values():
            try:
                child.wait(LOST_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def generators(self) -> tuple[Generator, ...]:
        """How each worker kept up; closes the books of those that are lost."""
        until = self.plan.seconds if self.stopped_at is None else self.stopped_at
        found = []
        for member in sorted(self.members.values(), key=lambda each: each.index):
            kept = replace(member.generator, name=f"worker {member.index + 1}", lost=member.lost)
            if member.lost and self.journeys:
                gone = member.account.lost(self.plan, self.journeys, index=member.index, count=self.count, until=until)
                self.ledger.add(gone)
                books = [*member.account.tally.journeys.values(), *gone.journeys.values()]
                kept = replace(kept, scheduled=sum(each.scheduled for each in books))
            found.append(kept)
        return tuple(found)

    def _look_after(self) -> None:
        """Finds workers that have vanished, and the end."""
        late = self.started + self.plan.seconds + self.plan.drain_seconds + LOST_SECONDS
        while not all(each.done or each.lost for each in self.members.values()):
            gevent.sleep(_TICK_SECONDS)
            now = perf_counter()
            for member in self.members.values():
                if member.done or member.lost:
                    continue
                if member.child is not None and member.child.poll() is not None:
                    member.ended = member.ended or now
                dead = member.ended and now - member.ended > _LATE_SECONDS
                member.lost = bool(dead) or now - member.heard > LOST_SECONDS or now > late
        self._over.set()

    def _beat(self) -> None:
        while True:
            self._say(words.BEAT, {})
            gevent.sleep(words.BEAT_SECONDS)

    def _wait(self, met: Callable[[], bool], seconds: float) -> None:
        """Waits until it is met, a worker refuses, all is stopped, a worker of ours dies, or the time is over."""
        deadline = perf_counter() + seconds
        while not met() and self._refused is None and self.ended == FINISHED and perf_counter() < deadline:
            if any(child.poll() is not None for child in self._children.values()):
                return
            gevent.sleep(_TICK_SECONDS / 5)

    def _say(self, word: str, data: dict[str, Any], member: Member | None = None) -> None:
        for each in [member] if member else self.members.values():
            self.runner.send_message(word, data, each.client)

    def _on_hello(self, msg: Any, **_rest: Any) -> None:
        if msg.node_id in self.members or len(self.members) >= self.count:
            return
        if msg.data["protocol"] != PROTOCOL:
            self._refused = _other_version()
            return
        boot = machine()
        here = bool(boot) and msg.data["boot"] == boot
        self.members[msg.node_id] = Member(
            client=msg.node_id,
            index=len(self.members),
            same_clock=here,
            child=self._children.get(msg.data["pid"]) if here else None,
        )

    def _on_time(self, msg: Any, **_rest: Any) -> None:
        member, now = self.members[msg.node_id], time.time()
        round_trip = now - msg.data["asked"]
        # The quickest answer was held up least on its way.
        if round_trip < member.round_trip:
            member.round_trip = round_trip
            member.ahead = msg.data["time"] - (msg.data["asked"] + round_trip / 2)

    def _on_ready(self, msg: Any, **_rest: Any) -> None:
        self.members[msg.node_id].ready = True

    def _on_refused(self, msg: Any, **_rest: Any) -> None:
        self._refused = Message(msg.data["template"], msg.data["values"])

    def _on_tally(self, msg: Any, **_rest: Any) -> None:
        member = self.members[msg.node_id]
        if member.lost:
            return
        if msg.data["number"] != member.number + 1:
            # A report between has been lost on the way, and nobody knows what was in it.
            member.lost = True
            return
        member.number += 1
        member.heard = perf_counter()
        tally = from_wire(msg.data["tally"])
        member.generator = Generator(**msg.data["generator"])
        member.account.add(tally)
        self.ledger.add(tally)

    def _on_done(self, msg: Any, **_rest: Any) -> None:
        self._on_tally(msg)
        self.members[msg.node_id].done = not self.members[msg.node_id].lost
        self._say(words.THANKS, {}, self.members[msg.node_id])


def run(plan: Plan, source: Iterator[str]) -> None:
    """Runs the plan; writes its moments and its recording.

    Args:
        plan: What to do.
        source: Further lines from who started us.

    Raises:
        PlanError: It cannot be run.
    """
    master = Master(plan)
    try:
        web = master.environment.create_web_ui("127.0.0.1", plan.web_port) if plan.web_port is not None else None
        wires.on_stop(source, master.stop)
        master.gather()
        wires.write("ready", "{}")
        begins = perf_counter() + LEAD_SECONDS
        reporter = Reporter(master.ledger, begins, lambda: None, grace=GRACE_SECONDS)
        started_at = master.send()
        generators = master.generators()
        recording = master.ledger.recording(
            plan,
            loop=Loop.CLOSED if plan.locustfile else Loop.OPEN,
            started_at=started_at,
            ended=master.ended,
            seconds=plan.seconds if master.stopped_at is None else master.stopped_at,
            generators=generators,
        )
        reporter.end(recording)
        if web is not None:
            web.stop()  # type: ignore[no-untyped-call]
    finally:
        master.close()


def _other_version() -> Message:
    return msg("a generator process is of another version of Tenfold: install the same version on every machine")
