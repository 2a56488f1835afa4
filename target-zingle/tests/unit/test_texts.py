"""Texts and numbers as people read them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.wanted.records import SourceField
from target_zingle.wanted.texts import clean, cut, without_markup
from target_zingle.wanted.types import TargetField, TargetKind
from target_zingle.wanted.values import UnusableValueError, convert, same_value

ZONE = ZoneInfo("UTC")
TEXT = TargetField("f", "Field", TargetKind.TEXT)
NUMBER = TargetField("f", "Field", TargetKind.NUMBER)
WHOLE = [
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "🇩🇪",
    "e\u0301\u0323",
    "🏴\U000e0067\U000e0062\U000e007f",
    "❤\ufe0f",
    "நி",
    "น\u0e33",
    "\u1100\u1161\u11a8",
    "a\u200c",
]


@pytest.mark.parametrize("symbol", WHOLE)
@given(before=st.integers(0, 6), longest=st.integers(0, 12))
def test_no_visible_character_is_cut_in_two(symbol: str, before: int, longest: int) -> None:
    """A text ends behind a whole character, or in front of it."""
    kept = cut("a" * before + symbol, longest)

    assert kept in {"a" * min(before, longest), "a" * before + symbol}


def test_two_flags_are_two_characters() -> None:
    """Flags are pairs, and a pair is not joined to the next one."""
    assert "🇩🇪" == cut("🇩🇪🇫🇷", 3)


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Cleaned texts hold no control character, so that what is written is what is compared."""
    cleaned = clean(text)

    assert cleaned == clean(cleaned)
    assert not {c for c in cleaned if unicodedata.category(c) == "Cc"} - {"\n", "\t", "\x85"}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Likes <b>R&amp;B</b></p><p>late<br/>check-out</p>", "Likes R&B\nlate\ncheck-out"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<style>p {}</style>5 &lt; 6 &nbsp;", "5 < 6"),
        ("plain", "plain"),
        ("<p>unclosed <b>bold", "unclosed bold"),
    ],
)
def test_rich_text_is_read_as_text(html: str, text: str) -> None:
    """Markup that the source calls rich is not written into Zingle; other angle brackets stay."""
    rich = SourceField("Notes", hint={"type": "textarea", "htmlFormatted": True})
    plain = SourceField("Notes", hint={"type": "textarea"})

    assert text == without_markup(html)
    assert text == convert(html, rich, TEXT, ZONE, truncate=False)
    assert clean(html) == convert(html, plain, TEXT, ZONE, truncate=False)


@pytest.mark.parametrize(
    "raw", ["1e999999999", "-1e999999999", "1e-999999999", "9e400", "inf", "nan"]
)
@pytest.mark.parametrize("target", [TEXT, NUMBER])
def test_endless_numbers_are_refused_at_once(raw: str, target: TargetField) -> None:
    """What nothing can hold is a bad value of its record, not a gigabyte."""
    with pytest.raises(UnusableValueError):
        convert(raw, SourceField("N", hint={"type": "double"}), target, ZONE, truncate=False)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_number_that_zingle_rounded_is_not_written_again(number: Decimal) -> None:
    """Zingle keeps doubles: what comes back of a longer number is equal to it."""
    assert same_value(float(number), None, number, NUMBER)
