"""What tests of the generator share."""

from pathlib import Path

from facts.rounds import Figures, Recording
from loadtest.plan import Segment


def at(rate: float, seconds: float) -> tuple[Segment, ...]:
    return (Segment(seconds=seconds, per_second=rate),)


def journeys(folder: Path, text: str) -> tuple[str, ...]:
    file = folder / "journeys.py"
    file.write_text("from loadtest.journey import Shopper, journey\n" + text, encoding="utf-8")
    return (str(file),)


def balanced(recording: Recording) -> None:
    """The accounts close exactly, however the run went."""
    for each in (recording.overall, *recording.endpoints, *recording.journeys):
        assert each.scheduled == each.sent + each.dropped
        assert each.failed == sum(each.errors.values()) <= each.scheduled
        assert each.scheduled == (each.latency_ms.count if each.latency_ms else 0) + sum(each.not_the_malls.values())
    assert recording.journeys_scheduled == recording.journeys_started + recording.journeys_dropped
    assert recording.overall.scheduled == sum(each.offered for each in recording.moments)
    assert recording.moments[-1].waiting == 0


def named(recording: Recording, name: str) -> Figures:
    (found,) = [each for each in (*recording.endpoints, *recording.journeys) if each.name == name]
    return found
