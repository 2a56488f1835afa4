"""What users with fewer rights see, and fields that an administrator changes meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_sandbox.salesforce.catalogue.sight import grants_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Org

KEY = "Zingle_Conversation_Key__c"


def granted(*parts: str) -> str:
    """A permission set of these parts, with API access."""
    body = "".join(parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">'
        "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
        f"{body}<label>Least</label></PermissionSet>"
    )


def reads(name: str, **rights: bool) -> str:
    """Access to an object: reading, and what is named."""
    return (
        f"<objectPermissions><allowCreate>{str(rights.get('create', False)).lower()}</allowCreate>"
        f"<allowDelete>false</allowDelete><allowEdit>{str(rights.get('edit', False)).lower()}"
        f"</allowEdit><allowRead>true</allowRead><object>{name}</object></objectPermissions>"
    )


def field(name: str, *, editable: bool = False) -> str:
    """Access to a field."""
    return (
        f"<fieldPermissions><editable>{str(editable).lower()}</editable><field>{name}</field>"
        "<readable>true</readable></fieldPermissions>"
    )


EDIT_TASK = "<userPermissions><enabled>true</enabled><name>EditTask</name></userPermissions>"


def names(org: Org, sobject: str) -> dict[str, dict[str, object]]:
    """The describe's fields by name."""
    body = org.rest("GET", f"/sobjects/{sobject}/describe").json()
    return {one["name"]: one for one in body["fields"]}


def test_a_least_rights_user_sees_what_is_granted_alone(org: Org) -> None:
    """Objects and permissionable fields are there if they are granted; required ones always."""
    org.insert("Contact", {"LastName": "Lee", "Email": "a@b.example", "MobilePhone": "1"})
    org.options(permission_set=granted(reads("Contact"), field("Contact.Email")))

    assert ["Contact", "Group", "Organization", "Task", "TaskStatus", "User"] == sorted(
        one["name"] for one in org.rest("GET", "/sobjects").json()["sobjects"]
    )
    fields = names(org, "Contact")
    assert {"Id", "LastName", "Email", "SystemModstamp", "OwnerId"} <= set(fields)
    assert not {"MobilePhone", "AccountId", "Title"} & set(fields)
    assert [{"Email": "a@b.example"}] == org.query("SELECT Email FROM Contact")
    assert (400, "INVALID_FIELD") == org.refusal("SELECT MobilePhone FROM Contact")[:2]
    assert (400, "INVALID_FIELD") == org.refusal("SELECT Account.Name FROM Contact")[:2]
    assert (400, "INVALID_TYPE") == org.refusal("SELECT Id FROM Lead")[:2]
    assert 404 == org.rest("GET", "/sobjects/Lead/describe").status_code


def test_writing_needs_its_own_rights(org: Org) -> None:
    """Tasks are written with Edit Tasks; a field that may only be read cannot be written."""
    who = field("Task.WhoId", editable=True) + field("Task.Description")
    org.options(permission_set=granted(reads("Contact"), who))
    denied = org.collection("POST", "", [{"attributes": {"type": "Task"}, "Subject": "x"}])
    org.options(permission_set=granted(reads("Contact"), who, EDIT_TASK))
    rows = [
        {"attributes": {"type": "Task"}, "Subject": "x"},
        {"attributes": {"type": "Task"}, "Description": "x"},
        {"attributes": {"type": "Task"}, KEY: "k"},
        {"attributes": {"type": "Contact"}, "LastName": "x"},
    ]
    results = org.collection("POST", "", rows)

    assert ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"] == [
        one["errors"][0]["statusCode"] for one in denied
    ]
    assert [
        None,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_FIELD",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    ] == [one["errors"][0]["statusCode"] if one["errors"] else None for one in results]


def test_without_set_up_rights_limits_and_counts_are_forbidden(org: Org) -> None:
    """The permission may be missing alone, or with all the others."""
    org.create("Contact", LastName="A")
    paths = ("/limits", "/limits/recordCount")
    org.options(view_setup=False)
    answers = [org.rest("GET", path) for path in paths]
    org.options(view_setup=True, permission_set=granted())
    answers += [org.rest("GET", path) for path in paths]

    assert [(403, "INSUFFICIENT_ACCESS")] * 4 == [
        (one.status_code, one.json()[0]["errorCode"]) for one in answers
    ]


def test_a_permission_set_without_the_api_closes_it(org: Org) -> None:
    """Without API Enabled every call is refused."""
    org.options(permission_set=granted().replace("ApiEnabled", "EditTask"))

    assert "API_DISABLED_FOR_ORG" == org.rest("GET", "/sobjects").json()[0]["errorCode"]


def test_an_object_may_be_hidden_beside_its_fields(org: Org) -> None:
    """Fields that point to an object that nobody sees stay, and cannot be followed."""
    org.options(hidden_fields="Account,Contact.MobilePhone")

    assert "AccountId" in names(org, "Contact")
    assert "MobilePhone" not in names(org, "Contact")
    assert "Didn't understand relationship" in org.refusal("SELECT Account.Name FROM Contact")[2]


def test_fields_may_refuse_to_be_filtered(org: Org) -> None:
    """The describe says so, and WHERE refuses; reading and sorting go on."""
    org.options(unfilterable_fields="Contact.Email, Task.CallObject")

    assert names(org, "Contact")["Email"]["filterable"] is False
    assert [] == org.query("SELECT Email FROM Contact ORDER BY Email")
    assert (
        "field 'Email' can not be filtered"
        in org.refusal("SELECT Id FROM Contact WHERE Email = 'a'")[2]
    )
    assert "can not be filtered" in org.refusal("SELECT Id FROM Task WHERE CallObject = 'a'")[2]


def test_a_field_changes_its_type_appears_and_vanishes(org: Org) -> None:
    """An administrator's change shows in the next describe, and in values and filters."""
    org.insert("Contact", {"LastName": "A", "Discount__c": 7.5, "VIP__c": True})
    soql = "SELECT Discount__c, VIP__c FROM Contact"
    before = (names(org, "Contact")["Discount__c"]["type"], org.query(soql))
    org.options(field_types="Contact.Discount__c=string,Contact.VIP__c=picklist")
    after = (names(org, "Contact")["Discount__c"]["type"], org.query(soql))
    as_text = org.query("SELECT Id FROM Contact WHERE Discount__c = '7.5'")
    as_number = org.refusal("SELECT Id FROM Contact WHERE Discount__c = 7.5")
    org.options(hidden_fields="Contact.Discount__c", field_types="")
    gone = org.refusal(soql)
    org.options(hidden_fields="")

    assert ("percent", [{"Discount__c": 7.5, "VIP__c": True}]) == before
    assert ("string", [{"Discount__c": "7.5", "VIP__c": "true"}]) == after
    assert 1 == len(as_text)
    assert "INVALID_FIELD" == as_number[1] == gone[1]
    assert 1 == len(org.query(soql))


def test_fields_of_the_call_centre_are_everybodys(org: Org) -> None:
    """Task.CallObject is there and writable without a grant."""
    org.options(permission_set=granted(EDIT_TASK))

    row = {"attributes": {"type": "Task"}, "CallObject": "k"}

    assert org.collection("POST", "", [row])[0]["success"] is True
    assert ["k"] == org.values("SELECT CallObject FROM Task")


@pytest.mark.parametrize("text", ["<PermissionSet>", "<a></b>"])
def test_a_permission_set_that_is_none_is_refused(text: str) -> None:
    """A mistake in the test's own file is named."""
    with pytest.raises(ValueError, match="permission set"):
        grants_of(text)


def test_a_permission_set_may_be_a_file(org: Org, tmp_path: Path) -> None:
    """The option may name the file of a permission set."""
    path = tmp_path / "Least.permissionset"
    path.write_text(granted(reads("Lead")), encoding="utf-8")
    org.options(permission_set=str(path))

    assert [] == org.query("SELECT Id FROM Lead")
    assert 404 == org.rest("GET", "/sobjects/Contact/describe").status_code


def test_a_full_copy_has_the_same_records_and_another_id(org: Org) -> None:
    """Production and its sandbox tell themselves apart by the org's id alone."""
    contact = org.create("Contact", LastName="Lee")
    production = org.query("SELECT Id, IsSandbox FROM Organization")
    org.options(full_copy=True)
    org.log_in()
    copy = org.query("SELECT Id, IsSandbox FROM Organization")
    who = org.send("GET", "/services/oauth2/userinfo").json()

    assert production != copy
    assert [{"Id": who["organization_id"], "IsSandbox": True}] == copy
    assert [contact] == org.values("SELECT Id FROM Contact")
    org.options(full_copy=False)
    assert production == org.query("SELECT Id, IsSandbox FROM Organization")


def test_a_locator_may_die_with_its_session(org: Org) -> None:
    """After a new log-in the way to the next page is lost, however young it is."""
    org.insert("Contact", *({"LastName": f"N{n}"} for n in range(5)))
    org.options(locator_session=True, page_size=2)
    page = org.page("SELECT Id FROM Contact ORDER BY Id")
    following = page["nextRecordsUrl"].partition("/v62.0")[2]
    before = org.rest("GET", following)
    org.log_in()
    after = org.rest("GET", following)

    assert [200, 400] == [before.status_code, after.status_code]
    assert "INVALID_QUERY_LOCATOR" == after.json()[0]["errorCode"]
