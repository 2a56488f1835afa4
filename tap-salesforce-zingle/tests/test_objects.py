"""Any object as a stream of its own, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_salesforce_zingle.discovery import problems_of
from tap_salesforce_zingle.settings import TAP_SETTINGS
from tap_salesforce_zingle.tap import TapSalesforceZingle
from zingle_sandbox.salesforce import insert_rows
from zingle_sync.salesforce import CONNECTION_SETTINGS, Salesforce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import RunTap
    from zingle_sandbox.testing import RunningSandbox

HOUR = 3_600


def config(sandbox: RunningSandbox, *objects: str, **more: Any) -> dict[str, Any]:
    """Settings that read these objects."""
    return {**sandbox.salesforce_settings(), "objects": list(objects), **more}


def problems(sandbox: RunningSandbox, *objects: str, **more: Any) -> list[str]:
    """What a run would stop at, and what it would warn of."""
    defaults = {setting.name: setting.default for setting in TAP_SETTINGS}
    defaults |= {
        name: row["default"] for name, row in CONNECTION_SETTINGS.items() if "default" in row
    }
    given = {**defaults, **config(sandbox, *objects, **more)}
    return [str(problem) for problem in problems_of(given, Salesforce.from_settings(given))]


@pytest.fixture
def world(sandbox: RunningSandbox) -> RunningSandbox:
    """Accounts and opportunities in an empty org."""
    sandbox.sandbox.clock.freeze()
    accounts = insert_rows(sandbox.sandbox, "Account", [{"Name": f"Acme {n}"} for n in range(3)])
    rows = [
        {
            "Name": f"Deal {n}",
            "AccountId": accounts[0],
            "StageName": "New",
            "CloseDate": "2026-04-01",
            "Amount": n,
        }
        for n in range(5)
    ]
    insert_rows(sandbox.sandbox, "Opportunity", rows)
    sandbox.sandbox.clock.advance(HOUR)
    return sandbox


def test_an_object_is_a_stream_of_its_name_with_types_and_keys(
    world: RunningSandbox, run_tap: RunTap
) -> None:
    """As other taps name it; described like people, only what changed comes again."""
    run = run_tap(config(world, "Opportunity"))

    schema = run.schema("Opportunity")
    assert run.error is None
    assert (["Id"], ["SystemModstamp"]) == (schema["key_properties"], schema["bookmark_properties"])
    properties = schema["schema"]["properties"]
    assert "number" in properties["Amount"]["type"]
    assert "date" == properties["CloseDate"]["format"]
    assert {0, 1, 2, 3, 4} == {row["Amount"] for row in run.records("Opportunity")}

    world.sandbox.clock.advance(2 * HOUR)
    later = run_tap(config(world, "Opportunity"), state=run.state)
    assert [] == later.records("Opportunity")
    row = {"Name": "New", "StageName": "New", "CloseDate": "2026-04-01"}
    insert_rows(world.sandbox, "Opportunity", [row])
    world.sandbox.clock.advance(HOUR)
    last = run_tap(config(world, "Opportunity"), state=later.state)
    assert ["New"] == [row["Name"] for row in last.records("Opportunity")]


@pytest.mark.parametrize("included", [True, False])
def test_deleted_rows_come_as_the_setting_says(
    world: RunningSandbox, run_tap: RunTap, included: bool
) -> None:
    """With their mark, as long as they are in the Recycle Bin."""
    gone, _ = insert_rows(world.sandbox, "Task", [{"Subject": "Call"}, {"Subject": "Mail"}])
    world.sandbox.clock.advance(HOUR)
    run = run_tap(config(world, "Task"))
    client = Salesforce.from_settings(world.salesforce_settings())
    client.simple_salesforce().Task.delete(gone)
    world.sandbox.clock.advance(HOUR)

    again = run_tap(config(world, "Task", include_deleted=included), state=run.state)

    rows = [(row["Id"], row["IsDeleted"]) for row in again.records("Task")]
    assert rows == ([(gone, True)] if included else [])


def test_an_object_costs_a_describe_and_a_query(world: RunningSandbox, run_tap: RunTap) -> None:
    """Nobody inherits from these rows, so that one pass is enough."""
    first = run_tap(config(world, "Account"))
    catalog = TapSalesforceZingle(config=config(world, "Account")).catalog_dict
    for stream in catalog["streams"]:
        stream["metadata"].append({"breadcrumb": [], "metadata": {"selected": True}})
    world.sandbox.clock.advance(HOUR)

    quiet = run_tap(config(world, "Account"), state=first.state, catalog=catalog)

    assert (None, 2) == (quiet.error, quiet.calls)


@pytest.mark.parametrize("sobject", ["Account", "Opportunity"])
def test_bulk_gives_the_same_records(world: RunningSandbox, run_tap: RunTap, sobject: str) -> None:
    """By `api_by_object` for one object, while the others stay with `api`."""
    both = ("Account", "Opportunity")
    rest = run_tap(config(world, *both, api="rest"))
    world.clear_journal()
    bulk = run_tap(config(world, *both, api="rest", api_by_object={sobject: "bulk"}))

    jobs = [
        call
        for call in world.journal()
        if call.path.endswith("/jobs/query") and call.method == "POST"
    ]
    assert (None, 1) == (bulk.error, len(jobs))
    for name in both:
        assert sorted(rest.records(name), key=str) == sorted(bulk.records(name), key=str)


@pytest.mark.parametrize(
    ("hidden", "key", "warning"),
    [
        ("SystemModstamp", "LastModifiedDate", "it is read by LastModifiedDate."),
        (
            "SystemModstamp,Account.LastModifiedDate",
            "CreatedDate",
            "read by CreatedDate; rows that change later do not come again.",
        ),
        (
            "SystemModstamp,Account.LastModifiedDate,Account.CreatedDate",
            None,
            "all is read each time.",
        ),
    ],
)
def test_an_object_without_the_usual_key_is_read_by_the_next_best(
    world: RunningSandbox,
    run_tap: RunTap,
    caplog: pytest.LogCaptureFixture,
    *,
    hidden: str,
    key: str | None,
    warning: str,
) -> None:
    """As other taps do; what that misses is told, and without any the whole table is read."""
    world.sandbox.set_options({"salesforce_hidden_fields": f"Account.{hidden}"})
    run = run_tap(config(world, "Account"))

    assert (None, 3) == (run.error, len(run.records("Account")))
    assert run.schema("Account").get("bookmark_properties") in ([key] if key else [], [key], None)
    assert warning in caplog.text
    world.sandbox.clock.advance(HOUR)
    again = run_tap(config(world, "Account"), state=run.state)
    assert (0 if key else 3) == len(again.records("Account"))


def test_conditions_go_with_any_object(world: RunningSandbox, run_tap: RunTap) -> None:
    """`where` names objects of `objects`."""
    given = config(world, "Opportunity", where={"Opportunity": "Amount > 2"})

    assert {3, 4} == {row["Amount"] for row in run_tap(given).records("Opportunity")}


@pytest.mark.parametrize(
    ("objects", "more", "expected"),
    [
        (["Acount"], {}, "objects: the user may not see Acount; did you mean Account?"),
        (["account"], {}, "objects: account is written Account."),
        (["contact"], {}, "objects: contact is written Contact."),
        (["Account"], {"api_by_object": {"Lead": "rest"}}, "api_by_object.Lead: Lead is not among"),
        (["Account"], {"where": {"Lead": "Id != null"}}, "where.Lead: Lead is not among"),
        (
            ["Account"],
            {"custom_queries": [{"name": "Account", "soql": "SELECT Id FROM Account"}]},
            "there is another stream of this name",
        ),
    ],
)
def test_wrong_names_are_told_before_the_first_record(
    world: RunningSandbox, objects: list[str], more: Mapping[str, Any], expected: str
) -> None:
    """With the name that is meant, where one is near."""
    told = problems(world, *objects, **more)

    assert [text for text in told if expected in text], told


@pytest.mark.parametrize(
    "name", ["", "Stay c", "../limits", "Account?", "1st", "Ünion", "Account\n"]
)
def test_what_is_no_name_of_an_object_never_reaches_an_address(
    world: RunningSandbox, name: str
) -> None:
    """It would be another call."""
    world.clear_journal()

    with pytest.raises(ConfigValidationError) as caught:
        TapSalesforceZingle(config=config(world, name))

    assert [text for text in caught.value.errors if text.startswith("objects")]
    assert [] == [call for call in world.journal() if "sobjects" in call.path]
