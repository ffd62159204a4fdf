"""`round.json`: a judged round for machines, in the shape that `docs/round.schema.json` publishes.

Sentences are in one language, everything else is the same in all. The document holds the whole recording, its histograms included,
so that two rounds can be compared later and elsewhere; `pages.rounds.round_file` reads it back.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC
from typing import Any

from facts.rounds import Figures, Round
from pages.rounds.rehearsal import overall_verdict
from pages.translation import Language, translator

SCHEMA_VERSION = 1


def round_document(one: Round, language: Language) -> dict[str, Any]:
    """One round.

    Args:
        one: The judged round.
        language: Of evidence, methods and what was not examined.
    """
    say = translator(language)
    run = one.recording
    return {
        "schema_version": SCHEMA_VERSION,
        "language": language,
        "round": str(one.kind),
        "verdict": str(one.verdict),
        "reasons": [
            {"rule": each.rule, "ok": each.ok, "evidence": say(each.evidence), "invalidates": each.invalidates}
            for each in one.reasons
        ],
        "loop": str(run.loop),
        "started_at": run.started_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "seconds": run.seconds,
        "ended": run.ended,
        "seed": run.seed,
        "arrivals": run.arrivals,
        "arrivals_per_second": run.arrivals_per_second,
        "offered_per_second": run.offered_per_second,
        "achieved_per_second": run.achieved_per_second,
        "journeys_scheduled": run.journeys_scheduled,
        "journeys_started": run.journeys_started,
        "journeys_dropped": run.journeys_dropped,
        **_figures(run.overall),
        "endpoints": [{"name": each.name, **_figures(each)} for each in run.endpoints],
        "journeys": [{"name": each.name, **_figures(each)} for each in run.journeys],
        "moments": [asdict(each) for each in run.moments],
        "generators": [asdict(each) for each in run.generators],
        "steps": [asdict(each) for each in one.steps],
        "knee": asdict(one.knee) if one.knee else None,
        "cause": [
            {
                "resource": each.resource,
                "evidence": say(each.evidence),
                "confidence": each.confidence,
                "second": each.second,
            }
            for each in one.causes
        ],
        "shopping": [
            {
                "resource": each.resource,
                "today": each.today,
                "needed": each.needed,
                "unit": each.unit,
                "method": say(each.method),
            }
            for each in one.shopping
        ],
        "bandwidth_bits_per_second": one.bandwidth_bits_per_second,
        "fidelity": one.fidelity,
        "not_examined": [say(each) for each in one.not_examined],
        "manifest": dict(one.manifest),
    }


def stress_document(rounds: Iterable[Round], language: Language) -> dict[str, Any]:
    """What `tenfold stress --json` prints: the worst verdict, and every round."""
    rounds = tuple(rounds)
    return {"verdict": str(overall_verdict(rounds)), "rounds": [round_document(each, language) for each in rounds]}


def document_text(document: dict[str, Any]) -> str:
    """The text of a file or of stdout.

    Raises:
        ValueError: A figure is infinite or no number, which JSON cannot hold.
    """
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _figures(figures: Figures) -> dict[str, Any]:
    """Everything but the name, which only an endpoint or a journey has."""
    fields = asdict(figures)
    del fields["name"]
    return fields
