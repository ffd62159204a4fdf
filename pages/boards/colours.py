"""Grafana's colours as classes of our style sheet: few, readable on light and dark paper, and allowed by a policy without inline styles."""

import colorsys
import re

CLASSES = ("green", "yellow", "orange", "red", "blue", "purple", "grey")
# As many lines have a colour of their own; further ones begin again.
PALETTE = 10
_SHADES = re.compile(r"^(?:super-light|semi-dark|light|dark)-")
_OTHERS = {
    "gray": "grey",
    "text": "",
    "transparent": "",
    "white": "",
    "black": "grey",
    "cyan": "blue",
    "pink": "purple",
}
_HEX = re.compile(r"#(?P<long>[0-9a-fA-F]{6})(?:[0-9a-fA-F]{2})?\Z|#(?P<short>[0-9a-fA-F]{3})\Z")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
# Where on the circle of hues, of 360 degrees, each class ends.
_HUES = ((18, "red"), (42, "orange"), (68, "yellow"), (175, "green"), (255, "blue"), (320, "purple"), (361, "red"))
_PALE = 0.15


def colour_class(colour: str) -> str:
    """The class nearest to a colour; empty for the colour of ordinary text and for what is none."""
    plain = _SHADES.sub("", colour.strip().lower())
    if plain in CLASSES:
        return plain
    if plain in _OTHERS:
        return _OTHERS[plain]
    parts = _parts(plain)
    if parts is None:
        return ""
    hue, _light, saturation = colorsys.rgb_to_hls(*(each / 255 for each in parts))
    if saturation < _PALE:
        return "grey"
    return next(name for below, name in _HUES if hue * 360 < below)


def _parts(colour: str) -> tuple[int, int, int] | None:
    if match := _HEX.match(colour):
        digits = match["long"] or "".join(each * 2 for each in match["short"])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if match := _RGB.match(colour):
        red, green, blue = (min(int(each), 255) for each in match.groups())
        return red, green, blue
    return None


def line_class(position: int) -> str:
    """The class of the so-many-th line of a chart."""
    return f"line{position % PALETTE}"
