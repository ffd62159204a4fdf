"""Asking a Prometheus what a dashboard asks: ranges, instants, values of labels; bounded in time, size and number of series."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from collectors.prometheus_answers import UnusableError, connected, fetch, understand, warnings_of
from collectors.runner import CollectorError
from facts.board_answers import Line
from facts.message import Message, msg, verbatim
from facts.readings import Status

SECONDS = 10.0
# So many questions in a row without an answer, and the server is left alone.
BROKEN_AT_MOST = 3
SERIES_AT_MOST, POINTS_AT_MOST = 500, 30_000
BYTES_AT_MOST = 32 * 2**20
# No calendar goes on after the year 9999.
LATEST = 253_000_000_000.0
_NAME = "__name__"


class QueryError(Exception):
    """One question was not answered.

    Attributes:
        said: Why.
        lost: The server itself is not to be had, so nothing else would be answered either.
    """

    def __init__(self, said: Message, *, lost: bool = False) -> None:
        """Keeps both."""
        super().__init__(str(said))
        self.said = said
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        left_out: Series beyond the limit.
    """

    lines: tuple[Line, ...]
    warnings: tuple[Message, ...] = ()
    left_out: int = 0


@dataclass(slots=True)
class Prometheus:
    """One server; after too many questions without an answer it is asked nothing more.

    Attributes:
        url: Its address, with its path prefix where it has one.
        seconds: The longest time for one question.
        lost: Why it is asked nothing more; None while it is.
        remedy: What to do about that.
    """

    url: str
    seconds: float = SECONDS
    lost: Message | None = None
    remedy: Message | None = None
    _client: httpx.Client = field(default_factory=connected)
    _broken: int = 0
    _answered: bool = False

    def __enter__(self) -> Self:
        """Nothing is sent yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the connection."""
        self._client.close()

    def instant(self, expression: str, at: float) -> Answer:
        """The values of an expression at one moment.

        Raises:
            QueryError: It was not answered.
        """
        return _answer(self._ask("query", {"query": expression, "time": f"{at:.3f}", "timeout": f"{self.seconds:g}s"}))

    def range(self, expression: str, start: float, end: float, step: float) -> Answer:
        """The course of an expression.

        Raises:
            QueryError: It was not answered.
        """
        asked = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return _answer(self._ask("query_range", {**asked, "timeout": f"{self.seconds:g}s"}))

    def label_values(self, label: str, selector: str, start: float, end: float) -> list[str]:
        """The values of a label, of all series or of those that the selector chooses.

        Raises:
            QueryError: It was not answered.
        """
        asked: dict[str, str | list[str]] = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
        if selector:
            asked["match[]"] = [selector]
        return _texts(self._ask(f"label/{label}/values", asked))

    def label_names(self, start: float, end: float) -> list[str]:
        """All names of labels.

        Raises:
            QueryError: It was not answered.
        """
        return _texts(self._ask("labels", {"start": f"{start:.3f}", "end": f"{end:.3f}"}))

    def metric_names(self, start: float, end: float) -> frozenset[str]:
        """The names of all series of that time.

        Raises:
            QueryError: It was not answered.
        """
        return frozenset(self.label_values(_NAME, "", start, end))

    def _ask(self, path: str, parameters: Mapping[str, str | list[str]]) -> dict[str, Any]:
        if self.lost is not None:
            raise QueryError(self.lost, lost=True)
        started = time.monotonic()
        try:
            document = fetch(
                self._client,
                self.url,
                path,
                parameters,
                answered=self._note_answer,
                seconds=self.seconds,
                bytes_at_most=BYTES_AT_MOST,
            )
        except (httpx.HTTPError, httpx.InvalidURL, CollectorError) as error:
            raise self._refusal(error, time.monotonic() - started) from None
        self._broken = 0
        return document

    def _note_answer(self) -> None:
        self._answered = True

    def _refusal(self, error: Exception, seconds: float) -> QueryError:
        known = (
            error if isinstance(error, CollectorError) else understand(error) or CollectorError(verbatim(str(error)))
        )
        broken = isinstance(error, httpx.HTTPError) or known.status is Status.TIMED_OUT
        self._broken += broken
        gone = isinstance(error, httpx.ConnectError | httpx.InvalidURL | UnusableError)
        if gone or (broken and (self._broken >= BROKEN_AT_MOST or not self._answered)):
            self.lost, self.remedy = known.detail, known.remedy
        said = known.detail
        if isinstance(error, httpx.TimeoutException):
            said = msg("no answer within {seconds}", seconds=f"{max(seconds, self.seconds):.0f} s")
        return QueryError(said, lost=self.lost is not None)


def _answer(document: Mapping[str, Any]) -> Answer:
    """The series of an answer, of whatever type it is."""
    data = document.get("data")
    kind, result = (data.get("resultType"), data.get("result")) if isinstance(data, dict) else ("", None)
    warnings = tuple(warnings_of(document))
    if kind in {"scalar", "string"} and isinstance(result, list):
        return Answer((Line({}, tuple(_points([result]))),), warnings)
    if kind not in {"vector", "matrix"} or not isinstance(result, list):
        raise QueryError(msg("the answer is none of Prometheus"))
    lines: list[Line] = []
    points = 0
    for each in result[:SERIES_AT_MOST]:
        line = _line(each)
        # A board asks hundreds of questions; what is kept of each is bounded.
        if line is None or (lines and points + len(line.points) > POINTS_AT_MOST):
            continue
        points += len(line.points)
        lines.append(line)
    return Answer(tuple(lines), warnings, len(result) - len(lines))


def _line(series: Any) -> Line | None:
    labels = series.get("metric") if isinstance(series, dict) else None
    if not isinstance(labels, dict):
        return None
    samples = series.get("values") or ([series["value"]] if "value" in series else [])
    named = {str(name): str(value) for name, value in labels.items()}
    return Line(named, tuple(_points(samples)), named.pop(_NAME, ""))


def _points(samples: Sequence[Any]) -> list[tuple[float, float]]:
    found = []
    for sample in samples if isinstance(samples, list) else ():
        try:
            found.append((float(sample[0]), float(sample[1])))
        except (TypeError, ValueError, IndexError, KeyError):
            continue
    return [(moment, value) for moment, value in found if 0 <= moment < LATEST]


def _texts(document: Mapping[str, Any]) -> list[str]:
    data = document.get("data")
    if not isinstance(data, list):
        raise QueryError(msg("the answer is none of Prometheus"))
    return [str(each) for each in data]
