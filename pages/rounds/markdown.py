"""Rounds as Markdown, for a wiki or a merge request."""

from collections.abc import Iterator

from facts import quantities
from facts.findings import Report
from facts.rounds import Figures, Round
from pages.markdown_text import escaped, table
from pages.rounds import rule_words, sentences, words
from pages.rounds.comparison import comparison_lines
from pages.rounds.rehearsal import Rehearsal, further_journeys, overall_verdict
from pages.rounds.words import milliseconds, rate
from pages.translation import Language, Translate, translator
from pages.words import SEVERITIES


def rounds_markdown(rehearsal: Rehearsal, language: Language) -> str:
    """The whole rehearsal; text from outside is escaped."""
    return "\n".join(_lines(rehearsal, translator(language))) + "\n"


def _lines(rehearsal: Rehearsal, say: Translate) -> Iterator[str]:
    verdict = str(overall_verdict(rehearsal.rounds))
    yield "# " + escaped(say("{subject}: {reason}").format(subject=verdict, reason=say(sentences.headline(rehearsal))))
    yield ""
    yield escaped(say(sentences.lead(rehearsal)))
    yield ""
    heads = (
        say("Round"),
        say("Verdict"),
        say("Offered"),
        say("Achieved"),
        "p50",
        "p95",
        "p99",
        say("Failed"),
        say("Knee"),
    )
    yield from table(heads, [_overview(each, say) for each in rehearsal.rounds])
    yield ""
    yield escaped(say(words.UNITS))
    if rehearsal.comparison:
        yield f"\n## {say('Before and after')}\n"
        yield from comparison_lines(rehearsal.comparison, say)
    for number, one in enumerate(rehearsal.rounds, start=1):
        yield from _round(number, one, say)
    if rehearsal.findings is not None:
        yield from _findings(rehearsal.findings, say)
    missing = [escaped(say(each)) for watch in rehearsal.watches if watch for each in watch.missing]
    gaps = [*(escaped(say(each)) for one in rehearsal.rounds for each in one.not_examined), *missing]
    if gaps:
        yield f"\n## {say('Not examined')}\n"
        yield from (f"- {each}" for each in dict.fromkeys(gaps))


def _findings(report: Report, say: Translate) -> Iterator[str]:
    yield f"\n## {say('What the advisors found in this window')}\n"
    yield escaped(say(report.first_sentence))
    yield ""
    rows = [
        (each.code, escaped(say(SEVERITIES[each.severity])), escaped(each.subject), escaped(say(each.title)))
        for each in report.findings
    ]
    if rows:
        yield from table((say("Code"), say("Severity"), say("Subject"), say("Finding")), rows)
        yield f"\n{say('With evidence and remedies')}: [findings.html](findings.html), [apply.sql](apply.sql)"


def _overview(one: Round, say: Translate) -> tuple[str, ...]:
    run = one.recording
    return (
        say(words.KINDS[one.kind]),
        str(one.verdict),
        rate(run.offered_per_second),
        rate(run.achieved_per_second),
        *_times(run.overall)[:3],
        _failed(run.overall),
        rate(one.knee.per_second) if one.knee else "–",
    )


def _round(number: int, one: Round, say: Translate) -> Iterator[str]:
    heading = say("{subject}: {reason}").format(subject=say(words.KINDS[one.kind]), reason=one.verdict)
    yield f"\n## {number}. {heading}\n"
    for warning in sentences.warnings(one):
        yield f"> **{escaped(say(warning))}**\n"
    yield escaped(say(sentences.carried(one)))
    for sentence in sentences.further(one):
        yield ""
        yield escaped(say(sentence))
    if one.reasons:
        yield ""
    for reason in one.reasons:
        name = escaped(say(rule_words.rule_name(reason.rule)))
        yield f"- {rule_words.sign(reason)} **{name}** {escaped(say(reason.evidence))}"
    if one.causes:
        yield f"\n### {say('What gave first')}\n"
    for cause in one.causes:
        name, share = escaped(say(words.resource(cause.resource))), quantities.percent(cause.confidence)
        yield f"1. **{name}** ({say('confidence {share}').format(share=share)}): {escaped(say(cause.evidence))}"
    yield f"\n### {say('Endpoints')}\n"
    heads = (say("Name"), say("Scheduled"), "p50", "p95", "p99", "p99.9", say("Max"), say("Failed"), say("Dropped"))
    run = one.recording
    yield from table(heads, [_figures(each, say) for each in (run.overall, *run.endpoints)])
    journeys = further_journeys(one)
    if journeys:
        yield f"\n### {say('Journeys')}\n"
        yield from table(heads, [_figures(each, say) for each in journeys])
    if run.overall.errors:
        yield f"\n### {say('Errors by kind')}\n"
        yield from (f"- {escaped(kind)}: {quantities.count(count)}" for kind, count in run.overall.errors.items())
    if one.shopping:
        yield f"\n### {say('What to buy for the multiplier')}\n"
        yield from table(
            (say("Resource"), say("Today"), say("Needed"), say("How it was computed")),
            [
                (*(escaped(say(each)) for each in words.bought(line)), escaped(say(line.method)))
                for line in one.shopping
            ],
        )
    if one.manifest:
        yield f"\n### {say('What pins this round')}\n"
        yield f"- {say('Seed')}: {run.seed}"
        yield from (f"- {escaped(name)}: {escaped(value)}" for name, value in one.manifest.items())


def _figures(figures: Figures, say: Translate) -> tuple[str, ...]:
    return (
        escaped(figures.name) if figures.name else f"**{say('All requests')}**",
        quantities.count(figures.scheduled),
        *_times(figures),
        quantities.count(figures.failed),
        quantities.count(figures.dropped),
    )


def _times(figures: Figures) -> tuple[str, ...]:
    times = figures.latency_ms
    known = (times.p50, times.p95, times.p99, times.p99_9, times.max) if times else (None,) * 5
    return tuple(milliseconds(each) for each in known)


def _failed(figures: Figures) -> str:
    return quantities.percent(figures.failed / figures.scheduled) if figures.scheduled else "–"
