"""Words that stand for flags."""

from __future__ import annotations

import pytest

from zingle_sync.texts import read_flag

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
