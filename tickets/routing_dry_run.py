"""What would become of a mall's own alert rules: how urgent each would be, whose, and which nobody has thought of.

Reads Prometheus rule files, and the same in a Kubernetes `PrometheusRule`. Labels that a rule takes from its series at run time,
and those that are templates, are not known beforehand: a route that asks for one of them cannot match here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from facts.message import Message, msg, verbatim
from tickets.intake.plain import plain, plain_labels
from tickets.routing import Routed, Routing

FILE_AT_MOST = 10 * 1024 * 1024
RULES_AT_MOST = 20_000


class UnreadableRules(Exception):  # noqa: N818  (an answer to a person's file)
    """The file holds no alert rules that could be read.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Where one alert rule would go.

    Attributes:
        group: In the file.
        alert: The rule's name.
        labels: That the rule itself sets.
        routed: What it would get; not `known` is unmapped: no route names it, and its severity is none that we know.
    """

    group: str
    alert: str
    labels: Mapping[str, str]
    routed: Routed


def plan(text: str, routing: Routing) -> list[Planned]:
    """Every alert of a rule file.

    Args:
        text: Of the file.
        routing: Of the mall.

    Raises:
        UnreadableRules: See there.
    """
    import yaml

    if len(text) > FILE_AT_MOST:
        raise UnreadableRules(msg("The file is larger than any rule file."))
    try:
        documents = [each for each in yaml.safe_load_all(text) if each is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        first = " ".join(str(error).split())
        raise UnreadableRules(msg("The file is no YAML: {error}.", error=verbatim(plain(first, 200)))) from None
    found = [each for document in documents for each in _planned(document, routing)]
    if not found and not any(_groups(document) for document in documents):
        raise UnreadableRules(msg("The file has no groups of rules; Prometheus' rule files begin with 'groups:'."))
    if len(found) > RULES_AT_MOST:
        raise UnreadableRules(msg("The file is larger than any rule file."))
    return found


def unmapped(planned: Iterable[Planned]) -> list[Planned]:
    """Those that nobody has thought of: they would be normal tickets, without an owner."""
    return [each for each in planned if not each.routed.known]


def _planned(document: Any, routing: Routing) -> Iterator[Planned]:
    for group in _groups(document):
        name = plain(str(group.get("name", "")), 200)
        rules = group.get("rules")
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict) and rule.get("alert"):
                stated = rule.get("labels")
                labels = plain_labels(stated if isinstance(stated, dict) else {})
                fixed = {label: value for label, value in labels.items() if "{{" not in value}
                alert = plain(str(rule["alert"]), 300)
                yield Planned(group=name, alert=alert, labels=labels, routed=routing.of({**fixed, "alertname": alert}))


def _groups(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("spec"), dict):
        document = document["spec"]
    groups = document.get("groups")
    return [each for each in groups if isinstance(each, dict)] if isinstance(groups, list) else []
