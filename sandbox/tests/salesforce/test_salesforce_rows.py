from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox.salesforce import make_id

if TYPE_CHECKING:
    from conftest import Org

KEY = "Zingle_Conversation_Key__c"


def error(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of an error answer."""
    (one,) = answer.json()
    return answer.status_code, one["errorCode"], one["message"]


def test_a_record_lives_and_dies(org: Org) -> None:
    """Create 201, read, change 204, delete 204, then 404 as deleted."""
    made = org.rest("POST", "/sobjects/Contact/", json={"LastName": "Löwe", "FirstName": " Ida "})
    record_id = made.json()["id"]
    path = f"/sobjects/Contact/{record_id[:15]}"
    org.running.sandbox.clock.advance(60)
    changed = org.rest("PATCH", path, json={"Phone": "030 1", "FirstName": None})
    record = org.read("Contact", record_id)
    gone = org.rest("DELETE", path)

    assert (201, {"id": record_id, "success": True, "errors": []}) == (
        made.status_code,
        made.json(),
    )
    assert (204, b"", 204) == (changed.status_code, changed.content, gone.status_code)
    assert ("Löwe", None, "030 1") == (record["Name"], record["FirstName"], record["Phone"])
    assert record["CreatedDate"] < record["SystemModstamp"] == record["LastModifiedDate"]
    assert "2026-03-02T" == record["CreatedDate"][:11]
    deleted = (
        404,
        [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}],
    )
    for method in ("PATCH", "DELETE", "GET"):
        answer = org.rest(method, path, json={} if method == "PATCH" else None)
        assert deleted == (answer.status_code, answer.json())
    assert 3 == org.running.writes("salesforce")


@pytest.mark.parametrize(
    ("sobject", "fields", "code", "message", "names"),
    [
        ("Contact", {"FirstName": "A"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        ("Lead", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]", ["LastName", "Company"]),
        ("Contact", {"LastName": "A", "Foo__c": 1}, "INVALID_FIELD", "No such column 'Foo__c' on sobject of type Contact", []),
        ("Contact", {"LastName": "A", "Email": "nope"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nope", ["Email"]),
        ("Contact", {"LastName": "x" * 81}, "STRING_TOO_LONG", f"Last Name: data value too large: {'x' * 81} (max length=80)", ["LastName"]),
        ("Contact", {"LastName": "A", "CleanStatus": "Nope"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Clean Status: bad value for restricted picklist field: Nope", ["CleanStatus"]),
        ("Contact", {"LastName": "A", "AccountId": "nope"}, "MALFORMED_ID", "Account ID: id value of incorrect type: nope", ["AccountId"]),
        ("Contact", {"LastName": "A", "AccountId": "003Zs00000000G9IAI"}, "FIELD_INTEGRITY_EXCEPTION", "Account ID: id value of incorrect type: 003Zs00000000G9IAI", ["AccountId"]),
        ("Contact", {"LastName": "A", "AccountId": "001Zs00000000ZZXXX"}, "MALFORMED_ID", "Account ID: id value of incorrect type: 001Zs00000000ZZXXX", ["AccountId"]),
        ("Contact", {"LastName": "A", "AccountId": "001Zs00000000ZZ"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["AccountId"]),
        ("Contact", {"LastName": "A", "Discount__c": 1000}, "NUMBER_OUTSIDE_VALID_RANGE", "Discount: value outside of valid range on numeric field: 1000", ["Discount__c"]),
        ("Contact", {"LastName": "A", "OwnerId": "005Zs0000000003IAA"}, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user [005Zs0000000003IAA] as owner of contact", ["OwnerId"]),
        ("Contact", {"LastName": "A", "Id": "003Zs00000000G9IAI"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"]),
        ("TaskStatus", {}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type TaskStatus does not support insert", []),
    ],
)  # fmt: skip
def test_bad_rows_are_refused(  # noqa: PLR0917 - a table
    org: Org, sobject: str, fields: dict[str, Any], code: str, message: str, names: list[str]
) -> None:
    """400 with the code, the sentence and the fields; nothing is stored."""
    answer = org.rest("POST", f"/sobjects/{sobject}", json=fields)

    assert (400, [{"message": message, "errorCode": code, "fields": names}]) == (
        answer.status_code,
        answer.json(),
    )
    assert 0 == org.running.writes("salesforce")


@pytest.mark.parametrize(
    "name",
    [
        "SystemModstamp",
        "CreatedDate",
        "Name",
        "IsDeleted",
        "Full_Greeting__c",
        "Stay_Count__c",
        "Guest_Number__c",
        "MailingAddress",
    ],
)
def test_read_only_fields_cannot_be_written(org: Org, name: str) -> None:
    """Audit, derived, formula, roll-up, auto-number and compound fields are refused by name."""
    answer = org.rest("POST", "/sobjects/Contact", json={"LastName": "A", name: "x"})

    assert (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        (
            f"Unable to create/update fields: {name}. Please check the security settings of this field"
            " and verify that it is read/write for your profile or permission set."
        ),
    ) == error(answer)


@pytest.mark.parametrize(
    "fields",
    [
        {"LastName": 5},
        {"LastName": ["a"]},
        {"VIP__c": "maybe"},
        {"Birthdate": "yesterday"},
        {"EmailBouncedDate": "2026-01-01"},
        {"Discount__c": "lots"},
    ],
)
def test_wrong_json_types_fail_the_request(org: Org, fields: dict[str, Any]) -> None:
    """A value that cannot be read is a parser error, whatever the row."""
    answer = org.rest("POST", "/sobjects/Contact", json={"LastName": "A", **fields})

    assert (400, "JSON_PARSER_ERROR") == error(answer)[:2]


def test_broken_json_fails_the_request(org: Org) -> None:
    """So does a body that is no JSON."""
    answer = org.rest("POST", "/sobjects/Contact", data=b"{")

    assert (400, "JSON_PARSER_ERROR") == error(answer)[:2]


def test_values_come_back_as_the_service_stores_them(org: Org) -> None:
    """Blanks are trimmed, empty is null, numbers are rounded, instants are UTC seconds."""
    record_id = org.create(
        "Contact",
        LastName="  A ",
        Title="",
        Discount__c=12.345,
        EmailBouncedDate="2026-03-01T10:00:00.987+02:00",
        Preferred_Check_In__c="15:30:00",
        Interests__c="Spa;Golf",
        VIP__c=None,
        Salutation="Dr.",
    )
    record = org.read("Contact", record_id)

    assert {
        "LastName": "A",
        "Title": None,
        "Discount__c": 12.35,
        "EmailBouncedDate": "2026-03-01T08:00:00.000+0000",
        "Preferred_Check_In__c": "15:30:00.000Z",
        "Interests__c": "Spa;Golf",
        "VIP__c": False,
        "Full_Greeting__c": "Dr. A",
        "Guest_Number__c": "G-000001",
    }.items() <= record.items()


def test_an_emoji_counts_as_two_characters(org: Org) -> None:
    """Lengths are counted in UTF-16 units."""
    fits = org.rest("POST", "/sobjects/Task", json={"Subject": "😀" * 127 + "x"})
    over = org.rest("POST", "/sobjects/Task", json={"Subject": "😀" * 128})

    assert (201, 400) == (fits.status_code, over.status_code)


def test_unique_values_are_unique_among_the_living(org: Org) -> None:
    """The error names the other record; a deleted one does not count; case counts where it does."""
    first = org.create("Contact", LastName="A", Loyalty_Number__c="L1")
    clash = org.rest("POST", "/sobjects/Contact", json={"LastName": "B", "Loyalty_Number__c": "L1"})
    org.create("Contact", LastName="C", Loyalty_Number__c="l1")
    org.create("Task", **{KEY: "abc"})
    folded = org.rest("POST", "/sobjects/Task", json={KEY: "ABC"})
    org.rest("DELETE", f"/sobjects/Contact/{first}")

    assert (
        400,
        "DUPLICATE_VALUE",
        f"duplicate value found: Loyalty_Number__c duplicates value on record with id: {first[:15]}",
    ) == error(clash)
    assert "DUPLICATE_VALUE" == error(folded)[1]
    org.create("Contact", LastName="D", Loyalty_Number__c="L1")


def test_upsert_by_external_id_creates_then_updates(org: Org) -> None:
    """201 with created, then 200 without; the key may need escaping and ignores case."""
    path = f"/sobjects/Task/{KEY}/zgl%3As%2F1%3A2026-03-01"
    first = org.rest("PATCH", path, json={"Subject": "one"})
    second = org.rest("PATCH", path.replace("zgl", "ZGL"), json={"Subject": "two"})
    task = first.json()["id"]

    assert (201, True) == (first.status_code, first.json()["created"])
    assert (200, {"id": task, "success": True, "errors": [], "created": False}) == (
        second.status_code,
        second.json(),
    )
    assert {"Subject": "two", KEY: "zgl:s/1:2026-03-01"} == org.read("Task", task, "Subject", KEY)
    assert "two" == org.rest("GET", path).json()["Subject"]
    assert 204 == org.rest("DELETE", path).status_code


def test_upserts_by_keys_that_mean_nothing_or_too_much(org: Org) -> None:
    """Unknown field 404, several matches 300 with their URLs, key in the body 400, updateOnly 404."""
    org.options(activity_key="non_unique")
    ids = sorted(org.create("Task", **{KEY: "k"}) for _ in range(2))
    several = org.rest("PATCH", f"/sobjects/Task/{KEY}/k", json={})
    unknown = org.rest("PATCH", "/sobjects/Task/Nope__c/k", json={})
    plain = org.rest("PATCH", "/sobjects/Task/Subject/k", json={})
    inside = org.rest("PATCH", f"/sobjects/Task/{KEY}/x", json={KEY: "x"})
    only = org.rest("PATCH", f"/sobjects/Task/{KEY}/x?updateOnly=true", json={})
    exact = org.rest("PATCH", f"/sobjects/Task/{KEY}/K", json={})

    assert (300, [f"/services/data/v62.0/sobjects/Task/{one}" for one in ids]) == (
        several.status_code,
        several.json(),
    )
    for answer, name in ((unknown, "Nope__c"), (plain, "Subject")):
        assert (
            404,
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {name}",
        ) == error(answer)
    assert (400, "INVALID_FIELD") == error(inside)[:2]
    assert (404, "NOT_FOUND") == error(only)[:2]
    assert 201 == exact.status_code


def test_a_non_unique_key_needs_view_all_data(org: Org) -> None:
    """Without that permission the upsert is refused."""
    org.options(activity_key="non_unique", view_all_data=False)

    assert 403 == org.rest("PATCH", f"/sobjects/Task/{KEY}/k", json={}).status_code


def test_parents_can_be_named_by_their_external_id(org: Org) -> None:
    """A lookup takes the parent's key; polymorphic ones need the type; a miss is an error."""
    guest = org.create("Contact", LastName="A", Loyalty_Number__c="L1")
    stay = org.create("Stay__c", Guest__r={"Loyalty_Number__c": "L1"})
    task = org.create("Task", Who={"attributes": {"type": "Contact"}, "Loyalty_Number__c": "L1"})
    miss = org.rest("POST", "/sobjects/Stay__c", json={"Guest__r": {"Loyalty_Number__c": "L2"}})
    vague = org.rest("POST", "/sobjects/Task", json={"Who": {"Loyalty_Number__c": "L1"}})

    assert guest == org.read("Stay__c", stay, "Guest__c")["Guest__c"]
    assert guest == org.read("Task", task, "WhoId")["WhoId"]
    assert (
        400,
        "INVALID_FIELD",
        "Foreign key external ID: L2 not found for field Loyalty_Number__c in entity Contact",
    ) == error(miss)
    assert (400, "INVALID_FIELD") == error(vague)[:2]


def test_roll_ups_formulas_and_auto_numbers_follow(org: Org) -> None:
    """A child changes its parent's roll-up and SystemModstamp, not its LastModifiedDate."""
    guest = org.create("Contact", LastName="A")
    before = org.read("Contact", guest)
    org.running.sandbox.clock.advance(60)
    stay = org.create(
        "Stay__c", Guest__c=guest, Check_In__c="2026-03-01", Check_Out__c="2026-03-04"
    )
    after = org.read("Contact", guest)
    record = org.read("Stay__c", stay)
    org.rest("DELETE", f"/sobjects/Stay__c/{stay}")

    assert (0.0, 1.0) == (before["Stay_Count__c"], after["Stay_Count__c"])
    assert before["SystemModstamp"] < after["SystemModstamp"]
    assert before["LastModifiedDate"] == after["LastModifiedDate"]
    assert ("N-000001", 3.0, "Booked") == (record["Name"], record["Nights__c"], record["Status__c"])
    assert 0.0 == org.read("Contact", guest, "Stay_Count__c")["Stay_Count__c"]


def test_opportunities_derive_from_their_stage(org: Org) -> None:
    """Closed, won, probability, forecast and fiscal period follow."""
    made = org.create(
        "Opportunity", Name="A", StageName="Prospecting", CloseDate="2026-05-01", Amount=500
    )
    before = org.read("Opportunity", made)
    org.rest("PATCH", f"/sobjects/Opportunity/{made}", json={"StageName": "Closed Won"})
    after = org.read("Opportunity", made)

    assert (False, 10.0, "Pipeline", 50.0) == (
        before["IsClosed"],
        before["Probability"],
        before["ForecastCategory"],
        before["ExpectedRevenue"],
    )
    assert (True, True, 100.0, "2026 2") == (
        after["IsClosed"],
        after["IsWon"],
        after["Probability"],
        after["Fiscal"],
    )


def test_roles_join_people_and_opportunities(org: Org) -> None:
    """OpportunityContactRole is reached from both sides and goes with its opportunity."""
    guest = org.create("Contact", LastName="A")
    deal = org.create(
        "Opportunity", Name="Wedding", StageName="Prospecting", CloseDate="2026-05-01"
    )
    org.create("OpportunityContactRole", OpportunityId=deal, ContactId=guest, Role="Decision Maker")
    soql = (
        "SELECT LastName, (SELECT Role, Opportunity.Name FROM OpportunityContactRoles) FROM Contact"
    )
    (record,) = org.query(soql)
    org.rest("DELETE", f"/sobjects/Opportunity/{deal}")

    assert "Wedding" == record["OpportunityContactRoles"]["records"][0]["Opportunity"]["Name"]
    assert None is org.query(soql)[0]["OpportunityContactRoles"]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (
            "/sobjects/Contact/nope",
            404,
            "Provided external ID field does not exist or is not accessible: nope",
        ),
        ("/sobjects/Contact/003Zs00000ZZZZZ", 404, "The requested resource does not exist"),
        ("/sobjects/Contact/001Zs00000ZZZZZ", 404, "The requested resource does not exist"),
    ],
)
def test_records_that_are_not_there(org: Org, path: str, status: int, message: str) -> None:
    """Wrong ids, unknown ids and ids of other objects are 404."""
    for method in ("GET", "DELETE"):
        assert (status, "NOT_FOUND", message) == error(org.rest(method, path))


def test_unknown_fields_cannot_be_read(org: Org) -> None:
    """`fields` names are checked."""
    made = org.create("Contact", LastName="A")

    assert (400, "INVALID_FIELD") == error(
        org.rest("GET", f"/sobjects/Contact/{made}?fields=Nope")
    )[:2]


def test_rows_put_in_behind_the_api_are_consistent(org: Org) -> None:
    """Roll-ups count them, Tasks are closed by their status, and new ids keep clear of theirs."""
    taken = make_id("003", 1_003)
    (guest, _) = org.insert("Contact", {"LastName": "A"}, {"LastName": "B", "Id": taken})
    org.insert("Stay__c", {"Guest__c": guest}, {"Guest__c": guest})
    (task,) = org.insert("Task", {"Status": "Completed", "Priority": "High", "WhoId": guest})
    made = [org.create("Contact", LastName="C") for _ in range(3)]
    record = org.read("Task", task)

    assert 2.0 == org.read("Contact", guest, "Stay_Count__c")["Stay_Count__c"]
    assert (True, True, "Task") == (
        record["IsClosed"],
        record["IsHighPriority"],
        record["TaskSubtype"],
    )
    assert 5 == len({guest, taken, *made})
