"""Quantities as a person reads them, the same in every language and on every page."""

KILO = 1024
MILLISECOND = 0.001
MINUTE = 60
HOUR = 3600
DAY = 86400

# Per cent are read to one decimal at most.
LEAST_PERCENT = 0.1
# Below this share of one core nobody would notice.
LEAST_CORES = 0.001
WHOLE_CORES = 10


def seconds(value: float) -> str:
    """A duration: `0.4 ms`, `12 ms`, `1.5 s`, `3.2 min`, `5.1 h`, `12 d`."""
    size = abs(value)
    if size == 0:
        return "0 s"
    if size < 1:
        milliseconds = value * 1000
        return f"{milliseconds:.2f} ms" if size < MILLISECOND else f"{milliseconds:.3g} ms"
    if size < 2 * MINUTE:
        return f"{value:.3g} s"
    if size < 2 * HOUR:
        return f"{value / MINUTE:.3g} min"
    if size < 2 * DAY:
        return f"{value / HOUR:.3g} h"
    return f"{value / DAY:.3g} d"


def size(value: float) -> str:
    """An amount of bytes in binary units: `512 B`, `1.5 KiB`, `3 GiB`."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(amount) < KILO:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"
        amount /= KILO
    return f"{amount:.3g} TiB"


def count(value: float) -> str:
    """A number of things with thousands separated: `1,234,567`."""
    return f"{value:,.0f}"


def percent(ratio: float) -> str:
    """A ratio between 0 and 1 as a percentage: `0.97` is `97 %`; a little is never nothing, and nearly all is never all."""
    value = ratio * 100
    if 0 < value < LEAST_PERCENT / 2:
        return f"<{LEAST_PERCENT} %"
    if 100 - LEAST_PERCENT / 2 <= value < 100:  # noqa: PLR2004  (per cent)
        return f">{100 - LEAST_PERCENT} %"
    decimal = 0 < abs(value) < 9.95 or 99.5 <= value < 100  # noqa: PLR2004  (else read as 10.0 or 100)
    return f"{value:.1f} %" if decimal else f"{value:.0f} %"


def rate(per_second: float) -> str:
    """Events a second, or a minute where a second is too short to count in: `25/s`, `3/min`."""
    return f"{per_second:.3g}/s" if per_second >= 1 else f"{per_second * MINUTE:.3g}/min"


def cores(value: float) -> str:
    """Processor cores kept busy: `0.0088`, `8.1`, `1,240`; never a power of ten."""
    if abs(value) >= WHOLE_CORES:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value == 0 or abs(value) >= LEAST_CORES else f"<{LEAST_CORES:g}"
