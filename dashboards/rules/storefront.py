"""The storefront: can it be reached, does it answer, does it answer in time, does anybody still come?"""

from dashboards.rules import burn
from dashboards.rules.objectives import Objective, Objectives
from dashboards.rules.places import COUNT, LABELS, NUMBER, SHARE, TIME
from dashboards.rules.rule import Alert, Group, Severity, once
from dashboards.rules.usual import usual
from facts.message import msg

_STAFF = "admin|staff|backend|backoffice|manage|manager|console|ops|dashboard|internal|_admin"
# Staff pages are slow and few; what shoppers meet is the promise.
SHOPPERS = f'endpoint!~"[A-Z]+ /([^/]+/)?({_STAFF})(/.*)?"'
_BY = ("mall", "target")
_REQUESTS, _DURATIONS = "tenfold_front_requests_total", "tenfold_front_request_duration_seconds"
_ENDS = "tenfold_front_certificate_end_timestamp_seconds"


def errors(name: str, selector: str) -> burn.Indicator:
    """Requests that ended with a server error."""
    return burn.Indicator(
        name=name,
        by=_BY,
        bad=burn.summed(_BY, _REQUESTS, f'{selector}, class="5xx"'),
        total=burn.summed(_BY, _REQUESTS, selector),
    )


def slowness(name: str, selector: str, objective: Objective) -> burn.Indicator:
    """Requests that were not answered within the objective's seconds."""
    total = burn.summed(_BY, f"{_DURATIONS}_count", selector)
    soon = burn.summed(_BY, f"{_DURATIONS}_bucket", f'{selector}, le="{objective.within}"')
    return burn.Indicator(
        name=name,
        by=_BY,
        bad=lambda function, window: f"{total(function, window)}\n- {soon(function, window)}",
        total=total,
    )


def _certificate(severity: Severity, days: int) -> Alert:
    return Alert(
        name="CertificateEnds",
        expr=f"{once(f'{_ENDS} - time()')} < {days} * 86400",
        lasts="10m",
        severity=severity,
        summary=msg("{mall}: the certificate of {target} ends", **LABELS),
        description=msg("It ends in {value}. From then on browsers and payment providers refuse the site.", value=TIME),
    )


def group(objectives: Objectives) -> Group:
    """The storefront's rules."""
    failing = errors("tenfold_front_errors", SHOPPERS)
    slow = slowness("tenfold_front_slow", SHOPPERS, objectives.storefront_latency)
    return Group(
        name="storefront",
        interval=burn.INTERVAL,
        about=msg(
            "The storefront: can it be reached, does it answer, does it answer in time, does anybody still come?"
        ),
        recordings=(
            *burn.recordings(failing),
            *burn.recordings(slow),
            *usual("mall_target", "tenfold_front_requests", burn.summed(_BY, _REQUESTS, SHOPPERS)("rate", "30m")),
        ),
        alerts=(
            Alert(
                name="StorefrontUnreachable",
                expr=f"{once('tenfold_front_up')} == 0",
                lasts="2m",
                severity=Severity.URGENT,
                summary=msg("{mall}: the storefront {target} cannot be reached", **LABELS),
                description=msg("Its page has given no answer at all for two minutes."),
            ),
            Alert(
                name="StorefrontPageFails",
                expr=f"{once('tenfold_front_page_status')} >= 500",
                lasts="2m",
                severity=Severity.URGENT,
                summary=msg("{mall}: the page of {target} fails", **LABELS),
                description=msg("It has answered with status {value} for two minutes.", value=COUNT),
            ),
            *burn.alerts(
                failing,
                objectives.storefront,
                "StorefrontErrors",
                msg("{mall}: too many requests of {target} end with a server error", **LABELS),
            ),
            *burn.alerts(
                slow,
                objectives.storefront_latency,
                "StorefrontSlow",
                msg("{mall}: too many requests of {target} are slow", **LABELS),
            ),
            Alert(
                name="StorefrontTrafficFalls",
                expr="mall_target:tenfold_front_requests:rate30m < 0.3 * mall_target:tenfold_front_requests:rate30m_usual\n"
                "and mall_target:tenfold_front_requests:rate30m_usual > 1",
                lasts="10m",
                severity=Severity.IMPORTANT,
                summary=msg("{mall}: far fewer people come to {target} than usual at this hour", **LABELS),
                description=msg(
                    "{value} requests a second, less than a third of the same half hour in past weeks.", value=NUMBER
                ),
            ),
            Alert(
                name="StorefrontLogUnread",
                expr=once(
                    "rate(tenfold_front_malformed_lines_total[30m])\n"
                    "/ on (mall, target) group_left ()\n"
                    "(sum by (mall, target) (rate(tenfold_front_requests_total[30m])) + 0.001)"
                )
                + " > 0.1",
                lasts="30m",
                severity=Severity.NORMAL,
                summary=msg("{mall}: the access log of {target} is not understood", **LABELS),
                description=msg(
                    "For every line that was read {value} could not be: error rates and times do not see them.",
                    value=SHARE,
                ),
            ),
            _certificate(Severity.URGENT, 1),
            _certificate(Severity.IMPORTANT, 4),
            _certificate(Severity.NORMAL, 14),
        ),
    )
