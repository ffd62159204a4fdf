"""What every page of ours is made in: one self-contained file, escaped throughout, whose policy allows no request and no foreign script."""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from facts import quantities
from facts.message import msg_n
from pages.figures import figure, glued
from pages.plain import harmless
from pages.translation import Language, Translate

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader((FOLDER, ROOT)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    template: str, language: Language, say: Translate, *, styles: Sequence[Path], scripts: Sequence[Path], **values: Any
) -> str:
    """Fills in a template.

    Args:
        template: Its path within `pages/` or `pages/html/`.
        language: Of the page.
        say: Puts sentences into it; in the template `say` also removes what is harmful, and keeps numbers and units together.
        styles: Style sheets, the later one on top of the earlier.
        scripts: Scripts, in the order in which they run.
        values: What the template shows.
    """
    style = "".join(each.read_text(encoding="utf-8") for each in styles)
    script = "".join(each.read_text(encoding="utf-8") for each in scripts)
    return (
        _environment()
        .get_template(template)
        .render(
            language="zh-CN" if language == "zh" else "en",
            say=lambda text: glued(harmless(say(text))),
            clean=harmless,
            fill=_fill,
            msg_n=msg_n,
            figure=figure,
            q=quantities,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            **values,
        )
    )


def _fill(template: str, **parts: str | Markup) -> Markup:
    """A translated template with its places filled in; what is no markup of ours is escaped."""
    return escape(template).format(**parts)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
