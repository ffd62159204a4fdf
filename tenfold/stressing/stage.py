"""Where runs take place: the live view, what is watched, the metrics, and the clearance's limits."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from facts.rounds import Loop, Moment, RoundKind, Step
from facts.watch import Sample
from loadtest.exposition import Exposition, ExpositionError, RoundExposition
from loadtest.knee import Try
from loadtest.objective import Measure, Scope, Slo
from loadtest.plan import Plan
from loadtest.safety.abort import AbortLimits, RealUsers
from loadtest.safety.clearance import Cleared
from pages.rounds.live import LiveView
from pages.rounds.resources import hottest
from pages.rounds.rule_words import rule_name
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.rehearsal import RealUsersSection
from tenfold.stressing.options import Options
from tenfold.stressing.people import People
from tenfold.stressing.running import Ran, Tell, describe_abort, run
from tenfold.stressing.single import Send
from tenfold.stressing.watching import openings
from tenfold.words import _, say


class Stage:
    """Where runs take place: the live view, what is watched, and the clearance's limits."""

    def __init__(
        self, options: Options, settings: Settings, cleared: Cleared, slos: Sequence[Slo], terminal: Terminal
    ) -> None:
        """Knows everything but the plan.

        Args:
            options: The command line.
            settings: Whose targets are watched.
            cleared: The permission.
            slos: For the live view.
            terminal: Where it is drawn.
        """
        self.title = ""
        self._options = options
        self._settings = settings
        self._cleared = cleared
        self._terminal = terminal
        self._slo_ms = _p99(slos)

    def announce(self, following: Try, steps: Sequence[Step]) -> None:
        """Says what the search for the knee does next."""
        if steps:
            last = steps[-1]
            word = _("held") if last.held else _("not held: {reason}").format(reason=say(rule_name(last.reason)))
            self._terminal.remark(_("{rate} journeys/s  {word}").format(rate=f"{last.per_second:8.4g}", word=word))
        self.title = _("hold") if following.hold else _("knee")

    @property
    def send(self) -> Send:
        """Runs one plan here."""
        return self._send

    def _send(self, plan: Plan, limits: AbortLimits) -> Ran:
        title = f"{self.title} {self._rate(plan)}".strip()
        with ExitStack() as stack:
            view = stack.enter_context(
                LiveView(
                    self._terminal.err, self._options.language, title=title, seconds=plan.seconds, slo_ms=self._slo_ms
                )
            )
            metrics = self._exposed(plan, stack)
            watched = self._settings.loadtest.real_users
            people: Callable[[], Sequence[RealUsers]] = tuple
            if watched.p95 is not None or watched.errors is not None:
                people = stack.enter_context(People(self._cleared.approved[0], watched.page)).seen
            ran = run(
                plan,
                limits=_for_people(limits, watched),
                people=people,
                openings=openings(self._settings, plan.target),
                tell=_teller(view, metrics, quiet=self._terminal.quiet),
                closes_at=self._cleared.closes_at,
                cores=self._options.cores,
            )
        if ran.abort is not None:
            self._terminal.remark(describe_abort(ran.abort))
        return ran

    def _exposed(self, plan: Plan, stack: ExitStack) -> RoundExposition | None:
        """What Prometheus can scrape while the run goes on, where a port was named for it."""
        if self._options.metrics_port is None:
            return None
        metrics = RoundExposition(
            self.title or RoundKind.SINGLE.value,
            seed=plan.seed,
            arrivals=plan.arrivals.value,
            loop=Loop.CLOSED if plan.locustfile else Loop.OPEN,
            started_at=time.time(),
            mall=self._settings.mall.name,
        )
        try:
            stack.enter_context(Exposition(metrics, port=self._options.metrics_port))
        except ExpositionError as error:
            raise CommandError(say(error.said)) from None
        return metrics

    def _rate(self, plan: Plan) -> str:
        return "" if plan.locustfile else f"{max((each.per_second for each in plan.segments), default=0.0):.4g}/s"


def _for_people(limits: AbortLimits, watched: RealUsersSection) -> AbortLimits:
    p95 = None if watched.p95 is None else watched.p95 * 1000
    return replace(limits, real_p95_ms=p95, real_error_ratio=watched.errors)


def _teller(view: LiveView, metrics: RoundExposition | None, *, quiet: bool) -> Tell:
    def tell(moment: Moment, samples: Sequence[Sample], limits: Mapping[str, float]) -> None:
        if metrics is not None:
            metrics.feed(moment)
        if not quiet:
            view.show(moment, hottest(samples, limits))

    return tell


def _p99(slos: Sequence[Slo]) -> float:
    limits = [
        each.limit
        for each in slos
        if each.measure is Measure.LATENCY and each.scope is Scope.WHOLE and each.percentile == 99.0  # noqa: PLR2004  (p99)
    ]
    return min(limits, default=0.0)
