"""Characters that no text of a person has, and words that stand for flags. Pure.

`clean` is for values that are kept and written; `one_line` for what a terminal or a log shows.
One place for everybody, so that the same record means the same on both ways.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

# Control characters but tab and line ends, and halves of a character that was cut in two.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_HALVES = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")

# What is copied along with a text and not seen: blanks of no width, hyphens, directions.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# Beyond the exponents of a double nothing holds a number, and writing it out takes gigabytes.
LARGEST_EXPONENT = 308

# Characters of a name that is shown.
LONGEST_NAME = 200

# However a flag is written: by JSON, CSV, a sheet or a form.
_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "y", "t", "on", "1.0"), True),
    **dict.fromkeys(("false", "0", "no", "n", "f", "off", "0.0"), False),
}


def clean(text: str) -> str:
    r"""A text without control characters; half a character becomes the sign for an unknown one.

    >>> clean("Ann\x00 Lee\x1b[31m\tSuite"), clean("cut \ud83d") == "cut \ufffd"
    ('Ann Lee[31m\tSuite', True)
    """
    if text.isascii() and text.isprintable():
        return text
    return _HALVES.sub("\ufffd", _NO_TEXT.sub("", text))


def clean_tree(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON with every text in it cleaned."""
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(name)): clean_tree(item) for name, item in value.items()}
        case list() | tuple():
            return [clean_tree(item) for item in value]
        case _:
            return value


def one_line(text: str, longest: int = 1000) -> str:
    r"""A text that can be shown: one line, nothing that steers a terminal, not endless.

    >>> one_line("a\nb\x1b[2Jc"), one_line("abcdef", 4)
    ('a b [2Jc', 'abc…')
    """
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return _HALVES.sub("\ufffd", _HIDDEN.sub(" ", cut))


def name_of(value: object) -> str:
    """A name or a code that can be shown, in one short line; nothing for what is no text."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return one_line(str(value).strip(), LONGEST_NAME)


def plain_number(value: Decimal) -> str:
    """A number as text: no exponent, no trailing zeros; one that nothing can hold as it is.

    >>> plain_number(Decimal("12.50")), plain_number(Decimal("1E+2")), plain_number(Decimal("-0.0"))
    ('12.5', '100', '0')
    """
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def key_text(value: object) -> str:
    """What names a record, as text: 2 and 2.0 are one.

    >>> key_text(2.0), key_text("2.0"), key_text(12)
    ('2', '2.0', '12')
    """
    is_number = isinstance(value, float | Decimal)
    return plain_number(Decimal(str(value))) if is_number else str(value)


def nearest(name: str, known: Iterable[str], *, quote: str = "") -> str:
    """The end of a sentence that names the known word next to one, or nothing.

    >>> nearest("sync_mod", ["dry_run", "sync_mode"]), nearest("colour", ["dry_run"])
    ('; did you mean sync_mode?', '')
    """
    by_form = {_form(word): word for word in sorted(known, reverse=True)}
    near = difflib.get_close_matches(_form(name), by_form, n=1)
    return f"; did you mean {quote}{by_form[near[0]]}{quote}?" if near else ""


def _form(word: str) -> str:
    return word.casefold().replace("-", "_")


def read_flag(value: object) -> bool:
    """A flag in whatever form it comes.

    Raises:
        ValueError: It is neither true nor false.

    >>> read_flag(" Yes "), read_flag(0)
    (True, False)
    """
    # Lists in lists without end can't be written out.
    is_plain = isinstance(value, str | int | float | Decimal)
    flag = _FLAGS.get(str(value).strip().lower()) if is_plain else None
    if flag is None:
        raise ValueError("neither true nor false")
    return flag
