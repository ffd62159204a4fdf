"""Prometheus' own configuration for one mall."""

from dashboards.rules.writing import as_yaml, comment
from facts.message import Message, msg
from pages.translation import Language, translator

JOB = "tenfold"
RULES = "rules/tenfold_*.yml"


def prometheus_file(language: Language, *, tenfold: str, alertmanager: str, prometheus: str) -> str:
    """The whole file.

    Args:
        language: Of its comments.
        tenfold: Host and port of `tenfold serve`.
        alertmanager: Its host and port.
        prometheus: Its own.
    """
    say = translator(language)
    parts: tuple[tuple[Message, object], ...] = (
        (
            msg("Start Prometheus with --storage.tsdb.retention.time=35d: what is usual is learned from four weeks."),
            {"global": {"scrape_interval": "15s", "scrape_timeout": "10s", "evaluation_interval": "30s"}},
        ),
        (msg("Recording rules and alerts, one file a subject."), {"rule_files": [RULES]}),
        (
            msg("Where alerts go."),
            {"alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}},
        ),
        (
            msg(
                "Each tenfold serve of the mall, agents on other machines too. The alerts ask for jobs that begin with tenfold."
            ),
            {
                "scrape_configs": [
                    {"job_name": JOB, "static_configs": [{"targets": [tenfold]}]},
                    {"job_name": "prometheus", "static_configs": [{"targets": [prometheus]}]},
                ]
            },
        ),
    )
    return "\n".join(comment(say(text)) + as_yaml(part) for text, part in parts)
