"""The rounds of the newest rehearsal, and how they compare with those before."""

from dashboards.board import Query, Row, Step
from dashboards.links import FINDINGS
from dashboards.panel import bar_gauge, stat, state_timeline, time_series
from dashboards.queries import ranked
from dashboards.words import ENDINGS, words_of
from facts.message import msg

_ROUND = "{{mall}} {{round}}"
_VERDICT = ranked("tenfold_rehearsal_verdict", "verdict", ENDINGS, "round")
_NEVER = msg("no rehearsal yet")


def _by_round(metric: str) -> str:
    return f"max by (mall, round) (tenfold_rehearsal_{metric})"


_P95 = _by_round('latency_seconds{percentile="95"}')

RECORDED = Row(
    msg("The newest rehearsal"),
    (
        stat(
            msg("Verdict"),
            msg(
                "Of each round. GO: the objectives held at the promotion's traffic. INVALID: the generator was the limit."
            ),
            unit="none",
            ours=(Query(_VERDICT, _ROUND),),
            words=words_of(ENDINGS),
            nothing=_NEVER,
            width=8,
            height=5,
            links=(FINDINGS,),
        ),
        stat(
            msg("Knee"),
            msg("The highest rate of arrivals at which the objectives held. Only a round that looks for it has one."),
            unit="none",
            ours=(Query(_by_round("knee_arrivals_per_second"), _ROUND),),
            nothing=msg("not looked for"),
            width=8,
            height=5,
        ),
        stat(
            msg("Ended"),
            msg("Since the end of each round. What was deployed since then is not rehearsed."),
            unit="s",
            ours=(Query("time() - max by (mall, round) (tenfold_rehearsal_end_timestamp_seconds)", _ROUND),),
            steps=(Step(7 * 86400.0, "orange"),),
            nothing=_NEVER,
            width=8,
            height=5,
        ),
        bar_gauge(
            msg("Offered"),
            msg("Requests due a second, by round."),
            unit="reqps",
            ours=(Query(_by_round("offered_requests_per_second"), _ROUND),),
            nothing=_NEVER,
            width=6,
            height=6,
        ),
        bar_gauge(
            msg("Answered"),
            msg("Requests answered a second, by round."),
            unit="reqps",
            ours=(Query(_by_round("achieved_requests_per_second"), _ROUND),),
            nothing=_NEVER,
            width=6,
            height=6,
        ),
        bar_gauge(
            msg("95th percentile"),
            msg("Of the latency from the moment at which a request was due, by round."),
            unit="s",
            ours=(Query(_P95, _ROUND),),
            steps=(Step(0.5, "orange"), Step(1, "red")),
            nothing=_NEVER,
            width=6,
            height=6,
        ),
        bar_gauge(
            msg("Failed"),
            msg("Share of the requests that failed, by round."),
            unit="percentunit",
            ours=(Query(_by_round("failed_ratio"), _ROUND),),
            steps=(Step(0.01, "orange"), Step(0.02, "red")),
            nothing=_NEVER,
            width=6,
            height=6,
        ),
    ),
)

BEFORE_AND_AFTER = Row(
    msg("Before and after"),
    (
        state_timeline(
            msg("Verdict over time"),
            msg("Of each round, rehearsal after rehearsal. A fix that helped turns it green."),
            unit="none",
            ours=(Query(_VERDICT, _ROUND),),
            words=words_of(ENDINGS),
            nothing=_NEVER,
            width=24,
            height=5,
        ),
        time_series(
            msg("Requests answered, over time"),
            msg("Of each round, rehearsal after rehearsal: before a fix and after it."),
            unit="reqps",
            ours=(Query(_by_round("achieved_requests_per_second"), _ROUND),),
            nothing=_NEVER,
        ),
        time_series(
            msg("95th percentile over time"),
            msg("Of each round, rehearsal after rehearsal: before a fix and after it."),
            unit="s",
            ours=(Query(_P95, _ROUND),),
            nothing=_NEVER,
        ),
        time_series(
            msg("Failed requests, over time"),
            msg("Of each round, rehearsal after rehearsal: before a fix and after it."),
            unit="percentunit",
            ours=(Query(_by_round("failed_ratio"), _ROUND),),
            nothing=_NEVER,
        ),
    ),
)
