"""The cases of what is gone."""

from collections.abc import Iterator

from tests.dashboards.rules.case import About, Case, series, spelled

_INFO = series("tenfold_exporter_info", version="0.1.0")


def _targets() -> Iterator[Case]:
    orders, stock = (series("tenfold_postgres_up", target="orders", database=name) for name in ("mall", "stock"))
    about = About("PostgresDown", "urgent", at="10m", labels={"target": "orders"})
    yield about.fires("no database answers", {orders: "1+0x3 0+0x20", stock: "1+0x3 0+0x20"})
    yield about.quiet("one still answers", {orders: "0+0x20", stock: "1+0x20"})
    yield about.quiet("it was restarted", {orders: "1+0x8 0 1+0x20"})
    about = About("PostgresDatabaseUnreachable", "important", at="10m", labels={"target": "orders", "database": "mall"})
    yield about.fires("another one answers", {orders: "0+0x20", stock: "1+0x20"})
    yield about.quiet("the server is down", {orders: "0+0x20", stock: "0+0x20"})
    for name, severity, metric in (
        ("RedisDown", "urgent", "tenfold_redis_up"),
        ("HostUnread", "important", "tenfold_host_up"),
        ("RunsUnreadable", "normal", "tenfold_runs_up"),
    ):
        about = About(name, severity, labels={"target": "one"})
        yield about.fires("no answer", {series(metric, target="one"): "0+0x60"})
        yield about.quiet("it answers", {series(metric, target="one"): "1+0x60"})
        yield about.quiet("it answers again", {series(metric, target="one"): "0+0x28 1+0x30"})
    about = About("TargetGone", "important", at="3h", labels={"target": "cache", "kind": "redis"})
    cache, front = series("tenfold_redis_up", target="cache"), series("tenfold_front_up", target="cache")
    yield about.fires("it left the configuration", {_INFO: "1+0x200", cache: "1+0x100 _x100"})
    yield about.fires("another of the same name stays", {_INFO: "1+0x200", front: "1+0x200", cache: "1+0x100 _x100"})
    yield about.quiet("it is down and known to be", {_INFO: "1+0x200", cache: "1+0x100 0+0x100"})
    yield about.quiet("the exporter is gone", {_INFO: "1+0x100 _x100", cache: "1+0x100 _x100"})


def _figures() -> Iterator[Case]:
    about = About(
        "MallMetricGone", "important", at="3h", labels={"target": "orders", "metric": "tenfold_mall_payments_total"}
    )
    paid = series("tenfold_mall_payments_total", target="orders", channel="wechat", outcome="paid")
    other = series("tenfold_mall_payments_total", target="orders", channel="alipay", outcome="paid")
    read = series("tenfold_collector_success", target="orders", database="mall", collector="mall_payments_total")
    carts = {_INFO: "1+0x200", series("tenfold_mall_carts", target="orders"): "5+0x200"}
    yield about.fires("its statement fails", {**carts, paid: "0+1x100 _x100", read: "1+0x100 0+0x100"})
    yield about.fires("it left the configuration", {**carts, paid: "0+1x100 _x100", read: "1+0x100 _x100"})
    yield about.quiet("nobody has paid since midnight", {**carts, paid: "0+1x100 _x100", read: "1+0x200"})
    yield about.quiet("the exporter is gone too", {_INFO: "1+0x100 _x100", paid: "0+1x100 _x100"})
    yield about.quiet("one channel of two", {paid: "0+1x100 _x100", other: "0+1x200", read: "1+0x200"})
    about = About(
        "CollectorFails", "normal", at="2h",
        labels={"target": "orders", "database": "mall", "collector": "postgres_statements"},
    )  # fmt: skip
    success = series("tenfold_collector_success", target="orders", database="mall", collector="postgres_statements")
    failures = series("tenfold_target_failures", target="orders", database="mall")
    yield about.fires("its target answers", {success: "0+0x130", failures: "0+0x130"})
    yield about.quiet("its target does not answer", {success: "0+0x130", failures: "3+1x130"})
    yield about.quiet("it succeeds", {success: "1+0x130", failures: "0+0x130"})
    about = About(
        "SeriesDropped", "normal", at="2h",
        labels={"target": "orders", "database": "mall", "collector": "postgres_tables"},
    )  # fmt: skip
    dropped = series("tenfold_collector_series_dropped", target="orders", database="mall", collector="postgres_tables")
    yield about.fires("some are", {dropped: "12+0x130"})
    yield about.quiet("none is", {dropped: "0+0x130"})


def _exporter() -> Iterator[Case]:
    about = About("TenfoldGone", "urgent", at="3h")
    elsewhere = spelled("tenfold_exporter_info", {"mall": "other", "job": "tenfold", "instance": "b:9470"})
    yield about.fires("its mall is blind", {_INFO: "1+0x100 _x100", elsewhere: "1+0x200"})
    yield about.quiet("it answers", {_INFO: "1+0x200"})
    yield about.quiet(
        "it moved to another address",
        {_INFO: "1+0x100 _x100", _INFO.replace("watcher", "watcher-2"): "_x100 1+0x100"},
    )
    yield about.quiet("it is gone for two days", {_INFO: "1+0x10 _x600"}, at="49h", every="5m")
    down = {"job": "tenfold-agents", "instance": "web-1:9470"}
    yield Case(
        alert=("TenfoldInstanceDown", "important"), why="a scrape fails",
        series={spelled("up", down): "0+0x60"}, at="30m", fires=(down,),
    )  # fmt: skip
    about = About("TenfoldInstanceDown", "important")
    yield about.quiet("it answers", {spelled("up", down): "1+0x60"})
    yield about.quiet("another job", {spelled("up", {**down, "job": "node"}): "0+0x60"})
    yield Case(
        alert=("NothingWatched", "important"), why="nothing came for a day", series={_INFO: "1+0x10 _x600"}, at="49h",
        fires=({},), every="5m",
    )  # fmt: skip
    about = About("NothingWatched", "important", every="5m")
    yield about.quiet("something came within the day", {_INFO: "1+0x10 _x600"}, at="20h")
    yield about.quiet("something comes", {_INFO: "1+0x600"}, at="49h")
    yield Case(alert=("Watchdog", "normal"), why="whatever happens", series={_INFO: "_x20"}, at="5m", fires=({},))


CASES = (*_targets(), *_figures(), *_exporter())
