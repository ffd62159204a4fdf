"""Is the mall ready for the promotion: how long still, how much is proven, what the audit says."""

from dashboards.board import Query, Row, Step
from dashboards.links import FINDINGS, REHEARSAL
from dashboards.panel import stat, time_series
from dashboards.queries import ranked
from dashboards.rows.mall_now import REQUESTS
from dashboards.words import VERDICTS, words_of
from facts.message import msg

_STARTS = "max by (mall, promotion) (tenfold_promotion_start_timestamp_seconds)"
_MULTIPLIER = "max by (mall, promotion) (tenfold_promotion_multiplier)"
# Before the promotion its multiplier is still to come; once it has begun, the traffic has it already.
_TO_COME = (
    f"max by (mall) ({_MULTIPLIER} unless on (mall, promotion) {_STARTS} < time() or clamp_max({_MULTIPLIER}, 1))"
)
# The busiest minute of the last day is today's peak; at night the present traffic would promise too much.
_PEAK = f"(max_over_time({REQUESTS}[1d:1m]) or {REQUESTS})"
_EXPECTED = f"{_PEAK} * on (mall) {_TO_COME}"
_ANSWERED = "tenfold_rehearsal_achieved_requests_per_second"
# A rehearsal that did not end in GO has proven nothing.
_PROVEN = (
    f'(max by (mall) ({_ANSWERED} and on (mall, target, round) tenfold_rehearsal_verdict{{verdict="GO"}} == 1)'
    f" or max by (mall) (0 * {_ANSWERED}))"
)

ROW = Row(
    msg("Ready for the promotion?"),
    (
        stat(
            msg("Until the promotion"),
            msg("From `[promotion] starts`; 0 once it has begun."),
            unit="dtdurations",
            ours=(Query(f"clamp_min({_STARTS} - time(), 0)", "{{promotion}}"),),
            nothing=msg("no date"),
            width=4,
            height=5,
            links=(REHEARSAL,),
        ),
        stat(
            msg("Headroom"),
            msg(
                "What the newest rehearsal with GO proved, to the traffic that is to come: the day's peak times the"
                " promotion's multiplier. Below 100 % nobody has shown that the mall carries it."
            ),
            unit="percentunit",
            ours=(Query(f"{_PROVEN} / on (mall) ({_EXPECTED} > 0)", "{{mall}}"),),
            base="red",
            steps=(Step(1, "orange"), Step(1.2, "green")),
            nothing=msg("no rehearsal yet"),
            width=4,
            height=5,
            links=(REHEARSAL,),
        ),
        stat(
            msg("The audit says"),
            msg("Whether the mall carries the traffic that is to come, as far as the newest audit can tell."),
            unit="none",
            ours=(Query(ranked("tenfold_audit_verdict", "verdict", VERDICTS), "{{mall}}"),),
            words=words_of(VERDICTS),
            nothing=msg("no audit yet"),
            width=4,
            height=5,
            links=(FINDINGS,),
        ),
        stat(
            msg("Critical findings"),
            msg("Each of them makes the mall fall over at the promotion's traffic."),
            unit="none",
            ours=(Query('sum by (mall) (tenfold_findings{severity="critical"})', "{{mall}}"),),
            steps=(Step(1, "red"),),
            nothing=msg("no audit yet"),
            width=3,
            height=5,
            links=(FINDINGS,),
        ),
        time_series(
            msg("Traffic, and what is proven"),
            msg("Requests a second now, what the promotion will bring, and what the newest rehearsal with GO carried."),
            unit="reqps",
            ours=(
                Query(REQUESTS, msg("{mall} now", mall="{{mall}}")),
                Query(_EXPECTED, msg("{mall} to come", mall="{{mall}}")),
                Query(_PROVEN, msg("{mall} proven", mall="{{mall}}")),
            ),
            width=9,
            height=5,
            links=(REHEARSAL,),
        ),
    ),
)
