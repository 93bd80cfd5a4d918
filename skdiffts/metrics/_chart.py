"""Line charts as inline SVG, so that a report needs neither library nor network."""

from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 46, 44

COLORS = {"test": "#1b6ca8", "generated": "#d1495b", "training": "#8a8f98"}
OTHER_COLOR = "#444444"

# Intervals between ticks that read well, in powers of ten.
ROUND_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines over one pair of axes.

    Parameters
    ----------
    title : str
        What the chart shows.
    x_label : str
        Quantity on the horizontal axis.
    lines : tuple of (str, ndarray, ndarray)
        Label, abscissae and ordinates of each line, finite. Lines of one label share a
        colour and an entry in the legend.
    """

    title: str
    x_label: str
    lines: tuple

    def to_svg(self):
        """Draw the chart.

        Returns
        -------
        str
            An ``svg`` element.
        """
        x_ticks, y_ticks = (
            _ticks(np.concatenate([line[axis] for line in self.lines]))
            for axis in (1, 2)
        )
        x_range = (x_ticks[0], x_ticks[-1])
        y_range = (y_ticks[0], y_ticks[-1])
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts = [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f'<text x="{middle}" y="18" class="title">{escape(self.title)}</text>',
            f'<text x="{middle}" y="{HEIGHT - 8}">{escape(self.x_label)}</text>',
        ]
        for tick in x_ticks:
            x = _horizontal(tick, *x_range)
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{tick:g}</text>'
            )
        for tick in y_ticks:
            y = _vertical(tick, *y_range)
            parts.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="left">{tick:g}</text>'
            )
        for label, x, y in self.lines:
            points = zip(_horizontal(x, *x_range), _vertical(y, *y_range), strict=True)
            drawn = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
            parts.append(f'<polyline points="{drawn}" stroke="{_color(label)}"/>')
        for i, label in enumerate(dict.fromkeys(line[0] for line in self.lines)):
            parts.append(
                f'<text x="{LEFT + 80 * i}" y="{TOP - 10}" class="legend" '
                f'style="fill: {_color(label)}">{escape(label)}</text>'
            )
        return "\n".join([*parts, "</svg>"])


def _color(label):
    return COLORS.get(label, OTHER_COLOR)


def _ticks(values):
    """Round numbers from below the least to above the greatest value."""
    low, high = float(np.min(values)), float(np.max(values))
    size = max(abs(low), abs(high))
    # Ticks closer than this would be one number.
    if high - low <= 1e-9 * size or size == 0.0:
        low, high = low - 0.5 * max(1.0, size), high + 0.5 * max(1.0, size)
    power = 10.0 ** np.floor(np.log10((high - low) / 4))
    step = next(r * power for r in ROUND_STEPS if (high - low) / (r * power) <= 5)
    return step * np.arange(np.floor(low / step), np.ceil(high / step) + 1)


def _horizontal(values, low, high):
    return LEFT + (values - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _vertical(values, low, high):
    return HEIGHT - BOTTOM - (values - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
