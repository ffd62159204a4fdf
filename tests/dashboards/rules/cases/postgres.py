"""PostgreSQL's cases: what runs out, and what sessions do to each other."""

from collections.abc import Iterator, Mapping

from tests.dashboards.rules.case import About, Case, series

SERVER = "orders"
_IDS = 2**31 - 3_000_000


def _connections(active: str, idle: str = "0+0x120") -> Mapping[str, str]:
    """Of 100, three of which are reserved."""
    prefix = "tenfold_postgres_connections"
    return {
        series(prefix, target=SERVER, state="active"): active,
        series(prefix, target=SERVER, state="idle"): idle,
        series(f"{prefix}_limit", target=SERVER): "100+0x120",
        series(f"{prefix}_reserved", target=SERVER): "3+0x120",
    }


def _run_out() -> Iterator[Case]:
    for severity, many, some, rise in (("urgent", 94, 70, 2.0), ("important", 80, 50, 1.0)):
        about = About("PostgresConnectionsRunOut", severity, labels={"target": SERVER})
        yield about.fires("nearly all are open", _connections(f"{many - 20}+0x60", "20+0x60"))
        yield about.fires(
            "at this rate all will be open soon", _connections(f"{some - 30 * rise:g}+{rise}x60"), at="40m"
        )
        yield about.quiet("half are open", _connections("20+0x60", "25+0x60"))
    yield About("PostgresConnectionsRunOut", "urgent").quiet("four in five, and it stays so", _connections("80+0x60"))
    for name, kind in (("PostgresTransactionIdsRunOut", "transaction"), ("PostgresMultixactsRunOut", "multixact")):
        age = series(f"tenfold_postgres_database_{kind}_age", target=SERVER, database="mall")
        labels = {"target": SERVER, "database": "mall"}
        for severity, share, less, soon, days in (
            ("urgent", 0.85, 0.7, 0.6, 0.8),
            ("important", 0.55, 0.4, 0.3, 6),
        ):
            about = About(name, severity, at="8h", every="5m", labels=labels)
            begin, end = soon * _IDS, (1 - soon) * _IDS / (days * 288)
            yield about.fires("many are used", {age: f"{share * _IDS:.0f}+0x120"})
            yield about.fires("at this rate they will be", {age: f"{begin:.0f}+{end:.0f}x120"})
            yield about.quiet("they have been watched for half an hour", {age: f"{begin:.0f}+{end:.0f}x120"}, at="30m")
            yield about.quiet("enough are left", {age: f"{less * _IDS:.0f}+1000x120"})
            yield about.quiet("vacuum has just been there", {age: f"{share * _IDS:.0f}+0x80 1000+1000x40"})


def _sessions() -> Iterator[Case]:
    here = {"target": SERVER}
    waiting = series("tenfold_postgres_waiting_sessions", target=SERVER, wait_event_type="Lock")
    reading = series("tenfold_postgres_waiting_sessions", target=SERVER, wait_event_type="IO")
    for severity, many, few in (("urgent", 25, 19), ("important", 6, 4)):
        about = About("PostgresLocksWaited", severity, at="10m", labels={**here, "wait_event_type": "Lock"})
        yield about.fires("many wait", {waiting: f"{many}+0x20"})
        yield about.quiet("few wait", {waiting: f"{few}+0x20"})
        yield about.quiet("they wait for the disk", {reading: f"{many}+0x20"})
        yield about.quiet("for a moment", {waiting: f"0+0x8 {many} 0+0x20"}, at="9m")
    idle = series("tenfold_postgres_oldest_idle_transaction_seconds", target=SERVER)
    about = About("PostgresIdleInTransaction", "important", at="10m", labels=here)
    yield about.fires("for long", {idle: "0+60x20"})
    yield about.quiet("for a moment each", {idle: "20+0x20"})
    oldest = series("tenfold_postgres_oldest_transaction_seconds", target=SERVER)
    about = About("PostgresLongTransaction", "normal", at="2h", labels=here)
    yield about.fires("for more than an hour", {oldest: "0+60x130"})
    yield about.quiet("for some minutes", {oldest: "300+0x130"})
    deadlocks = series("tenfold_postgres_database_deadlocks_total", target=SERVER, database="mall")
    about = About("PostgresDeadlocks", "normal", labels={**here, "database": "mall"})
    yield about.fires("one a minute", {deadlocks: "0+1x60"})
    yield about.quiet("one an hour", {deadlocks: "0+0x20 1+0x40"})
    about = About("PostgresDeadRows", "normal", at="3h", labels={**here, "database": "mall", "table": "public.orders"})

    def rows(live: float, dead: float, table: str = "public.orders") -> Mapping[str, str]:
        return {
            series(
                f"tenfold_postgres_table_{kind}_rows", target=SERVER, database="mall", table=table
            ): f"{value:g}+0x200"
            for kind, value in (("live", live), ("dead", dead))
        }

    yield about.fires("half of the rows", rows(1e6, 1e6))
    yield about.quiet("a tenth of the rows", rows(1e6, 1e5))
    yield about.quiet("a small table", rows(1e3, 1e4))
    yield about.quiet("all small tables together", rows(1e6, 1e6, "other"))


CASES = (*_run_out(), *_sessions())
