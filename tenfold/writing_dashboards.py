"""What `tenfold dashboards write` writes: boards and provisioning for Grafana, rules and configurations for Prometheus and Alertmanager."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dashboards.boards import documents
from dashboards.provisioning import provisioning
from dashboards.rules import DEFAULT, Objective, Objectives
from dashboards.rules import files as rules
from facts.system_errors import why
from pages.translation import Language
from tenfold.exits import CommandError
from tenfold.settings.objectives import ObjectivesSection
from tenfold.words import _, say

# Every promise as it is delivered.
NONE_GIVEN = ObjectivesSection()


def everything(
    language: Language, *, docs: str, prometheus: str, tenfold: str, objectives: ObjectivesSection = NONE_GIVEN
) -> dict[str, str]:
    """Text by path below the folder.

    Args:
        language: Of the boards.
        docs: Where the documentation is read.
        prometheus: Its address, as Grafana's server reaches it.
        tenfold: Host and port of `tenfold serve`, as Prometheus and Alertmanager reach it.
        objectives: What the mall promises.
    """
    boards = {f"{stem}.json": _json(document) for stem, document in documents(language, docs).items()}
    return {
        **_below("grafana/dashboards", boards),
        **_below("grafana/provisioning", provisioning(prometheus)),
        **rules(language, docs_url=docs, tenfold=tenfold, objectives=_promised(objectives)),
    }


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Writes every file, over an older one of the same name, and touches no other; their paths.

    Raises:
        CommandError: A folder or a file cannot be written.
    """
    written = []
    for name, text in sorted(files.items()):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(
                _("{path} cannot be written: {reason}.").format(path=path, reason=say(why(error))),
                _("Name another folder, or one that you may write to."),
            ) from None
        written.append(path)
    return written


def _promised(given: ObjectivesSection) -> Objectives:
    """The promises as delivered, but for those that the configuration changes."""

    def changed(objective: Objective, good: float | None, within: float | None = None) -> Objective:
        if good is None and within is None:
            return objective
        return replace(objective, good=good or objective.good, within=within or objective.within, source="tenfold.toml")

    return Objectives(
        storefront=changed(DEFAULT.storefront, given.storefront),
        storefront_latency=changed(DEFAULT.storefront_latency, given.storefront_fast, given.storefront_within),
        checkout=changed(DEFAULT.checkout, given.checkout),
        checkout_latency=changed(DEFAULT.checkout_latency, given.checkout_fast, given.checkout_within),
        payments=changed(DEFAULT.payments, given.payments),
    )


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
