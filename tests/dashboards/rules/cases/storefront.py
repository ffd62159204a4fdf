"""The storefront's cases."""

from collections.abc import Iterator, Mapping
from functools import partial

from tests.dashboards.rules.case import About, Case, series
from tests.dashboards.rules.cases import burning

SITE = "shop"
_DAY = 86_400


def answered(endpoint: str, good: str, bad: str) -> Mapping[str, str]:
    requests = "tenfold_front_requests_total"
    return {
        series(requests, target=SITE, endpoint=endpoint, **{"class": "2xx"}): good,
        series(requests, target=SITE, endpoint=endpoint, **{"class": "5xx"}): bad,
    }


def timed(endpoint: str, within: str, soon: str, late: str) -> Mapping[str, str]:
    """Soon is counted by both, late by the count alone: two endpoints of the same family of pages."""
    durations = "tenfold_front_request_duration_seconds"
    never = "0+0x500"
    return {
        series(f"{durations}_count", target=SITE, endpoint=endpoint): soon,
        series(f"{durations}_bucket", target=SITE, endpoint=endpoint, le=within): soon,
        series(f"{durations}_count", target=SITE, endpoint=f"{endpoint}/slow"): late,
        series(f"{durations}_bucket", target=SITE, endpoint=f"{endpoint}/slow", le=within): never,
    }


def _certificate(severity: str, ends: float, later: float) -> Iterator[Case]:
    about = About("CertificateEnds", severity, labels={"target": SITE})
    name = series("tenfold_front_certificate_end_timestamp_seconds", target=SITE)
    yield about.fires("it ends soon", {name: f"{ends * _DAY:g}+0x60"})
    yield about.quiet("it ends later", {name: f"{later * _DAY:g}+0x60"})


def _cases() -> Iterator[Case]:
    up, status = series("tenfold_front_up", target=SITE), series("tenfold_front_page_status", target=SITE)
    about = About("StorefrontUnreachable", "urgent", at="10m", labels={"target": SITE})
    yield about.fires("no answer", {up: "1 1 1 0+0x20"})
    yield about.quiet("one scrape without an answer", {up: "1+0x8 0 1+0x20"}, at="9m")
    about = About("StorefrontPageFails", "urgent", at="10m", labels={"target": SITE})
    yield about.fires("500", {status: "500+0x20"})
    yield about.quiet("a redirect", {status: "302+0x20"})
    yield about.quiet("the client's mistake", {status: "404+0x20"})
    yield from burning.cases("StorefrontErrors", partial(answered, "GET /p/{id}"), 0.001, target=SITE)
    staff = answered("GET /admin/orders", "0+1x120", "0+100x120")
    yield About("StorefrontErrors", "urgent", at="2h").quiet("a staff page", staff)
    yield from burning.cases("StorefrontSlow", partial(timed, "GET /search", "1.0"), 0.05, target=SITE)
    yield About("StorefrontSlow", "urgent", at="2h").quiet(
        "a staff page", timed("GET /admin/report", "1.0", "0+1x120", "0+100x120")
    )
    about = About("StorefrontTrafficFalls", "important", at="2w2h", every="10m", labels={"target": SITE})
    yield about.fires("a tenth of the usual", answered("GET /", "0+6000x2016 12096000+600x12", "0+0x2028"))
    yield about.quiet("half of the usual", answered("GET /", "0+6000x2016 12096000+3000x12", "0+0x2028"))
    yield about.quiet("hardly anybody ever came", answered("GET /", "0+60x2016 120960+6x12", "0+0x2028"))
    yield about.quiet("one week tells nothing", answered("GET /", "0+6000x1008 6048000+600x12", "0+0x1020"), at="1w2h")
    about = About("StorefrontLogUnread", "normal", at="2h", labels={"target": SITE})
    malformed = series("tenfold_front_malformed_lines_total", target=SITE)
    yield about.fires("half of the lines", {malformed: "0+100x120", **answered("GET /", "0+100x120", "0+0x120")})
    yield about.fires("all of them", {malformed: "0+100x120", **answered("GET /", "5+0x120", "0+0x120")})
    yield about.quiet("one in a hundred", {malformed: "0+1x120", **answered("GET /", "0+100x120", "0+0x120")})
    for severity, ends, later in (("urgent", 0.5, 2), ("important", 3, 6), ("normal", 10, 20)):
        yield from _certificate(severity, ends, later)


CASES = tuple(_cases())
