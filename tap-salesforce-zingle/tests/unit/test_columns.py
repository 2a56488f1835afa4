from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_salesforce_zingle.plan.columns import (
    Children,
    Column,
    Compound,
    Leaf,
    Parent,
    Variant,
    parent_ids,
    selection,
)
from tap_salesforce_zingle.plan.rows import from_bulk, from_rest
from tap_salesforce_zingle.read.rest import NO_ROW

ACCOUNT = Parent("Account", (Leaf("Name", "string"), Parent("Owner", (Leaf("Email", "email"),))))
ADDRESS = Compound("Where", (("City", "string", "city"), ("Lat", "double", "latitude")))
COLUMNS: tuple[Column, ...] = (
    Leaf("Id", "id"),
    Leaf("Count", "int"),
    Leaf("Amount", "currency"),
    Leaf("Yes", "boolean"),
    Leaf("At", "datetime"),
    ACCOUNT,
    ADDRESS,
)
TEXT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=8)
MAYBE_TEXT = st.none() | TEXT


@given(
    row=st.fixed_dictionaries(
        {
            "Id": TEXT,
            "Count": st.none() | st.integers(-(10**15), 10**15),
            "Amount": st.none() | st.integers(-(10**8), 10**8),
            "Yes": st.booleans(),
            "At": st.sampled_from([None, "2026-03-02T10:00:00.000"]),
            "City": MAYBE_TEXT,
            "Lat": st.none() | st.integers(-90, 90),
            "Account": st.none() | st.tuples(MAYBE_TEXT, st.none() | st.tuples(MAYBE_TEXT)),
        }
    )
)
def test_both_ways_give_the_same_record(row: dict[str, Any]) -> None:
    """A row becomes the same JSON whether it comes as REST's JSON or as Bulk's texts."""
    header = [*selection(COLUMNS), *parent_ids(COLUMNS)]
    cells = dict.fromkeys(header, "")
    rest: dict[str, Any] = {"attributes": {"type": "X"}, "Account": None}
    for name in ("Id", "Count", "Amount", "Yes", "City", "Lat"):
        rest[name] = row[name]
        cells[name] = "" if row[name] is None else str(row[name])
    cells["Yes"] = "true" if row["Yes"] else "false"
    if row["Amount"] is not None:
        cells["Amount"] = f"{row['Amount']}.0"
    rest["At"] = row["At"] and row["At"] + "+0000"
    cells["At"] = row["At"] + "Z" if row["At"] else ""
    if row["Account"]:
        name, owner = row["Account"]
        email = owner and {"Email": owner[0], "attributes": {}}
        rest["Account"] = {"Name": name, "Owner": email, "attributes": {}}
        cells |= {"Account.Id": "001", "Account.Name": name or ""}
        if owner:
            cells |= {"Account.Owner.Id": "005", "Account.Owner.Email": owner[0] or ""}

    one = from_rest(COLUMNS, hidden=True)(rest)
    other = from_bulk(COLUMNS, header)([cells[name] for name in header])

    assert json.dumps(one) == json.dumps(other)


def test_missing_parent_is_not_an_empty_one() -> None:
    """A parent with empty fields is an object, and no parent is null."""
    columns = (Parent("Account", (Leaf("Name", "string"),)),)
    build = from_bulk(columns, ["Account.Name", "Account.Id"])

    assert [{"Account": None}, {"Account": {"Name": None}}] == [build(["", ""]), build(["", "001"])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.0", "5"),
        ("9.5E8", "950000000"),
        ("1.0E-7", "1e-07"),
        ("1234567890123456.78", "1234567890123456.78"),
    ],
)
def test_numbers_of_bulk(text: str, expected: str) -> None:
    """Numbers lose no digit, whatever notation Bulk gives them."""
    record = from_bulk((Leaf("N", "double"),), ["N"])([text])

    assert expected == str(record["N"])


def test_text_that_looks_like_a_number_stays_text() -> None:
    """Postal codes and the like keep their leading zeros."""
    assert {"Zip": "01234"} == from_bulk((Leaf("Zip", "string"),), ["Zip"])(["01234"])


def test_columns_in_another_order() -> None:
    """Bulk's columns are found by name, in any case and order."""
    build = from_bulk((Leaf("A", "string"), Leaf("B", "int")), ["b", "a"])

    assert {"A": "x", "B": 1} == build(["1", "x"])


def test_variants() -> None:
    """TYPEOF gives an object with its type, null without one, and datetimes in the one form."""
    build = from_rest((Variant("Who", (Leaf("At", "datetime"),)),), hidden=True)
    row = {"Who": {"attributes": {"type": "Lead"}, "At": "2026-03-02T10:00:00.000+0000"}}

    assert {"Who": {"type": "Lead", "At": "2026-03-02T10:00:00.000Z"}} == build(row)
    assert {"Who": None} == build({"Who": None})


@pytest.mark.parametrize(
    "row",
    [{}, {"Owner": {}}, {"Owner": {"Title": "x"}}, {"Kids": None}, {"Owner": None}, {"Owner": "x"}],
    ids=str,
)
def test_what_is_not_there_is_no_null(row: dict[str, Any]) -> None:
    """A row that lacks what was asked for is none, however deep the hole is."""
    columns = (Parent("Owner", (Leaf("Name", "string"),)), Children("Kids", (Leaf("A", "int"),)))
    build = from_rest(columns, hidden=True)

    with pytest.raises(NO_ROW):
        build(row)


def test_names_that_only_the_user_has_spelled() -> None:
    """Behind a relationship to several objects, Salesforce answers its own spelling of a name."""
    parent = Parent("Owner", (Parent("profile", (Leaf("CREATEDDATE", "datetime"),)),))
    build = from_rest((parent,), hidden=True)
    row = {"Owner": {"Profile": {"CreatedDate": "2026-03-02T10:00:00.000+0000"}}}

    expected = {"Owner": {"profile": {"CREATEDDATE": "2026-03-02T10:00:00.000Z"}}}
    assert expected == build(row)
