from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tap_salesforce_zingle.plan.custom import custom_definition
from tap_salesforce_zingle.plan.custom_query import CustomQuery, CustomQueryError, text_problems
from tap_salesforce_zingle.plan.plans import (
    Definition,
    bulk_soql,
    count_soql,
    probe_soql,
    rest_soql,
)


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A field as describe gives it."""
    return {
        "name": name,
        "label": name.replace("__c", ""),
        "type": kind,
        "custom": name.endswith("__c"),
        "filterable": True,
        "sortable": True,
        **more,
    }


COMMON = [field("Id", "id"), field("Name"), field("SystemModstamp", "datetime")]
OWNER = field(
    "OwnerId",
    "reference",
    relationshipName="Owner",
    referenceTo=["Group", "User"],
    polymorphicForeignKey=True,
)
ORG: dict[str, dict[str, Any]] = {
    "opportunity": {
        "name": "Opportunity",
        "fields": [
            *COMMON,
            OWNER,
            field("Amount", "currency"),
            field("LeadSource", "picklist", nillable=True),
            field("Score__c", "double", calculated=True),
            field("CloseDate", "date"),
            field("Notes__c", "textarea", filterable=False),
            field("Seen__c", "datetime", nillable=True),
            field("Long__c", "date", filterable=False),
            field("AccountId", "reference", relationshipName="Account", referenceTo=["Account"]),
        ],
        "childRelationships": [
            {
                "relationshipName": "OpportunityContactRoles",
                "childSObject": "OpportunityContactRole",
            },
            {"relationshipName": None, "childSObject": "Hidden"},
        ],
    },
    "account": {
        "name": "Account",
        "fields": [
            *COMMON,
            field("BillingAddress", "address"),
            field("BillingCity", compoundFieldName="BillingAddress"),
            field("BillingLatitude", "double", compoundFieldName="BillingAddress"),
            field("ParentId", "reference", relationshipName="Parent", referenceTo=["Account"]),
        ],
    },
    "opportunitycontactrole": {
        "name": "OpportunityContactRole",
        "fields": [
            *COMMON,
            field("Role", "picklist"),
            field("IsPrimary", "boolean"),
            field("ContactId", "reference", relationshipName="Contact", referenceTo=["Contact"]),
        ],
    },
}


def describe(name: str) -> Mapping[str, Any]:
    """The org's describes."""
    if name.lower() not in ORG:
        raise LookupError(name)
    return ORG[name.lower()]


def define(soql: str, **more: Any) -> Definition:
    """The stream of a query."""
    query = CustomQuery.from_setting({"name": "q", "soql": soql, **more})
    assert [] == text_problems(query)
    return custom_definition(
        query, describe, api="auto", objects=lambda: ["Opportunity", "Account"]
    )


def problems(soql: str, **more: Any) -> tuple[str, ...]:
    """What is wrong with a query in this org."""
    with pytest.raises(CustomQueryError) as caught:
        define(soql, **more)
    return caught.value.problems


def types(definition: Definition) -> dict[str, Any]:
    """The types of the top-level properties."""
    return {name: entry["type"] for name, entry in definition.schema["properties"].items()}


def test_keys_are_added_and_the_window_stands_apart() -> None:
    """Id and replication key are added, and the user's OR does not swallow the window."""
    definition = define(
        "SELECT Name FROM Opportunity WHERE Amount > 1 OR Amount = null LIMIT 5".replace(
            " LIMIT 5", ""
        )
    )

    assert (("Id",), "SystemModstamp") == (definition.primary_keys, definition.plan.key)
    assert (
        "SELECT Name, Id, SystemModstamp FROM Opportunity WHERE (Amount > 1 OR Amount = null) "
        "AND SystemModstamp < X ORDER BY SystemModstamp, Id"
    ) == rest_soql(definition.plan, "SystemModstamp < X")


def test_window_goes_before_the_later_clauses() -> None:
    """USING SCOPE and WITH keep their places around the WHERE."""
    plan = define(
        "SELECT Id FROM Opportunity USING SCOPE mine WHERE Name = 'a' WITH SECURITY_ENFORCED"
    ).plan

    assert (
        "SELECT Id, SystemModstamp FROM Opportunity USING SCOPE mine WHERE Name = 'a' AND W "
        "WITH SECURITY_ENFORCED ORDER BY SystemModstamp, Id"
    ) == rest_soql(plan, "W")


def test_types_follow_relationships() -> None:
    """Parents are nested objects with the types of the fields that paths lead to."""
    definition = define("SELECT Id, amount, account.parent.NAME, Owner.Name FROM opportunity o")
    properties = definition.schema["properties"]

    assert {
        "Id": ["string"],
        "Amount": ["number", "null"],
        "Account": ["object", "null"],
        "Owner": ["object", "null"],
        "SystemModstamp": ["string", "null"],
    } == types(definition)
    parent = properties["Account"]["properties"]["Parent"]
    assert ["string", "null"] == parent["properties"]["Name"]["type"]


def test_bulk_asks_for_parents_ids() -> None:
    """Bulk answers no nulls for parents, so their Ids are asked for, and no order is."""
    plan = define("SELECT Id, Account.Name FROM Opportunity ORDER BY Name").plan

    assert (
        "SELECT Id, Account.Name, SystemModstamp, Account.Id FROM Opportunity WHERE W"
        == bulk_soql(plan, "W")
    )


def test_subqueries_are_arrays() -> None:
    """A subquery becomes an array of objects, and Bulk is out of the question."""
    definition = define(
        "SELECT Id, (SELECT Role, IsPrimary FROM OpportunityContactRoles) FROM Opportunity"
    )
    roles = definition.schema["properties"]["OpportunityContactRoles"]

    assert ["array", "null"] == roles["type"]
    assert ["boolean", "null"] == roles["items"]["properties"]["IsPrimary"]["type"]
    assert definition.plan.bulk_select is None


def test_compounds_are_read_by_their_parts() -> None:
    """An address is selected by its parts, also behind a relationship."""
    plan = define("SELECT Account.BillingAddress FROM Opportunity").plan

    assert plan.clauses["SELECT"].startswith("Account.BillingCity, Account.BillingLatitude")


def test_all_fields_are_expanded() -> None:
    """FIELDS() becomes the names that it stands for, which Bulk can select too."""
    standard = define("SELECT FIELDS(STANDARD) FROM Opportunity").plan
    custom = define("SELECT FIELDS(CUSTOM) FROM Opportunity").plan

    assert (
        "Id, Name, SystemModstamp, OwnerId, Amount, LeadSource, CloseDate, AccountId"
        == (standard.clauses["SELECT"])
    )
    assert "Score__c, Notes__c, Seen__c, Long__c, Id, SystemModstamp" == custom.clauses["SELECT"]


def test_aggregates_are_whole_tables() -> None:
    """Groups are flat, have the types of their functions, and are read whole."""
    definition = define(
        "SELECT Account.Name, COUNT(Id) n, SUM(Amount), MAX(CloseDate), CALENDAR_YEAR(CloseDate) "
        "FROM Opportunity GROUP BY Account.Name, CALENDAR_YEAR(CloseDate)",
        primary_keys=["Name"],
    )

    assert {
        "Name": ["string", "null"],
        "n": ["integer", "null"],
        "expr0": ["number", "null"],
        "expr1": ["string", "null"],
        "expr2": ["integer", "null"],
    } == types(definition)
    assert (None, None, ("Name",)) == (
        definition.plan.key,
        definition.plan.bulk_select,
        definition.primary_keys,
    )


@pytest.mark.parametrize("clause", ["LIMIT 5", "ORDER BY Name LIMIT 5 OFFSET 5"])
def test_limited_queries_are_whole_tables(clause: str) -> None:
    """LIMIT and OFFSET keep their meaning: the query is sent as it is."""
    plan = define(f"SELECT Id FROM Opportunity {clause}").plan

    assert plan.key is None
    assert f"SELECT Id FROM Opportunity {clause}" in (
        rest_soql(plan, None).replace(" ORDER BY Id", ""),
        rest_soql(plan, None),
    )


def test_all_rows_is_query_all() -> None:
    """ALL ROWS is no SOQL of the REST API: it becomes the other resource."""
    plan = define("SELECT Id FROM Opportunity ALL ROWS").plan

    assert (True, False) == (plan.include_deleted, "ALL ROWS" in rest_soql(plan, None))


def test_count_keeps_the_conditions() -> None:
    """A window is counted with the user's condition and without the SELECT list."""
    plan = define("SELECT Id, Name FROM Opportunity WHERE Amount > 1 ORDER BY Name").plan

    assert "SELECT COUNT() FROM Opportunity WHERE Amount > 1 AND W" == count_soql(plan, "W")


def test_empty_key_reads_the_whole_table() -> None:
    """An empty replication key switches windows off."""
    plan = define("SELECT Name FROM Opportunity", replication_key="").plan

    assert (None, "SELECT Name, Id FROM Opportunity ORDER BY Id") == (
        plan.key,
        rest_soql(plan, None),
    )


def test_id_is_hidden_when_it_is_no_key() -> None:
    """With keys of one's own, the Id is asked for and kept out of the record."""
    definition = define("SELECT Name FROM Opportunity", primary_keys=["Name"])

    assert ("Id" in definition.schema["properties"], definition.plan.is_exact) == (False, False)
    assert "Name, Id, SystemModstamp" == definition.plan.clauses["SELECT"]


def test_date_keys() -> None:
    """A date may be the replication key."""
    plan = define("SELECT Id FROM Opportunity", replication_key="closedate").plan

    assert ("CloseDate", "date") == (plan.key, plan.kind)


@pytest.mark.parametrize(
    ("soql", "more", "expected"),
    [
        ("SELECT Id, Ammount FROM Opportunity", {}, "has no field 'Ammount'; did you mean Amount?"),
        (
            "SELECT Acount.Name FROM Opportunity",
            {},
            "no relationship 'Acount'; did you mean Account?",
        ),
        ("SELECT Id FROM Oportunity", {}, "no object 'Oportunity'; did you mean Opportunity?"),
        (
            "SELECT Id FROM Opportunity WHERE Nam = 'a'",
            {},
            "has no field 'Nam'; did you mean Name?",
        ),
        ("SELECT Id FROM Opportunity ORDER BY Nam", {}, "has no field 'Nam'"),
        (
            "SELECT Id, (SELECT Id FROM ContactRoles) FROM Opportunity",
            {},
            "no child relationship 'ContactRoles'",
        ),
        (
            "SELECT Id, (SELECT Rol FROM OpportunityContactRoles) FROM Opportunity",
            {},
            "OpportunityContactRole has no field 'Rol'; did you mean Role?",
        ),
        (
            "SELECT Id FROM Opportunity",
            {"replication_key": "Amount"},
            "Amount is of type currency, but must be a date or datetime",
        ),
        (
            "SELECT Id FROM Opportunity",
            {"replication_key": "Long__c"},
            "Long__c can be neither filtered nor sorted by",
        ),
        ("SELECT Id FROM Opportunity", {"replication_key": "Nope"}, "has no field 'Nope'"),
        ("SELECT Id FROM Opportunity", {"primary_keys": ["Key"]}, "the query has no column 'Key'"),
    ],
)
def test_wrong_names_are_explained(soql: str, more: dict[str, Any], expected: str) -> None:
    """Each wrong name gets one sentence with what is near."""
    (problem,) = problems(soql, **more)

    assert (True, True) == (expected in problem, problem.startswith("custom_queries.q"))


def test_all_wrong_names_at_once() -> None:
    """Every problem of a query is reported, each with its line and caret."""
    found = problems("SELECT Nam,\n Ammount FROM Opportunity WHERE X = 1", replication_key="Y")

    assert 4 == len(found)
    assert found[1].endswith("(row 2, column 2):\n Ammount FROM Opportunity WHERE X = 1\n ^")


@pytest.mark.parametrize(
    ("soql", "more", "expected"),
    [
        ("SELECT Id FROM X WHERE A = :b", {}, "Apex bind"),
        ("SELECT Id FROM X FOR VIEW", {}, "would write to Salesforce"),
        ("SELECT Id FROM X UPDATE TRACKING", {}, "would write to Salesforce"),
        ("SELECT Id FROM X LIMIT 5", {"replication_key": "A"}, "LIMIT and replication_key"),
        ("SELECT Id FROM X OFFSET 5", {"replication_key": "A"}, "OFFSET and replication_key"),
        (
            "SELECT COUNT(Id) FROM X GROUP BY A",
            {"replication_key": "A"},
            "an aggregate query and replication_key",
        ),
        ("SELECT count( ) FROM X", {}, "write COUNT(Id) instead"),
        ("SELECT FROM X", {}, "expected a field"),
    ],
)
def test_texts_that_are_refused(soql: str, more: dict[str, Any], expected: str) -> None:
    """What no org could make right is refused before any call."""
    (problem,) = text_problems(CustomQuery.from_setting({"name": "q", "soql": soql, **more}))

    assert expected in problem


@pytest.mark.parametrize(
    ("soql", "place"),
    [
        (
            "SELECT Account.Name, Owner.Name, COUNT(Id) FROM Opportunity GROUP BY Account.Name, Owner.Name",
            22,
        ),
        ("SELECT Amount, FORMAT(Amount) FROM Opportunity", 16),
        ("SELECT COUNT(Id) n, SUM(Amount) N FROM Opportunity", 21),
        ("SELECT MAX(Amount), MIN(Amount) expr0 FROM Opportunity", 21),
        ("SELECT Account.Name, FORMAT(Amount) Account FROM Opportunity", 22),
    ],
)
def test_two_columns_of_one_name(soql: str, place: int) -> None:
    """Two different columns of one name are told, because one of them would be lost."""
    (problem,) = problems(soql)

    assert (True, True) == ("give one of them an alias" in problem, f"column {place})" in problem)


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Name, FIELDS(STANDARD) FROM Opportunity",
        "SELECT o.Name, Name, Account.Name, account.NAME FROM Opportunity o",
        "SELECT Amount, FORMAT(Amount) shown FROM Opportunity",
    ],
)
def test_one_column_twice(soql: str) -> None:
    """The same field twice is one column."""
    assert 1 == [*define(soql).schema["properties"]].count("Name" if "Name" in soql else "Amount")


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Id, Amount FROM Opportunity WHERE CloseDate > TODAY", ()),
        ("SELECT Id, Amount FROM Opportunity WHERE CloseDate = TODAY", ("TODAY",)),
        ("SELECT Id, Account.Name FROM Opportunity", ("Account",)),
        ("SELECT Id FROM Opportunity WHERE Account.Parent.Name = 'x'", ("Account",)),
        (
            "SELECT Id, (SELECT Id FROM OpportunityContactRoles) FROM Opportunity",
            ("OpportunityContactRoles",),
        ),
        ("SELECT Id FROM Opportunity WHERE AccountId IN (SELECT Id FROM Account)", ("Account",)),
        ("SELECT Id FROM Opportunity WHERE Score__c > 5", ("Score__c",)),
        ("SELECT Id, Score__c FROM Opportunity", ()),
    ],
)
def test_what_rows_depend_on(soql: str, expected: tuple[str, ...]) -> None:
    """Relationships, children, semi-joins, formulas and the day change without the row's stamp."""
    assert expected == define(soql).looks_at


def test_keys_that_may_be_empty() -> None:
    """A key that a row may have none of is said, unless the condition leaves such rows out."""
    soql = "SELECT LeadSource, COUNT(Id) n FROM Opportunity {} GROUP BY LeadSource"

    (warning,) = define(soql.format(""), primary_keys=["LeadSource"]).warnings
    filtered = define(soql.format("WHERE LeadSource != null"), primary_keys=["LeadSource"])

    assert ("LeadSource may be empty" in warning, ()) == (True, filtered.warnings)


def test_aggregates_inside_of_functions() -> None:
    """An aggregate inside of FORMAT() makes groups: no Id is added."""
    plan = define("SELECT FORMAT(MIN(CloseDate)) First FROM Opportunity").plan

    assert (None, "FORMAT(MIN(CloseDate)) First") == (plan.key, plan.clauses["SELECT"])


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("OFFSET 5", "LIMIT 1 OFFSET 5"),
        ("ORDER BY Name LIMIT 7 OFFSET 5", "ORDER BY Name LIMIT 7 OFFSET 5"),
        ("WHERE Amount > 1", "WHERE Amount > 1 AND W ORDER BY SystemModstamp, Id LIMIT 1"),
    ],
)
def test_probes_are_queries(clauses: str, expected: str) -> None:
    """A probe puts its LIMIT and its window where the grammar wants them."""
    plan = define(f"SELECT Id FROM Opportunity {clauses}").plan
    probe = probe_soql(plan, "W" if plan.key else None)

    assert probe.endswith(expected)
    assert probe.startswith("SELECT Id")


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT MAX(Amount) FROM Opportunity", "FROM Opportunity"),
        ("SELECT COUNT(Id) n, LeadSource FROM Opportunity GROUP BY LeadSource", "LIMIT 1"),
        ("SELECT FORMAT(MIN(CloseDate)) m FROM Opportunity WHERE Amount > 1", "Amount > 1"),
        ("SELECT LeadSource FROM Opportunity GROUP BY LeadSource", "LIMIT 1"),
    ],
)
def test_probes_of_totals(soql: str, expected: str) -> None:
    """SOQL takes no LIMIT behind an aggregate of all records."""
    assert probe_soql(define(soql).plan, None).endswith(expected)


@pytest.mark.parametrize("name", ["SystemModstamp", "systemmodstamp", "Id"])
def test_a_function_in_the_place_of_a_key(name: str) -> None:
    """What a function answers under the name of a key is no key to go by."""
    (problem,) = problems(f"SELECT Name, FORMAT(Amount) {name} FROM Opportunity")

    assert "give it an alias of its own" in problem


def test_functions_of_a_parents_field() -> None:
    """Without an alias, the value takes the place of the field inside of the parent."""
    schema = define(
        "SELECT Account.Id, toLabel(Account.Name), FORMAT(account.parent.name), toLabel(Account.Name) n "
        "FROM Opportunity"
    ).schema["properties"]

    account = schema["Account"]["properties"]
    assert (["string", "null"], {"Id", "Name", "Parent"}) == (schema["n"]["type"], set(account))
    assert ["Name"] == [*account["Parent"]["properties"]]


@pytest.mark.parametrize(
    "subquery",
    [
        "SELECT Role FROM OpportunityContactRoles",
        "SELECT Role FROM Opportunity.OpportunityContactRoles",
        "SELECT OpportunityContactRole.Role FROM o.OpportunityContactRoles",
        "SELECT r.Role FROM o.OpportunityContactRoles r WHERE OpportunityContactRole.Role != null",
    ],
)
def test_names_before_the_dot_in_subqueries(subquery: str) -> None:
    """The outer object, its alias and the object of the children may stand before a dot."""
    definition = define(f"SELECT Id, ({subquery}) FROM Opportunity o")

    children = definition.schema["properties"]["OpportunityContactRoles"]["items"]
    assert (["Role"], True) == (
        [*children["properties"]],
        subquery in rest_soql(definition.plan, None),
    )


def test_paths_inside_of_typeof() -> None:
    """A branch may go on to the parents of its object; branches share them."""
    schema = define(
        "SELECT TYPEOF Owner WHEN Opportunity THEN Name, Account.Name, Account.Parent.Id "
        "WHEN OpportunityContactRole THEN Contact.Name, Role ELSE Type END FROM Opportunity"
    ).schema["properties"]["Owner"]["properties"]

    assert {"type", "Name", "Account", "Contact", "Role", "Type"} == set(schema)
    assert {"Name", "Parent"} == set(schema["Account"]["properties"])


def test_semi_joins_stay_at_the_top_level() -> None:
    """Salesforce allows a semi-join at the top level of WHERE only, so that is where it stays."""
    own = "Amount != null AND AccountId IN (SELECT Id FROM Account WHERE Name = 'x')"
    plan = define(f"SELECT Id FROM Opportunity WHERE {own}").plan

    for text in (rest_soql(plan, "W"), bulk_soql(plan, "W"), count_soql(plan, "W")):
        assert f"WHERE {own} AND W" in text


def test_warnings() -> None:
    """An ORDER BY that is replaced, and a key that may be empty, are said."""
    definition = define("SELECT Id FROM Opportunity ORDER BY Name", replication_key="Seen__c")

    assert [True, True] == [
        "ORDER BY is replaced" in definition.warnings[0],
        "rows without Seen__c are never read" in definition.warnings[1],
    ]
