"""What the SOQL reference allows, and what it refuses with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Org

NESTED = "only allowed at the top level WHERE expressions and not in nested WHERE expressions"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("AccountId IN (SELECT Id FROM Account) OR LastName = 'x'", "not allowed with the 'OR'"),
        ("Id IN (SELECT Guest__c FROM Stay__c) OR AccountId NOT IN (SELECT Id FROM Account)", "'OR'"),
        ("(LastName = 'x' AND AccountId IN (SELECT Id FROM Account)) AND Email != null", NESTED),
        ("(LastName = 'x' OR AccountId IN (SELECT Id FROM Account)) AND Email != null", NESTED),
        ("(NOT AccountId IN (SELECT Id FROM Account)) AND Email != null", NESTED),
        ("NOT (AccountId IN (SELECT Id FROM Account))", NESTED),
        (
            "OwnerId IN (SELECT Id FROM User) AND Id IN (SELECT Guest__c FROM Stay__c) AND AccountId IN (SELECT Id FROM Account)",
            "Maximum 2 semi join sub-selects",
        ),
        (
            "Id IN (SELECT Guest__c FROM Stay__c WHERE Guest__c IN (SELECT Id FROM Lead))",
            "Nesting of semi join sub-selects is not supported",
        ),
        ("Id IN (SELECT WhoId FROM Task)", "Entity 'Task' is not supported for semi join inner"),
        ("ReportsToId IN (SELECT Id FROM Contact)", "should not be on the same object type"),
        ("Account.Id IN (SELECT Id FROM Account)", "The left operand 'Account.Id'"),
        ("Id IN (SELECT Id FROM Account)", "should point to the same object type"),
        ("AccountId IN (SELECT Guest__c FROM Stay__c)", "should point to the same object type"),
        ("AccountId IN (SELECT Name FROM Account)", "should point to the same object type"),
        ("AccountId IN (SELECT Account.Id FROM Opportunity)", "can only query id fields"),
        ("AccountId IN (SELECT Id FROM Account ORDER BY Name)", "expecting a right parentheses"),
        ("AccountId IN (SELECT Id FROM Account LIMIT 1)", "expecting a right parentheses"),
        ("LastName IN (SELECT Id FROM Lead)", "should be an id field"),
    ],
)  # fmt: skip
def test_semi_joins_are_restricted(org: Org, where: str, words: str) -> None:
    """Each documented restriction refuses the query as malformed, in the service's words."""
    status, code, message = org.refusal(f"SELECT Id FROM Contact WHERE {where}")

    assert (400, "MALFORMED_QUERY") == (status, code)
    assert words in message


@pytest.mark.parametrize(
    "where",
    [
        "AccountId IN (SELECT Id FROM Account WHERE Name = 'x') AND LastName = 'x'",
        "(AccountId IN (SELECT Id FROM Account)) AND LastName = 'x'",
        "Id NOT IN (SELECT Guest__c FROM Stay__c) AND AccountId IN (SELECT AccountId FROM Opportunity)",
        "(Id IN (SELECT o.ContactId FROM OpportunityContactRole o))",
        "Id IN (SELECT Guest__c FROM Stay__c WHERE Guest__r.LastName = 'x')",
    ],
)
def test_allowed_semi_joins_run(org: Org, where: str) -> None:
    """What the reference allows is answered."""
    assert [] == org.query(f"SELECT Id FROM Contact WHERE {where}")


@pytest.mark.parametrize(
    "where",
    [
        "Id = 'abc'",
        "Id = '00337000003VbP1AA'",
        "Id = '00337000003VbP1AA!'",
        "Id = '00337000003VbP1AAB'",
        "AccountId = 'nobody'",
        "Id IN ('00337000003VbP1', 'abc')",
        "Id NOT IN ('abc')",
        "Id != 'abc'",
        "Account.OwnerId = 'x'",
    ],
)
def test_a_malformed_id_fails_the_whole_query(org: Org, where: str) -> None:
    """An id of a wrong length, alphabet or checksum is refused, in lists and lookups too."""
    status, code, message = org.refusal(f"SELECT Id FROM Contact WHERE {where}")

    assert (400, "INVALID_QUERY_FILTER_OPERATOR") == (status, code)
    assert "invalid ID field: " in message


@pytest.mark.parametrize("where", ["Id = '00337000003VbP1'", "AccountId = ''", "AccountId = null"])
def test_ids_that_mean_nobody_find_nobody(org: Org, where: str) -> None:
    """A well-formed id of no record, and an empty lookup, are no mistakes."""
    assert [] == org.query(f"SELECT Id FROM Contact WHERE {where}")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("Preferred_Check_In__c = 15:30:00.000Z", 1),
        ("Preferred_Check_In__c = 15:30:00Z", 1),
        ("Preferred_Check_In__c > 08:00:00.000Z", 1),
        ("Preferred_Check_In__c < 08:00:00.000Z", 0),
        ("Preferred_Check_In__c IN (15:30:00.000Z, 16:00:00Z)", 1),
        ("Birthdate = 1980-02-29", 1),
        ("Birthdate < LAST_N_YEARS:3", 1),
        ("CreatedDate >= 2020-01-01T00:00:00+01:00", 1),
        ("CreatedDate >= 2020-01-01T00:00:00-08:00", 1),
        ("CreatedDate >= 2020-01-01T00:00:00.000Z", 1),
        ("CreatedDate = THIS_FISCAL_QUARTER", 1),
        ("CreatedDate = N_DAYS_AGO:0", 1),
        ("Lifetime_Spend__c > USD10", 1),
        ("Lifetime_Spend__c > 1.05e1", 1),
        ("VIP__c = TRUE", 1),
        ("Email = NULL", 1),
    ],
)
def test_every_literal_of_the_reference_is_understood(org: Org, where: str, count: int) -> None:
    """Times, dates, instants, date literals, money, numbers, booleans and null."""
    org.create(
        "Contact",
        LastName="Lee",
        Preferred_Check_In__c="15:30:00.000Z",
        Birthdate="1980-02-29",
        Lifetime_Spend__c=20.5,
        VIP__c=True,
    )

    assert count == len(org.query(f"SELECT Id FROM Contact WHERE {where}"))


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT COUNT(Id) n, MAX(Name) n FROM Contact", "duplicate alias: n"),
        ("SELECT Title t, COUNT(Id) T FROM Contact GROUP BY Title", "duplicate alias: T"),
        (
            "SELECT Account.Name, Owner.Name FROM Contact GROUP BY Account.Name, Owner.Name",
            "duplicate alias: Name",
        ),
        ("SELECT Id FROM Contact WHERE NOT Name = 'a' AND Email = null", "unexpected token: AND"),
        ("SELECT Id FROM Contact WHERE Email = null AND NOT Name = 'a'", "unexpected token"),
        ("SELECT Id FROM Contact WHERE NOT NOT Name = 'a'", "unexpected token"),
        ("SELECT COUNT() FROM Contact GROUP BY Title", "Grouped query"),
    ],
)
def test_what_the_grammar_does_not_have_is_refused(org: Org, soql: str, words: str) -> None:
    """Two columns of one name, NOT without parentheses, COUNT() of groups."""
    status, code, message = org.refusal(soql)

    assert (400, "MALFORMED_QUERY") == (status, code)
    assert words in message


def test_relationships_may_have_an_alias(org: Org) -> None:
    """`FROM Contact c, c.Account a` names a parent once for all."""
    account = org.create("Account", Name="Acme")
    org.create("Contact", LastName="Lee", AccountId=account)

    soql = "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'Acme'"

    assert [("Lee", "Acme")] == [
        (row["LastName"], row["Account"]["Name"]) for row in org.query(soql)
    ]
