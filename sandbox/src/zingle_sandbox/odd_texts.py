"""Texts that JSON can say and UTF-8 cannot: lone halves of surrogate pairs, as phones send them."""

from __future__ import annotations

import re

_SURROGATES = re.compile("[\ud800-\udfff]")
# Where the store keeps them: private characters of the last plane, which nobody sends.
_OFFSET = 0x100000
_KEPT = re.compile(rb"\xf4\x8d[\xa0-\xbf][\x80-\xbf]")

# Odd, possible, and hard on whoever counts, cuts, folds, splits into lines or stores them.
ODD_TEXTS = {
    "half an emoji at the end": "See you \ud83d",
    "the other half at the start": "\ude00 thanks",
    "halves in the wrong order": "\ude00\ud83d",
    "nul": "before\x00after",
    "line and paragraph separators": "one\u2028two\u2029three\x85four\x0bfive",
    "a family of seven code points": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "a flag, a skin tone, a keycap": "\U0001f1fa\U0001f1f8 \U0001f44d\U0001f3fd 1\ufe0f\u20e3",
    "many combining marks": "a" + "\u0301" * 40,
    "right to left with an override": "\u202eabc\u202c שלום",
    "blank": " \t ",
    "empty": "",
    "spaces nobody sees": "\u200b\u00a0\ufeff\u3000",
    "a byte order mark first": "\ufeffHello",
    "control characters": "\x01\x07\x1b[31m",
    "like a line of the hotel": "12:00 Harbor Lights Hotel: Hello",
    "like a key": "zgl:1:2026-03-02",
    "markup": "<b>&amp;</b> {{name}} %s ${x}",
    "a formula": '=HYPERLINK("http://x.example")',
}


def storable(text: str) -> str:
    """The text with lone surrogates replaced by the characters that the store keeps."""
    return _SURROGATES.sub(lambda half: chr(ord(half[0]) + _OFFSET), text)


def with_surrogates(body: bytes) -> bytes:
    """A JSON body with those characters written as escapes again."""
    if b"\xf4\x8d" not in body:
        return body
    return _KEPT.sub(lambda kept: rf"\u{ord(kept[0].decode()) - _OFFSET:04x}".encode("ascii"), body)
