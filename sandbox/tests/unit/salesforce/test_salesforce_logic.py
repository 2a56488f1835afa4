"""Random conditions against an evaluation in plain Python."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox import salesforce
from zingle_sandbox.salesforce.org.calls import ApiError, Org
from zingle_sandbox.salesforce.org.locators import Locators
from zingle_sandbox.salesforce.org.storage import USER_ID
from zingle_sandbox.salesforce.queries.contexts import compile_query, context_of
from zingle_sandbox.salesforce.queries.results import row_numbers
from zingle_sandbox.salesforce.soql.plan import Rows
from zingle_sandbox.salesforce.soql.sqlite_functions import add_functions
from zingle_sandbox.sandbox import Sandbox
from zingle_sandbox.sides import SIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TITLES = [None, "a", "B", "ß", "Éa", "a'b"]
NUMBERS = [None, -1.0, 0.0, 2.5]
PEOPLE = [
    {"LastName": f"N{n}", "Title": title, "Discount__c": number, "VIP__c": n % 2 == 0}
    for n, (title, number) in enumerate((t, x) for t in TITLES for x in NUMBERS)
]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Row = dict[str, Any]
Pair = tuple[str, "Callable[[Row], bool]"]


@pytest.fixture(scope="module")
def org() -> Iterator[Org]:
    """An org of two dozen people, without a server."""
    sandbox = Sandbox(SIDES)
    sandbox.options = dict(salesforce.OPTIONS)
    sandbox.profile = {name: values[0] for name, values in salesforce.PROFILES.items()}
    salesforce.create_tables(sandbox.store.connection)
    salesforce.insert_base(sandbox)
    add_functions(sandbox.store.connection)
    salesforce.insert_rows(sandbox, "Contact", PEOPLE)
    yield Org(sandbox, Locators())
    sandbox.store.close()


def text(value: str | None) -> str:
    """A SOQL literal."""
    if value is None:
        return "null"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fold(value: Any) -> Any:  # noqa: ANN401 - a field's value
    """Text compares without case."""
    return value.casefold() if isinstance(value, str) else value


def equal(field: str, values: list[Any], *, negated: bool) -> Callable[[Row], bool]:
    """`field [NOT] IN values`."""
    folded = [fold(value) for value in values]
    return lambda row: (fold(row[field]) in folded) != negated


def compared(name: str, value: float) -> Callable[[Row], bool]:
    """A comparison of numbers; empty is never less or greater."""
    test = OPERATORS[name]
    return lambda row: row["Discount__c"] is not None and test(row["Discount__c"], value)


@st.composite
def simple(draw: st.DrawFn) -> Pair:
    """One comparison, as SOQL and as a function."""
    kind = draw(st.sampled_from(["text", "list", "number", "flag", "like"]))
    negated = draw(st.booleans())
    if kind == "text":
        value = draw(st.sampled_from([*TITLES, "x"]))
        sign = "!=" if negated else "="
        return f"Title {sign} {text(value)}", equal("Title", [value], negated=negated)
    if kind == "list":
        values = draw(st.lists(st.sampled_from([*TITLES, "x"]), min_size=1, max_size=4))
        listed = ", ".join(text(value) for value in values)
        word = "NOT IN" if negated else "IN"
        return f"Title {word} ({listed})", equal("Title", values, negated=negated)
    if kind == "number":
        name = draw(st.sampled_from(list(OPERATORS)))
        value = draw(st.sampled_from([-1.0, 0.0, 1.0, 2.5]))
        return f"Discount__c {name} {value}", compared(name, value)
    if kind == "flag":
        return f"VIP__c = {str(negated).lower()}", lambda row: row["VIP__c"] == negated
    return "Title LIKE '%A%'", lambda row: row["Title"] is not None and "a" in row["Title"].lower()


def joined(parts: list[Pair], word: str) -> Pair:
    """Conditions joined by AND or OR."""
    every = all if word == "AND" else any
    tests = [test for _, test in parts]
    return (
        "(" + f" {word} ".join(soql for soql, _ in parts) + ")",
        lambda row: every(test(row) for test in tests),
    )


def opposite(part: Pair) -> Pair:
    """NOT."""
    soql, test = part
    return f"(NOT {soql})", lambda row: not test(row)


conditions = st.recursive(
    simple(),
    lambda inner: st.one_of(
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"])),
        inner.map(opposite),
    ),
    max_leaves=8,
)


@given(condition=conditions)
def test_conditions_mean_what_soql_says(org: Org, condition: Pair) -> None:
    """Two values only: an empty field differs from every value, and NOT is a true opposite."""
    soql, test = condition
    context = context_of(org, USER_ID, everything=False)
    _, compiled = compile_query(context, f"SELECT Id FROM Contact WHERE {soql} ORDER BY Id")
    assert isinstance(compiled, Rows)
    found = list(row_numbers(org, compiled))

    assert [n for n, row in enumerate(PEOPLE, start=1) if test(row)] == found
    assert len(found) == org.sandbox.store.value(compiled.count_sql, compiled.parameters)


@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "WHERE",
                "Id",
                "Contact",
                "Account.Name",
                "COUNT",
                "(",
                ")",
                ",",
                "=",
                "<",
                "'x'",
                "5",
                "AND",
                "OR",
                "NOT",
                "IN",
                "LIKE",
                "null",
                "LIMIT",
                "ORDER",
                "BY",
                "GROUP",
                "TYPEOF",
                "WHEN",
                "THEN",
                "END",
                "TODAY",
                "LAST_N_DAYS",
                ":",
                "2026-01-01",
                "a.b",
                ".",
                "USD5",
                "HAVING",
                "NULLS",
                "LAST",
                "'open",
                "FIELDS",
                "DISTANCE",
                "GEOLOCATION",
                "1e9",
                "--",
                "//",
                "/*",
                "*/",
                "\\",
                "é",
            ]
        ),
        max_size=25,
    )
)
def test_no_text_breaks_the_parser(org: Org, words: list[str]) -> None:
    """Whatever the text, it is a query or it is refused."""
    for query in (" ".join(["SELECT Id FROM Contact", *words]), " ".join(words)):
        refusal = refusal_of(org, query)
        assert refusal is None or (refusal.status, bool(refusal.message)) == (400, True)


def refusal_of(org: Org, query: str) -> ApiError | None:
    """The error of a query, or None if it can run."""
    try:
        compile_query(context_of(org, USER_ID, everything=False), query)
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize(
    "soql",
    [
        "WHERE CreatedDate = LAST_N_DAYS:999999999",
        "WHERE CreatedDate = NEXT_N_YEARS:99999",
        "WHERE " + "(" * 500 + "Id = null" + ")" * 500,
        "WHERE " + "NOT " * 400 + "Id = null",
        r"WHERE LastName = '\ud800'",
        "WHERE CreatedDate > 2026-99-99T00:00:00Z",
        "WHERE Birthdate = 2026-02-30",
    ],
)
def test_what_no_org_can_hold_is_refused(org: Org, soql: str) -> None:
    """Values out of range, half characters and endless nesting are errors of the caller."""
    with pytest.raises(ApiError) as caught:
        compile_query(context_of(org, USER_ID, everything=False), f"SELECT Id FROM Contact {soql}")

    assert 400 == caught.value.status


@pytest.mark.parametrize(
    ("soql", "count"),
    [
        ("WHERE " + " AND ".join(["VIP__c = true"] * 3_000), 12),
        ("WHERE " + " OR ".join(["Title = 'a'"] * 3_000), 4),
        (f"WHERE Title IN ({', '.join(['null'] * 2_000)})", 4),
        ("WHERE Discount__c < 99999999999999999999999999 LIMIT 99999999999999999999", 18),
        (r"WHERE LastName != '\ud83d\ude00'", 24),
    ],
)
def test_large_queries_run(org: Org, soql: str, count: int) -> None:
    """Long chains, long lists and huge numbers are no problem."""
    context = context_of(org, USER_ID, everything=False)
    _, compiled = compile_query(context, f"SELECT Id FROM Contact {soql}")
    assert isinstance(compiled, Rows)

    assert count == len(row_numbers(org, compiled))
