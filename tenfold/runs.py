"""Reads back what an earlier audit found."""

import json
from pathlib import Path
from typing import Any

from tenfold.exits import CommandError
from tenfold.words import _


def read_run(run: Path, remedy: str) -> dict[str, Any]:
    """The findings.json of a run folder, or that file itself.

    Args:
        run: The folder or the file.
        remedy: What to do where there is none.

    Raises:
        CommandError: There is none, or it is something else.
    """
    path = run / "findings.json" if run.is_dir() else run
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise CommandError(_("There is no run at {path}.").format(path=run), remedy) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not {"findings", "quiet", "coverage"} <= document.keys():
        raise CommandError(_("{path} is not a findings.json of Tenfold.").format(path=path), remedy)
    return document
