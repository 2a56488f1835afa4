"""What is selected is what the catalog names, and a changed selection is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox

RunTap = Callable[..., Any]
Discover = Callable[..., dict[str, Any]]


@pytest.fixture
def org(sandbox: RunningSandbox) -> RunningSandbox:
    """An org with six contacts, three of them from the web."""
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"P{number}",
                "Department": "Sales",
                "LeadSource": "Web" if number % 2 else "Phone",
                "SystemModstamp": f"2026-02-2{number}T00:00:00.000+0000",
            }
            for number in range(6)
        ],
    )
    return sandbox


def config_of(org: RunningSandbox, **more: Any) -> dict[str, Any]:
    """Contacts."""
    return {**org.salesforce_settings(), "objects": ["Contact"], **more}


def told(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """The warnings with a word in them."""
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    return [line for line in lines if word in line]


@pytest.mark.parametrize("api", ["rest", "bulk"])
@pytest.mark.parametrize("field", ["Birthdate", "Title", "DoNotCall"])
def test_what_the_catalog_does_not_name(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, field: str, api: str
) -> None:
    """A field that became visible after the catalog was made is neither asked for nor written."""
    org.sandbox.set_options({"salesforce_hidden_fields": f"Contact.{field}"})
    catalog = discover(config_of(org))
    org.sandbox.set_options({"salesforce_hidden_fields": ""})
    org.clear_journal()

    run = run_tap(config_of(org, api=api), catalog=catalog)

    names = set(run.schema("contacts")["schema"]["properties"])
    records = run.records("contacts")
    assert (None, 6, False) == (run.error, len(records), field in names)
    assert all(set(record) == names for record in records)


@pytest.mark.parametrize("api", ["rest", "bulk"])
@pytest.mark.parametrize("name", ["Id", "SystemModstamp", "IsDeleted"])
def test_deselected_keys(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, name: str, api: str
) -> None:
    """What reading goes by is part of the records, though a catalog deselects it."""
    catalog = discover(config_of(org))
    for entry in catalog["streams"][0]["metadata"]:
        if name in entry["breadcrumb"]:
            entry["metadata"] = {"inclusion": "available", "selected": False}

    run = run_tap(config_of(org, api=api), catalog=catalog)

    assert (None, 6) == (run.error, sum(name in record for record in run.records("contacts")))


def test_hand_written_catalog(org: RunningSandbox, run_tap: RunTap) -> None:
    """A catalog of two fields selects these, the keys, and what tells living people from ended ones."""
    schema = {"properties": {"Id": {"type": "string"}, "LastName": {"type": "string"}}}
    entry = {
        "tap_stream_id": "contacts",
        "stream": "contacts",
        "schema": schema,
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }

    run = run_tap(config_of(org), catalog={"streams": [entry]})

    names = {"Id", "LastName", "SystemModstamp", "IsDeleted", "MasterRecordId"}
    assert (None, names) == (run.error, set(run.schema("contacts")["schema"]["properties"]))
    assert all(set(record) == names for record in run.records("contacts"))


def test_field_that_vanished(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """A field of the catalog that is hidden now is named in a warning and left out of SCHEMA."""
    catalog = discover(config_of(org))
    org.sandbox.set_options({"salesforce_hidden_fields": "Contact.Department"})

    run = run_tap(config_of(org), catalog=catalog)

    names = set(run.schema("contacts")["schema"]["properties"])
    assert (None, False, 1) == (run.error, "Department" in names, len(told(caplog, "Department")))
    assert all(set(record) == names for record in run.records("contacts"))


def test_field_of_another_type(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """SCHEMA says the type that the records have, whatever an older catalog says."""
    catalog = discover(config_of(org))
    (entry,) = catalog["streams"]
    entry["schema"]["properties"]["Lifetime_Spend__c"]["type"] = ["string", "null"]
    entry["schema"]["properties"]["Birthdate"].pop("format")

    run = run_tap(config_of(org), catalog=catalog)

    properties = run.schema("contacts")["schema"]["properties"]
    assert ("number", "date") == (
        properties["Lifetime_Spend__c"]["type"][0],
        properties["Birthdate"]["format"],
    )
    assert ["Birthdate", "Lifetime_Spend__c"] == sorted(
        line.split()[1] for line in told(caplog, "another type")
    )


def test_current_catalog_warns_of_nothing(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """A catalog that fits the org is used without a word."""
    run = run_tap(config_of(org), catalog=discover(config_of(org)))

    assert (None, []) == (run.error, told(caplog, "contacts"))


def test_column_that_a_custom_query_gained(
    org: RunningSandbox, run_tap: RunTap, discover: Discover
) -> None:
    """A column that was added to a query after its catalog is not written."""
    query = {"name": "people", "soql": "SELECT Id, LastName FROM Contact"}
    catalog = discover(config_of(org, objects=[], custom_queries=[query]))
    wider = {**query, "soql": "SELECT Id, LastName, LeadSource FROM Contact"}

    run = run_tap(config_of(org, objects=[], custom_queries=[wider]), catalog=catalog)

    assert {"Id", "LastName", "SystemModstamp"} == {*run.records("people")[0]}


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({"where": {"Contact": "LeadSource = 'Web'"}}, {}, "the filter"),
        ({}, {"where": {"Contact": "Department = 'Sales'"}}, "the filter"),
        ({"start_date": "2026-02-24"}, {"start_date": "2026-02-21"}, "the start date"),
        ({"start_date": "2026-02-24"}, {}, "the start date"),
        ({"include_deleted": False}, {}, "deleted rows"),
        ({}, {"stream_maps": {"contact*": {"Title": "'Dr'"}}}, "the stream maps"),
        (
            {"stream_maps": {"people": {"__source__": "contacts", "Title": "'Dr'"}}},
            {"stream_maps": {"people": {"__source__": "contacts", "Title": "'Prof'"}}},
            "the stream maps",
        ),
    ],
)
def test_changed_selections_are_told_once(  # noqa: PLR0917 - cases and fixtures
    org: RunningSandbox,
    run_tap: RunTap,
    caplog: pytest.LogCaptureFixture,
    before: dict[str, Any],
    after: dict[str, Any],
    what: str,
) -> None:
    """What a new selection would bring and an incremental run does not is said, once, with the cure."""
    first = run_tap(config_of(org, **before))
    caplog.clear()
    second = run_tap(config_of(org, **after), state=first.state)
    (line,) = told(caplog, what)
    caplog.clear()
    third = run_tap(config_of(org, **after), state=second.state)
    again = told(caplog, what)
    whole = run_tap(config_of(org, **after))

    bookmark = third.state["bookmarks"]["contacts"]
    assert (True, [], True) == ("--full-refresh" in line, again, bool(bookmark["changed"]))
    assert "changed" not in whole.state["bookmarks"]["contacts"]


def test_streams_that_the_settings_lost(
    org: RunningSandbox, run_tap: RunTap, discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream that a catalog selects and the settings do not name is told of, not passed over."""
    query = {"name": "people", "soql": "SELECT Id FROM Contact"}
    catalog = discover(config_of(org, custom_queries=[query]))

    run = run_tap(config_of(org), catalog=catalog)

    (line,) = told(caplog, "people")
    assert (None, 6, True) == (run.error, len(run.records("contacts")), "left out" in line)


def test_another_organisation_is_told(
    org: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    """What a bookmark says was read of one organisation was not read of another."""
    first = run_tap(config_of(org))
    org.sandbox.set_options({"salesforce_full_copy": True})

    run_tap(config_of(org), state=first.state)

    (line,) = told(caplog, "--full-refresh")
    assert "the organisation changed" in line


def test_new_columns_are_told(
    org: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    """A field that became visible is named; a field that vanished is no reason to read again."""
    org.sandbox.set_options({"salesforce_hidden_fields": "Contact.Birthdate"})
    first = run_tap(config_of(org))
    org.sandbox.set_options({"salesforce_hidden_fields": "Contact.Title"})
    run_tap(config_of(org), state=first.state)

    (line,) = told(caplog, "--full-refresh")
    assert ("Birthdate" in line, "Title" in line) == (True, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"start_date": "2026-02-21"}, {"start_date": "2026-02-24"}),
        (
            {"where": {"Contact": "LastName != 'x'"}},
            {"where": {"Contact": "LastName != 'x' // note"}},
        ),
        ({"api": "rest"}, {"api": "bulk", "lookback_seconds": 60, "verify_counts": True}),
        ({}, {"stream_maps": {"leads": {"Title": "'Dr'"}}}),
    ],
)
def test_what_needs_no_word(
    org: RunningSandbox,
    run_tap: RunTap,
    caplog: pytest.LogCaptureFixture,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """The same selection, and a narrower one, are not told."""
    first = run_tap(config_of(org, **before))
    run_tap(config_of(org, **after), state=first.state)

    assert [] == told(caplog, "--full-refresh")


def test_a_full_read_brings_the_change(org: RunningSandbox, run_tap: RunTap) -> None:
    """When everything is read again, the change has reached every record and is forgotten."""
    filtered = config_of(org, where={"Contact": "LeadSource = 'Web'"}, formula_refresh_hours=24)
    everything = config_of(org, formula_refresh_hours=24)
    first = run_tap(filtered)
    second = run_tap(everything, state=first.state)
    org.sandbox.clock.advance(25 * 3600)
    third = run_tap(everything, state=second.state)

    kept = [run.state["bookmarks"]["contacts"].get("changed") for run in (second, third)]
    assert ([["the filter"], None], 6) == (kept, len(third.records("contacts")))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"where": {"Contact": "Account.Industry = 'Hotel'"}},
            ["where.Contact: it looks at Account"],
        ),
        (
            {"custom_queries": [{"name": "q", "soql": "SELECT Id, Account.Name FROM Contact"}]},
            ["custom_queries.q: it looks at Account"],
        ),
        (
            {
                "custom_queries": [
                    {"name": "q", "soql": "SELECT Id, (SELECT Id FROM Tasks) FROM Contact"}
                ]
            },
            ["custom_queries.q: it looks at Tasks"],
        ),
        (
            {
                "custom_queries": [
                    {
                        "name": "q",
                        "replication_key": "",
                        "soql": "SELECT Id, Account.Name FROM Contact",
                    }
                ]
            },
            [],
        ),
        ({"where": {"Contact": "Birthdate = TODAY"}}, ["where.Contact: it looks at TODAY"]),
        ({"where": {"Contact": "Department = 'VIP'"}}, []),
        ({"where": {"Contact": "Account.Industry = 'Hotel'"}, "formula_refresh_hours": 24}, []),
    ],
)
def test_what_an_incremental_query_cannot_see(
    org: RunningSandbox,
    run_tap: RunTap,
    caplog: pytest.LogCaptureFixture,
    config: dict[str, Any],
    expected: list[str],
) -> None:
    """Filters by other records or by the day, and columns of others, are warned of where needed."""
    run_tap(config_of(org, **config))

    assert expected == [line.partition(",")[0] for line in told(caplog, "it looks at")]


def test_a_version_that_the_org_lacks_is_told_at_its_setting(
    org: RunningSandbox, run_tap: RunTap
) -> None:
    """Nobody is sent to the rights of Contact and Lead when only the version is wrong."""
    run = run_tap({**org.salesforce_settings(), "api_version": "99.0"})

    assert "api_version: this org has no 99.0" in str(run.error)
    assert "may not see" not in f"{run.error} {getattr(run.error, 'errors', '')}"


def test_object_that_is_hidden(org: RunningSandbox, run_tap: RunTap) -> None:
    """An object that the user may not see is named, and not suggested in its own place."""
    org.sandbox.set_options({"salesforce_hidden_fields": "Lead"})

    run = run_tap({**org.salesforce_settings(), "objects": ["Contact", "Lead"]})

    (problem,) = getattr(run.error, "errors", [""])
    assert ("may not see Lead" in problem, "mean Lead" in problem) == (True, False)
