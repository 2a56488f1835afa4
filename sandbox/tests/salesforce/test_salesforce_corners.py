from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import salesforce

if TYPE_CHECKING:
    from conftest import Org


def test_users_change_and_delete_people(org: Org) -> None:
    """What tests do in a user's name moves both stamps, renames people, takes Tasks along."""
    one, two = org.insert("Contact", {"LastName": "A"}, {"LastName": "B"})
    task = org.create("Task", WhoId=two)
    before = org.read("Contact", one)
    org.running.sandbox.clock.advance(60)
    salesforce.update_rows(org.running.sandbox, "Contact", one, FirstName="Zoe", Phone="030 1")
    salesforce.delete_rows(org.running.sandbox, [two])
    after = org.read("Contact", one)

    assert ("Zoe A", "030 1") == (after["Name"], after["Phone"])
    assert before["SystemModstamp"] < after["SystemModstamp"] == after["LastModifiedDate"]
    assert [404, 404] == [
        org.rest("GET", f"/sobjects/{path}").status_code
        for path in (f"Contact/{two}", f"Task/{task}")
    ]
    with pytest.raises(ValueError, match="there is no Contact"):
        salesforce.update_rows(org.running.sandbox, "Contact", "003", Phone="1")
    with pytest.raises(ValueError, match="no open lead"):
        salesforce.convert_lead(org.running.sandbox, "00Q")


def test_the_roots_list_what_is_there(org: Org) -> None:
    """A version lists its resources, an object its summary."""
    root = org.rest("GET", "/").json()
    summary = org.rest("GET", "/sobjects/Contact").json()

    assert "/services/data/v62.0/query" == root["query"]
    assert ("Contact", []) == (summary["objectDescribe"]["name"], summary["recentItems"])


@pytest.mark.parametrize(
    ("soql", "columns"),
    [
        ("SELECT COUNT() FROM Contact", []),
        ("SELECT Title, MAX(CreatedDate) m FROM Contact GROUP BY Title", ["Title", "m"]),
    ],
)
def test_columns_of_counts_and_groups(org: Org, soql: str, columns: list[str]) -> None:
    """`columns=true` knows aggregates by their keys."""
    answer = org.rest("GET", "/query", params={"q": soql, "columns": "true"}).json()

    assert columns == [column["columnName"] for column in answer["columnMetadata"]]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("FORMAT(Lifetime_Spend__c) f", "$1,234.50"),
        ("FORMAT(Discount__c) f", "12.5%"),
        ("FORMAT(Stay_Count__c) f", "0"),
        ("FORMAT(Birthdate) f", "5/1/1980"),
        ("FORMAT(EmailBouncedDate) f", "3/1/2026, 12:05 AM"),
        ("FORMAT(LastName) f", "A"),
        ("FORMAT(Title) f", None),
        ("FORMAT(convertCurrency(Lifetime_Spend__c)) f", "$1,234.50"),
        ("convertCurrency(Lifetime_Spend__c) f", 1234.5),
        ("toLabel(VIP__c) f", True),
    ],
)
def test_values_are_written_for_readers(org: Org, select: str, expected: Any) -> None:  # noqa: ANN401 - JSON
    """FORMAT writes as an American user in New York reads."""
    org.insert(
        "Contact",
        {
            "LastName": "A",
            "VIP__c": True,
            "Lifetime_Spend__c": 1234.5,
            "Discount__c": 12.5,
            "Birthdate": "1980-05-01",
            "EmailBouncedDate": "2026-03-01T05:05:00.000+0000",
        },
    )

    assert [{"f": expected}] == org.query(f"SELECT {select} FROM Contact")


@pytest.mark.parametrize(
    ("soql", "records"),
    [
        ("SELECT FORMAT(MAX(Lifetime_Spend__c)) m FROM Contact", [{"m": "$3.00"}]),
        ("SELECT toLabel(Title) t, COUNT(Id) n FROM Contact GROUP BY Title ORDER BY Title", [{"t": "x", "n": 2}, {"t": "y", "n": 1}]),
        ("SELECT Title FROM Contact GROUP BY Title ORDER BY MAX(Lifetime_Spend__c) DESC LIMIT 1", [{"Title": "y"}]),
        ("SELECT Title t FROM Contact GROUP BY Title ORDER BY t DESC LIMIT 1", [{"t": "y"}]),
        ("SELECT MAX(DAY_ONLY(CreatedDate)) d FROM Contact", [{"d": "2026-03-02"}]),
        ("SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h FROM Contact GROUP BY HOUR_IN_DAY(convertTimezone(CreatedDate))", [{"h": 15}]),
        ("SELECT Title, FirstName, COUNT(Id) n FROM Contact WHERE Title = 'y' GROUP BY CUBE(Title, FirstName)", [{"Title": "y", "FirstName": None, "n": 1}, {"Title": "y", "FirstName": None, "n": 1}, {"Title": None, "FirstName": None, "n": 1}, {"Title": None, "FirstName": None, "n": 1}]),
        ("SELECT COUNT(Id) n FROM Contact WHERE Title = 'z'", [{"n": 0}]),
        ("SELECT COUNT(Id) n FROM Contact WHERE Title = 'z' GROUP BY ROLLUP(Title)", []),
    ],
)  # fmt: skip
def test_groups_of_functions(org: Org, soql: str, records: list[dict[str, Any]]) -> None:
    """Functions around aggregates, aggregates around functions, orders by either."""
    org.insert(
        "Contact",
        *(
            {"LastName": "A", "Title": title, "Lifetime_Spend__c": spend, "CreatedDate": "2026-03-02T20:00:00.000+0000"}
            for title, spend in (("x", 1.0), ("x", 2.0), ("y", 3.0))
        ),
    )  # fmt: skip

    assert records == org.query(soql)


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT (SELECT Id FROM Contacts), COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT (SELECT COUNT() FROM Contacts) FROM Account", "MALFORMED_QUERY"),
        ("SELECT (SELECT Id FROM Contacts GROUP BY Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT (SELECT Nope FROM Contacts) FROM Account", "INVALID_FIELD"),
        ("SELECT (SELECT Id FROM Contacts WHERE Nope = 1) FROM Account", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Contact GROUP BY Title HAVING Id IN (SELECT Id FROM Lead)", "MALFORMED_QUERY"),
        ("SELECT GROUPING(LastName) FROM Contact GROUP BY Title", "MALFORMED_QUERY"),
        ("SELECT DAY_ONLY(CreatedDate) FROM Contact GROUP BY Title", "MALFORMED_QUERY"),
        ("SELECT SUM(CALENDAR_YEAR(CreatedDate)) FROM Contact GROUP BY FORMAT(Nope)", "INVALID_FIELD"),
        ("SELECT DAY_ONLY(CreatedDate) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT DAY_ONLY(LastName) d, COUNT(Id) FROM Contact GROUP BY DAY_ONLY(LastName)", "INVALID_FIELD"),
        ("SELECT convertCurrency(LastName) FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE COUNT(Id) > 1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE DISTANCE(LastName, GEOLOCATION(1, 2), 'km') < 5", "INVALID_FIELD"),
        ("SELECT DISTANCE(Home__c, GEOLOCATION(1), 'km') FROM Contact", "MALFORMED_QUERY"),
        ("SELECT DISTANCE(Home__c, GEOLOCATION(1, 2), 'm') FROM Contact", "MALFORMED_QUERY"),
        ("SELECT FIELDS(SOME) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id, Name) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT MAX() FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName LIKE 'x' LIKE 'y'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE VIP__c LIKE 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE LastName IN (SELECT Id FROM Lead)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT Id, Name FROM Lead)", "MALFORMED_QUERY"),
        ("SELECT COUNT() FROM Contact ORDER BY Id", "MALFORMED_QUERY"),
        ("SELECT Id FROM TaskStatus USING SCOPE mine", "INVALID_QUERY_SCOPE"),
        ("SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact", "INVALID_FIELD"),
        ("SELECT TYPEOF Who WHEN Account THEN Name END FROM Task", "INVALID_FIELD"),
        ("SELECT TYPEOF Who WHEN Nope THEN Name END FROM Task", "INVALID_TYPE"),
        ("SELECT TYPEOF Who WHEN Contact THEN Nope END FROM Task", "INVALID_FIELD"),
        ("SELECT TYPEOF Who END FROM Task", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact FOR ME", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact UPDATE IT", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WITH IT", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WITH DATA CATEGORY A__c NEAR b__c", "MALFORMED_QUERY"),
    ],
)  # fmt: skip
def test_more_refusals(org: Org, soql: str, code: str) -> None:
    """Each is refused with its code, before any row is read."""
    assert (400, code) == org.refusal(soql)[:2]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Title LIKE 'É%'", ["A"]),
        ("Title IN ('éa', 'b')", ["A", "B"]),
        ("Interests__c INCLUDES (null)", ["B"]),
        ("CreatedDate != TODAY", []),
        ("CreatedDate >= TODAY AND CreatedDate <= TODAY", ["A", "B"]),
        ("CreatedDate IN (YESTERDAY, TODAY)", ["A", "B"]),
        ("CreatedDate < TOMORROW", ["A", "B"]),
    ],
)
def test_more_conditions(org: Org, where: str, names: list[str]) -> None:
    """Letters beyond ASCII fold too, and periods work with every operator."""
    org.insert(
        "Contact",
        {"LastName": "A", "Title": "éA", "Interests__c": "Spa"},
        {"LastName": "B", "Title": "B"},
    )

    assert names == org.values(f"SELECT LastName FROM Contact WHERE {where} ORDER BY LastName")


def test_a_typeof_else_shows_what_a_name_has(org: Org) -> None:
    """Fields of ELSE are those that every person has; the others' type stays visible."""
    (lead,) = org.insert("Lead", {"LastName": "L", "Company": "C"})
    org.create("Task", WhoId=lead)
    (record,) = org.query(
        "SELECT TYPEOF Who WHEN Contact THEN AccountId ELSE Name, Type, Alias END FROM Task"
    )

    assert {"Name": "L", "Type": "Lead", "Alias": None} == {
        key: value for key, value in record["Who"].items() if key != "attributes"
    }
    assert "Lead" == record["Who"]["attributes"]["type"]


def test_ambiguous_parents_are_refused(org: Org) -> None:
    """A parent's key that several records have names none of them."""
    org.insert("Account", {"Name": "x"}, {"Name": "x"})
    org.insert(
        "Contact", {"LastName": "A", "Email": "a@b.net"}, {"LastName": "B", "Email": "a@b.net"}
    )
    body = {"Guest__r": {"Email": "a@b.net"}}
    answer = org.rest("POST", "/sobjects/Stay__c", json=body).json()[0]

    assert "DUPLICATE_EXTERNAL_ID" == answer["errorCode"]
