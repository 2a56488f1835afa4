from __future__ import annotations

from decimal import Decimal

import pytest

from zingle_sync.salesforce.exact_numbers import number


@pytest.mark.parametrize("text", ["1e999999999", "-1E999999999", "1e-999999999", "9.9E400"])
def test_a_number_beyond_all_bounds_is_not_written_out(text: str) -> None:
    """As an integer it would take gigabytes; as it came it is the destination's to refuse."""
    assert Decimal(text) == number(text)
    assert isinstance(number(text), Decimal)


def test_the_largest_double_is_whole() -> None:
    """What a field can hold goes on being an integer where it is one."""
    assert 10**308 == number("1e308")
