"""A case of an alert: what Prometheus sees, and whether it fires."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MALL = "practice"
WHERE = {"mall": MALL}
_SCRAPE = {"job": "tenfold", "instance": "watcher:9470"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case.

    Attributes:
        alert: Name and severity.
        why: In a few words.
        series: Series in promtool's notation (`0+1x60`), by the series' name with its labels.
        at: When it is asked whether the alert fires.
        fires: The labels of what fires, without the severity; empty when nothing may.
        every: Between two samples, and between two evaluations.
    """

    alert: tuple[str, str]
    why: str
    series: Mapping[str, str]
    at: str
    fires: tuple[Mapping[str, str], ...] = ()
    every: str = "1m"

    def twice(self) -> "Case":
        """The same, seen by two exporters of the mall."""
        second = {name.replace(_SCRAPE["instance"], "second:9470"): values for name, values in self.series.items()}
        return replace(self, why=f"{self.why}, seen by two exporters", series={**self.series, **second})

    @property
    def name(self) -> str:
        """For people."""
        return f"{'-'.join(self.alert)}: {self.why}"


def series(metric: str, **labels: str) -> str:
    """A series as it is scraped from the mall's exporter."""
    return spelled(metric, {**_SCRAPE, **WHERE, **labels})


def spelled(metric: str, labels: Mapping[str, str]) -> str:
    """A series with just these labels."""
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def of(**labels: str) -> dict[str, str]:
    """The labels of something that fires in the mall."""
    return {**WHERE, **labels}


@dataclass(frozen=True, slots=True)
class About:
    """Makes the cases of one alert."""

    name: str
    severity: str
    at: str = "30m"
    every: str = "1m"
    labels: Mapping[str, str] = field(default_factory=dict)

    def fires(self, why: str, series: Mapping[str, str], *, at: str = "", every: str = "") -> Case:
        """It does, once."""
        return Case(
            alert=(self.name, self.severity), why=why, series=series, at=at or self.at, fires=(of(**self.labels),),
            every=every or self.every,
        )  # fmt: skip

    def quiet(self, why: str, series: Mapping[str, str], *, at: str = "", every: str = "") -> Case:
        """It does not."""
        return Case(
            alert=(self.name, self.severity), why=why, series=series, at=at or self.at, every=every or self.every
        )
