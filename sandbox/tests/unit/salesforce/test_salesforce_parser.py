from __future__ import annotations

import pytest

from zingle_sandbox.salesforce.soql.ast import All, Comparison, Function, InQuery, Item, Not, Path
from zingle_sandbox.salesforce.soql.errors import SoqlError
from zingle_sandbox.salesforce.soql.parser import parse


@pytest.mark.parametrize(
    "query",
    [
        "select Id from Contact",
        "SELECT Id, Account.Owner.Name FROM Contact c WHERE c.Name LIKE 'A%' ORDER BY Name DESC NULLS LAST, Id LIMIT 5 OFFSET 2",
        "SELECT Id // why\nFROM Contact /* not\nhere */ WHERE Name = 'has // and /* inside */'",
        "SELECT TYPEOF What WHEN Account THEN Phone, Name ELSE Name END FROM Event",
        "SELECT TYPEOF Owner WHEN Group THEN Name WHEN User THEN Email END FROM Lead",
        "SELECT (SELECT Id FROM Contacts LIMIT 3), Name FROM Account USING SCOPE mine WITH SECURITY_ENFORCED",
        "SELECT LeadSource src, COUNT(Id) n FROM Lead GROUP BY ROLLUP(LeadSource) HAVING COUNT(Id) > 1 ORDER BY COUNT(Id)",
        "SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:3 AND (NOT (IsConverted = true)) FOR VIEW",
        "SELECT Title FROM X WITH DATA CATEGORY A__c AT (b__c, c__c) AND D__c ABOVE e__c UPDATE TRACKING",
        "SELECT Id FROM A WHERE M__c INCLUDES ('a;b', 'c') OR Amount < USD-500.5 OR B IN (null, 1, -2.5e3)",
        "SELECT Id FROM A WHERE DISTANCE(L__c, GEOLOCATION(-1.5, 2), 'km') < 20",
        "SELECT FIELDS(ALL) FROM A LIMIT 200",
        "SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) FROM A GROUP BY HOUR_IN_DAY(convertTimezone(CreatedDate))",
    ],
)
def test_valid_queries_parse(query: str) -> None:
    """Every clause of the language is known."""
    assert parse(query).items is not None


@pytest.mark.parametrize(
    ("query", "at", "message"),
    [
        ("SELECT Id, FROM Contact", 11, "unexpected token: FROM"),
        ("SELECT Id FROM Contact WHERE", 28, "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Contact WHERE A = 1 AND B = 2 OR C = 3", 45, "unexpected token: OR"),
        ("SELECT Id FROM Contact WHERE A = b", 33, "unexpected token: b"),
        ("SELECT Id FROM Contact WHERE A = :b", 33, "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Contact WHERE A IN :b", 34, "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Contact LIMIT", 28, "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Contact LIMIT 1 ALL ROWS", 31, "ALL ROWS not allowed in this context"),
        ("SELECT * FROM Contact", None, "line 1:7 no viable alternative at character '*'"),
        (
            "SELECT Id FROM Contact WHERE A = 'open",
            None,
            "line 1:33 no viable alternative at character '''",
        ),
        ("SELECT NOPE(Id) FROM Contact", 7, "unexpected token: NOPE"),
        ("SELECT Id FROM A WHERE GEOLOCATION(1, 2) < 20", 23, "unexpected token: GEOLOCATION"),
        ("SELECT Id FROM A WHERE A LIKE 5", 30, "unexpected token: 5"),
        ("SELECT COUNT(), Id FROM A", 7, "COUNT() must be the only element in the SELECT list"),
        ("DELETE FROM Contact", 0, "unexpected token: DELETE"),
    ],
)
def test_invalid_queries_are_refused_where_they_are_wrong(
    query: str, at: int | None, message: str
) -> None:
    """The error says what is wrong, and points to it."""
    with pytest.raises(SoqlError) as caught:
        parse(query)

    assert ("MALFORMED_QUERY", message, at) == (
        caught.value.code,
        caught.value.message,
        caught.value.at,
    )


def test_strings_resolve_their_escapes() -> None:
    r"""`\'` is an apostrophe everywhere, `\%` is a plain per cent sign outside LIKE only."""
    where = parse(r"SELECT Id FROM A WHERE N = 'a\'b\%\u00e9' AND N LIKE 'a\'b\%\u00e9%'").where

    assert isinstance(where, All)
    first, second = where.conditions
    assert isinstance(first, Comparison)
    assert isinstance(second, Comparison)
    assert ("a'b%é", r"a'b\%é%") == (first.value.value, second.value.pattern)


def test_the_tree_keeps_structure() -> None:
    """NOT, semi-joins and functions become nodes of their own."""
    tree = parse("SELECT MAX(Id) m FROM A WHERE NOT (Id IN (SELECT B FROM C))")
    (item,) = tree.items

    assert isinstance(item, Item)
    assert isinstance(item.expression, Function)
    assert ("m", (Path(("Id",), 11),)) == (item.alias, item.expression.arguments)
    assert isinstance(tree.where, Not)
    assert isinstance(tree.where.condition, InQuery)
