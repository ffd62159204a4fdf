"""A run in one process, on Locust's `LocalRunner`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_STOPPED

from loadtest.generator import wires
from loadtest.generator.closed_loop import ClosedProcess, scenario
from loadtest.generator.process import Process, guarded
from loadtest.generator.reporting import Reporter, horizon
from loadtest.plan import Plan
from loadtest.recording import FINISHED, Ledger

LEAD_SECONDS = 0.2


def run(plan: Plan, source: Iterator[str]) -> None:
    """Runs the plan; writes its moments and its recording.

    Args:
        plan: What to do.
        source: Further lines from who started us.

    Raises:
        PlanError: It cannot be run.
    """
    guard = guarded(plan)
    environment = scenario(plan) if plan.locustfile else Environment(host=plan.base)
    runner = environment.create_local_runner()
    share = (
        Process(plan, environment, guard, index=0, count=1) if not plan.locustfile else ClosedProcess(plan, environment)
    )
    web = environment.create_web_ui("127.0.0.1", plan.web_port) if plan.web_port is not None else None
    ledger = Ledger(horizon=horizon(plan))
    ended = [FINISHED]

    def stop(reason: str) -> None:
        ended[0] = reason
        share.stop()

    wires.on_stop(source, stop)
    share.prepare()
    wires.write("ready", "{}")
    if not plan.locustfile:
        environment.events.test_start.fire(environment=environment)  # type: ignore[no-untyped-call]
        runner.update_state(STATE_RUNNING)
    started = perf_counter() + LEAD_SECONDS
    started_at = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS)
    reporter = Reporter(ledger, started, lambda: ledger.add(share.report()))
    share.send(started)
    if not plan.locustfile:
        runner.update_state(STATE_STOPPED)
        environment.events.test_stop.fire(environment=environment)  # type: ignore[no-untyped-call]
    ledger.add(share.report())
    recording = ledger.recording(
        plan,
        loop=share.loop,
        started_at=started_at,
        ended=ended[0],
        seconds=plan.seconds if share.stopped_at is None else share.stopped_at,
        generators=(share.generator("local"),),
    )
    reporter.end(recording)
    if web is not None:
        web.stop()  # type: ignore[no-untyped-call]
