"""The round report: one self-contained HTML page of all rounds of a rehearsal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from facts import quantities
from facts.rounds import Figures, Reason, Round
from facts.watch import Watch
from pages.figures import glued
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.html.report import Bar
from pages.rounds import rule_words, sentences, words
from pages.rounds.rehearsal import (
    Rehearsal,
    further_journeys,
    is_closed,
    overall_verdict,
    succeeded,
    told_and_folded,
)
from pages.rounds.resources import Band, bands
from pages.rounds.round_charts import Figure, figures
from pages.translation import Language, Translate, translator
from pages.words import SEVERITIES

FOLDER = Path(__file__).parent
# Bands that are unfolded at once; the others are the quiet ones.
BANDS_SHOWN = 8
# The audit's own page has them all.
FINDINGS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One round as the page shows it."""

    one: Round
    told: list[Reason]
    folded: list[Reason]
    figures: list[Figure]
    errors: list[Bar]
    shown_bands: list[Band]
    more_bands: list[Band]
    gaps: list[str]


def rounds_html(rehearsal: Rehearsal, language: Language) -> str:
    """The whole page. All text from outside is escaped, and the content security policy allows no request and no other script.

    Args:
        rehearsal: What was run.
        language: Of every sentence.
    """
    say = translator(language)
    return render(
        "rounds/rounds.html.j2",
        language,
        say,
        styles=(SHARED / "report.css", FOLDER / "rounds.css"),
        scripts=(SHARED / "page.js",),
        rehearsal=rehearsal,
        verdict=str(overall_verdict(rehearsal.rounds)),
        sections=[_section(each, rehearsal.watch_of(place), say) for place, each in enumerate(rehearsal.rounds)],
        pairs=_pairs(rehearsal),
        last=rehearsal.rounds[-1] if rehearsal.rounds else None,
        words=words,
        sentences=sentences,
        rule_words=rule_words,
        severities=SEVERITIES,
        shown_findings=FINDINGS_SHOWN,
        further_journeys=further_journeys,
        is_closed=is_closed,
        succeeded=succeeded,
        failed_share=failed_share,
        began=_began(rehearsal.rounds),
    )


def failed_share(figures_: Figures) -> str:
    """The share of the scheduled that failed."""
    return quantities.percent(figures_.failed / figures_.scheduled) if figures_.scheduled else "–"


def _section(one: Round, watch: Watch | None, say: Translate) -> _Section:
    run = one.recording
    whole = run.overall
    found = bands(watch, run.started_at.timestamp(), max(run.seconds, 1.0)) if watch else []
    told, folded = told_and_folded(one)
    return _Section(
        one=one,
        told=told,
        folded=folded,
        figures=figures(one, say),
        errors=_bars(whole.errors, whole.scheduled),
        shown_bands=found[:BANDS_SHOWN],
        more_bands=found[BANDS_SHOWN:],
        gaps=list(dict.fromkeys(say(each) for each in (*one.not_examined, *(watch.missing if watch else ())))),
    )


def _bars(counts: Mapping[str, int], scheduled: int) -> list[Bar]:
    """By number, each as long as its share of the most frequent."""
    most = max(counts.values(), default=0) or 1
    return [
        Bar(
            kind,
            glued(f"{quantities.count(count)} · {quantities.percent(count / max(scheduled, 1))}"),
            count / most,
            "bad",
        )
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    ]


def _pairs(rehearsal: Rehearsal) -> list[tuple[Round, Round]]:
    """Rounds of the same kind, before and after; the last of each kind."""
    earlier = {each.kind: each for each in rehearsal.before}
    later = {each.kind: each for each in rehearsal.rounds}
    return [(earlier[kind], later[kind]) for kind in later if kind in earlier]


def _began(rounds: Iterable[Round]) -> str:
    moments = [each.recording.started_at.astimezone(UTC) for each in rounds]
    return min(moments).strftime("%Y-%m-%d %H:%M UTC") if moments else ""
