"""Writes an answer in Prometheus' text format.

`prometheus_client` asks of every label of every series whether its name is a valid one, which takes more than half of a scrape's processor
time. The names here are those of the catalogue, which a test holds to be valid; values are escaped all the same. Whoever takes
OpenMetrics alone gets it from the library.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4)
"""

from collections.abc import Callable

from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.registry import Collector

Encode = Callable[[Collector], bytes]


def encoder(accept: str) -> tuple[Encode, str]:
    """What writes the answer, and its content type.

    Args:
        accept: The scraper's Accept header. Prometheus takes both formats.
    """
    kinds = {each.partition(";")[0].strip() for each in accept.split(",")}
    if "application/openmetrics-text" in kinds and not kinds & {"text/plain", "*/*"}:
        return choose_encoder(accept)
    return text, CONTENT_TYPE_PLAIN_0_0_4


def text(registry: Collector) -> bytes:
    """All metrics of the registry, whose names and labels' names are plain ones."""
    return "".join(line for metric in registry.collect() for line in _lines(metric)).encode()


def _lines(metric: Metric) -> list[str]:
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    lines = [f"# HELP {name} {_escaped(metric.documentation)}\n# TYPE {name} {metric.type}\n"]
    for sample in metric.samples:
        labels = ",".join([f'{key}="{_quoted(value)}"' for key, value in sample.labels.items()])
        lines.append(f"{sample.name}{{{labels}}} {_number(sample.value)}\n")
    return lines


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(value: str) -> str:
    # Nearly every value is plain; to ask once is cheaper than to replace three times.
    return value if value.isalnum() else _escaped(value).replace('"', r"\"")


def _number(value: float) -> str:
    """As Go reads it: Python writes infinity in small letters."""
    written = repr(float(value))
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(written, written)
