"""Values in the units of Grafana, written as Grafana writes them; a unit that is not known here is shown as it is named.

Source: `packages/grafana-data/src/valueFormats` of Grafana.
"""

import math
from collections.abc import Callable
from datetime import UTC, tzinfo

from pages.boards.durations import DATES, FROM_NOW, TIMES, clock, duration, in_words, moment
from pages.boards.numbers import LARGEST, fixed, scaled

_SI = ("", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept")
_COUNT = ("", "K", "M", "B", "T")
_DECIMAL = ("f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_ONE = _DECIMAL.index("")

# Unit: what it counts, and how many thousands (1,024) one of it is.
_METRIC = {
    "decbits": ("b", 0), "decbytes": ("B", 0), "deckbytes": ("B", 1), "decmbytes": ("B", 2), "decgbytes": ("B", 3),
    "bps": ("b/s", 0), "Bps": ("B/s", 0), "KBs": ("B/s", 1), "MBs": ("B/s", 2), "GBs": ("B/s", 3),
    "Kbits": ("b/s", 1), "Mbits": ("b/s", 2), "Gbits": ("b/s", 3), "pps": ("p/s", 0),
    "hertz": ("Hz", 0), "rothz": ("Hz", 0), "watt": ("W", 0), "kwatt": ("W", 1), "volt": ("V", 0), "amp": ("A", 0),
    "joule": ("J", 0),
}  # fmt: skip
_IEC = {
    "bits": ("b", 0), "bytes": ("B", 0), "kbytes": ("B", 1), "mbytes": ("B", 2), "gbytes": ("B", 3), "tbytes": ("B", 4),
    "binBps": ("B/s", 0), "binbps": ("b/s", 0), "KiBs": ("B/s", 1), "MiBs": ("B/s", 2), "GiBs": ("B/s", 3),
}  # fmt: skip
_PER_TIME = {
    "cps": "c/s", "ops": "ops/s", "reqps": "req/s", "rps": "rd/s", "wps": "wr/s", "iops": "io/s", "eps": "evt/s",
    "mps": "msg/s", "recps": "rec/s", "rowsps": "rows/s", "cpm": "c/m", "opm": "ops/m", "reqpm": "req/m", "rpm": "rd/m",
    "wpm": "wr/m", "epm": "evts/m",
}  # fmt: skip
_CURRENCIES = {"currencyUSD": "$", "currencyEUR": "€", "currencyGBP": "£", "currencyCNY": "¥", "currencyJPY": "¥"}
_PLAIN = {
    "celsius": "°C",
    "fahrenheit": "°F",
    "humidity": "%H",
    "pixel": "px",
    "degree": "°",
    "dB": "dB",
    "rotrpm": "rpm",
}
# Names of our own making are no longer; what is, stands in nobody's way.
UNIT_LENGTH = 30
_YES_NO = {"bool": ("True", "False"), "bool_yes_no": ("Yes", "No"), "bool_on_off": ("On", "Off")}


def formatted(
    value: float, unit: str = "", decimals: int | None = None, *, now: float = 0.0, zone: tzinfo = UTC
) -> str:
    """A value with its unit.

    Args:
        value: Any number, NaN and the infinities too.
        unit: Grafana's name of the unit.
        decimals: How many; None chooses by the value.
        now: The moment that "ago" is counted from, in seconds since 1970.
        zone: Of dates.
    """
    unit = unit[:UNIT_LENGTH]
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    for table, factor, prefixes, one in ((_METRIC, 1000.0, _DECIMAL, _ONE), (_IEC, 1024.0, _BINARY, 0)):
        if unit in table:
            counted, offset = table[unit]
            return scaled(value, factor, tuple(f" {each}{counted}" for each in prefixes), one + offset, decimals)
    if unit in _PER_TIME:
        return f"{scaled(value, 1000.0, _COUNT, 0, decimals)} {_PER_TIME[unit]}"
    if unit in _CURRENCIES:
        return _currency(value, _CURRENCIES[unit], decimals)
    if unit in TIMES:
        return duration(value, unit, decimals)
    if unit in _YES_NO:
        return _YES_NO[unit][0 if value else 1]
    if unit in DATES or unit == FROM_NOW or unit.startswith("time:"):
        return moment(value / 1000, unit, now, zone)
    return _other(value, unit, decimals)


def _other(value: float, unit: str, decimals: int | None) -> str:
    plain: dict[str, Callable[[], str]] = {
        "": lambda: fixed(value, decimals),
        "none": lambda: fixed(value, decimals),
        "string": lambda: f"{value:g}",
        "short": lambda: scaled(value, 1000.0, _SI, 0, decimals),
        "percent": lambda: f"{fixed(value, decimals)}%",
        "percentunit": lambda: f"{fixed(value * 100, decimals)}%",
        "locale": lambda: _separated(value, decimals),
        "sci": lambda: f"{value:.{2 if decimals is None else decimals}e}",
        "dtdurations": lambda: in_words(value, least="second", decimals=decimals),
        "dtdurationms": lambda: in_words(value / 1000, least="millisecond", decimals=decimals),
        "dthms": lambda: clock(value),
    }
    if unit in plain:
        return plain[unit]()
    kind, _mark, own = unit.partition(":")
    match kind if own else "":
        case "prefix":
            return f"{own}{fixed(value, decimals)}"
        case "currency":
            return _currency(value, own, decimals)
        case "count":
            return f"{scaled(value, 1000.0, _COUNT, 0, decimals)} {own}"
        case "si":
            return scaled(value, 1000.0, tuple(f" {each}{own}" for each in _DECIMAL), _ONE, decimals)
        case "suffix":
            return f"{fixed(value, decimals)} {own}"
        case _:
            return f"{fixed(value, decimals)} {_PLAIN.get(unit, unit)}"


def _separated(value: float, decimals: int | None) -> str:
    """With thousands separated."""
    if abs(value) >= LARGEST:
        return fixed(value)
    text = f"{value:,.{3 if decimals is None else decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals is None else text


def _currency(value: float, symbol: str, decimals: int | None) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}{symbol}{scaled(abs(value), 1000.0, _COUNT, 0, decimals)}"
