from __future__ import annotations

import re
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox.zingle.ids import Kind, contact_id, make_id, read_id

KINDS = st.sampled_from(list(Kind))
NUMBERS = st.integers(min_value=1, max_value=2**48 - 1)


@given(kind=KINDS, number=NUMBERS)
def test_an_id_leads_back_to_its_number(kind: Kind, number: int) -> None:
    """Every number of every kind survives the way to a UUID and back."""
    text = make_id(kind, number)

    assert number == read_id(kind, text)
    assert text == str(UUID(text))


@given(kind=KINDS, number=NUMBERS)
def test_an_id_is_a_miss_for_every_other_kind(kind: Kind, number: int) -> None:
    """A channel's id names no contact."""
    text = make_id(kind, number)

    assert [kind] == [other for other in Kind if read_id(other, text) is not None]


@given(st.text(max_size=40))
def test_any_other_text_is_a_miss(text: str) -> None:
    """Text that is no id of ours is never taken for one."""
    assert read_id(Kind.CONTACT, text) is None


def test_neighbours_look_unrelated() -> None:
    """Two thousand ids are all different, of version 4, and share no prefix with their neighbours."""
    made = [contact_id(number) for number in range(1, 2001)]

    assert 2000 == len(set(made))
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)
        for text in made
    )
    assert not any(one[:6] == other[:6] for one, other in pairwise(made))
