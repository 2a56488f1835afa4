from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox import zingle
from zingle_sandbox.sandbox import Sandbox
from zingle_sandbox.sides import SIDES
from zingle_sandbox.zingle import OPTIONS, PROFILES
from zingle_sandbox.zingle.call import parse_query
from zingle_sandbox.zingle.contact_view import formatted, mask
from zingle_sandbox.zingle.errors import http_status, sentence
from zingle_sandbox.zingle.fields import Field, as_integer, read_value
from zingle_sandbox.zingle.profiles import DEFAULTS


def field(data_type: str) -> Field:
    """A field of a type, without options."""
    return Field(1, "id", "Name", "name", data_type, is_global=False, options=())


@pytest.mark.parametrize(
    ("raw", "key", "expected"),
    [
        ("channel_value=%2B1858", "channel_value", "+1858"),
        ("channel_value=+1858", "channel_value", " 1858"),
        ("a=1&a=2", "a", "2"),
        ("a=", "a", None),
        ("", "a", None),
        ("range%5Bstart%5D=x", "range[start]", "x"),
    ],
)
def test_query_strings_decode_like_forms(raw: str, key: str, expected: str | None) -> None:
    """+ is a space, percent escapes decode, the last value wins, an empty one is none."""
    assert expected == parse_query(raw).get(key)


@given(st.text())
def test_no_query_string_breaks_the_parser(raw: str) -> None:
    """Whatever bytes come as a query, parsing answers."""
    parse_query(raw)


def test_sort_fields_are_gathered_from_lists_and_arrays() -> None:
    """Commas and repetition mean the same."""
    raw = "sort_fields=a%20asc,b&sort_fields[]=c+desc"

    assert ("a asc", "b", "c desc") == parse_query(raw).sort_fields


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), ("3", 3), ("-3", -3), (3.0, None), (True, None), ("3.0", None), (None, None)],
)
def test_integers_are_json_integers_or_their_digits(value: object, expected: int | None) -> None:
    """A float and a boolean are no integer."""
    assert expected == as_integer(value)


@pytest.mark.parametrize(
    ("data_type", "value", "expected"),
    [
        ("number", "12.0", 12),
        ("number", "12.50", 12.5),
        ("number", "a dozen", "a dozen"),
        ("number", None, None),
        ("date", "-86400", -86400),
        ("date", "someday", "someday"),
        ("string", "12", "12"),
        ("boolean", "true", "true"),
    ],
)
def test_stored_values_are_shown_by_type(data_type: str, value: object, expected: object) -> None:
    """Numbers and dates are converted where they can be, the mess of old data is shown as it is."""
    shown = read_value(field(data_type), value, numbers="int", dates="epoch_int")

    assert expected == shown


def test_dates_before_1970_are_text_too() -> None:
    """The text form of a date works for every epoch."""
    shown = read_value(field("anniversary"), -1, numbers="int", dates="text_utc")

    assert "1969-12-31 23:59:59" == shown


def test_only_north_american_numbers_are_regrouped() -> None:
    """formatted_value is what people of the continent read."""
    assert ("(858) 555-1212", "+442079460018") == (
        formatted("+18585551212"),
        formatted("+442079460018"),
    )
    assert "+1858555****" == mask("+18585551212")


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (400, [2603, 2604, 2606, 2611, 3008, 3011, 3104, 3701, 5000]),
        (401, [2601]),
        (403, [2602, 2613, 2614, 2814, 3014, 3018, 3108, 3206, 3407, 7005]),
        (404, [2700, 2800, 3000, 3002, 3100, 3200, 3400, 3600, 4000, 7003, 8000]),
        (500, [2600]),
    ],
)
def test_each_code_has_a_status_and_a_sentence(status: int, codes: list[int]) -> None:
    """Codes travel with the general HTTP codes of the documentation."""
    for code in codes:
        assert status == http_status(code)
        assert not sentence(code).startswith("Error")


def test_the_first_value_of_each_profile_is_the_default() -> None:
    """A fresh sandbox reads every ambiguity by the first value of its row."""
    sandbox = Sandbox(SIDES)
    sandbox.reset()
    chosen = {name: sandbox.profile[name] for name in PROFILES}
    sandbox.store.close()

    assert DEFAULTS == chosen
    assert ("307_absolute", "shuffled", "merge") == (
        chosen["ref_hit"],
        chosen["tie_order"],
        chosen["put_fields"],
    )


def test_the_page_about_the_zingle_side_lists_every_switch() -> None:
    """README.md has a row for each profile with its readings in order, and for each option."""
    page = (Path(zingle.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(" `"): cells[2] for cells in map(_cells, page.splitlines()) if cells}
    readings = {name: tuple(rows.get(name, "").replace("`", "").split()) for name in PROFILES}

    assert PROFILES == readings
    assert {*PROFILES, *OPTIONS, "profile", "option", "---"} == rows.keys()


def _cells(line: str) -> list[str]:
    return line.split("|") if line.startswith("|") else []
