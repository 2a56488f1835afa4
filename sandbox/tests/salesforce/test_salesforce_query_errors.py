from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Org

FIELD_HINT = (
    " If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
    " Please reference your WSDL or the describe call for the appropriate names."
)


def test_an_unknown_object_gets_the_exact_answer(org: Org) -> None:
    """Line, caret, row, column and sentence are those of a recorded answer."""
    answer = org.rest("GET", "/query", params={"q": "select count() from XYZZY"})

    assert 400 == answer.status_code
    assert [
        {
            "message": "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
            "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object,"
            " be sure to append the '__c' after the entity name. Please reference your WSDL or the"
            " describe call for the appropriate names.",
            "errorCode": "INVALID_TYPE",
        }
    ] == answer.json()


def test_an_unknown_field_gets_the_exact_answer(org: Org) -> None:
    """The caret points to the field, in its own line of the query."""
    answer = org.rest("GET", "/query", params={"q": "SELECT Id,\n  Foo\nFROM Contact"})

    assert [
        {
            "message": "\n  Foo\n  ^\nERROR at Row:2:Column:3\n"
            f"No such column 'Foo' on entity 'Contact'.{FIELD_HINT}",
            "errorCode": "INVALID_FIELD",
        }
    ] == answer.json()


@pytest.mark.parametrize(
    ("soql", "code", "sentence"),
    [
        ("SELECT Id FROM Contact WHERE Foo = 1", "INVALID_FIELD", f"No such column 'Foo' on entity 'Contact'.{FIELD_HINT}"),
        ("SELECT Account.Foo FROM Contact", "INVALID_FIELD", f"No such column 'Foo' on entity 'Account'.{FIELD_HINT}"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Contact WHERE Description LIKE 'x%'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Contact WHERE MailingAddress = 'x'", "INVALID_FIELD", "field 'MailingAddress' can not be filtered in a query call"),
        ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "field 'Description' can not be sorted in a query call"),
        ("SELECT Id FROM Contact ORDER BY Interests__c", "INVALID_FIELD", "field 'Interests__c' can not be sorted in a query call"),
        ("SELECT Id FROM Contact ORDER BY MailingAddress", "INVALID_FIELD", "field 'MailingAddress' can not be sorted in a query call"),
        ("SELECT Id, id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Contact WHERE Birthdate > 2026-01-01T00:00:00Z", "INVALID_FIELD", "value of filter criterion for field 'Birthdate' must be of type date and should not be enclosed in quotes"),
        ("SELECT Id FROM Contact WHERE LastName = 5", "INVALID_FIELD", "value of filter criterion for field 'LastName' must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Contact WHERE VIP__c = 'true'", "INVALID_FIELD", "value of filter criterion for field 'VIP__c' must be of type boolean and should not be enclosed in quotes"),
        ("SELECT Id FROM Contact WHERE Discount__c = '5'", "INVALID_FIELD", "value of filter criterion for field 'Discount__c' must be of type percent and should not be enclosed in quotes"),
        ("SELECT Name foo FROM Contact", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Id FROM Contact WHERE Id = :id", "MALFORMED_QUERY", "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Contact WHERE Id LIKE '003%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("SELECT Id FROM Contact WHERE VIP__c > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field"),
        ("SELECT Id FROM Contact WHERE LastName INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR", "INCLUDES is only allowed on multi-select picklist fields: LastName"),
        ("SELECT (SELECT Id FROM Foos) FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foos' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."),
        ("SELECT Foo.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."),
        ("SELECT (SELECT (SELECT (SELECT (SELECT (SELECT Id FROM Tasks) FROM Tasks) FROM Tasks) FROM Tasks) FROM Contacts) FROM Account", "MALFORMED_QUERY", "SOQL statements cannot query aggregate relationships more than 4 levels away from the root entity object."),
        ("SELECT MAX(CreatedDate) FROM Account LIMIT 1", "MALFORMED_QUERY", "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"),
        ("SELECT COUNT(Id) n FROM Account OFFSET 1", "MALFORMED_QUERY", "Non-grouped query that uses overall aggregate functions cannot also use OFFSET"),
        ("SELECT toLabel(Account.Industry), Account.Industry FROM Contact", "INVALID_FIELD", "duplicate field selected: Account.Industry"),
        ("SELECT TYPEOF Who WHEN Contact THEN Account.Foo END FROM Task", "INVALID_FIELD", f"No such column 'Foo' on entity 'Account'.{FIELD_HINT}"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT LastName FROM Lead)", "MALFORMED_QUERY", "The selected field 'LastName' in the subquery and the left operand field in the where expression in the outer query 'Id' should point to the same object type"),
        (f"SELECT Id FROM Contact WHERE LastName IN ('{'x' * 4_001}')", "MALFORMED_QUERY", "String literal is too long"),
        ("SELECT COUNT(Id) FROM Contact GROUP BY CUBE(Title, LastName, FirstName, Department)", "MALFORMED_QUERY", "GROUP BY CUBE takes at most 3 fields"),
        ("SELECT Id FROM Contact USING SCOPE nope", "INVALID_QUERY_SCOPE", "scope 'nope' is not supported"),
        ("SELECT Account.Account.Account.Account.Account.Account.Name FROM Contact", "MALFORMED_QUERY", "SOQL relationships can have no more than 5 levels"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(org: Org, soql: str, code: str, sentence: str) -> None:
    """Each kind of mistake has its code and its sentence."""
    assert (400, code, sentence) == org.refusal(soql)


def test_a_query_needs_a_query(org: Org) -> None:
    """Without `q` the query is malformed."""
    answer = org.rest("GET", "/query")

    assert (400, "MALFORMED_QUERY") == (answer.status_code, answer.json()[0]["errorCode"])


def test_a_query_may_not_be_too_long(org: Org) -> None:
    """100,000 characters are the limit, by whatever way they come."""
    soql = f"SELECT Id FROM Contact WHERE LastName = '{'x' * 100_000}'"
    body = {
        "compositeRequest": [
            {"method": "GET", "url": f"/services/data/v62.0/query?q={soql}", "referenceId": "q"}
        ]
    }
    (part,) = org.rest("POST", "/composite", json=body).json()["compositeResponse"]

    assert (400, "MALFORMED_QUERY") == (part["httpStatusCode"], part["body"][0]["errorCode"])
