from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox.salesforce.catalogue.ids import checksum, id_sequence, make_id, to_18


@pytest.mark.parametrize(
    "real",
    ["006Qg00000jDsWxIAK", "003RO0000035WQgYAM", "750Tn000004ZoR3IAK", "01gRO0000016PIAYA2"],
)
def test_checksums_equal_those_of_real_ids(real: str) -> None:
    """The three last characters follow from the first fifteen."""
    assert real[15:] == checksum(real[:15])


@given(st.integers(min_value=0, max_value=62**9 - 1))
def test_an_id_survives_losing_its_case(number: int) -> None:
    """The checksum restores the case of an 18-character id."""
    made = make_id("003", number)

    assert made == to_18(made.lower()) == to_18(made.upper()) == to_18(made[:15])


@pytest.mark.parametrize("text", ["", "003", "003Qg00000jDsWx!", "006Qg00000jDsWxXXX", "x" * 17])
def test_other_texts_are_no_ids(text: str) -> None:
    """Wrong lengths, characters and checksums are refused."""
    assert to_18(text) is None


def test_a_sequence_makes_the_same_ids_as_one_by_one() -> None:
    """The fast way and the plain way agree."""
    assert [make_id("00Q", n) for n in range(5_000, 5_200)] == list(
        islice(id_sequence("00Q", 5_000), 200)
    )
