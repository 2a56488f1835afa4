from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.outcomes import masking
from zingle_sync.outcomes.masking import mask_key, mask_text


def test_examples_in_the_documentation_are_true() -> None:
    """The doctests of the masking functions pass."""
    assert 0 == doctest.testmod(masking).failed


@pytest.mark.parametrize(
    "text",
    [
        "record 003xx000004TmiQAAS was refused with 3104",
        "day zgl:1f0a:2b3c:2026-03-02 is closed",
        "no run since 2026-03-02, and none on (2026-03-03)",
        "checked at 2026-03-02T09:41:00Z in 12345 ms",
        "contact 0d2b9f1c-5a77-4f83-9f1e-1234567890ab",
        "include this ErrorId if you contact support: 1234567890-12345 (-1787654321)",
    ],
)
def test_ids_dates_and_counts_stay(text: str) -> None:
    """Only phones and e-mails are hidden."""
    assert text == mask_text(text)


@given(st.integers(min_value=2_000_000_000, max_value=9_999_999_999))
def test_no_phone_survives_in_a_sentence(number: int) -> None:
    """A ten-digit number is never in the masked sentence, in E.164 or in groups."""
    digits = str(number)
    grouped = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"

    assert digits not in mask_text(f"phone +1{digits} is taken")
    assert grouped not in mask_text(f"phone {grouped} is taken")


@given(st.emails())
def test_no_email_survives_as_a_key(email: str) -> None:
    """A key that is an e-mail is hidden unless its local part has one letter."""
    masked = mask_key(email)

    assert masked != email or "@" not in email or len(email.partition("@")[0]) == 1


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "a." * 100_000, "1 " * 100_000, "@" * 200_000, "a@b" * 70_000]
)
def test_masking_a_long_text_takes_no_longer_than_reading_it(text: str) -> None:
    """No text makes the expressions try the same characters again and again."""
    assert mask_text(text)
