"""A board's own words: as much of Markdown as text panels use, made into markup of ours; everything else in them is escaped."""

import re

from markupsafe import Markup, escape

from pages.plain import harmless

_TAG = re.compile(r"<[^>\n]*>")
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|(?P<image>!)?\[(?P<words>[^\]]*)\]\((?P<address>[^)\s]+)\)"
)
_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.)\s+(?P<rest>.+)")
_HEADING = re.compile(r"\s*#{1,6}\s+(?P<rest>.+)")
_WEB = re.compile(r"https?://[^\s\"'<>]+\Z")


def blocks(content: str) -> list[tuple[str, Markup]]:
    """Headings (`h`), items (`li`) and paragraphs (`p`) in order."""
    found: list[tuple[str, Markup]] = []
    paragraph: list[str] = []

    def end_paragraph() -> None:
        if paragraph:
            found.append(("p", _inline(" ".join(paragraph))))
            paragraph.clear()

    for line in harmless(_TAG.sub("", content)).splitlines():
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if heading or item or not line.strip():
            end_paragraph()
        if heading:
            found.append(("h", _inline(heading["rest"])))
        elif item:
            found.append(("li", _inline(item["rest"])))
        elif line.strip():
            paragraph.append(line.strip())
    end_paragraph()
    return found


def _inline(text: str) -> Markup:
    parts: list[Markup] = []
    last = 0
    for match in _INLINE.finditer(text):
        parts += [escape(text[last : match.start()]), _marked(match)]
        last = match.end()
    return Markup("").join([*parts, escape(text[last:])])


def _marked(match: "re.Match[str]") -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    if match["bold"]:
        return Markup("<b>{}</b>").format(match["bold"])
    # A picture would be a request, and an address of Grafana's own leads nowhere from a file.
    if match["image"] or not _WEB.match(match["address"]):
        return escape(match["words"])
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(match["address"], match["words"] or match["address"])
