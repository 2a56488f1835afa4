from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

STAMP = "2026-02-{:02d}T10:00:00.000+0000"


@pytest.fixture
def people(org: Org) -> dict[str, list[str]]:
    """Two accounts, six contacts, two leads, three tasks."""
    accounts = org.insert(
        "Account",
        {
            "Name": "Acme",
            "Industry": "Hospitality",
            "BillingCity": "Paris",
            "AnnualRevenue": 1200.0,
        },
        {"Name": "Beta", "AnnualRevenue": 5e9},
    )
    contacts = org.insert(
        "Contact",
        {
            "LastName": "Åberg",
            "FirstName": "Åsa",
            "AccountId": accounts[0],
            "Email": "asa@example.net",
            "Interests__c": "Spa;Golf",
            "MailingCity": "Malmö",
            "VIP__c": True,
            "Birthdate": "1980-05-01",
            "SystemModstamp": STAMP.format(1),
        },
        {
            "LastName": "Bell",
            "AccountId": accounts[0],
            "Interests__c": "Spa",
            "Phone": "(212) 555-1212",
            "SystemModstamp": STAMP.format(2),
        },
        {"LastName": "Cole", "AccountId": accounts[1], "SystemModstamp": STAMP.format(3)},
        {"LastName": "Dent", "Department": "100%", "SystemModstamp": STAMP.format(4)},
        {"LastName": "Eve", "Interests__c": "Dining", "SystemModstamp": STAMP.format(4)},
        {"LastName": "Gone", "IsDeleted": True, "SystemModstamp": STAMP.format(25)},
    )
    leads = org.insert(
        "Lead",
        {"LastName": "Lee", "Company": "Lee & Co", "ConvertedContactId": contacts[0]},
        {"LastName": "Low", "Company": "Low"},
    )
    tasks = org.insert(
        "Task",
        {
            "Subject": "Call",
            "WhoId": contacts[0],
            "WhatId": accounts[0],
            "ActivityDate": "2026-03-01",
        },
        {"Subject": "Mail", "WhoId": leads[0], "ActivityDate": "2026-03-05"},
        {"Subject": "Old", "IsArchived": True},
    )
    return {"accounts": accounts, "contacts": contacts, "leads": leads, "tasks": tasks}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("LastName = 'bell'", ["Bell"]),
        ("LastName = 'åBERG'", ["Åberg"]),
        ("LastName IN ('ÅBERG', 'Cole')", ["Cole", "Åberg"]),
        ("LastName != 'Bell'", ["Cole", "Dent", "Eve", "Åberg"]),
        ("Department != '50%'", ["Bell", "Cole", "Dent", "Eve", "Åberg"]),
        ("Department NOT IN ('100%')", ["Bell", "Cole", "Eve", "Åberg"]),
        ("Department LIKE '100\\%'", ["Dent"]),
        ("LastName LIKE '_e%'", ["Bell", "Dent"]),
        ("NOT LastName LIKE '%e%'", []),
        ("(NOT Phone LIKE '%555%')", ["Cole", "Dent", "Eve", "Åberg"]),
        ("Phone LIKE '%212%555%1212'", ["Bell"]),
        ("Phone = '2125551212'", []),
        ("Email = null", ["Bell", "Cole", "Dent", "Eve"]),
        ("Email != ''", ["Åberg"]),
        ("VIP__c = true", ["Åberg"]),
        ("Account.Name = 'acme' AND (NOT VIP__c = true)", ["Bell"]),
        ("Account.Name = null", ["Dent", "Eve"]),
        ("Account.AnnualRevenue > 2000", ["Cole"]),
        ("Account.AnnualRevenue < USD2000.50 OR LastName = 'Eve'", ["Bell", "Eve", "Åberg"]),
        ("Interests__c INCLUDES ('Golf;Spa', 'Dining')", ["Eve", "Åberg"]),
        ("Interests__c EXCLUDES ('Spa')", ["Cole", "Dent", "Eve"]),
        ("Interests__c = 'Spa'", ["Bell"]),
        ("Birthdate < 1980-05-02", ["Åberg"]),
        ("SystemModstamp >= 2026-02-03T11:00:00+01:00", ["Cole", "Dent", "Eve"]),
        ("SystemModstamp > 2026-02-03T10:00:00.000Z", ["Dent", "Eve"]),
        ("SystemModstamp = LAST_MONTH AND SystemModstamp < 2026-02-02T00:00:00Z", ["Åberg"]),
        ("CreatedDate = TODAY", ["Bell", "Cole", "Dent", "Eve", "Åberg"]),
        ("CreatedDate < TODAY OR CreatedDate > TODAY", []),
        ("Id IN (SELECT ConvertedContactId FROM Lead)", ["Åberg"]),
        (
            "Id NOT IN (SELECT ConvertedContactId FROM Lead WHERE LastName = 'Lee')",
            ["Bell", "Cole", "Dent", "Eve"],
        ),
        ("AccountId IN (SELECT Id FROM Account WHERE Industry = 'Hospitality')", ["Bell", "Åberg"]),
        ("CALENDAR_YEAR(Birthdate) = 1980", ["Åberg"]),
        ("MailingCity = 'MALMÖ'", ["Åberg"]),
        ("Owner.Name LIKE 'Integration%' AND LastName = 'Eve'", ["Eve"]),
    ],
)
def test_where_finds_the_right_people(
    org: Org, people: dict[str, list[str]], where: str, names: list[str]
) -> None:
    """Comparisons ignore case; empty fields differ from every value; text is compared as stored."""
    assert names == org.values(f"SELECT LastName FROM Contact WHERE {where} ORDER BY LastName")


def test_ids_are_found_by_15_and_18_characters(org: Org, people: dict[str, list[str]]) -> None:
    """Both forms mean the same record; answers have 18."""
    known = people["contacts"][0]
    short = org.values(f"SELECT Id FROM Contact WHERE Id = '{known[:15]}'")
    lower = org.values(f"SELECT Id FROM Contact WHERE Id IN ('{known.lower()}')")

    assert [known] == short == lower
    assert known == org.read("Contact", known[:15], "Id")["Id"]


def test_records_have_the_shape_of_the_service(org: Org, people: dict[str, list[str]]) -> None:
    """Attributes, canonical names in SELECT order, parents as objects, compounds as a whole."""
    page = org.page(
        "select lastname, account.billingcity, Account.Owner.Name, MailingAddress, VIP__c,"
        " Interests__c, Stay_Count__c FROM contact WHERE LastName = 'Åberg'"
    )
    (record,) = page["records"]
    contact, account = people["contacts"][0], people["accounts"][0]

    assert (1, True) == (page["totalSize"], page["done"])
    assert [
        "attributes",
        "LastName",
        "Account",
        "MailingAddress",
        "VIP__c",
        "Interests__c",
        "Stay_Count__c",
    ] == list(record)
    assert {
        "type": "Contact",
        "url": f"/services/data/v62.0/sobjects/Contact/{contact}",
    } == record["attributes"]
    assert {
        "attributes": {
            "type": "Account",
            "url": f"/services/data/v62.0/sobjects/Account/{account}",
        },
        "BillingCity": "Paris",
        "Owner": {
            "attributes": record["Account"]["Owner"]["attributes"],
            "Name": "Integration User",
        },
    } == record["Account"]
    assert "Malmö" == record["MailingAddress"]["city"]
    assert (True, "Spa;Golf", 0.0) == (
        record["VIP__c"],
        record["Interests__c"],
        record["Stay_Count__c"],
    )


def test_missing_parents_and_compounds_are_null(org: Org, people: dict[str, list[str]]) -> None:
    """An empty lookup or address is null as a whole."""
    (record,) = org.query(
        "SELECT Account.Name, MailingAddress, Home__c FROM Contact WHERE LastName = 'Eve'"
    )

    assert {"Account": None, "MailingAddress": None, "Home__c": None} == record


def test_polymorphic_parents_are_names(org: Org, people: dict[str, list[str]]) -> None:
    """`Who` is a Name whose URL and Type tell the real object; TYPEOF shows that object."""
    soql = "SELECT Who.Name, Who.Type, What.Name, Owner.Name FROM Task ORDER BY Subject"
    named = org.query(soql)
    typed = org.query(
        "SELECT TYPEOF Who WHEN Contact THEN Email, LastName WHEN Lead THEN Company END FROM Task"
        " ORDER BY Subject"
    )

    assert ["Contact", "Lead"] == [record["Who"]["Type"] for record in named]
    assert {"Name"} == {record["Who"]["attributes"]["type"] for record in named}
    assert named[1]["Who"]["attributes"]["url"].endswith(f"/Lead/{people['leads'][0]}")
    assert ["Acme", None] == [record["What"] and record["What"]["Name"] for record in named]
    assert [
        {"Email": "asa@example.net", "LastName": "Åberg"},
        {"Company": "Lee & Co"},
    ] == [{k: v for k, v in record["Who"].items() if k != "attributes"} for record in typed]
    assert ["Contact", "Lead"] == [record["Who"]["attributes"]["type"] for record in typed]


def test_deleted_and_archived_rows_are_for_query_all(
    org: Org, people: dict[str, list[str]]
) -> None:
    """`query` hides deleted people and archived tasks, `queryAll` shows both."""
    assert 5 == org.page("SELECT COUNT() FROM Contact")["totalSize"]
    assert 6 == org.page("SELECT COUNT() FROM Contact", everything=True)["totalSize"]
    assert ["Gone"] == org.values(
        "SELECT LastName FROM Contact WHERE IsDeleted = true", everything=True
    )
    assert ["Call", "Mail"] == org.values("SELECT Subject FROM Task ORDER BY Subject")
    assert ["Call", "Mail", "Old"] == org.values(
        "SELECT Subject FROM Task ORDER BY Subject", everything=True
    )


def test_the_recycle_bin_keeps_rows_for_15_days(org: Org, people: dict[str, list[str]]) -> None:
    """Then even `queryAll` does not know them any more."""
    org.running.sandbox.clock.advance(15 * 86_400)
    org.log_in()

    assert 5 == org.page("SELECT COUNT() FROM Contact", everything=True)["totalSize"]


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("Email", "null", "Åberg"),
        ("Email NULLS LAST", "Åberg", "null"),
        ("Email DESC", "null", "Åberg"),
        ("Email DESC NULLS LAST", "Åberg", "null"),
    ],
)
def test_nulls_come_first_unless_told(
    org: Org, people: dict[str, list[str]], order: str, first: str, last: str
) -> None:
    """In both directions, empty fields come first without NULLS LAST."""
    records = org.query(f"SELECT LastName, Email FROM Contact ORDER BY {order}")
    shown = [record["LastName"] if record["Email"] else "null" for record in records]

    assert (first, last) == (shown[0], shown[-1])


def test_limit_and_offset_cut_the_result(org: Org, people: dict[str, list[str]]) -> None:
    """The total is that of the cut result."""
    page = org.page("SELECT LastName FROM Contact ORDER BY LastName LIMIT 2 OFFSET 1")

    assert (2, ["Cole", "Dent"]) == (
        page["totalSize"],
        [one["LastName"] for one in page["records"]],
    )
    assert "NUMBER_OUTSIDE_VALID_RANGE" == org.refusal("SELECT Id FROM Contact OFFSET 2001")[1]


def test_children_come_nested(org: Org, people: dict[str, list[str]]) -> None:
    """A child subquery is a result of its own, or null."""
    records = org.query(
        "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1),"
        " (SELECT Id FROM Opportunities) FROM Account ORDER BY Name"
    )

    assert ["Åberg", "Cole"] == [one["Contacts"]["records"][0]["LastName"] for one in records]
    assert [(1, True, None)] * 2 == [
        (one["Contacts"]["totalSize"], one["Contacts"]["done"], one["Opportunities"])
        for one in records
    ]


def test_many_children_have_pages_of_their_own(org: Org) -> None:
    """Beyond 200 children a parent's result has its own next page."""
    (account,) = org.insert("Account", {"Name": "Big"})
    org.insert("Contact", *({"LastName": f"N{n:03d}", "AccountId": account} for n in range(450)))
    (record,) = org.query("SELECT (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account")
    page = record["Contacts"]
    names = [one["LastName"] for one in page["records"]]
    while not page["done"]:
        page = org.send("GET", page["nextRecordsUrl"]).json()
        names += [one["LastName"] for one in page["records"]]

    assert [f"N{n:03d}" for n in range(450)] == names


@pytest.mark.parametrize(
    ("soql", "records"),
    [
        (
            "SELECT AccountId a, COUNT(Id) FROM Contact WHERE AccountId != null GROUP BY AccountId ORDER BY COUNT(Id)",
            [{"a": 1, "expr0": 1}, {"a": 0, "expr0": 2}],
        ),
        ("SELECT COUNT(Email), COUNT_DISTINCT(SystemModstamp) d FROM Contact", [{"expr0": 1, "d": 4}]),
        ("SELECT MAX(SystemModstamp) FROM Contact", [{"expr0": STAMP.format(4)}]),
        ("SELECT MIN(LastName) x FROM Contact HAVING COUNT(Id) > 99", "MALFORMED_QUERY"),
        ("SELECT SUM(AnnualRevenue), AVG(AnnualRevenue) FROM Account WHERE Name = 'Acme'", [{"expr0": 1200.0, "expr1": 1200.0}]),
        ("SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 1 AND Account.Name != null", [{"Name": "Acme", "n": 2}]),
        ("SELECT DAY_IN_MONTH(SystemModstamp) day, COUNT(Id) n FROM Contact GROUP BY DAY_IN_MONTH(SystemModstamp) ORDER BY DAY_IN_MONTH(SystemModstamp) DESC LIMIT 1", [{"day": 4, "n": 2}]),
        ("SELECT Industry, GROUPING(Industry) g, COUNT(Id) n FROM Account GROUP BY ROLLUP(Industry) ORDER BY GROUPING(Industry), Industry", [{"Industry": None, "g": 0, "n": 1}, {"Industry": "Hospitality", "g": 0, "n": 1}, {"Industry": None, "g": 1, "n": 2}]),
        ("SELECT Name FROM Account GROUP BY Industry", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT SUM(Name) FROM Account", "INVALID_FIELD"),
        ("SELECT Description, COUNT(Id) FROM Account GROUP BY Description", "INVALID_FIELD"),
    ],
)  # fmt: skip
def test_aggregates(
    org: Org, people: dict[str, list[str]], soql: str, records: list[dict[str, Any]] | str
) -> None:
    """Aggregates name themselves expr0, expr1 …; aliases replace that; fields must be grouped."""
    if isinstance(records, str):
        assert (400, records) == org.refusal(soql)[:2]
        return
    for record in records:
        if "a" in record:
            record["a"] = people["accounts"][record["a"]]

    assert records == org.query(soql)
    assert {"type": "AggregateResult"} == org.page(soql)["records"][0]["attributes"]


def test_aggregates_have_no_second_page(org: Org) -> None:
    """More than 2,000 groups are refused."""
    org.insert("Contact", *({"LastName": f"N{n}"} for n in range(2_001)))

    assert (
        "EXCEEDED_ID_LIMIT"
        == org.refusal("SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName")[1]
    )


def test_field_sets(org: Org, people: dict[str, list[str]]) -> None:
    """FIELDS(STANDARD) is free, ALL and CUSTOM need a LIMIT of at most 200."""
    (record,) = org.query(
        "SELECT FIELDS(CUSTOM), Id FROM Contact WHERE LastName = 'Bell' LIMIT 200"
    )
    described = org.rest("GET", "/sobjects/Contact/describe").json()["fields"]

    assert {field["name"] for field in described if field["custom"]} | {"Id"} == set(record)
    assert "MALFORMED_QUERY" == org.refusal("SELECT FIELDS(ALL) FROM Contact LIMIT 201")[1]
    assert {field["name"] for field in described if not field["custom"]} == set(
        org.query("SELECT FIELDS(STANDARD) FROM Contact")[0]
    )


def test_labels_and_formats(org: Org, people: dict[str, list[str]]) -> None:
    """ToLabel and FORMAT take an alias, FORMAT writes as an American user reads."""
    (record,) = org.query(
        "SELECT AnnualRevenue, FORMAT(AnnualRevenue) shown, toLabel(Industry) FROM Account"
        " WHERE Name = 'Acme'"
    )
    (task,) = org.query("SELECT FORMAT(ActivityDate) FROM Task WHERE Subject = 'Call'")

    assert {"AnnualRevenue": 1200.0, "shown": "$1,200.00", "Industry": "Hospitality"} == record
    assert {"ActivityDate": "3/1/2026"} == task


def test_distances(org: Org) -> None:
    """Locations can be compared, sorted by and read as a distance."""
    org.insert(
        "Contact",
        {"LastName": "Near", "Home__Latitude__s": 37.78, "Home__Longitude__s": -122.42},
        {"LastName": "Far", "Home__Latitude__s": 40.7, "Home__Longitude__s": -74.0},
    )
    place = "DISTANCE(Home__c, GEOLOCATION(37.775, -122.418), '{}')"
    near = org.values(f"SELECT LastName FROM Contact WHERE {place.format('mi')} < 20")
    records = org.query(
        f"SELECT LastName, Home__c, {place.format('km')} km FROM Contact ORDER BY {place.format('km')}"
    )

    assert ["Near"] == near
    assert ["Near", "Far"] == [record["LastName"] for record in records]
    assert {"latitude": 40.7, "longitude": -74.0} == records[1]["Home__c"]
    assert 4_100 < records[1]["km"] < 4_200


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ("everything", 2),
        ("mine", 1),
        ("team", 1),
        ("queue_owned", 1),
        ("mine_and_my_groups", 2),
        ("my_territory", 0),
    ],
)
def test_scopes(org: Org, scope: str, count: int) -> None:
    """USING SCOPE narrows by owner."""
    (queue,) = org.values("SELECT Id FROM Group")
    org.insert(
        "Lead",
        {"LastName": "A", "Company": "A"},
        {"LastName": "B", "Company": "B", "OwnerId": queue},
    )

    assert count == org.page(f"SELECT COUNT() FROM Lead USING SCOPE {scope}")["totalSize"]


def test_days_begin_at_the_users_midnight(org: Org) -> None:
    """The integration user lives in New York, so TODAY starts at 05:00 UTC."""
    now = org.running.sandbox.clock.now()
    midnight = datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert now.date() == midnight.date()
    org.insert(
        "Contact",
        *(
            {
                "LastName": name,
                "SystemModstamp": (midnight + timedelta(seconds=shift)).strftime(
                    "%Y-%m-%dT%H:%M:%S.000+0000"
                ),
            }
            for name, shift in (("Before", -1), ("After", 0))
        ),
    )

    assert ["After"] == org.values("SELECT LastName FROM Contact WHERE SystemModstamp = TODAY")
    assert ["Before"] == org.values("SELECT LastName FROM Contact WHERE SystemModstamp = YESTERDAY")


def test_columns_instead_of_rows(org: Org, people: dict[str, list[str]]) -> None:
    """`columns=true` answers names and types without running the query."""
    answer = org.rest(
        "GET",
        "/query",
        params={"q": "SELECT Id, Account.Name, VIP__c FROM Contact", "columns": "true"},
    ).json()

    assert ("Contact", "003", True) == (
        answer["entityName"],
        answer["keyPrefix"],
        answer["idSelected"],
    )
    assert [("Id", "Id"), ("Account", "String"), ("VIP__c", "Boolean")] == [
        (column["columnName"], column["apexType"]) for column in answer["columnMetadata"]
    ]
    assert "Name" == answer["columnMetadata"][1]["joinColumns"][0]["columnName"]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Group.Name FROM Group",
        "SELECT group.Name FROM Group WHERE Group.Type = 'Queue' ORDER BY Group.Name",
        "SELECT Group.Name FROM Group GROUP BY Group.Name HAVING COUNT(Group.Id) > 0",
    ],
)
def test_an_objects_name_before_a_field_is_no_keyword(org: Org, soql: str) -> None:
    """Group is an object and a keyword; before a dot it is the object, in every clause."""
    assert ["Front Desk"] == org.values(soql)


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Group FROM Group",
        "SELECT Name group FROM Group",
        "SELECT Name FROM Group ORDER Name",
    ],
)
def test_elsewhere_it_stays_a_keyword(org: Org, soql: str) -> None:
    """Alone it is refused, as any keyword out of its place."""
    assert (400, "MALFORMED_QUERY") == org.refusal(soql)[:2]


@pytest.mark.parametrize(
    "inner",
    [
        "SELECT Contact.LastName FROM Account.Contacts",
        "SELECT c.LastName FROM a.Contacts c",
        "SELECT LastName FROM Contacts WHERE Contact.LastName != null",
    ],
)
def test_names_before_the_dot_of_a_subquery(org: Org, inner: str) -> None:
    """A subquery may name the outer object, its alias, and the object of the children."""
    (parent,) = org.insert("Account", {"Name": "Parent"})
    org.insert("Contact", {"LastName": "Child", "AccountId": parent})

    (record,) = org.query(f"SELECT Name, ({inner}) FROM Account a")

    assert ["Child"] == [child["LastName"] for child in record["Contacts"]["records"]]


def test_subqueries_of_subqueries(org: Org) -> None:
    """Since version 58.0 children have children, each with their own way to the next page."""
    (parent,) = org.insert("Account", {"Name": "Parent"})
    (child,) = org.insert("Contact", {"LastName": "Child", "AccountId": parent})
    org.insert("Task", *([{"Subject": "x", "WhoId": child}] * 201))
    soql = "SELECT (SELECT LastName, (SELECT Subject FROM Tasks) FROM Contacts) FROM Account"

    (record,) = org.query(soql)
    tasks = record["Contacts"]["records"][0]["Tasks"]
    org.version = "57.0"

    assert (201, False, True) == (tasks["totalSize"], tasks["done"], "nextRecordsUrl" in tasks)
    assert (400, "MALFORMED_QUERY") == org.refusal(soql)[:2]


def test_a_label_takes_the_place_of_its_field(org: Org) -> None:
    """What toLabel and FORMAT answer stands in the parent, unless it has an alias."""
    (parent,) = org.insert("Account", {"Name": "P", "Industry": "Energy", "AnnualRevenue": 5})
    org.insert("Contact", {"LastName": "Child", "AccountId": parent})
    soql = "SELECT Account.Name, toLabel(Account.Industry), FORMAT(Account.AnnualRevenue) r FROM Contact"

    (record,) = org.query(soql)

    assert ("P", "Energy", True) == (
        record["Account"]["Name"],
        record["Account"]["Industry"],
        isinstance(record["r"], str),
    )


def test_paths_inside_of_typeof(org: Org) -> None:
    """A branch goes on to the parents of its object, null where there is none."""
    (parent,) = org.insert("Account", {"Name": "Parent"})
    (child,) = org.insert("Contact", {"LastName": "Child", "AccountId": parent})
    org.insert("Task", {"Subject": "x", "WhoId": child})

    (record,) = org.query(
        "SELECT TYPEOF Who WHEN Contact THEN LastName, Account.Name, Account.Parent.Name, "
        "Account.Owner.Username ELSE Id END FROM Task"
    )

    account = record["Who"]["Account"]
    assert ("Child", "Parent", None) == (
        record["Who"]["LastName"],
        account["Name"],
        account["Parent"],
    )
    assert ["attributes", "Username"] == [*account["Owner"]]
