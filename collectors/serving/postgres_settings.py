"""Every setting that is a number or a switch, in base units.

Source: pg_settings.
Needed role and versions: any role; PostgreSQL 13 to 18. Some settings are shown to pg_read_all_settings alone.
Consumed by: the PostgreSQL board; a change of a setting is an annotation.
Cost: one statement, about 1 ms.
Caveats: what this session sees; a role's or a database's own setting differs. Texts and enumerations are left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, gauge

SETTINGS = """
SELECT name, setting, coalesce(unit, ''), vartype FROM pg_show_all_settings() WHERE vartype IN ('bool', 'integer', 'real')
"""
# What our own transaction sets; its value would be ours.
_OURS = frozenset({"statement_timeout", "lock_timeout", "jit", "transaction_read_only"})
_UNITS = {
    "B": (1.0, "bytes"), "kB": (1024.0, "bytes"), "MB": (1024.0**2, "bytes"), "GB": (1024.0**3, "bytes"), "TB": (1024.0**4, "bytes"),
    "8kB": (8192.0, "bytes"), "16MB": (16 * 1024.0**2, "bytes"),
    "us": (1e-6, "seconds"), "ms": (1e-3, "seconds"), "s": (1.0, "seconds"), "min": (60.0, "seconds"), "h": (3600.0, "seconds"),
    "d": (86_400.0, "seconds"),
}  # fmt: skip
SETTING = gauge(
    "tenfold_postgres_setting", "A setting; `unit` is bytes, seconds, or empty for a plain number.", "name", "unit"
)
METRICS = (SETTING,)


def read(line: Line) -> list[tuple[Any, ...]]:
    """Name, value as text, unit and type of each."""
    return line.rows(SETTINGS)


def samples(rows: Sequence[tuple[Any, ...]]) -> Iterable[Sample]:
    """In base units; -1 and 0 often mean "off" and are given as they are."""
    for name, text, unit, kind in rows:
        if name in _OURS:
            continue
        if kind == "bool":
            yield SETTING.sample(1.0 if text == "on" else 0.0, name, "")
            continue
        factor, base = _factor(unit)
        value = float(text)
        yield SETTING.sample(value * factor if value > 0 else value, name, base)


def _factor(unit: str) -> tuple[float, str]:
    if unit in _UNITS:
        return _UNITS[unit]
    # A server that was built with another block size counts in blocks of it, such as 32kB.
    digits = unit.rstrip("kMBG")
    inner = _UNITS.get(unit[len(digits) :]) if digits.isdigit() else None
    return (int(digits) * inner[0], inner[1]) if inner else (1.0, "")
