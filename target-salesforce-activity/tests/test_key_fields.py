"""The field of the key changes between two runs: every Task is found again, or the run says why."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

Line = dict[str, Any]
OWN = "Zingle_Conversation_Key__c"
# What an administrator may make of a field of ours, or leave of it to the user.
ORGS: dict[str, Line] = {
    "none": {"gone": True},
    "as shipped": {},
    "not unique": {"unique": False},
    "short, without case": {"length": 80, "caseSensitive": False},
    "read only": {"updateable": False},
}


def org(changes: Line) -> Callable[[TargetSalesforceActivity], None]:
    """Let the org describe the key's field otherwise."""

    def prepare(target: TargetSalesforceActivity) -> None:
        describe = target.salesforce.describe

        def changed(sobject: str) -> Line:
            found = copy.deepcopy(describe(sobject))
            if sobject == "Task":
                (field,) = (row for row in found["fields"] if row["name"] == OWN)
                field.update(changes)
                if "gone" in changes:
                    found["fields"].remove(field)
            return found

        target.salesforce.describe = changed  # type: ignore[method-assign] # another org

    return prepare


def feed(pipeline: Pipeline, texts: int, changes: Line, **config: Any) -> None:
    """Run on days of foreign ids, each of so many messages."""
    key = "non_unique" if "unique" in changes else "unique"
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    who = pipeline.read_soql("SELECT Id FROM Contact")[0]["Id"]
    days = [
        {
            "service_id": "Front Desk",
            "contact_id": contact,
            "date": "2026-02-27",
            "contact_external_id": who,
            "messages": [
                {"id": number, "at": "2026-02-27T10:00:00Z", "direction": "inbound", "body": body}
                for number, body in enumerate(["towels " * 3_000] * texts)
            ],
        }
        for contact in ("4711", "SM0a1B" * 8, "SM0A1b" * 8)
    ]
    lines = [{"type": "RECORD", "stream": "days", "record": day} for day in days]
    pipeline.foreign(lines, org(changes), **config)


@pytest.mark.parametrize("before", ORGS)
@pytest.mark.parametrize("after", ORGS)
def test_no_day_gets_a_second_task(pipeline: Pipeline, before: str, after: str) -> None:
    """Whatever becomes of the field, a day that comes again is written to the Tasks that it has."""
    pipeline.person()
    feed(pipeline, 2, ORGS[before])
    tasks = {task["Id"] for task in pipeline.tasks()}
    lost = after == "none" and before not in {"none", "read only"}
    if lost:
        with pytest.raises(ConfigurationError, match=OWN):
            feed(pipeline, 3, ORGS[after])
    else:
        feed(pipeline, 3, ORGS[after])

    kept = {task["Id"] for task in pipeline.tasks()}
    assert tasks <= kept
    assert len(kept) == (6 if lost else 9)
    assert {outcome.kind for outcome in pipeline.outcomes} <= {"created", "updated", "unchanged"}


def test_what_others_write_beside_the_key_hides_no_task(pipeline: Pipeline) -> None:
    """A telephone system's text in the one field does not keep the key in the other from us."""
    pipeline.person()
    feed(pipeline, 1, ORGS["as shipped"])
    pipeline.sandbox.sandbox.store.execute("UPDATE sf_Task SET CallObject = 'call-' || Id")

    feed(pipeline, 1, ORGS["read only"])

    assert ["unchanged"] * 3 == [each.kind for each in pipeline.outcomes]
    assert 3 == len(pipeline.tasks())


def test_who_gives_the_field_up_goes_on_without_it(pipeline: Pipeline) -> None:
    """Where the field is gone for good, naming the other one is enough, and only once."""
    pipeline.person()
    feed(pipeline, 1, {})
    gone = {"gone": True}
    with pytest.raises(ConfigurationError, match="CallObject"):
        feed(pipeline, 1, gone)
    feed(pipeline, 1, gone, activity_key_field="CallObject")
    feed(pipeline, 1, gone)

    assert len(pipeline.tasks()) == 6


@pytest.mark.parametrize(
    "settings",
    [
        ("CallDisposition", "auto", "auto"),
        ("auto", "CallDisposition", "CallDisposition"),
        ("CallDisposition", "CallObject", "auto", "CallObject"),
        ("auto", "CallObject", "CallDisposition", "auto"),
    ],
)
def test_days_that_come_later_are_found_too(pipeline: Pipeline, settings: tuple[str, ...]) -> None:
    """However often another field has the key, a Task is found by the one that its day left."""
    who = pipeline.person()

    def run(number: int, *contacts: str) -> None:
        lines = [
            {
                "type": "RECORD",
                "stream": "days",
                "record": {
                    "service_id": "s",
                    "contact_id": contact,
                    "date": "2026-02-27",
                    "contact_external_id": who,
                    "messages": [
                        {
                            "id": number,
                            "at": "2026-02-27T10:00:00Z",
                            "direction": "inbound",
                            "body": f"text {number}",
                        }
                    ],
                },
            }
            for contact in contacts
        ]
        pipeline.foreign(lines, activity_key_field=settings[number])

    run(0, "often", "seldom")
    tasks = {task["Id"] for task in pipeline.tasks()}
    for number in range(1, len(settings) - 1):
        run(number, "often")
    run(len(settings) - 1, "often", "seldom")
    assert tasks == {task["Id"] for task in pipeline.tasks()}

    first = OWN if settings[0] == "auto" else settings[0]
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": f"Task.{first}"})
    with pytest.raises(ConfigurationError, match=first):
        pipeline.foreign([], dry_run=True)


def test_another_org_has_another_field(pipeline: Pipeline) -> None:
    """What one org has says nothing about the next one that the same set-up writes to."""
    pipeline.person()
    feed(pipeline, 1, {})

    def elsewhere(target: TargetSalesforceActivity) -> None:
        facts = target.run.facts
        for place in [place for place in facts if place[0].startswith("http")]:
            facts["https://other.my.salesforce.com", place[1]] = facts.pop(place)
        org({"gone": True})(target)

    pipeline.foreign([], elsewhere, dry_run=True)


def test_many_days_that_have_shrunk_are_read_in_parts(pipeline: Pipeline) -> None:
    """However many days are shorter than before, no query is longer than Salesforce takes."""
    who = pipeline.person()

    def day(number: int, texts: int) -> Line:
        body = "towels " * 3_000
        return {
            "service_id": "front-desk",
            "contact_id": f"{number:036d}",
            "date": "2026-02-27",
            "contact_external_id": who,
            "messages": [
                {"id": text, "at": "2026-02-27T10:00:00Z", "direction": "inbound", "body": body}
                for text in range(texts)
            ],
        }

    for texts in (2, 1):
        days = [day(number, texts) for number in range(150)]
        lines = [{"type": "RECORD", "stream": "days", "record": each} for each in days]
        pipeline.foreign(lines)

    texts_of = [str(task["Description"]) for task in pipeline.tasks()]
    assert (300, 150) == (len(texts_of), texts_of.count("(moved)"))
