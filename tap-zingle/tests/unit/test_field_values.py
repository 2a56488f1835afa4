"""A contact field's value in the type that the service declares."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_zingle.field_values import TYPED_VALUES, field_value_record

KINDS = ("string", "number", "boolean", "date", "anniversary", "datetime", "time")
KINDS_TOO = (*KINDS, "single_select_options", "Number", "", None, 7)


def values(kind: object, value: object) -> dict[str, Any]:
    """The columns of a value that are set, its text aside."""
    record = field_value_record({"custom_field": {"id": "f", "data_type": kind}, "value": value})
    return {name: record[name] for name in TYPED_VALUES if record[name] is not None}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", 3, {"number_value": 3}),
        ("number", "3", {"number_value": 3}),
        ("number", "-2.50", {"number_value": -2.5}),
        ("number", 9_007_199_254_740_993, {"number_value": 9_007_199_254_740_993}),
        ("number", "1e400", {}),
        ("number", math.nan, {}),
        ("number", "9" * 40, {}),
        ("number", "٣", {}),
        ("number", True, {}),
        ("number", "three", {}),
        ("boolean", "true", {"boolean_value": True}),
        ("boolean", False, {"boolean_value": False}),
        ("boolean", "No", {"boolean_value": False}),
        ("boolean", "maybe", {}),
        ("boolean", [], {}),
        ("date", 1_772_409_600, {"date_value": "2026-03-02"}),
        ("date", "1772409600", {"date_value": "2026-03-02"}),
        ("date", "2026-03-02 00:00:00", {"date_value": "2026-03-02"}),
        ("anniversary", -14_182_940, {"date_value": "1969-07-20"}),
        ("anniversary", -59_011_459_200, {"date_value": "0100-01-01"}),
        ("date", 1_772_409_600_000, {}),
        ("date", "soon", {}),
        ("datetime", "1772470800.0", {"datetime_value": "2026-03-02T17:00:00Z"}),
        ("datetime", "2026-03-02T18:00:00+0100", {"datetime_value": "2026-03-02T17:00:00Z"}),
        ("datetime", {"at": 5}, {}),
        ("time", "17:00", {}),
        ("string", "5", {}),
        ("single_select_options", "true", {}),
    ],
)
def test_a_value_has_the_declared_type_or_none(
    kind: str, value: object, expected: dict[str, Any]
) -> None:
    """Every form that Zingle shows of a type is read; what does not fit has no typed value."""
    assert expected == values(kind, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=3,
)


@given(kind=st.sampled_from(KINDS_TOO), value=JSON)
def test_no_value_is_lost_and_none_stops_anything(kind: object, value: object) -> None:
    """Whatever an agent or a server left in a field, its text is there, and at most one type."""
    row = {"custom_field": {"id": "f", "display_name": "F", "data_type": kind}, "value": value}
    record = field_value_record(row)

    assert record["value"] == (None if value is None else str(value))
    assert len(values(kind, value)) <= 1


@given(moment=st.datetimes(max_value=datetime(9999, 12, 31)))  # noqa: DTZ001 - made aware below
def test_dates_are_read_the_same_from_every_form(moment: datetime) -> None:
    """Epoch seconds, their text, and a UTC date and time name the same day, before 1970 too."""
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    forms = (seconds, str(seconds), f"{moment:%m-%d %H:%M:%S}")
    forms = (*forms[:2], f"{moment.year:04}-{forms[2]}")

    days = [values("date", form)["date_value"] for form in forms]

    assert [moment.date()] * 3 == [date.fromisoformat(day) for day in days]
