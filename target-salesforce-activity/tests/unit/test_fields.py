"""What fields of the Task take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.fields import FieldShape, fitted, same_value, shape_of
from target_salesforce_activity.templates import field_problem
from target_salesforce_activity.text import is_blank, shortened, units

TEXT = st.text(st.characters(), max_size=400)


@given(text=TEXT, limit=st.integers(1, 255), kind=st.sampled_from(["string", "textarea"]))
def test_what_is_written_is_what_salesforce_keeps(text: str, limit: int, kind: str) -> None:
    """A text fits its field, has no outer blank and no control character, and is kept as it is."""
    shape = FieldShape(kind, limit)
    value = fitted(text, shape)

    assert value is None or isinstance(value, str)
    if value:
        assert units(value) <= limit
        assert value == value.strip()
        assert kind == "textarea" or "\n" not in value
        assert not any(char in value for char in "\r\x00\u2028\x0b\ud83d")
    assert same_value(value, value, shape)
    assert value == fitted(value or "", shape)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("👍" * 200, 255, "👍" * 127 + "…"),
        ("a" * 256, 255, "a" * 254 + "…"),
        ("👨‍👩‍👧" * 3, 12, "👨‍👩‍👧…"),
        ("🇩🇪🇫🇷🇮🇹", 9, "🇩🇪🇫🇷…"),
        ("caffe\u0301 latte", 8, "caffe\u0301…"),
    ],
)
def test_texts_are_cut_between_characters(text: str, limit: int, expected: str) -> None:
    """A field's length is counted in UTF-16 units, and what a reader sees as one stays whole."""
    assert expected == shortened(text, limit)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u3164", "\u2800\ufeff", "\u00a0\n"])
def test_a_text_that_shows_nothing_is_blank(text: str) -> None:
    """Blanks of all kinds are no text."""
    assert is_blank(text)
    assert not is_blank(text + "👍")


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ("3", FieldShape("int"), 3),
        ("2.345", FieldShape("double", scale=2), 2.34),
        ("", FieldShape("double"), None),
        (" TRUE ", FieldShape("boolean"), True),
        ("2026-03-02", FieldShape("date"), "2026-03-02"),
        ("2026-03-02", FieldShape("datetime"), "2026-03-02T00:00:00+00:00"),
        ("0018d000003PNoQ", FieldShape("reference"), "0018d000003PNoQAAW"),
        (7, FieldShape("string", 10), "7"),
        (True, FieldShape("string", 10), "true"),
        (" a\nb ", FieldShape("string", 10), "a b"),
        (" a\nb ", FieldShape("textarea", 10), "a\nb"),
    ],
)
def test_values_take_the_fields_form(value: object, shape: FieldShape, expected: object) -> None:
    """Texts become what the field's type takes."""
    assert expected == fitted(value, shape)


@pytest.mark.parametrize(
    ("template", "shape"),
    [
        ("{contact_name}", FieldShape("int")),
        ("about {message_count}", FieldShape("double")),
        ("nan", FieldShape("double")),
        ("1e400", FieldShape("double")),
        ("9" * 60, FieldShape("double")),
        (True, FieldShape("int")),
        ("{contact_name}", FieldShape("boolean")),
        ("yes", FieldShape("boolean")),
        ("{time_zone}", FieldShape("date")),
        ("tomorrow", FieldShape("date")),
        ("2026-02-30", FieldShape("datetime")),
        ("{contact_id}", FieldShape("reference")),
        ("Acme", FieldShape("reference")),
        ("Lower", FieldShape("picklist", options=frozenset({"Low"}))),
        ("Low;Loud", FieldShape("multipicklist", options=frozenset({"Low"}))),
        ({"Name": "x"}, FieldShape("string")),
        (["x"], FieldShape("string")),
    ],
)
def test_what_can_never_fit_is_found_before_the_first_write(
    template: object, shape: FieldShape
) -> None:
    """A value or template of another type than the field's is a problem of the settings."""
    problem = field_problem("X__c", template, shape)

    assert problem is not None
    assert problem.startswith("extra_fields.X__c: ")


@pytest.mark.parametrize(
    ("template", "shape"),
    [
        ("{message_count}", FieldShape("int")),
        ("{part}.5", FieldShape("double", scale=1)),
        (3, FieldShape("int")),
        ("", FieldShape("int")),
        (False, FieldShape("boolean")),
        ("{date}", FieldShape("date")),
        ("{date}T12:00:00Z", FieldShape("datetime")),
        ("Low", FieldShape("picklist", options=frozenset({"Low"}))),
        ("{service_name}", FieldShape("picklist", options=frozenset({"Low"}))),
        ("a;b", FieldShape("multipicklist")),
        ("{contact_name}: {message_count}", FieldShape("string", 80)),
        (None, FieldShape("int")),
    ],
)
def test_what_fits_is_no_problem(template: object, shape: FieldShape) -> None:
    """Templates and constants of the field's own type are welcome."""
    assert field_problem("X__c", template, shape) is None


def test_a_shape_is_read_from_the_describe() -> None:
    """Only a restricted picklist limits the values, and only to its active ones."""
    values = [{"value": "Low", "active": True}, {"value": "Old", "active": False}]
    row = {"type": "picklist", "length": 40, "restrictedPicklist": True, "picklistValues": values}

    assert FieldShape("picklist", 40, options=frozenset({"Low"})) == shape_of(row)
    assert FieldShape("picklist", 40) == shape_of({**row, "restrictedPicklist": False})
