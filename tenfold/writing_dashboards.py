"""What `tenfold dashboards write` writes: boards and provisioning for Grafana, rules and configurations for Prometheus and Alertmanager."""

import json
from collections.abc import Mapping
from pathlib import Path

from dashboards.boards import documents
from dashboards.provisioning import provisioning
from dashboards.rules import files as rules
from facts.system_errors import why
from pages.translation import Language
from tenfold.exits import CommandError
from tenfold.words import _, say


def everything(language: Language, *, docs: str, prometheus: str, tenfold: str) -> dict[str, str]:
    """Text by path below the folder.

    Args:
        language: Of the boards.
        docs: Where the documentation is read.
        prometheus: Its address, as Grafana's server reaches it.
        tenfold: Host and port of `tenfold serve`, as Prometheus and Alertmanager reach it.
    """
    boards = {f"{stem}.json": _json(document) for stem, document in documents(language, docs).items()}
    return {
        **_below("grafana/dashboards", boards),
        **_below("grafana/provisioning", provisioning(prometheus)),
        **rules(language, docs_url=docs, tenfold=tenfold),
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


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
