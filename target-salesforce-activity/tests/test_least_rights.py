"""A user who has the shipped permission set, and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from conftest import Pipeline

PERMISSION_SET = (
    Path(__file__).parents[2] / "docs/salesforce/permissionsets/Zingle_Conversations.permissionset"
)
SPACE = "{http://soap.sforce.com/2006/04/metadata}"
ROOT = ET.parse(PERMISSION_SET).getroot()
GRANTS = {
    (row.findtext(f"{SPACE}field") or row.findtext(f"{SPACE}object") or "")
    for row in ROOT
    if row.tag in {f"{SPACE}fieldPermissions", f"{SPACE}objectPermissions"}
}


def without(grant: str) -> str:
    """The permission set without one of its grants, and those that hang on it."""
    root = ET.parse(PERMISSION_SET).getroot()
    for row in list(root):
        name = row.findtext(f"{SPACE}field") or row.findtext(f"{SPACE}object")
        if name and (name == grant or name.startswith(f"{grant}.")):
            root.remove(row)
    return ET.tostring(root, encoding="unicode")


def restrict(pipeline: Pipeline, permission_set: str) -> None:
    """Leave the user nothing but a permission set."""
    pipeline.sandbox.sandbox.set_options({"salesforce_permission_set": permission_set})
    pipeline.sandbox.clear_journal()


def populate(pipeline: Pipeline) -> set[str]:
    """Guests whose people are found in every way; returns the people."""
    linked, by_phone, by_email, lead = (
        pipeline.person(),
        pipeline.person(OtherPhone="9123 4567", MailingCountry="Singapore"),
        pipeline.person("Lead", Email="joe@hotel.com"),
        pipeline.person("Lead", MobilePhone="9876 5432", Country="Singapore"),
    )
    became = pipeline.person()
    converted = pipeline.person("Lead", IsConverted=True, ConvertedContactId=became)
    winner = pipeline.person()
    merged = pipeline.person(IsDeleted=True, MasterRecordId=winner)
    for link in (linked, converted, merged):
        pipeline.message(pipeline.guest(link))
    for kind, value in (
        ("phone", "+6591234567"),
        ("phone", "+6598765432"),
        ("email", "joe@hotel.com"),
    ):
        pipeline.message(pipeline.guest(channels=[{"type": kind, "value": value}]))
    return {linked, by_phone, by_email, lead, became, winner}


@pytest.mark.parametrize("key", ["unique", "non_unique"])
def test_the_permission_set_is_enough(
    pipeline: Pipeline, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing but the permission set every guest finds the right person, and no one complains."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    people = populate(pipeline)
    restrict(pipeline, str(PERMISSION_SET))
    with caplog.at_level(logging.WARNING):
        pipeline.run()

    assert people == {task["WhoId"] for task in pipeline.tasks()}
    assert "This user" not in caplog.text
    assert pipeline.sandbox.violations() == []
    pipeline.state = None
    pipeline.run()
    assert {"unchanged"} == {each.kind for each in pipeline.outcomes}


def test_the_permission_set_is_enough_for_person_accounts(pipeline: Pipeline) -> None:
    """A link to a person account is followed to its Contact."""
    pipeline.sandbox.sandbox.set_options({"salesforce_person_accounts": True})
    contact = pipeline.person()
    account = pipeline.person("Account", IsPersonAccount=True, PersonContactId=contact)
    restrict(pipeline, str(PERMISSION_SET))
    pipeline.message(pipeline.guest(account))
    pipeline.run()

    assert [contact] == [task["WhoId"] for task in pipeline.tasks()]


@pytest.mark.parametrize("taken", sorted(GRANTS - {"Account"}))
def test_nothing_in_the_permission_set_is_superfluous(
    pipeline: Pipeline, taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each grant that is taken away is missed by name, in a warning or as a reason to stop."""
    populate(pipeline)
    restrict(pipeline, without(taken))
    name = taken.rpartition(".")[2]
    wanted = {"MailingAddress": "MailingCountry", "Address": "Country"}.get(name, name)
    said = ""
    with caplog.at_level(logging.WARNING):
        try:
            pipeline.run()
        except ConfigurationError as error:
            said = str(error)

    if name == "Zingle_Conversation_Key__c":  # the key goes into CallObject then
        assert all(task["CallObject"] for task in pipeline.tasks())
        return
    assert wanted in said + caplog.text
    assert bool(said) != bool(pipeline.tasks())


def test_who_cannot_see_tasks_is_told_what_to_grant(pipeline: Pipeline) -> None:
    """Not that something was not found, but which right is missing and where it is."""
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": "Task"})
    pipeline.message(pipeline.linked_guest())

    with pytest.raises(ConfigurationError, match=r"can't see Tasks; .*docs/salesforce"):
        pipeline.run()
