"""What the tap reads from the demo worlds, by every login and both APIs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox

RunTap = Callable[..., Any]
Discover = Callable[..., dict[str, Any]]

QUERIES = [
    {
        "name": "guests",
        "soql": "SELECT Id, Account.Name, Account.Owner.Name, MailingAddress, Birthdate, "
        "Discount__c, HasOptedOutOfEmail, CreatedDate FROM Contact ALL ROWS",
    },
    {"name": "few", "soql": "SELECT Id, Phone FROM Contact WHERE Phone != null OR Id = null"},
]


def lines(records: list[dict[str, Any]]) -> list[str]:
    """Records as JSON, in order of their text."""
    return sorted(json.dumps(record, ensure_ascii=False) for record in records)


@pytest.mark.parametrize("flow", ["client_credentials", "jwt", "refresh_token", "password"])
def test_every_login_reads(demo_sandbox: RunningSandbox, run_tap: RunTap, flow: str) -> None:
    """All login flows read the same people."""
    run = run_tap(demo_sandbox.salesforce_settings(flow))

    assert (None, 787, 397) == (run.error, len(run.records("contacts")), len(run.records("leads")))


def test_given_session_reads(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """A session that somebody else opened reads as well."""
    session = run_tap(demo_sandbox.salesforce_settings())
    assert session.error is None
    from zingle_sync.salesforce.calls import Caller  # noqa: PLC0415 - to get at a session
    from zingle_sync.salesforce.flows import Connection, connection_from  # noqa: PLC0415 - same

    connection = connection_from(demo_sandbox.salesforce_settings())
    assert isinstance(connection, Connection)
    login = Caller(connection).log_in()

    run = run_tap({"access_token": login.access_token, "instance_url": login.instance_url})

    assert (None, 787) == (run.error, len(run.records("contacts")))


def test_rest_and_bulk_give_the_same_records(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """No record shows which API it came through."""
    config = {**demo_sandbox.salesforce_settings(), "custom_queries": QUERIES}

    rest = run_tap({**config, "api": "rest"})
    bulk = run_tap({**config, "api": "bulk"})

    jobs = {call.path for call in demo_sandbox.journal() if "jobs/query" in call.path}
    assert (None, None, True) == (rest.error, bulk.error, bool(jobs))
    for stream in ("contacts", "leads", "guests", "few"):
        assert lines(rest.records(stream)) == lines(bulk.records(stream))
        assert rest.records(stream)
    assert rest.state["bookmarks"].keys() == bulk.state["bookmarks"].keys()


def test_compounds_are_the_same_when_selected(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """Addresses are objects of the same parts, through REST and through Bulk."""
    config = demo_sandbox.salesforce_settings()
    catalog = discover(config)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"][1:2] in (["MailingAddress"], ["Address"]):
                entry["metadata"]["selected"] = True

    rest = run_tap({**config, "api": "rest"}, catalog=catalog)
    bulk = run_tap({**config, "api": "bulk"}, catalog=catalog)

    assert lines(rest.records("contacts")) == lines(bulk.records("contacts"))
    first = next(record for record in rest.records("contacts") if record["MailingAddress"])
    assert first["MailingCity"] == first["MailingAddress"]["city"]


def test_deleted_merged_and_converted_people(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """Deleted, merged and converted rows are read, and left out when not wanted."""
    config = demo_sandbox.salesforce_settings()
    run = run_tap(config)
    without = run_tap({**config, "include_deleted": False})

    contacts, leads = run.records("contacts"), run.records("leads")
    assert any(record["IsDeleted"] for record in contacts)
    assert any(record["IsConverted"] and record["ConvertedContactId"] for record in leads)
    kept = [record["Id"] for record in contacts if not record["IsDeleted"]]
    assert kept == [record["Id"] for record in without.records("contacts")]


def test_only_selected_fields_are_asked_for(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """The SELECT list holds what is selected and what is always needed."""
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"], "api": "rest"}
    catalog = discover(config)
    for entry in catalog["streams"][0]["metadata"]:
        if len(entry["breadcrumb"]) > 1:
            entry["metadata"]["selected"] = entry["breadcrumb"][1] == "Email"

    run = run_tap(config, catalog=catalog)

    names = {"Id", "IsDeleted", "MasterRecordId", "Email", "SystemModstamp"}
    assert [names] * 787 == [set(record) for record in run.records("contacts")]
    assert names == set(run.schema("contacts")["schema"]["properties"])
    assert 3 == run.calls


def test_deselected_object_costs_no_describe(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """One describe per selected object, none for the rest."""
    config = demo_sandbox.salesforce_settings()
    catalog = discover(config)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "leads"
    demo_sandbox.clear_journal()

    run = run_tap({**config, "api": "rest"}, catalog=catalog)

    assert (None, 3, 397) == (run.error, run.calls, len(run.records("leads")))


@pytest.mark.parametrize(
    ("key", "error"), [("LastModifiedDate", None), ("Email", "the replication key Email")]
)
def test_catalog_may_choose_the_key(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover, key: str, error: str | None
) -> None:
    """A replication key of the catalog is the one that is used, if it can be one."""
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"]}
    catalog = discover(config)
    catalog["streams"][0]["replication_key"] = key

    run = run_tap(config, catalog=catalog)

    bookmark = run.state.get("bookmarks", {}).get("contacts", {})
    assert (error or "None") in str(run.error)
    assert (None if error else key) == bookmark.get("replication_key")


@pytest.mark.parametrize("clause", ["LIMIT 5", "LIMIT 5 OFFSET 2"])
def test_no_key_of_a_catalog_cuts_a_query(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover, clause: str
) -> None:
    """What can only be read whole is refused a bookmark, which would pass rows that never came."""
    soql = f"SELECT Id, SystemModstamp FROM Contact {clause}"
    query = {"name": "some", "soql": soql, "primary_keys": ["Id"]}
    config = {**demo_sandbox.salesforce_settings(), "objects": [], "custom_queries": [query]}
    catalog = discover(config)
    catalog["streams"][0] |= {
        "replication_method": "INCREMENTAL",
        "replication_key": "SystemModstamp",
    }

    run = run_tap(config, catalog=catalog)

    assert ({}, []) == (run.state.get("bookmarks", {}).get("some", {}), run.records("some"))
    assert "does not go together" in str(run.error)


def test_full_table_by_catalog(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """A catalog may ask for the whole table; then there is no bookmark."""
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"]}
    catalog = discover(config)
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"

    run = run_tap(config, catalog=catalog)

    assert (None, 787, {}) == (
        run.error,
        len(run.records("contacts")),
        run.state["bookmarks"]["contacts"],
    )


def test_hints_survive_a_catalog(
    demo_sandbox: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """SCHEMA carries Salesforce's types and labels and the org, also with a catalog."""
    config = demo_sandbox.salesforce_settings()

    schema = run_tap(config, catalog=discover(config)).schema("contacts")["schema"]

    phone = schema["properties"]["Phone"]
    assert schema["x-salesforce-org"].startswith("00D")
    assert {
        "type": "phone",
        "label": phone["title"],
        "length": 40,
        "precision": 0,
        "scale": 0,
        "calculated": False,
        "referenceTo": [],
    } == phone["x-salesforce"]


def test_quiet_run_costs_six_calls(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """Without news, two streams cost a describe and two queries each: ended rows, living ones."""
    config = demo_sandbox.salesforce_settings()
    first = run_tap(config)

    second = run_tap(config, state=first.state)

    assert (None, 6, []) == (
        second.error,
        second.calls,
        [message for message in second.messages if message["type"] == "RECORD"],
    )


def test_where_narrows_and_keeps_its_meaning(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """A filter with OR does not leak out of its parentheses."""
    config = {
        **demo_sandbox.salesforce_settings(),
        "where": {"Contact": "Email = null OR Phone = null"},
        "start_date": "2026-01-01",
    }

    records = run_tap(config).records("contacts")

    assert records
    assert all(record["Email"] is None or record["Phone"] is None for record in records)
    assert all(record["SystemModstamp"] >= "2026-01-01" for record in records)


def test_where_may_hold_a_comment(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """A comment in a filter does not swallow the window that is put behind it."""
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"]}

    plain = run_tap({**config, "where": {"Contact": "Email = null"}})
    noted = run_tap({**config, "where": {"Contact": "Email = null // without e-mail"}})

    assert (None, True) == (noted.error, bool(plain.records("contacts")))
    assert plain.records("contacts") == noted.records("contacts")


def test_where_that_salesforce_refuses(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """What Salesforce objects to in a filter is said before any record, with a caret below it."""
    config = {
        **demo_sandbox.salesforce_settings(),
        "where": {"Contact": "Email != null AND (Phone = null OR Email > 3)"},
    }

    run = run_tap(config)

    assert isinstance(run.error, ConfigValidationError)
    (problem,) = run.error.errors
    said, line, caret = problem.split("\n")
    assert said.startswith("where.Contact: INVALID_FIELD: value of filter criterion")
    assert (line.index("Email > 3"), []) == (caret.index("^"), run.messages)


def test_a_changed_row_is_the_only_one_read(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """The next run reads what changed since, and what the lookback brings again."""
    config = sandbox.salesforce_settings()
    old = "2026-01-01T00:00:00.000+0000"
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [{"LastName": str(number), "SystemModstamp": old} for number in range(5)],
    )
    first = run_tap(config)
    sandbox.sandbox.clock.advance(3600)
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "new"}])
    sandbox.sandbox.clock.advance(3600)

    second = run_tap(config, state=first.state)
    third = run_tap(config, state=second.state)

    assert (5, ["new"], []) == (
        len(first.records("contacts")),
        [record["LastName"] for record in second.records("contacts")],
        third.records("contacts"),
    )


def test_a_table_of_many_fields_is_read(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """A SELECT that is longer than an address is sent in a body."""
    columns = ", ".join(
        f"Account.Parent.Owner.Manager.{name}"
        for name in ("Email", "Name", "Title", "Phone", "Id", "FirstName", "LastName", "Username")
    )
    condition = " OR ".join(f"LastName = 'Nobody of this name {number}'" for number in range(400))
    query = f"SELECT Id, LastName, {columns} FROM Contact WHERE LastName != null AND (Id != null OR {condition})"
    config = {
        **demo_sandbox.salesforce_settings(),
        "objects": [],
        "api": "rest",
        "custom_queries": [{"name": "wide", "soql": query}],
    }

    run = run_tap(config)

    posts = [call for call in demo_sandbox.journal() if call.path.endswith("/composite")]
    assert (None, True, True) == (run.error, len(run.records("wide")) > 700, bool(posts))


def test_counts_are_verified(
    demo_sandbox: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    """With verify_counts, each window costs one more call, and agrees."""
    config = {**demo_sandbox.salesforce_settings(), "verify_counts": True, "api": "rest"}

    run = run_tap(config)

    assert (None, 10, []) == (
        run.error,
        run.calls,
        [record for record in caplog.records if "counts" in record.message],
    )


def test_nothing_is_done_that_must_not_be(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """The tap never breaks a rule of the API, and never writes."""
    demo_sandbox.clear_journal()
    run_tap(demo_sandbox.salesforce_settings())

    assert ([], 0) == (demo_sandbox.violations(), demo_sandbox.writes("salesforce"))


def test_many_rows_go_through_bulk(
    demo_sandbox: RunningSandbox, run_tap: RunTap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `auto`, many rows go through Bulk: by an estimate at first, by the first page later."""
    monkeypatch.setattr("tap_salesforce_zingle.read.reader.BULK_FROM", 500)
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"]}
    bookmark = {
        "replication_key": "SystemModstamp",
        "replication_key_value": "2001-01-01T00:00:00.000Z",
    }

    demo_sandbox.clear_journal()
    first = run_tap(config)
    later = run_tap(config, state={"bookmarks": {"contacts": bookmark}})

    jobs = [
        call for call in demo_sandbox.journal() if call.method == "POST" and "jobs" in call.path
    ]
    counts = [call for call in demo_sandbox.journal() if call.path.endswith("recordCount")]
    assert (787, 787, 2, 1) == (
        len(first.records("contacts")),
        len(later.records("contacts")),
        len(jobs),
        len(counts),
    )


def test_formulas_are_refreshed(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """With formula_refresh_hours, everything comes again after that time, and not before."""
    config = {**sandbox.salesforce_settings(), "objects": ["Contact"], "formula_refresh_hours": 24}
    old = "2026-01-01T00:00:00.000+0000"
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "A", "SystemModstamp": old}])
    first = run_tap(config)
    sandbox.sandbox.clock.advance(12 * 3600)
    second = run_tap(config, state=first.state)
    sandbox.sandbox.clock.advance(12 * 3600 + 60)
    third = run_tap(config, state=second.state)
    sandbox.sandbox.clock.advance(3600)
    fourth = run_tap(config, state=third.state)

    assert [1, 0, 1, 0] == [len(run.records("contacts")) for run in (first, second, third, fourth)]


def test_rows_that_are_committed_late(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """A row that becomes visible after the bookmark has passed its stamp is found all the same."""
    config = {**sandbox.salesforce_settings(), "objects": ["Contact"]}
    visible = sandbox.sandbox.clock.timestamp() + 300
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "late"}], visible_at=visible)
    sandbox.sandbox.clock.advance(60)
    first = run_tap(config)
    sandbox.sandbox.clock.advance(300)

    second = run_tap(config, state=first.state)

    assert ([], ["late"]) == (
        first.records("contacts"),
        [record["LastName"] for record in second.records("contacts")],
    )


def test_rows_that_are_missing_are_read_again(
    demo_sandbox: RunningSandbox, run_tap: RunTap
) -> None:
    """When Salesforce counts more rows than came, the bookmark stays where it was."""
    config = {
        **demo_sandbox.salesforce_settings(),
        "objects": ["Contact"],
        "api": "rest",
        "verify_counts": True,
    }
    body = '{"totalSize": 999, "done": true, "records": []}'
    fault = demo_sandbox.sandbox.faults.add(kind="status", path="re:COUNT", status=200, body=body)
    try:
        run = run_tap(config)
    finally:
        demo_sandbox.sandbox.faults.remove(fault)

    assert (None, 787, {}) == (
        run.error,
        len(run.records("contacts")),
        {
            name: value
            for name, value in run.state["bookmarks"]["contacts"].items()
            if name not in {"ended", "selection"}
        },
    )


def test_soap_login_reads(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """User name, password and security token alone still log in where the org allows it."""
    settings = demo_sandbox.salesforce_settings("password")
    config = {name: settings[name] for name in settings if not name.startswith("client_")}

    run = run_tap({**config, "objects": ["Lead"]})

    assert (None, 397) == (run.error, len(run.records("leads")))


def test_rotating_refresh_tokens(sandbox: RunningSandbox, run_tap: RunTap, tmp_path: Path) -> None:
    """Where every use of a refresh token gives a new one, run after run goes on with the newest."""
    sandbox.sandbox.set_options({"salesforce_refresh_rotation": True})
    settings = sandbox.salesforce_settings("refresh_token")
    config = {**settings, "token_store": str(tmp_path / "token"), "objects": ["Contact"]}

    errors = [run_tap(config).error for _ in range(3)]

    assert [None, None, None] == errors


def test_rotation_without_a_store(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """Without a store, a rotated token stops the run with what to do."""
    sandbox.sandbox.set_options({"salesforce_refresh_rotation": True})

    run = run_tap(sandbox.salesforce_settings("refresh_token"))

    assert "token_store is not set" in str(run.error)


def test_invisible_object(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """An object that the user may not see is named."""
    sandbox.sandbox.set_options({"salesforce_hidden_fields": "Lead"})

    run = run_tap(sandbox.salesforce_settings())

    assert isinstance(run.error, ConfigValidationError)
    assert ["objects: the user may not see Lead."] == [
        error.partition(";")[0].rstrip(".?") + "." for error in run.error.errors
    ]


def test_stream_maps_still_work(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """Where a stream map changes records, they go through it."""
    maps = {"contacts": {"Email": "__NULL__", "__alias__": "people", "Loud": "LastName.upper()"}}
    config = {**demo_sandbox.salesforce_settings(), "objects": ["Contact"], "stream_maps": maps}

    records = run_tap(config).records("people")

    assert 787 == len(records)
    assert all(record["Loud"] == record["LastName"].upper() for record in records)
    assert not any("Email" in record for record in records)


def test_foreseeable_error_is_told_once(
    sandbox: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK's own remark about an unhandled error would say nothing that the sentence does not."""
    sandbox.sandbox.faults.add(
        kind="status", path="re:/query", status=403, code="API_DISABLED_FOR_ORG"
    )

    run = run_tap(sandbox.salesforce_settings())

    assert "API_DISABLED_FOR_ORG" in str(run.error)
    assert [] == [record.message for record in caplog.records if record.levelname == "ERROR"]
