from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_salesforce_zingle.soql import (
    SoqlError,
    conjunction,
    pointed,
    position_of,
    render,
    scan,
)

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "soql" / "sample.jsonl"


def test_clauses_keep_their_text() -> None:
    """Every clause keeps the user's own words."""
    query = scan(
        "select Id, Name from Account a using scope mine where Name like 'A\\'%' and (NOT B = 1) "
        "with SECURITY_ENFORCED group by Id, Name having Count(Id) > 1 order by Name desc nulls last "
        "limit 10 offset 5 for view update tracking all rows"
    )

    assert {
        "SELECT": "Id, Name",
        "FROM": "Account a",
        "USING SCOPE": "mine",
        "WHERE": "Name like 'A\\'%' and (NOT B = 1)",
        "WITH": "SECURITY_ENFORCED",
        "GROUP BY": "Id, Name",
        "HAVING": "Count(Id) > 1",
        "ORDER BY": "Name desc nulls last",
        "LIMIT": "10",
        "OFFSET": "5",
        "FOR": "view",
        "UPDATE": "tracking",
        "ALL ROWS": "",
    } == query.clauses


def test_items() -> None:
    """The SELECT list is taken apart into what each element is."""
    query = scan(
        "SELECT Id, c.Account.Name, COUNT(Email) n, CALENDAR_YEAR(convertTimezone(CreatedDate)), "
        "(SELECT Id FROM Tasks), TYPEOF Owner WHEN User THEN Email, Name ELSE Id END, FIELDS(ALL) "
        "FROM Contact c"
    )

    assert [
        ("field", ("Id",), "", ""),
        ("field", ("c", "Account", "Name"), "", ""),
        ("function", ("Email",), "COUNT", "n"),
        ("function", ("CreatedDate",), "CALENDAR_YEAR", ""),
        ("subquery", (), "", ""),
        ("typeof", ("Owner",), "", ""),
        ("fields", (), "FIELDS", ""),
    ] == [(item.kind, item.path, item.function, item.alias) for item in query.items]
    branches = (("User", (("Email",), ("Name",))), ("", (("Id",),)))
    assert branches == query.items[5].branches


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT Id FROM Order ORDER BY Id", "Order"),
        ("SELECT Id FROM Group g WHERE g.Type = 'Queue'", "Group"),
        ("SELECT COUNT(Id) FROM group GROUP BY Type", "group"),
    ],
)
def test_objects_named_like_clauses(text: str, expected: str) -> None:
    """Order and Group are objects behind FROM, and clauses elsewhere."""
    assert expected == scan(text).sobject


def test_group_as_a_kind_of_owner() -> None:
    """An owner may be a Group."""
    query = scan("SELECT TYPEOF Owner WHEN Group THEN Name WHEN User THEN Email END FROM Lead")

    branches = (("Group", (("Name",),)), ("User", (("Email",),)))
    assert branches == query.items[0].branches


def test_aliases_of_relationships() -> None:
    """Aliases in FROM stand for relationships."""
    query = scan("SELECT c.Name, a.Name FROM Contact c, c.Account a")

    assert {"contact": (), "c": (), "a": ("Account",)} == query.aliases


def test_comments_are_blanks_and_strings_are_not() -> None:
    """Comments vanish without moving anything; in a string they are text."""
    query = scan("SELECT Id // all\nFROM /* the */ Contact WHERE Name = 'a // /* b */'")

    assert ("Id", "Name = 'a // /* b */'") == (query.clauses["SELECT"], query.clauses["WHERE"])


def test_fields_of_subqueries_are_their_own() -> None:
    """Fields of subqueries and semi-joins are not fields of the query."""
    query = scan(
        "SELECT Id, (SELECT Inner__c FROM Kids) FROM Account WHERE Id IN (SELECT A FROM B) AND C = 1"
    )

    assert [("Id", "SELECT"), ("Id", "WHERE"), ("C", "WHERE")] == [
        (use.path[0], use.clause) for use in query.fields
    ]


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("SELECT Id FRM Contact", "expected FROM", 14),
        ("SELECT Id FROM Contact WHERE Name = foo", "expected a value", 36),
        ("SELECT Id FROM Contact WHERE Name LIKE foo", "expected a string", 39),
        ("SELECT Id FROM Contact WHERE (Name = 'a'", "expected ')' before the end", 40),
        ("SELECT Id FROM Contact WHERE", "expected a field before the end", 28),
        ("SELECT Id FROM Contact ORDER BY Name OFFSET100", "unexpected 'OFFSET100'", 37),
        ("SELECT Id FROM Contact LIMIT ten", "expected a whole number", 29),
        ("SELECT Foo(Id) FROM Contact", "Foo is no SOQL function", 7),
        ("SELECT Id FROM Contact WHERE Name = 'a", "no closing quote", 36),
        ("SELECT {fields} FROM Contact", "unexpected character '{'", 7),
        ("SELECT Id, FROM Contact", "expected a field", 11),
        ("SELECT DISTANCE(A, GEOLOCATION(1,2), 'm') FROM X", "expected the unit", 37),
        ("SELECT Id FROM Contact WHERE A IN ('x', )", "expected a value", 40),
        ("", "expected SELECT before the end", 0),
    ],
)
def test_errors_point_at_their_place(text: str, message: str, caret: int) -> None:
    """What is no query is refused with a reason and a position."""
    with pytest.raises(SoqlError, match=None) as caught:
        scan(text)

    assert (True, caret) == (message in str(caught.value), caught.value.position)


@pytest.mark.parametrize("value", ["06:00:00Z, 18:30:00.000Z", "TODAY, LAST_N_WEEKS:2"])
def test_lists_of_literals(value: str) -> None:
    """Times and date literals stand in lists as other values do."""
    assert f"A IN ({value})" == scan(f"SELECT Id FROM X WHERE A IN ({value})").clauses["WHERE"]


@pytest.mark.parametrize("value", ["10:15:99.Z1", ":x", "foo", "LAST_N_DAYS", "LAST_N_DAYS:x"])
def test_no_literals(value: str) -> None:
    """What only looks like a literal is refused at its place."""
    with pytest.raises(SoqlError):
        scan(f"SELECT Id FROM X WHERE A = {value}")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("FORMAT(MIN(CloseDate)) First", True),
        ("convertCurrency(SUM(Amount))", True),
        ("FORMAT(convertCurrency(MAX(Amount))) m", True),
        ("CALENDAR_YEAR(convertTimezone(CreatedDate))", False),
        ("FORMAT(Amount) a", False),
        ("COUNT(Id)", True),
    ],
)
def test_aggregates_at_any_depth(item: str, expected: bool) -> None:
    """A query answers groups when there is an aggregate inside of any function."""
    assert expected == scan(f"SELECT {item} FROM Opportunity").has_aggregate


def test_other_records_that_rows_depend_on() -> None:
    """Parents, children, owners by type and semi-joins are named; the FROM object's alias is not."""
    query = scan(
        "SELECT c.Id, c.Account.Name, a.Industry, (SELECT Id FROM Cases), TYPEOF Owner WHEN User "
        "THEN Email END FROM Contact c, c.Account a WHERE c.Manager.Name = 'x' AND Id IN (SELECT "
        "ContactId FROM Role) ORDER BY Creator.Name"
    )

    assert ("Account", "Manager", "Cases", "Owner", "Role") == query.related


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Arrival__c = TODAY", ("TODAY",)),
        ("Arrival__c <= next_n_days:3 AND Arrival__c >= TODAY", ("next_n_days:3",)),
        ("Arrival__c IN (TODAY, TOMORROW)", ("TODAY", "TOMORROW")),
        ("Arrival__c != LAST_YEAR", ("LAST_YEAR",)),
        ("CreatedDate < LAST_N_DAYS:30", ("LAST_N_DAYS:30",)),
        ("NOT Arrival__c > TODAY", ("TODAY",)),
        ("DAY_ONLY(Arrival__c) = TODAY", ("TODAY",)),
        ("Id IN (SELECT Guest__c FROM Stay__c WHERE Arrival__c = TODAY)", ("Stay__c", "TODAY")),
        ("CreatedDate = LAST_N_DAYS:30", ()),
        ("CreatedDate >= LAST_N_DAYS:30 AND Arrival__c > YESTERDAY", ()),
        ("Name = 'TODAY' AND Arrival__c = 2026-03-02", ()),
    ],
)
def test_days_that_move_on(condition: str, expected: tuple[str, ...]) -> None:
    """Rows depend on the day of today where its passing alone brings them into the condition."""
    assert expected == scan(f"SELECT Id FROM Contact WHERE {condition}").related


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Id FROM Contact WHERE Id = :contact.Id",
        "SELECT Id FROM Contact WHERE Id IN :ids",
        "SELECT Id FROM Contact LIMIT :n",
        "SELECT Id FROM Contact WHERE Id IN :new Map<Id, SObject>(x).keySet()",
    ],
)
def test_binds_are_refused(text: str) -> None:
    """Apex binds are refused as what they are."""
    with pytest.raises(SoqlError, match="Apex bind"):
        scan(text)


@pytest.mark.parametrize(
    "value",
    [
        "'O\\'Brien'",
        "-1.5e3",
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.000+01:00",
        "LAST_N_DAYS:30",
        "N_DAYS_AGO:3",
        "THIS_FISCAL_QUARTER",
        "null",
        "TRUE",
        "USD5000",
        "USD-500",
        "EUR100.01",
        "10:15:00.000Z",
        "23:59:59Z",
        "06:00Z",
        "00:00:00.000",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05-0800",
        "LAST_90_DAYS",
        "NEXT_N_FISCAL_YEARS:2",
        "N_FISCAL_QUARTERS_AGO:4",
        "LAST_N_HOURS:5",
        "+3",
        ".5",
        "false",
        "'tab\\t and \\u00e9'",
    ],
)
def test_values(value: str) -> None:
    """Every kind of literal is a value."""
    assert f"A = {value}" == scan(f"SELECT Id FROM X WHERE A = {value}").clauses["WHERE"]


def test_places_in_texts() -> None:
    """Positions, and rows with columns, are two names of the same place."""
    text = "SELECT Id\n\tFROM Contact"
    row, column, line = pointed(text, 11)

    assert (2, 2, "\tFROM Contact\n\t^", 11) == (row, column, line, position_of(text, row, column))


def grouped(condition: str) -> str:
    """A condition as a part of another one."""
    return condition if condition.count(" ") <= 2 else f"({condition})"


NAMES = st.sampled_from(["Id", "Name", "Account.Name", "Owner.Manager.Email", "A__c", "B__r.C__c"])
VALUES = st.sampled_from(["'x'", "'it\\'s'", "5", "null", "TODAY", "2026-01-01T00:00:00Z"])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["=", "!=", "<", ">="]), VALUES),
    st.builds("{} IN ({})".format, NAMES, st.lists(VALUES, min_size=1, max_size=3).map(", ".join)),
    st.builds("{} LIKE '%a%'".format, NAMES),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("(NOT {})".format, inner),
    ),
    max_leaves=6,
)


@st.composite
def queries(draw: st.DrawFn) -> dict[str, str]:
    """Clauses of a valid query."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    clauses = {"SELECT": ", ".join(names), "FROM": draw(st.sampled_from(["Contact", "X__c x"]))}
    optional = {
        "USING SCOPE": st.just("mine"),
        "WHERE": CONDITIONS,
        "ORDER BY": st.builds("{} {}".format, NAMES, st.sampled_from(["ASC", "DESC NULLS LAST"])),
        "LIMIT": st.integers(0, 2000).map(str),
        "OFFSET": st.integers(0, 2000).map(str),
        "ALL ROWS": st.just(""),
    }
    for name, strategy in optional.items():
        if draw(st.booleans()):
            clauses[name] = draw(strategy)
    return clauses


@given(queries())
def test_round_trip(clauses: dict[str, str]) -> None:
    """Scanning what was rendered gives the same clauses."""
    assert clauses == scan(render(clauses)).clauses


def truth(condition: str, values: dict[str, bool]) -> bool:
    """What a condition of comparisons `A = 1` says when the named ones hold."""
    python = re.sub(r"(\w) = 1", r'v["\1"]', condition)
    for word in ("AND", "OR", "NOT"):
        python = re.sub(rf"\b{word}\b", word.lower(), python)
    return bool(eval(python, {"v": values}))


BOOLEANS = st.recursive(
    st.sampled_from(["A = 1", "B = 1", "C = 1"]),
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner.map(grouped), inner.map(grouped)),
        st.builds("{} OR {}".format, inner.map(grouped), inner.map(grouped)),
        st.builds("NOT {}".format, inner.map(grouped)),
    ),
    max_leaves=5,
)


@given(own=BOOLEANS, held=st.sets(st.sampled_from("ABCK")))
def test_conjunction_means_both(own: str, held: set[str]) -> None:
    """A condition that gets another one holds when both do, whatever it is made of."""
    values = {name: name in held for name in "ABCK"}
    both = conjunction(own, "K = 1")

    assert (truth(own, values) and values["K"]) == truth(both, values)
    assert both == scan(f"SELECT Id FROM X WHERE {both}").clauses["WHERE"]


@given(
    st.lists(
        st.sampled_from(["A = 'or (not'", "B IN (SELECT C FROM D)", "(E = 1 OR F = 2)"]), min_size=1
    )
)
def test_top_level_stays_top_level(parts: list[str]) -> None:
    """What stands at the top level of WHERE gets no parentheses when a window joins it."""
    own = " AND ".join(parts)

    assert f"{own} AND K < 2" == conjunction(own, "K < 2")


def error_position(text: str) -> int:
    """Where the scanner stops at a text, 0 when it reads the whole."""
    try:
        scan(text)
    except SoqlError as error:
        return error.position
    return 0


@given(queries(), st.data())
def test_no_cut_text_is_a_surprise(clauses: dict[str, str], data: st.DataObject) -> None:
    """A text cut off anywhere is a query or a SoqlError at a place inside of it, nothing else."""
    text = render(clauses)
    part = text[: data.draw(st.integers(0, len(text)))]

    assert 0 <= error_position(part) <= len(part)


def sample() -> list[dict[str, Any]]:
    """Queries from public projects; none where the sample is not at hand."""
    if not SAMPLE.exists():
        return []
    return [json.loads(line) for line in SAMPLE.read_text().splitlines()]


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"THE SAMPLE OF REAL QUERIES IS MISSING: {SAMPLE}")
def test_sample_of_real_queries() -> None:
    """Valid queries are read, invalid ones refused, and binds refused as binds."""
    wrong = []
    for row in sample():
        try:
            scan(row["soql"])
            got = "valid"
        except SoqlError as error:
            got = "bind" if "Apex bind" in str(error) else "invalid"
        if row["valid"] is False:
            expected = "invalid"
        elif "apex_bind" in row["features"]:
            expected = "bind"
        elif row["valid"]:
            expected = "valid"
        else:
            continue  # nobody's opinion but that of another parser
        if expected != got:
            wrong.append((expected, got, row["soql"]))

    assert [] == wrong
