"""External ids are compared whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.identity import external_id_key, find_salesforce_id, same_external_id, to_18

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
short_ids = st.builds(
    "{}{}".format,
    st.sampled_from(["003", "00Q", "00D", "a0B"]),
    st.text(_LETTERS, min_size=12, max_size=12),
)
values = st.text(st.sampled_from("0aZ:/-_ é") | st.characters(), min_size=1, max_size=40)


@given(short_ids)
def test_an_id_that_lost_its_case_gets_it_back(short: str) -> None:
    """The checksum of 18 characters says which letters were capital."""
    whole = to_18(short)

    assert (whole, whole) == (to_18(whole.lower()), to_18(whole.upper()))
    assert same_external_id(whole.lower(), short)
    assert whole == find_salesforce_id(f"sf:{whole.lower()}")


@pytest.mark.parametrize(
    "value", ["0035g00000abcde5aa", "a1b2c3d4e5f6g7h8i9", "0035g00000AbCdEaav"]
)
def test_what_the_checksum_does_not_confirm_is_not_repaired(value: str) -> None:
    """A wrong checksum, another system's key, and half an id that kept its case stay refused."""
    with pytest.raises(ValueError, match="checksum"):
        to_18(value)

    assert value == external_id_key(value)


@given(short_ids, short_ids, short_ids, st.sampled_from(["{}:{}", "{}/{}", "sf-{}-{}", "{} {}"]))
def test_two_organisations_rows_are_two_people(org: str, other: str, row: str, form: str) -> None:
    """The same record id under another organisation is another external id; 15 or 18 is the same."""
    one = form.format(org, row)

    assert same_external_id(one, form.format(to_18(org), to_18(row)))
    assert same_external_id(one, form.format(other, row)) == (org == other)
    assert not same_external_id(one, row)


@given(values, values)
def test_other_systems_values_are_themselves(one: str, other: str) -> None:
    """Nothing is stripped, cut, joined, or changed in its case."""
    assert same_external_id(one, other) == (external_id_key(one) == external_id_key(other))
    assert external_id_key(one) == external_id_key(external_id_key(one))
    if not find_salesforce_id(one):
        assert (one, one == other) == (external_id_key(one), same_external_id(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("guest 4711", "4711"),
        ("pms:4711", "crm:4711"),
        ("4711", "04711"),
        ("4711", "4711 "),
        ("abc", "ABC"),
        ("0035g00000AbCdE", "0035g00000abcde"),
        ("0035g00000AbCdEAAV", "0035g00000AbCdEAAV:2"),
        ("", ""),
        (None, None),
    ],
)
def test_values_that_differ_are_not_the_same(one: str | None, other: str | None) -> None:
    """A prefix, a suffix, a zero, a blank or the case makes another value; nothing is nobody's."""
    assert not same_external_id(one, other)
