"""Charts as inline SVG, coloured by the page's style sheet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT, GAP, BASE = 120.0, 0.18, 2.0
WIDTH = 720.0
WIDEST_BAR = 48.0
_RECT = Markup('<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>')
_SHARE = Markup(
    '<rect class="{kind}" x="{x:.1f}" y="0" width="{w:.1f}" height="18">'
    "<title>{kind} {value:,}</title></rect>"
)
_SVG = Markup(
    '<svg class="{css}" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none"'
    ' role="img" aria-label="{label}">{content}</svg>'
)
_AXIS = Markup('<line class="axis" x1="0" x2="{width:g}" y1="{base:g}" y2="{base:g}"/>')


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
        failed: Whether it is marked as a failure.
    """

    title: str
    parts: tuple[Part, ...]
    failed: bool = False


def stacked_bars(bars: Sequence[Bar], *, label: str) -> Markup:
    """An SVG element with bars side by side, oldest left, that scales with its container.

    Args:
        bars: The bars.
        label: What the chart shows, for those who can't see it.
    """
    highest = max((sum(part.value for part in bar.parts) for bar in bars), default=0)
    step = min(WIDTH / max(len(bars), 1), WIDEST_BAR)
    drawn = [
        _bar(bar, left=place * step, width=step * (1 - GAP), highest=highest)
        for place, bar in enumerate(bars)
    ]
    return _SVG.format(
        css="chart",
        width=WIDTH,
        height=HEIGHT + 8,
        label=f"{label}; highest {highest:,}",
        content=Markup().join([_AXIS.format(width=WIDTH, base=HEIGHT), *drawn]),
    )


def _bar(bar: Bar, *, left: float, width: float, highest: int) -> Markup:
    pieces: list[Markup] = []
    top = HEIGHT
    for part in bar.parts:
        height = (HEIGHT - 8) * part.value / highest if highest else 0.0
        top -= height
        if part.value:
            pieces.append(_RECT.format(kind=part.kind, x=left, y=top, w=width, h=max(height, 0.5)))
    mark = "failed" if bar.failed else "quiet"
    pieces.append(_RECT.format(kind=mark, x=left, y=HEIGHT + BASE, w=width, h=5.0))
    return Markup("<g><title>{}</title>{}</g>").format(bar.title, Markup().join(pieces))


def share_bar(parts: Sequence[Part], *, label: str) -> Markup:
    """One horizontal bar whose pieces are shares of the whole, in their order."""
    whole = sum(part.value for part in parts) or 1
    left, pieces = 0.0, []
    for part in parts:
        width = WIDTH * part.value / whole
        pieces.append(_SHARE.format(kind=part.kind, x=left, w=width, value=part.value))
        left += width
    return _SVG.format(
        css="share", width=WIDTH, height=18, label=label, content=Markup().join(pieces)
    )
