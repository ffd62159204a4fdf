"""Runs the advisors on a round's own window, so that a NO-GO comes with its findings.

The targets are read before the load begins and after it has ended, never beside it: during the round each database and each cache has
one connection of ours, and that belongs to the watcher.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from facts.findings import Report
from facts.message import Message, msg
from facts.rounds import Recording
from loadtest.plan import Plan
from loadtest.safety.abort import AbortLimits
from tenfold.cli.options import Terminal
from tenfold.collecting import Window, close_window, open_window, rest
from tenfold.extras import absent
from tenfold.settings import Settings
from tenfold.stressing.running import Ran
from tenfold.stressing.single import Rehearsed, Send
from tenfold.words import _

Round = Callable[[Send], Rehearsed]
"""Runs one round of the protocol, sending its load with what it is given."""


@dataclass(frozen=True, slots=True)
class Advised:
    """A round with what the advisors say of its window.

    Attributes:
        done: The round.
        report: The findings; None where nobody asked for them or nothing could be judged.
    """

    done: Rehearsed
    report: Report | None = None


class _Counted:
    """Passes runs on and adds up how many journeys the mall was really sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.journeys = 0.0

    def __call__(self, plan: Plan, limits: AbortLimits) -> Ran:
        ran = self._send(plan, limits)
        self.journeys += carried(ran.recording)
        return ran


def carried(recording: Recording) -> float:
    """Journeys that the mall really did: those scheduled, less the share of requests that failed."""
    whole = recording.overall
    return recording.journeys_scheduled * (1 - whole.failed / whole.scheduled) if whole.scheduled else 0.0


def advised(
    run: Round,
    send: Send,
    settings: Settings,
    needed: float,
    terminal: Terminal,
    *,
    judged: Callable[[Rehearsed], bool],
) -> Advised:
    """Runs a round with the readings around it.

    What goes wrong with the reading or the judging costs the findings and never the round, which says so.

    Args:
        run: The round.
        send: What sends its load.
        settings: The targets, the promotion and the policy.
        needed: Journeys a second that the promotion brings.
        terminal: For the progress display.
        judged: Whether the findings of the round are wanted once it is over.
    """
    if not (settings.postgres or settings.redis):
        return Advised(run(send))
    if missing := absent("audit"):
        return _without(run(send), msg("the advisors: {module} is not installed", module=missing[0]))
    counted = _Counted(send)
    window = open_window(settings, two=True)
    rest(window)
    done = run(counted)
    if done.interrupted or not judged(done):
        return Advised(done)
    if not counted.journeys:
        return _without(done, msg("the advisors: the mall answered nothing that could be judged"))
    try:
        return Advised(done, _judged(window, settings, needed, counted.journeys, terminal))
    except KeyboardInterrupt:
        return _without(replace(done, interrupted=True), msg("the advisors: interrupted"))
    except (OSError, RuntimeError) as error:
        return _without(done, msg("the advisors: {reason}", reason=str(error)))


def _judged(window: Window, settings: Settings, needed: float, journeys: float, terminal: Terminal) -> Report:
    from tenfold.auditing import judge_snapshot

    with terminal.progress() as progress:
        progress.add_task(_("Reading"), total=None)
        snapshot = close_window(window, settings, keep_values=False)
    # The window was no everyday: only what it lacked to the promotion's rate is still to come.
    factor = needed * snapshot.window_seconds / journeys
    promotion = settings.promotion.model_copy(update={"multiplier": factor})
    report = judge_snapshot(
        snapshot, settings.model_copy(update={"promotion": promotion}), areas=None, terminal=terminal
    )
    return replace(report, promotion=settings.promotion_facts())


def _without(done: Rehearsed, gap: Message) -> Advised:
    return Advised(replace(done, round=replace(done.round, not_examined=(*done.round.not_examined, gap))))
