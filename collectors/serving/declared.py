"""The mall's own figures, from SQL that it declares: orders, payments by channel, carts, checkouts, stock, refunds, queues.

Source: the `sql` of `[[metric]]` in the configuration.
Needed role and versions: SELECT on what the statement names; PostgreSQL 13 to 18.
Consumed by: the Mall board; the burn rates of each payment channel, the alerts on stuck orders and on order anomalies.
Cost: what the statement costs, read only, ended after five seconds, at most so often as `every` says. 200 rows are shown, and what is
    beyond them is counted.
Caveats: give a counter as what has happened since midnight (`created_at >= date_trunc('day', now())`, with an index): that it falls at
    midnight is for Prometheus a restart like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.runner import CollectorError
from collectors.serving.line import Line
from collectors.serving.metric import Metric, Part, Reader, Sample, counter, gauge
from facts.message import msg
from facts.readings import Status

ROWS_AT_MOST = 200
PREFIX = "tenfold_mall_"
VALUE = "value"
# Names that the dashboards and the alerts know; a mall that declares one of them gives it these labels.
KNOWN = (
    counter(f"{PREFIX}orders_total", "Orders placed since midnight."),
    counter(f"{PREFIX}checkouts_total", "Checkouts begun since midnight."),
    counter(
        f"{PREFIX}payments_total",
        "Payments since midnight, by channel and outcome (paid, failed).",
        "channel",
        "outcome",
    ),
    counter(f"{PREFIX}refunds_total", "Refunds since midnight."),
    gauge(f"{PREFIX}carts", "Carts that are open."),
    gauge(f"{PREFIX}orders_stuck", "Orders that wait longer than they should."),
    gauge(f"{PREFIX}products_out_of_stock", "Products on sale without stock."),
    gauge(f"{PREFIX}queue_depth", "What waits in a queue.", "queue"),
)
_KNOWN = {metric.name.removeprefix(PREFIX): metric for metric in KNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One `[[metric]]`.

    Attributes:
        name: Without the prefix; a counter's ends in `_total`.
        sql: One SELECT whose columns are the labels and `value`.
        labels: Names of the columns that become labels.
        help: One sentence.
        every: Seconds between two readings; 0 for every scrape.
        database: In the place of the server's first.
    """

    name: str
    sql: str
    labels: tuple[str, ...] = ()
    help: str = ""
    every: float = 0.0
    database: str = ""


def known(name: str) -> Metric | None:
    """What dashboards and alerts expect of that name."""
    return _KNOWN.get(name)


def metric_of(declared: Declared) -> Metric:
    """The metric as it is exposed."""
    make = counter if declared.name.endswith("_total") else gauge
    expected = known(declared.name)
    text = declared.help or (expected.help if expected else "Declared by the mall.")
    return make(PREFIX + declared.name, text, *declared.labels)


def statement(sql: str) -> str:
    """The declared statement, bounded; inside of another it can be nothing but one SELECT."""
    return f"SELECT * FROM (\n{sql.strip().rstrip(';')}\n) AS declared LIMIT {ROWS_AT_MOST + 1}"  # noqa: S608  (read only)


def read(line: Line, declared: Declared) -> list[tuple[tuple[str, ...], float]]:
    """Labels and value of each row; a row without a value is left out.

    Raises:
        CollectorError: The columns are not those that were declared, or a value is no number.
    """
    rows = line.rows(statement(declared.sql), own=False)
    wanted = (*declared.labels, VALUE)
    if sorted(line.columns) != sorted(wanted):
        raise CollectorError(
            msg(
                "the metric {name} gives the columns {found}; wanted: {wanted}",
                name=declared.name,
                found=", ".join(line.columns),
                wanted=", ".join(wanted),
            ),
            status=Status.UNSUPPORTED,
            remedy=msg("name the columns of its sql so"),
        )
    places = [line.columns.index(name) for name in declared.labels]
    value = line.columns.index(VALUE)
    try:
        return [
            (tuple("" if row[place] is None else str(row[place]) for place in places), float(row[value]))
            for row in rows
            if row[value] is not None
        ]
    except (TypeError, ValueError):
        raise CollectorError(
            msg("a value of the metric {name} is no number", name=declared.name), status=Status.UNSUPPORTED
        ) from None


def samples(metric: Metric, rows: Iterable[tuple[tuple[str, ...], float]]) -> Iterable[Sample]:
    """A series for each row."""
    for labels, value in rows:
        yield metric.sample(value, *labels)


def declaring(declared: Declared) -> Part:
    """The part for one `[[metric]]`."""
    metric = metric_of(declared)

    def begin() -> Reader:
        return lambda line: samples(metric, read(line, declared))

    return Part(name=f"mall_{declared.name}", metrics=(metric,), begin=begin, every=declared.every, series=ROWS_AT_MOST)
