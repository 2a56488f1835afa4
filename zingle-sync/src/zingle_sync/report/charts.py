"""Charts as inline SVG between labels in HTML, coloured by the page's style sheet. Pure.

The drawing is stretched to the page's width, so no text stands inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT, GAP, BASE, FOOT = 120.0, 0.18, 2.0, 5.0
WIDTH = 720.0
WIDEST_BAR = 48.0
DATES_SHOWN = 5
_RECT = Markup('<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>')
_LINE = Markup('<line class="axis" x1="0" x2="{width:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
_SVG = Markup(
    '<svg viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none" role="img"'
    ' aria-label="{label}">{content}</svg>'
)
_CHART = Markup(
    '<div class="chart"><div class="scale" aria-hidden="true">{scale}</div>{drawing}'
    '<div class="dates" aria-hidden="true">{dates}</div></div>'
)
_TICK = Markup('<span style="top:{top:.1f}%">{value:,}</span>')
_DATE = Markup('<span style="left:{left:.1f}%">{date}</span>')


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: its CSS class, and its size in records or calls."""

    kind: str
    value: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart.

    Attributes:
        title: What a reader sees who points at it.
        parts: Its pieces, bottom first.
        date: What stands below it, where there is room.
        failed: Whether it is marked as a failure.
    """

    title: str
    parts: tuple[Part, ...]
    date: str = ""
    failed: bool = False


def stacked_bars(bars: Sequence[Bar], *, label: str) -> Markup:
    """Bars side by side, oldest left, with a scale, and dates below.

    Args:
        bars: The bars.
        label: What the chart shows, for those who can't see it.
    """
    highest = max((sum(part.value for part in bar.parts) for bar in bars), default=0)
    ticks = scale(highest)
    step = min(WIDTH / max(len(bars), 1), WIDEST_BAR)
    lines = [_LINE.format(width=WIDTH, y=_y(value, ticks[-1])) for value in ticks]
    drawn = [
        _bar(bar, left=place * step, width=step * (1 - GAP), highest=ticks[-1])
        for place, bar in enumerate(bars)
    ]
    height = HEIGHT + BASE + FOOT
    drawing = _SVG.format(
        width=WIDTH,
        height=height,
        label=f"{label}; highest {highest:,}",
        content=Markup().join([*lines, *drawn]),
    )
    marks = [_TICK.format(top=100 * _y(value, ticks[-1]) / height, value=value) for value in ticks]
    dates = [
        _DATE.format(left=100 * place * step / WIDTH, date=bars[place].date)
        for place in _places(len(bars), step)
    ]
    return _CHART.format(scale=Markup().join(marks), drawing=drawing, dates=Markup().join(dates))


def scale(highest: int) -> tuple[int, ...]:
    """Round numbers from 0 to at least the highest value, at most five.

    >>> scale(0), scale(3), scale(739), scale(1183)
    ((0, 1), (0, 1, 2, 3), (0, 200, 400, 600, 800), (0, 500, 1000, 1500))
    """
    rough = max(highest, 1) / 4
    power = 10 ** floor(log10(rough)) if rough >= 1 else 1
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
    return tuple(step * number for number in range(ceil(max(highest, 1) / step) + 1))


def _places(bars: int, step: float) -> list[int]:
    """The bars whose dates are shown: evenly spread, as far as there is room for them."""
    room = max(1, min(DATES_SHOWN, int(bars * step / (WIDTH / DATES_SHOWN))))
    return list(dict.fromkeys(round(number * bars / room) for number in range(room) if bars))


def _y(value: float, highest: int) -> float:
    return HEIGHT - (HEIGHT - 8) * value / highest


def _bar(bar: Bar, *, left: float, width: float, highest: int) -> Markup:
    pieces: list[Markup] = []
    top = HEIGHT
    for part in bar.parts:
        height = (HEIGHT - 8) * part.value / highest
        top -= height
        if part.value:
            pieces.append(_RECT.format(kind=part.kind, x=left, y=top, w=width, h=max(height, 0.5)))
    mark = "failed" if bar.failed else "quiet"
    pieces.append(_RECT.format(kind=mark, x=left, y=HEIGHT + BASE, w=width, h=FOOT))
    return Markup("<g><title>{}</title>{}</g>").format(bar.title, Markup().join(pieces))
