"""What conditions mean, above all about empty fields, and what they refuse."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.wanted.conditions import ConditionError, condition
from target_zingle.wanted.records import flatten

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("<!-- conditions:")[2].partition("<!-- /conditions -->")[0]
LINES = re.findall(r"^\| `(.+?)` \| (yes|no) \| (yes|no) \| (yes|no) \|$", TABLE, re.MULTILINE)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_the_table_of_the_readme_is_true(line: tuple[str, str, str, str]) -> None:
    """Each line says what the condition does with two values and with every kind of empty."""
    text, five, seven, empty = line
    held = condition(text)

    assert [five == "yes", seven == "yes"] == [held.holds({"x": 5}), held.holds({"x": 7})]
    for nothing in ({"x": None}, {}, {"x": ""}, {"x": "  "}):
        assert (empty == "yes") == held.holds(nothing)


def test_the_table_has_lines() -> None:
    """A table that nobody finds proves nothing."""
    assert len(LINES) > 15


WORDS = st.one_of(st.none(), st.sampled_from(["", "EU", "US"]))


@given(WORDS, WORDS)
def test_opposites_are_opposites(one: str | None, other: str | None) -> None:
    """Whatever the fields hold, `!=` is not `==`, and `not in` is not `in`."""
    flat = {"a": one, "b": other}
    for here, there in (
        ("a == b", "a != b"),
        ("a == 'EU'", "a != 'EU'"),
        ("a in ('EU', 'US')", "a not in ('EU', 'US')"),
        ("a in b", "a not in b"),
        ("a == None", "a != None"),
    ):
        assert condition(here).holds(flat) != condition(there).holds(flat)


@pytest.mark.parametrize(
    ("text", "flat", "expected"),
    [
        ("Flag", {"Flag": "false"}, False),
        ("not Flag", {"Flag": "0"}, True),
        ("Flag == True", {"Flag": "yes"}, True),
        ("Flag != False", {"Flag": "no"}, False),
        ("Flag", {"Flag": "Platinum"}, True),
        ("x < 5", {"x": "four"}, False),
        ("x == 5", {"x": "5"}, False),
        ("'b' in Tags", {"Tags": "a;b"}, True),
        ("'b' not in Tags", {"Tags": None}, True),
        ("len(Name) > 3", {"Name": "Anna"}, True),
        ("len(Name) > 3", {}, False),
        ("Type in ('Member')", {"Type": "Member"}, True),
        ("Type in ('Non-Member')", {"Type": "Member"}, False),
        ("Type not in ('Non-Member')", {"Type": "Member"}, True),
        ("x in (None)", {}, True),
        ("lower(Name) == 'ann'", {"Name": "ANN"}, True),
        ("upper(Name) != 'ANN'", {}, True),
        ("1 < x <= 3", {"x": 3}, True),
        ("x == -1", {"x": -1}, True),
        ("x in [y, 3]", {"x": 2, "y": 2}, True),
        ("Account__Name in {'Acme'}", {"Account__Name": "Acme"}, True),
        ("Account", flatten({"Account": {"Name": "Acme"}}), True),
        ("Account == None", flatten({"Account": {"Name": None}}), False),
        ("not Account", flatten({"Account": None}), True),
        ("x < 5", {"x": Decimal("NaN")}, False),
    ],
)
def test_conditions_are_computed(text: str, flat: dict[str, Any], *, expected: bool) -> None:
    """Flags may come as text, and what can't be compared is not equal."""
    assert expected == condition(text).holds(flat)


@given(st.decimals(-1000, 1000, places=3), st.sampled_from([float, Decimal]))
def test_a_number_is_what_is_written(number: Decimal, read: type[float | Decimal]) -> None:
    """A fraction equals itself, in whatever form a record brings it."""
    flat = {"x": read(number)}
    for text in ("x == {0}", "x >= {0}", "x <= {0}", "x in (7, {0})", "not x != {0}"):
        assert condition(text.format(number)).holds(flat)
    assert not condition(f"x < {number}").holds(flat)
    assert not condition(f"x > {number}").holds(flat)


@pytest.mark.parametrize(
    "text",
    [
        *("{**x}", "{1: 2}", "x @ y", "x ** 9 ** 9", "'a' * 10 ** 9", "x << 99", "f'{x}'", "x[0]"),
        *("[y for y in x]", "x if y else z", "lambda: x", "x.y", "print(x)", "len(x, y)", "~x"),
        *("len(*x)", "lower(x=y)", "await x", "...", "b'x'", "1j", "(yield)", "x := 1", "-'a'"),
        "(" * 300 + "x" + ")" * 300,
        "not " * 3000 + "x",
        "x == " + "9" * 5000,
        "x and\x00y",
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_read(text: str) -> None:
    """Odd operators, depth and size are problems of the configuration, never of a record."""
    with pytest.raises(ConditionError):
        condition(text)


@given(
    st.sampled_from(
        ["x == y", "x < y", "x in y", "not x", "len(x) > y", "lower(x) == y", "x != y"]
    ),
    st.dictionaries(
        st.sampled_from(["x", "y"]),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
            lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner)),
            max_leaves=4,
        ),
    ),
)
def test_no_record_breaks_a_condition(text: str, flat: dict[str, Any]) -> None:
    """Whatever a field holds, the answer is yes or no."""
    assert condition(text).holds(flat) in {True, False}
