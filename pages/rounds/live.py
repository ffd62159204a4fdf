"""The live view of a running round: a few lines that are drawn anew each second; on anything that is no terminal it is silent.

A second's figures are what has been answered so far: requests in flight belong to the second of their intended start, so a line may still
get worse. The recording at the end has everything.
"""

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from facts import quantities
from facts.rounds import Moment
from pages.plain import harmless
from pages.rounds.resources import HOT_SHARE, Heat
from pages.rounds.words import milliseconds, rate, source
from pages.translation import Language, translator

SPARKS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 40
# Of the generator's lag; from the verdict's limit on the round will be INVALID.
_LAG_LIMIT_MS = 10.0
_WIDEST = 100


class LiveView:
    """Shows a round while it runs.

    Use it as a context manager; `show` takes each moment as it comes.
    """

    def __init__(
        self, console: Console, language: Language, *, title: str, seconds: float, slo_ms: float = 0.0
    ) -> None:
        """Prepares the view; nothing is drawn yet.

        Args:
            console: Where to, usually of stderr.
            language: Of the labels.
            title: What is running, for example `capacity, 250/s`.
            seconds: Planned length of the round.
            slo_ms: The p99 objective, above which p99 is shown as missed; 0 when there is none.
        """
        self._say = translator(language)
        self._title = " ".join(harmless(title).split())
        self._seconds = seconds
        self._slo_ms = slo_ms
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._history: deque[Moment] = deque(maxlen=_SPARK_WIDTH)
        self._offered = 0
        self._failed = 0

    def __enter__(self) -> Self:
        """Takes the lower lines of the terminal."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the lines back, so that a summary takes their place."""
        if self._live:
            self._live.stop()

    def retitle(self, title: str, seconds: float) -> None:
        """Begins another run in the same view, for example the next rate of the search for the knee."""
        self._title, self._seconds = " ".join(harmless(title).split()), seconds
        self._history.clear()
        self._offered = self._failed = 0

    def show(self, moment: Moment, hottest: Heat | None = None) -> None:
        """Draws the second that has just passed.

        Args:
            moment: Of all generators.
            hottest: The resource that is nearest to its limit, where somebody watches.
        """
        self._history.append(moment)
        self._offered += moment.offered
        self._failed += moment.failed
        if self._live:
            self._live.update(Text("\n").join(self.lines(hottest)), refresh=True)

    def lines(self, hottest: Heat | None = None) -> list[Text]:
        """What is drawn: at most as wide as the console, and readable without any colour."""
        say, now = self._say, self._history[-1]
        missed = self._slo_ms > 0 and now.p99_ms is not None and now.p99_ms >= self._slo_ms
        late = now.lag_p99_ms is not None and now.lag_p99_ms > _LAG_LIMIT_MS
        failing = quantities.percent(self._failed / self._offered) if self._offered else "–"
        lines = [
            Text(f"{self._title}  {self._progress(now)}", style="bold"),
            _pairs(
                (say("offered"), rate(now.offered), ""),
                (say("achieved"), rate(now.completed), ""),
                (say("waiting"), quantities.count(now.waiting), ""),
            ),
            _pairs(
                ("p50", milliseconds(now.p50_ms), ""),
                ("p95", milliseconds(now.p95_ms), ""),
                ("p99", milliseconds(now.p99_ms) + (" !" if missed else ""), "red" if missed else ""),
            ),
            _pairs(
                (say("failed"), f"{quantities.count(self._failed)} ({failing})", "red" if self._failed else ""),
                (say("generator's lag"), milliseconds(now.lag_p99_ms) + (" !" if late else ""), "red" if late else ""),
            ),
            _pairs(("p99", sparkline([each.p99_ms for each in self._history]), "")),
        ]
        if hottest:
            hot = hottest.share >= HOT_SHARE
            name = " ".join(harmless(f"{say(source(hottest.source))} {hottest.name}").split())
            share = quantities.percent(hottest.share) + (" !" if hot else "")
            lines.append(_pairs((say("hottest"), f"{name} {share}", "red" if hot else "")))
        for line in lines:
            line.truncate(max(min(self._console.width, _WIDEST), 10), overflow="ellipsis")
        return lines

    def _progress(self, now: Moment) -> str:
        return f"{now.second + 1}/{self._seconds:.0f} s"


def sparkline(values: Sequence[float | None]) -> str:
    """One block a value, the highest as a full one; a space where there is none."""
    highest = max((each for each in values if each is not None), default=0.0)
    if highest <= 0:
        return "".join(" " if each is None else SPARKS[0] for each in values)
    top = len(SPARKS) - 1
    return "".join(" " if each is None else SPARKS[round(max(each, 0.0) / highest * top)] for each in values)


def _pairs(*pairs: tuple[str, str, str]) -> Text:
    """Labels with their values, values of one column under each other."""
    line = Text("  ")
    for label, value, style in pairs:
        line.append(f"{label} ", style="dim")
        line.append(value.ljust(14), style=style)
    line.rstrip()
    return line
