"""Texts as people read them: without markup, and never cut inside one visible character. Pure."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import regex
from typing_extensions import override

from zingle_sync.texts import clean as without_controls

_LINES = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head"})
_BLANKS, _EMPTY_LINES = re.compile(r"[^\S\n]+"), re.compile(r"\s*\n\s*")


def clean(text: str) -> str:
    """Text as it is written and compared: NFC, no control characters, no blanks around."""
    text = without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


def cut(text: str, longest: int) -> str:
    """The start of a text, at most so many code points, with whole visible characters.

    >>> cut("Zoe \U0001f469\u200d\U0001f467", 6)
    'Zoe'
    """
    end = 0
    for shown in regex.finditer(r"\X", text):
        if shown.end() > longest:
            break
        end = shown.end()
    return text[:end].rstrip()


class _Reader(HTMLParser):
    """Collects what a browser would show."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _LINES:
            self.parts.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if tag in _LINES:
            self.parts.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(_BLANKS.sub(" ", data.replace("\n", " ")))


def without_markup(html: str) -> str:
    r"""The text of a rich text field.

    >>> without_markup("<p>Likes <b>R&amp;B</b></p><p>late<br>check-out</p>")
    'Likes R&B\nlate\ncheck-out'
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _EMPTY_LINES.sub("\n", "".join(reader.parts)).strip()
