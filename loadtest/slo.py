"""Service level objectives as people write them: `p99<500ms`, `errors<1%`, `payment-success>=98%`, `throughput>=5/s`.

| written | holds when |
|---|---|
| `p99<500ms`, `p95<0.3s`, `p99.9<=1s` | that share of the requests is answered within the limit, counted from the intended start |
| `errors<1%` | the share of scheduled requests that failed or were dropped is below it |
| `dropped<0.1%` | the share that was never sent (concurrency limit, lost worker) is below it |
| `success>=98%` | the share that was answered well is at least that |
| `payment-success>=98%` | the same for the endpoints that take payments |
| `throughput>=5/s` (or `/min`) | as many are answered well a second, while the schedule runs |

` over 10s` at the end asks for the same in every ten seconds of the round, not only over the whole: `p99<500ms over 10s`.

The table `[slo]` of the configuration names what each is asked of: `default` of the whole round and of every endpoint that has
no list of its own, an endpoint by method and family (`"GET /search"`), a journey as `journey.checkout`. Of an endpoint `default` asks
only latency, errors and dropped requests: a throughput of the mall is not one of each of its pages.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from facts.message import msg
from loadtest.objective import AT_MOST, OF_EVERY_ENDPOINT, Measure, Scope, Slo, SloError

_FORM = re.compile(
    r"""\s*(?P<figure>[A-Za-z][A-Za-z0-9._-]*|[0-9.]+(?:st|nd|rd|th|p)?)\s*(?P<sign><=|>=|=<|=>|==|<|>|=|≤|≥)\s*
        (?P<number>[-+]?[0-9]*[.,]?[0-9]+)\s*(?P<unit>[^\s0-9]*)\s*
        (?:(?:over|in|per)\s+(?P<window>[0-9.]+)\s*(?P<window_unit>[A-Za-z]*))?\s*""",
    re.VERBOSE,
)
_TIMES = {"ms": 1.0, "s": 1000.0, "us": 0.001, "µs": 0.001, "m": 60_000.0, "min": 60_000.0}
_RATES = {"/s": 1.0, "/min": 1 / 60, "/m": 1 / 60, "/h": 1 / 3600}
_WINDOWS = {"s": 1, "sec": 1, "m": 60, "min": 60}
_MEANS = frozenset({"avg", "average", "mean", "latency", "response", "response-time", "duration"})
_EXAMPLES = {
    Measure.LATENCY: "p99<500ms",
    Measure.ERRORS: "errors<1%",
    Measure.DROPPED: "dropped<0.1%",
    Measure.SUCCESS: "success>=98%",
    Measure.PAYMENT_SUCCESS: "payment-success>=98%",
    Measure.THROUGHPUT: "throughput>=5/s",
}
LONGEST_MS = 3_600_000.0  # what the histograms hold
SHORTEST_IN_MS = 20  # who writes a smaller number without a unit, or with a wrong one, more likely means seconds


def parse(text: str, *, scope: Scope = Scope.WHOLE, subject: str = "") -> Slo:
    """Reads one objective.

    Args:
        text: As in the table above; spaces do not matter.
        scope: What it is asked of.
        subject: Name of the endpoint or journey.

    Raises:
        SloError: It cannot be understood, has no unit or the wrong one, points the wrong way or can never hold.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise SloError(msg("“{text}” is no objective; write it like this", text=text), _EXAMPLES[Measure.LATENCY])
    measure, percentile = _figure(text, found["figure"])
    name = f"p{percentile:g}" if percentile is not None else measure.value
    sign = _sign(text, found, measure, name)
    number = float(found["number"].replace(",", "."))
    unit = found["unit"]
    limit = _limit(text, measure, number, unit, f"{name}{sign}{number:.10g}")
    window = _window(text, found)
    slo = Slo(
        text=f"{name}{sign}{number:.10g}{unit}" + (f" over {window}s" if window else ""),
        measure=measure,
        limit=limit,
        strict=len(sign) == 1,
        percentile=percentile,
        window_seconds=window,
        scope=scope,
        subject=subject,
    )
    _can_hold(text, slo, name)
    return slo


def parse_table(table: Mapping[str, object]) -> tuple[Slo, ...]:
    """Reads the section `[slo]`.

    Args:
        table: `default`, endpoints by name, and `journey` with a table of its own; each with a list of texts, or one text.

    Raises:
        SloError: A text is wrong, a value is no text, or a name is neither an endpoint nor a known key.
    """
    slos: list[Slo] = []
    for key, value in table.items():
        if key == "journey":
            if not isinstance(value, Mapping):
                raise SloError(msg("[slo] journey: a journey's name is missing"), 'journey.checkout = ["p99<2s"]')
            for name, texts in value.items():
                slos += [
                    parse(text, scope=Scope.JOURNEY, subject=str(name)) for text in _texts(f"journey.{name}", texts)
                ]
        elif key == "default":
            whole = [parse(text) for text in _texts(key, value)]
            slos += whole
            slos += [replace(slo, scope=Scope.OTHERS) for slo in whole if slo.measure in OF_EVERY_ENDPOINT]
        else:
            slos += [parse(text, scope=Scope.ENDPOINT, subject=key) for text in _texts(_endpoint(key), value)]
    return tuple(slos)


def _endpoint(key: str) -> str:
    """The key when it is an endpoint's name."""
    if re.match(r"[A-Z]+ \S", key):
        return key
    near = difflib.get_close_matches(key, ["default", "journey"], n=1)
    raise SloError(
        msg("[slo] {key}: an endpoint is named by method and path; write it like this", key=key),
        near[0] if near else f'"GET /{key.strip("/ ")}" = ["p99<500ms"]',
    )


def _texts(key: str, value: object) -> Iterable[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(each, str) for each in texts):
        raise SloError(msg("[slo] {key}: a list of texts is needed", key=key), '["p99<500ms", "errors<1%"]')
    return list(texts)


def _figure(text: str, figure: str) -> tuple[Measure, float | None]:
    """The measure, and the percentile of a latency."""
    word = figure.lower().replace("_", "-")
    percentile = re.fullmatch(r"p([0-9]{1,3}(?:\.[0-9]+)?)", word)
    if percentile is not None:
        value = float(percentile[1])
        if 0 < value < 100:  # noqa: PLR2004  (a percentile)
            return Measure.LATENCY, value
        raise SloError(
            msg("“{text}”: a percentile lies between 0 and 100, both left out; write for example", text=text),
            text.replace(figure, "p99.9"),
        )
    reversed_form = re.fullmatch(r"([0-9.]+)(?:p|st|nd|rd|th)?", word)
    if reversed_form is not None:
        raise SloError(
            msg("“{text}”: a percentile begins with p; write", text=text), text.replace(figure, f"p{reversed_form[1]}")
        )
    if word == "median":
        raise SloError(msg("“{text}”: the median is called p50; write", text=text), text.replace(figure, "p50"))
    if word in _MEANS:
        raise SloError(
            msg("“{text}”: a mean hides the slowest shoppers; name a percentile, for example", text=text),
            text.replace(figure, "p95"),
        )
    measures = {each.value: each for each in Measure if each is not Measure.LATENCY}
    if word in measures:
        return measures[word], None
    near = difflib.get_close_matches(word, [*measures, "p50", "p95", "p99", "p99.9"], n=1, cutoff=0.5)
    if near:
        raise SloError(
            msg("“{text}”: {figure} is not known; write", text=text, figure=figure), text.replace(figure, near[0], 1)
        )
    raise SloError(
        msg("“{text}”: {figure} is not known; known are p50 to p99.9 and these", text=text, figure=figure),
        ", ".join(example for measure, example in _EXAMPLES.items() if measure is not Measure.LATENCY),
    )


def _sign(text: str, found: re.Match[str], measure: Measure, name: str) -> str:
    """`<`, `<=`, `>` or `>=`, which way the measure goes."""
    written = found["sign"]
    sign = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">="}.get(written, written)
    upper = measure in AT_MOST
    rest = f"{found['number']}{found['unit']}"
    if sign.startswith("="):
        raise SloError(
            msg("“{text}”: an objective is a limit, not one value; write", text=text),
            f"{name}{'<' if upper else '>='}{rest}",
        )
    if upper != sign.startswith("<"):
        right = sign.replace(">", "<") if upper else ">="
        raise SloError(
            msg("“{text}”: more is worse here, so it has to stay below the limit; write", text=text)
            if upper
            else msg("“{text}”: more is better here, so it has to stay above the limit; write", text=text),
            f"{name}{right}{rest}",
        )
    return sign


def _limit(text: str, measure: Measure, number: float, unit: str, beginning: str) -> float:
    """The number in the record's unit."""
    if number < 0:
        raise SloError(msg("“{text}”: a limit is not negative; write", text=text), _EXAMPLES[measure])
    units = _TIMES if measure is Measure.LATENCY else _RATES if measure is Measure.THROUGHPUT else {"%": 0.01}
    if unit in units:
        return number * units[unit]
    usual = next(iter(units))
    if measure is Measure.LATENCY and number < SHORTEST_IN_MS:
        usual = "s"
    if unit.lower() in units:
        raise SloError(msg("“{text}”: the unit is written small; write", text=text), beginning + unit.lower())
    if unit:
        raise SloError(msg("“{text}”: {unit} is no unit for it; write", text=text, unit=unit), beginning + usual)
    if usual == "%" and number < 1:
        beginning = beginning.removesuffix(f"{number:.10g}") + f"{number * 100:.10g}"
    raise SloError(msg("“{text}”: the unit is missing; write", text=text), beginning + usual)


def _window(text: str, found: re.Match[str]) -> int | None:
    """Whole seconds of the window, None without one."""
    if found["window"] is None:
        return None
    unit = found["window_unit"].lower()
    try:
        seconds = float(found["window"]) * _WINDOWS[unit or "s"]
    except (KeyError, ValueError):
        seconds = 0.0
    if seconds >= 1 and seconds == int(seconds) and unit:
        return int(seconds)
    raise SloError(
        msg("“{text}”: a window has whole seconds; write", text=text),
        f"{found['figure']}{found['sign']}{found['number']}{found['unit']} over {max(round(seconds), 10)}s",
    )


def _can_hold(text: str, slo: Slo, name: str) -> None:
    """Refuses limits that every round keeps or breaks."""
    if slo.measure is Measure.LATENCY:
        if not 0 < slo.limit <= LONGEST_MS:
            raise SloError(
                msg("“{text}”: a latency lies above 0 and within an hour; write", text=text), f"{name}<500ms"
            )
    elif slo.measure is not Measure.THROUGHPUT and (
        slo.limit > 1 or (slo.strict and slo.limit == (0 if slo.measure in AT_MOST else 1))
    ):
        raise SloError(
            msg("“{text}”: no round could ever keep or break this; write for example", text=text),
            _EXAMPLES[slo.measure],
        )
