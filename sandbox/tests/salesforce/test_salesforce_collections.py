from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

KEY = "Zingle_Conversation_Key__c"
UPSERT = f"/Task/{KEY}"


def codes(results: list[dict[str, Any]]) -> list[str | None]:
    """The status code of each failed row, None for the others."""
    return [None if one["success"] else one["errors"][0]["statusCode"] for one in results]


def test_every_row_has_its_own_result_in_order(org: Org) -> None:
    """A bad row fails alone, with `statusCode` and without `id`."""
    results = org.collection(
        "POST", "", [{"Subject": "a"}, {"Subject": "x" * 256}, {"Nope": 1}, {"Subject": "b"}]
    )

    assert [None, "STRING_TOO_LONG", "INVALID_FIELD", None] == codes(results)
    assert {"id", "success", "errors"} == set(results[0])
    assert {"success": False, "errors": results[1]["errors"]} == results[1]
    assert {"statusCode", "message", "fields"} == set(results[1]["errors"][0])
    assert ["a", "b"] == org.values("SELECT Subject FROM Task ORDER BY Subject")


def test_failed_rows_can_carry_null_and_false(org: Org) -> None:
    """Readings of an open question: `id: null`, and `created: false` on failed upserts."""
    org.profile(failed_row_id="null", failed_row_created="false")
    (result,) = org.collection("PATCH", UPSERT, [{KEY: "k", "Nope": 1}])

    assert (None, False) == (result["id"], result["created"])


def test_an_unknown_field_may_fail_the_request(org: Org) -> None:
    """The other reading: the whole call is refused."""
    org.profile(unknown_field="request")
    body = {"records": [{"attributes": {"type": "Task"}, "Nope": 1}]}
    answer = org.rest("POST", "/composite/sobjects", json=body)

    assert (400, "INVALID_FIELD") == (answer.status_code, answer.json()[0]["errorCode"])


def test_all_or_none_rolls_back(org: Org) -> None:
    """One bad row undoes the others, which say so."""
    results = org.collection("POST", "", [{"Subject": "a"}, {"Nope": 1}], allOrNone=True)

    assert ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"] == codes(results)
    assert [] == org.query("SELECT Id FROM Task")
    assert 0 == org.running.writes("salesforce")


def test_upsert_creates_updates_and_repeats(org: Org) -> None:
    """The second run of the same rows creates nothing."""
    rows = [{KEY: f"k{number}", "Subject": "s"} for number in range(200)]
    first, second = (org.collection("PATCH", UPSERT, rows) for _ in range(2))

    assert {True} == {one["created"] for one in first}
    assert {False} == {one["created"] for one in second}
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert 200 == org.page("SELECT COUNT() FROM Task")["totalSize"]
    assert 2 == org.running.writes("salesforce")


def test_upsert_refuses_keys_that_are_not_one(org: Org) -> None:
    """Twice in one call (in any case), missing, or matching several: those rows fail."""
    org.options(activity_key="non_unique")
    ids = sorted(org.create("Task", **{KEY: "twice"}) for _ in range(2))
    results = org.collection(
        "PATCH", UPSERT, [{KEY: "a"}, {KEY: "A"}, {"Subject": "x"}, {KEY: "twice"}, {KEY: "b"}]
    )

    assert [
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
        "MISSING_ARGUMENT",
        "DUPLICATE_EXTERNAL_ID",
        None,
    ] == codes(results)
    assert "Duplicate external id specified: A" == results[1]["errors"][0]["message"]
    assert (
        f"{KEY}: more than one record found for external id field: [{', '.join(ids)}]"
        == results[3]["errors"][0]["message"]
    )


def test_upsert_by_id_and_by_email(org: Org) -> None:
    """`Id` null creates, `Id` given updates; a look-up field such as Email is a key as well."""
    rows = [{"Id": None, "LastName": "A", "Email": "A@example.net"}]
    (made,) = org.collection("PATCH", "/Contact/Id", rows, sobject="Contact")
    (kept,) = org.collection(
        "PATCH", "/Contact/Id", [{"Id": made["id"], "LastName": "B"}], sobject="Contact"
    )
    (found,) = org.collection(
        "PATCH", "/Contact/Email", [{"Email": "a@EXAMPLE.net", "LastName": "C"}], sobject="Contact"
    )

    assert [True, False, False] == [one["created"] for one in (made, kept, found)]
    assert {made["id"]} == {kept["id"], found["id"]}
    assert "C" == org.read("Contact", made["id"], "LastName")["LastName"]


def test_upsert_meets_archived_and_deleted_tasks(org: Org) -> None:
    """Archived tasks are found (or not: a reading), deleted ones never."""
    org.insert("Task", {KEY: "old", "IsArchived": True}, {KEY: "gone", "IsDeleted": True})
    found = org.collection("PATCH", UPSERT, [{KEY: "old"}, {KEY: "gone"}])
    org.insert("Task", {KEY: "older", "IsArchived": True})
    org.profile(upsert_archived="ignore")
    (ignored,) = org.collection("PATCH", UPSERT, [{KEY: "older"}])

    assert [False, True] == [one["created"] for one in found]
    assert "DUPLICATE_VALUE" == codes([ignored])[0]


def test_update_needs_known_ids(org: Org) -> None:
    """Ids that are missing, malformed, of another object, unknown, deleted or repeated fail."""
    tasks = [org.create("Task") for _ in range(3)]
    org.rest("DELETE", f"/sobjects/Task/{tasks[2]}")
    rows = [
        {"id": tasks[0], "Subject": "new"},
        {"Subject": "x"},
        {"id": "nope"},
        {"id": "001Zs00000000G9IAI"},
    ]
    rows += [{"Id": "00TZs00000ZZZZZ"}, {"Id": tasks[2]}, {"Id": tasks[1]}, {"Id": tasks[1]}]
    results = org.collection("PATCH", "", rows)

    assert [
        None,
        "MISSING_ARGUMENT",
        "MALFORMED_ID",
        "MALFORMED_ID",
        "INVALID_CROSS_REFERENCE_KEY",
        "ENTITY_IS_DELETED",
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
    ] == codes(results)
    assert tasks[2] == results[5]["id"]
    assert "new" == org.read("Task", tasks[0], "Subject")["Subject"]


def test_delete_and_read(org: Org) -> None:
    """Deleting twice fails the second time; reading gives null for what is not there."""
    tasks = [org.create("Task", Subject=name) for name in "ab"]
    path = f"/composite/sobjects?ids={tasks[0]},nope&allOrNone=false"
    first = org.rest("DELETE", path).json()
    second = org.rest("DELETE", path).json()
    by_get = org.rest(
        "GET", f"/composite/sobjects/Task?ids={tasks[1]},00TZs00000ZZZZZ&fields=Subject"
    ).json()
    by_post = org.rest(
        "POST", "/composite/sobjects/Task", json={"ids": tasks[1:], "fields": ["Subject"]}
    ).json()

    assert [None, "MALFORMED_ID"] == codes(first)
    assert ["ENTITY_IS_DELETED", "MALFORMED_ID"] == codes(second)
    assert (["b", None], ["b"]) == (
        [one and one["Subject"] for one in by_get],
        [one["Subject"] for one in by_post],
    )


def test_mixed_types_are_served_in_order(org: Org) -> None:
    """Several objects may share a call, in at most ten runs."""
    types = ["Account", "Contact", "Contact", "Account"]
    rows = [
        {"attributes": {"type": one}, "Name" if one == "Account" else "LastName": "x"}
        for one in types
    ]
    results = org.rest("POST", "/composite/sobjects", json={"records": rows}).json()
    many = org.rest("POST", "/composite/sobjects", json={"records": rows * 4})

    assert ["001", "003", "003", "001"] == [one["id"][:3] for one in results]
    assert 200 == many.status_code
    most = org.rest("POST", "/composite/sobjects", json={"records": (rows[:2]) * 6})
    assert (400, "INVALID_OPERATION") == (most.status_code, most.json()[0]["errorCode"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": [{"attributes": {"type": "Task"}}] * 201}, "EXCEEDED_ID_LIMIT"),
        ({"records": [{"Subject": "x"}]}, "INVALID_TYPE"),
        ({"records": [{"attributes": {"type": "Nope"}}]}, "INVALID_TYPE"),
        ({"records": "x"}, "JSON_PARSER_ERROR"),
        ({"records": [], "allOrNone": False}, "REQUIRED_FIELD_MISSING"),
        ({"records": [{"attributes": {"type": "Task"}}], "allornone": True}, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_malformed_calls_fail_as_a_whole(org: Org, body: dict[str, Any], code: str) -> None:
    """More than 200 rows, a missing or unknown type, a wrong body: 400 and nothing stored."""
    answer = org.rest("POST", "/composite/sobjects", json=body)

    assert (400, code) == (answer.status_code, answer.json()[0]["errorCode"])
    assert 0 == org.page("SELECT COUNT() FROM Task")["totalSize"]


def test_upsert_takes_one_type_and_a_known_key(org: Org) -> None:
    """Another type is refused, an unknown key field is not found."""
    body = {"records": [{"attributes": {"type": "Contact"}, "LastName": "x"}]}
    mixed = org.rest("PATCH", f"/composite/sobjects{UPSERT}", json=body)
    unknown = org.rest("PATCH", "/composite/sobjects/Task/Nope__c", json=body)

    assert (400, 404) == (mixed.status_code, unknown.status_code)
