"""A country's days off and make-up workdays, from the library `holidays`.

Source for China: the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知), which the library carries by hand; a release
that is older than the notice has the holidays of law without the days that are moved. A Saturday or Sunday within a holiday is no
holiday of its own there: a mall that works at weekends names such days itself.
"""

from datetime import date
from functools import lru_cache

CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "PRC"})
# Whose make-up workdays are announced for one year at a time; everywhere else rules tell all years.
_ANNOUNCED = frozenset({"CN"})


def country_in(timezone: str) -> str:
    """The country whose calendar applies in a zone unless another is named; empty for none."""
    return "CN" if timezone in CHINESE_ZONES else ""


def announced_yearly(country: str) -> bool:
    """Whether somebody has to announce each year's workdays."""
    return country in _ANNOUNCED


def is_known(country: str, year: int) -> bool:
    """Whether the library has what was announced: there has been no year without a make-up workday."""
    return bool(days_of(country, year)[1])


@lru_cache(maxsize=256)
def days_of(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The days off of a year, and the days of weekends that are worked.

    Raises:
        ValueError: The country is not known.
    """
    import holidays

    try:
        found = holidays.country_holidays(country, years=year, expand=False)
    except NotImplementedError:
        raise ValueError(f"the holidays of {country!r} are not known; write for example 'CN', or '' for none") from None
    off = frozenset(day for day in found if day.year == year)
    return off, frozenset(day for day in found.weekend_workdays if day.year == year)
