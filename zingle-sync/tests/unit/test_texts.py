"""Words that stand for flags, and numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.texts import key_text, plain_number, read_flag

ENDLESS: list[object] = []
for _ in range(100_000):
    ENDLESS = [ENDLESS]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (True, False),
        (1, 0),
        (1.0, 0.0),
        ("1", "0"),
        ("1.0", "0.0"),
        ("TRUE", "False"),
        (" yes", "no "),
        ("Y", "n"),
        ("t", "F"),
        ("on", "OFF"),
    ],
)
def test_a_flag_is_read_in_every_form(true: object, false: object) -> None:
    """JSON, CSV and sheets write flags in their own ways."""
    assert (True, False) == (read_flag(true), read_flag(false))


@pytest.mark.parametrize("value", [None, "", " ", "maybe", "2", 2, -1, 0.5, ["true"], {}, ENDLESS])
def test_what_is_no_flag_is_refused(value: object) -> None:
    """What is neither true nor false is not taken for either."""
    with pytest.raises(ValueError, match="neither true nor false"):
        read_flag(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_as_text_are_exact_and_plain(number: Decimal) -> None:
    """No exponent, no trailing zero, no minus zero, and the same number again."""
    text = plain_number(number)

    assert Decimal(text) == number
    assert "E" not in text
    assert not (text.endswith("0") and "." in text)
    assert text != "-0"


@given(st.integers(-(10**27), 10**27), st.integers(0, 5))
def test_a_whole_number_is_one_key_however_it_is_written(number: int, zeros: int) -> None:
    """Zeros behind the point, exponents and floats name the same record."""
    forms: list[object] = [number, Decimal(number), Decimal(f"{number}.{'0' * zeros}")]
    forms += [Decimal(f"{number}e0"), Decimal(number).normalize()]
    forms += [float(number)] if abs(number) < 10**15 else []

    assert {str(number)} == {key_text(form) for form in forms}


@pytest.mark.parametrize("number", ["1E+999999999", "-1E-999999999", "9E+309", "NaN", "Infinity"])
def test_a_number_that_nothing_can_hold_is_not_written_out(number: str) -> None:
    """A short line of input never becomes a gigabyte."""
    assert number == key_text(Decimal(number))


@pytest.mark.parametrize("text", ["2.0", "007", "1e5", " 2 ", ""])
def test_a_text_is_a_key_as_it_came(text: str) -> None:
    """What another system writes as text is its own name for the record."""
    assert text == key_text(text)
