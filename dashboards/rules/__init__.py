"""Recording rules, alerts with their runbooks, and the configurations of Prometheus and Alertmanager that use them.

One file a subject; the tuple in `groups` is the order in which they are written.
"""

from dashboards.rules import (
    absence,
    checkout,
    hosts,
    orders,
    payments,
    postgres,
    postgres_copies,
    promotion,
    redis,
    storefront,
    tickets,
)
from dashboards.rules.alertmanager import alertmanager_file
from dashboards.rules.objectives import DEFAULT, Objective, Objectives
from dashboards.rules.prometheus import prometheus_file
from dashboards.rules.rule import Alert, Group, Recording, Severity
from dashboards.rules.writing import rules_file
from pages.translation import Language

# Relative: who publishes the documentation says where.
DEFAULT_DOCS = "docs"
TENFOLD, ALERTMANAGER, PROMETHEUS = "127.0.0.1:9470", "127.0.0.1:9093", "127.0.0.1:9090"


def groups(objectives: Objectives = DEFAULT) -> tuple[Group, ...]:
    """Every subject, what shoppers notice first."""
    return (
        storefront.group(objectives),
        checkout.group(objectives),
        payments.group(objectives),
        orders.GROUP,
        promotion.GROUP,
        postgres.GROUP,
        postgres_copies.GROUP,
        redis.GROUP,
        hosts.GROUP,
        tickets.GROUP,
        absence.GROUP,
    )


def files(
    language: Language,
    *,
    docs_url: str = DEFAULT_DOCS,
    objectives: Objectives = DEFAULT,
    tenfold: str = TENFOLD,
    alertmanager: str = ALERTMANAGER,
    prometheus: str = PROMETHEUS,
) -> dict[str, str]:
    """Every file by its path, such as `prometheus/rules/tenfold_orders.yml`.

    Args:
        language: Of summaries, descriptions and comments.
        docs_url: What stands before `runbooks/` in the alerts' links.
        objectives: What the mall promises.
        tenfold: Host and port of `tenfold serve`, for scrapes, for alerts, and for the links to tickets.
        alertmanager: Alertmanager's.
        prometheus: Prometheus' own.
    """
    rules = {
        f"prometheus/rules/tenfold_{group.name}.yml": rules_file(group, language, docs_url, tenfold)
        for group in groups(objectives)
    }
    configuration = prometheus_file(language, tenfold=tenfold, alertmanager=alertmanager, prometheus=prometheus)
    return {
        "prometheus/prometheus.yml": configuration,
        **rules,
        "alertmanager/alertmanager.yml": alertmanager_file(language, tenfold=tenfold),
    }


__all__ = [
    "DEFAULT",
    "DEFAULT_DOCS",
    "Alert",
    "Group",
    "Objective",
    "Objectives",
    "Recording",
    "Severity",
    "files",
    "groups",
]
