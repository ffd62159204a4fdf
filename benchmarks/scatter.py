"""A plot of what was foretold against what was measured, as SVG: each point a query with a set of indexes, both axes logarithmic."""

from collections.abc import Mapping
from html import escape

from pages.axes import Axis, powers

_SIDE, _LEFT, _BELOW = 520, 60, 50
# Okabe and Ito's palette, which people who do not see all colours tell apart too.
_COLOURS = ("#000000", "#e69f00", "#56b4e9", "#009e73", "#d55e00", "#cc79a7")


def scatter(foretold: Mapping[str, Mapping[str, float]], measured: Mapping[str, Mapping[str, float]]) -> str:
    """The plot.

    Args:
        foretold: Seconds, by series and by point.
        measured: The same.
    """
    every = [each for series in (*foretold.values(), *measured.values()) for each in series.values() if each > 0]
    low, high, labels = powers(min(every), max(every))
    across = Axis(low, high, _LEFT, _SIDE, logarithmic=True)
    up = Axis(low, high, _SIDE - _BELOW, 20, logarithmic=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 170} {_SIDE}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_SIDE + 170}" height="{_SIDE}" fill="#ffffff"/>',
        f'<path d="M{across.place(low)} {up.place(low)}L{across.place(high)} {up.place(high)}" stroke="#999999" stroke-dasharray="4 3"/>',
    ]
    for each in labels:
        x, y = across.place(each), up.place(each)
        parts.append(f'<path d="M{x} {up.place(low)}V{up.place(high)}M{_LEFT} {y}H{_SIDE}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x}" y="{_SIDE - _BELOW + 16}" text-anchor="middle">{each:g}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{each:g}</text>')
    parts.append(f'<text x="{(_LEFT + _SIDE) / 2}" y="{_SIDE - 12}" text-anchor="middle">measured, CPU seconds</text>')
    parts.append(
        f'<text transform="translate(16 {_SIDE / 2}) rotate(-90)" text-anchor="middle">foretold, CPU seconds</text>'
    )
    for number, (name, points) in enumerate(foretold.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<circle cx="{_SIDE + 16}" cy="{30 + 20 * number}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{_SIDE + 26}" y="{34 + 20 * number}">{escape(name)}</text>')
        for point, value in points.items():
            x, y = across.place(max(measured[name][point], low)), up.place(max(value, low))
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}" fill-opacity="0.75"><title>{escape(f"{point}, {name}")}</title></circle>'
            )
    return "".join((*parts, "</svg>"))
