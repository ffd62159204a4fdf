"""The cases of PostgreSQL's copies and data."""

from collections.abc import Iterator

from tests.dashboards.rules.case import About, Case, series
from tests.dashboards.rules.cases.postgres import SERVER

_GB = 2**30


def _cases() -> Iterator[Case]:
    here = {"target": SERVER}
    standby = {**here, "standby": "copy", "address": "10.0.0.2"}
    behind = series("tenfold_postgres_standby_behind_bytes", **standby)
    lag = series("tenfold_postgres_standby_lag_seconds", **standby)
    about = About("PostgresStandbyLags", "important", labels=standby)
    yield about.fires("by two gigabytes", {behind: f"{2 * _GB}+0x60"})
    yield about.fires("by minutes", {behind: f"{2**26}+0x60", lag: "120+0x60"})
    yield about.quiet("by a second", {behind: f"{2**26}+0x60", lag: "1+0x60"})
    yield about.quiet("an old lag, and nothing left to replay", {behind: "0+0x60", lag: "120+0x60"})
    standbys = series("tenfold_postgres_standbys", **here)
    about = About("PostgresStandbyGone", "important", at="3h", labels=here)
    yield about.fires("one of two", {standbys: "2+0x100 1+0x100"})
    yield about.quiet("there never was any", {standbys: "0+0x200"})
    yield about.quiet("it came back", {standbys: "2+0x50 1+0x50 2+0x100"})
    slot = {**here, "slot": "copy", "type": "physical"}
    retained, active = (series(f"tenfold_postgres_slot_{name}", **slot) for name in ("retained_bytes", "active"))
    for severity, much, less in (("important", 9, 7), ("normal", 2, 0.5)):
        about = About("PostgresSlotHoldsLog", severity, at="3h", labels=slot)
        yield about.fires("nobody reads it", {retained: f"{much * _GB:g}+0x200", active: "0+0x200"})
        yield about.quiet("somebody reads it", {retained: f"{much * _GB:g}+0x200", active: "1+0x200"})
        yield about.quiet("it holds little", {retained: f"{less * _GB:g}+0x200", active: "0+0x200"})
    failures = series("tenfold_postgres_archive_failures_total", **here)
    about = About("PostgresArchiveFails", "important", at="1h", labels=here)
    yield about.fires("again and again", {failures: "0+1x60"})
    yield about.quiet("once", {failures: "0+0x30 1+0x40"})
    damaged = series("tenfold_postgres_database_checksum_failures_total", database="mall", **here)
    about = About("PostgresChecksumFailures", "urgent", at="2h", labels={**here, "database": "mall"})
    yield about.fires("a block", {damaged: "0+0x100 1+0x50"})
    yield about.quiet("long known", {damaged: "3+0x150"})


CASES = tuple(_cases())
