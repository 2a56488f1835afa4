"""Charts as inline SVG, coloured by the page's style sheet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEIGHT, _GAP, _BASE = 120.0, 0.18, 2.0
_WIDTH = 720.0
_WIDEST_BAR = 48.0
_RECT = Markup('<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>')


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar.

    Attributes:
        kind: Its CSS class.
        value: Its size, in records or calls.
    """

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

    @property
    def total(self) -> int:
        """The bar's whole size."""
        return sum(part.value for part in self.parts)


def stacked_bars(bars: Sequence[Bar], *, label: str) -> Markup:
    """Draw bars side by side, oldest left.

    Args:
        bars: The bars.
        label: What the chart shows, for those who can't see it.

    Returns:
        An SVG element that scales with its container.
    """
    highest = max((bar.total for bar in bars), default=0)
    step = min(_WIDTH / max(len(bars), 1), _WIDEST_BAR)
    drawn = Markup().join(
        _bar(bar, left=place * step, width=step * (1 - _GAP), highest=highest)
        for place, bar in enumerate(bars)
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none"'
        ' role="img" aria-label="{label}">'
        '<line class="axis" x1="0" x2="{width:g}" y1="{base:g}" y2="{base:g}"/>{bars}</svg>'
    ).format(
        width=_WIDTH,
        height=_HEIGHT + 8,
        base=_HEIGHT,
        label=f"{label}; highest {highest:,}",
        bars=drawn,
    )


def _bar(bar: Bar, *, left: float, width: float, highest: int) -> Markup:
    pieces: list[Markup] = []
    top = _HEIGHT
    for part in bar.parts:
        height = (_HEIGHT - 8) * part.value / highest if highest else 0.0
        top -= height
        if part.value:
            pieces.append(_RECT.format(kind=part.kind, x=left, y=top, w=width, h=max(height, 0.5)))
    mark = "failed" if bar.failed else "quiet"
    pieces.append(_RECT.format(kind=mark, x=left, y=_HEIGHT + _BASE, w=width, h=5.0))
    return Markup("<g><title>{title}</title>{pieces}</g>").format(
        title=bar.title, pieces=Markup().join(pieces)
    )


def share_bar(parts: Sequence[Part], *, label: str) -> Markup:
    """Draw one horizontal bar whose pieces are shares of the whole.

    Args:
        parts: The pieces, in order.
        label: What the bar shows, for those who can't see it.
    """
    whole = sum(part.value for part in parts)
    left, pieces = 0.0, []
    for part in parts:
        width = _WIDTH * part.value / whole if whole else 0.0
        pieces.append(
            Markup(
                '<rect class="{kind}" x="{x:.1f}" y="0" width="{w:.1f}" height="18">'
                "<title>{kind} {value:,}</title></rect>"
            ).format(kind=part.kind, x=left, w=width, value=part.value)
        )
        left += width
    return Markup(
        '<svg class="share" viewBox="0 0 {width:g} 18" preserveAspectRatio="none" role="img"'
        ' aria-label="{label}">{pieces}</svg>'
    ).format(width=_WIDTH, label=label, pieces=Markup().join(pieces))
