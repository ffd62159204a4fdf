"""A year whose workdays are not known opens a ticket: its deadlines would be wrong, and nobody would see it."""

import logging
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from tickets import events
from tickets.changing import open_within
from tickets.desk import Desk
from tickets.followers import ACTOR
from tickets.names import Urgency
from tickets.store import timers

ALARM_SECONDS = 3600.0
KEY = "tenfold:calendar:"
# Solved without the days being there: it is said again after a week.
AGAIN = timedelta(days=7)
_log = logging.getLogger(__name__)


def calendar_alarm(desk: Desk) -> tuple[int, ...]:
    """The years that are missing; each has a ticket afterwards, never two.

    Args:
        desk: Where.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    now = desk.now()
    years = desk.calendar.missing_years(now)
    for year in years:
        _log.warning("the workdays of %s in %s are not known", year, desk.calendar.place)
        desk.store.writing(partial(_tell, desk=desk, year=year, now=now))
    return years


def _tell(connection: Connection, desk: Desk, year: int, now: datetime) -> None:
    key = f"{KEY}{year}"
    if timers.told_of(connection, key, now - AGAIN):
        return
    open_within(connection, desk, ACTOR, _opening(year, desk.calendar.place, key))


def _opening(year: int, country: str, key: str) -> events.Opened:
    """In both languages, since a title is stored as it is."""
    return events.Opened(
        title=f"{year} 年的调休工作日未知 / The make-up workdays of {year} are not known",
        summary=(
            f"安装的 holidays 库没有 {year} 年（{country}）的调休安排，工作时间内的截止时间会算错。"
            f"请升级该库（pip install -U holidays），或在 [tickets.calendar] 中写入 holidays 与 workdays，然后重启服务。\n"
            f"The installed library 'holidays' does not have the days that are moved in {year} ({country}), so deadlines in working "
            f"hours will be wrong. Upgrade it (pip install -U holidays), or list holidays and workdays in [tickets.calendar], "
            f"and start the service again."
        ),
        urgency=Urgency.IMPORTANT,
        source="watchdog",
        key=key,
        labels={"alertname": "TenfoldCalendarMissing", "year": str(year), "country": country},
    )
