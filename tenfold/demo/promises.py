"""What the demo's rehearsal promises, held against the rounds that were really measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facts.message import Message, msg
from facts.rounds import Figures, Round, RoundKind, RoundVerdict

Rounds = Mapping[RoundKind, Round]

SEARCH = "GET /search"
PAY = "GET /pay/{}"
# The pages that bring an order in, from who it is for to its payment, commission and shipment.
ORDER = ("GET /login", "GET /p/{}", "GET /cart/add", "GET /checkout", PAY)
SEARCH_SHARE = 1 / 5
CAPACITY_TIMES = 3.0
PAYMENT_SUCCESS = 0.98
ORDER_SPEED = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One sentence of the story and what became of it.

    Attributes:
        what: The sentence.
        before, after: The figures as delivered and after the advice, empty where there is none.
        held: Whether the figures say so; a figure that is missing says nothing.
    """

    what: Message
    before: str = ""
    after: str = ""
    held: bool = False


def promises(before: Rounds, after: Rounds) -> Sequence[Promise]:
    """The story's sentences in their order.

    Latencies are compared across loads, to the disadvantage of the second figure: the everyday peak as delivered against the
    confirmation at the multiplier after the advice.

    Args:
        before: The rounds of the mall as delivered, by kind; those that were interrupted are missing.
        after: The rounds after the advice was applied.
    """
    return (
        _delivered(before),
        _rounds(after),
        _search(before, after),
        _capacity(before, after),
        _payment(before, after),
        _orders(before, after),
    )


def _delivered(before: Rounds) -> Promise:
    confirm = before.get(RoundKind.CONFIRM)
    return Promise(
        what=msg("as delivered it does not carry the multiplier"),
        before=confirm.verdict.value if confirm else "",
        held=confirm is not None and confirm.verdict is RoundVerdict.NO_GO,
    )


def _rounds(after: Rounds) -> Promise:
    wanted = (RoundKind.BASELINE, RoundKind.CAPACITY, RoundKind.CONFIRM)
    verdicts = [after[kind].verdict for kind in wanted if kind in after]
    return Promise(
        what=msg("after the advice three rounds are GO"),
        after=" ".join(each.value for each in verdicts),
        held=verdicts == [RoundVerdict.GO] * len(wanted),
    )


def _search(before: Rounds, after: Rounds) -> Promise:
    first, second = (_p95(each, SEARCH) for each in (before.get(RoundKind.BASELINE), after.get(RoundKind.CONFIRM)))
    return Promise(
        what=msg("search p95 is at most a fifth, everyday before against the multiplier after"),
        before=_milliseconds(first),
        after=_milliseconds(second),
        held=first is not None and second is not None and second <= first * SEARCH_SHARE,
    )


def _capacity(before: Rounds, after: Rounds) -> Promise:
    first, second = (
        each.knee.per_second if each and each.knee else None
        for each in (before.get(RoundKind.CAPACITY), after.get(RoundKind.CAPACITY))
    )
    return Promise(
        what=msg("capacity is at least three times"),
        before=_rate(first),
        after=_rate(second),
        held=first is not None and second is not None and second > 0 and second >= CAPACITY_TIMES * first,
    )


def _payment(before: Rounds, after: Rounds) -> Promise:
    first, second = (_success(each.get(RoundKind.CONFIRM)) for each in (before, after))
    return Promise(
        what=msg("at least 98 of 100 payments succeed at the multiplier"),
        before=_share(first),
        after=_share(second),
        held=second is not None and second >= PAYMENT_SUCCESS,
    )


def _orders(before: Rounds, after: Rounds) -> Promise:
    first, second = (_order_ms(each) for each in (before.get(RoundKind.BASELINE), after.get(RoundKind.CONFIRM)))
    return Promise(
        what=msg(
            "an order, from its login to its payment, is processed at least half as fast again as on an everyday before"
        ),
        before=_milliseconds(first),
        after=_milliseconds(second),
        held=first is not None and second is not None and first >= ORDER_SPEED * second,
    )


def _endpoint(one: Round | None, name: str) -> Figures | None:
    return next((each for each in one.recording.endpoints if each.name == name), None) if one else None


def _p95(one: Round | None, name: str) -> float | None:
    figures = _endpoint(one, name)
    return figures.latency_ms.p95 if figures and figures.latency_ms else None


def _order_ms(one: Round | None) -> float | None:
    """Mean milliseconds of the pages of an order, without the shopper's own time in between."""
    parts = [_endpoint(one, name) for name in ORDER]
    means = [each.latency_ms.mean for each in parts if each and each.latency_ms]
    return sum(means) if len(means) == len(ORDER) else None


def _success(one: Round | None) -> float | None:
    figures = _endpoint(one, PAY)
    return 1 - figures.failed / figures.scheduled if figures and figures.scheduled else None


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3g} ms"


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}/s"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
