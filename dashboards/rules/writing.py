"""Rules as the YAML that Prometheus reads, and that people read too."""

from collections.abc import Mapping
from typing import Any

import yaml

from dashboards.rules.rule import Alert, Group, Recording
from pages.translation import Language, translator

# Wide enough for every sentence to stand on one line.
WIDTH = 1_000


class _Dumper(yaml.SafeDumper):
    """Lists inside of a mapping are indented, and a text of several lines stands as one."""

    def ignore_aliases(self, _: Any) -> bool:
        """What stands twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002  (the library's)
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(document: Any) -> str:
    """The document, its keys in their own order."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )


def comment(text: str) -> str:
    """Lines that YAML passes over."""
    return "".join(f"# {line}\n" for line in text.splitlines())


def runbook(alert: Alert, language: Language, docs_url: str) -> str:
    """Where the alert's page is."""
    room = "runbooks" if language == "en" else f"{language}/runbooks"
    return f"{docs_url.rstrip('/')}/{room}/{alert.name}.md"


def tickets(alert: Alert, tenfold: str) -> str:
    """Where the tickets of the alert are listed, open and solved."""
    return f"http://{tenfold}/tickets/list?q={alert.name}"


def rules_file(group: Group, language: Language, docs_url: str, tenfold: str) -> str:
    """One file of rules.

    Args:
        group: The subject.
        language: Of summaries and descriptions.
        docs_url: What stands before `runbooks/`.
        tenfold: Host and port of `tenfold serve`, which has the tickets.
    """
    say = translator(language)
    rules = [
        *map(_recording, group.recordings),
        *(_alert(each, language, docs_url, tenfold) for each in group.alerts),
    ]
    interval = {"interval": group.interval} if group.interval else {}
    document = {"groups": [{"name": f"tenfold_{group.name}", **interval, "rules": rules}]}
    # An empty line before each rule: the eye finds them.
    body = (
        as_yaml(document)
        .replace("\n      - record:", "\n\n      - record:")
        .replace("\n      - alert:", "\n\n      - alert:")
    )
    return comment(say(group.about)) + body.replace("rules:\n\n", "rules:\n")


def _recording(recording: Recording) -> Mapping[str, Any]:
    return {"record": recording.record, "expr": recording.expr}


def _alert(alert: Alert, language: Language, docs_url: str, tenfold: str) -> Mapping[str, Any]:
    say = translator(language)
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **({"for": alert.lasts} if alert.lasts else {}),
        "labels": {"severity": str(alert.severity)},
        "annotations": {
            "summary": say(alert.summary),
            "description": say(alert.description),
            "runbook_url": runbook(alert, language, docs_url),
            "tickets_url": tickets(alert, tenfold),
        },
    }
