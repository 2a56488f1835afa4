"""A part that Zingle refuses, or an answer that shows a part: the rest of the guest is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.faults import FaultRule
from zingle_sync.zingle import RecordError, Zingle

if TYPE_CHECKING:
    from conftest import Make, World

PHONE, OTHER = "+18585551212", "+18585551313"
FIELDS = {"Room": "Room__c", "Company": "Company__c"}
MAPPING = {"fields": FIELDS, "labels": [{"name": "VIP"}]}


def field_id(world: World, name: str) -> str:
    """A contact field's id."""
    told = "SELECT id FROM zg_fields WHERE display_name = ? AND service = 1"
    return str(world.running.sandbox.store.value(told, (name,)))


def refuse(
    world: World, monkeypatch: pytest.MonkeyPatch, *names: str, code: str = "3706"
) -> list[str]:
    """From here on Zingle refuses values of these fields; returns the refused calls."""
    ids = {field_id(world, name) for name in names}
    put, post, refused = Zingle.update_contact, Zingle.set_field, list[str]()

    def error(call: str) -> RecordError:
        refused.append(call)
        return RecordError("the value is not taken", status=400, code=code)

    def update(client: Zingle, service: str, contact: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - a row
        if ids & {item["custom_field_id"] for item in body["custom_field_values"]}:
            raise error("PUT")
        return put(client, service, contact, body)

    def set_field(client: Zingle, service: str, contact: str, field: str, body: Any) -> Any:  # noqa: ANN401 - as the real one
        if field in ids:
            raise error("POST")
        return post(client, service, contact, field, body)

    monkeypatch.setattr(Zingle, "update_contact", update)
    monkeypatch.setattr(Zingle, "set_field", set_field)
    return refused


def sync(world: World, make: Make, **settings: Any) -> Any:  # noqa: ANN401 - a result
    """One guest with a new name, two values, a phone and a label."""
    fields = {**make.contact_fields, "Room__c": "string", "Company__c": "string"}
    record = make.person(1, MobilePhone=PHONE, Phone=OTHER, Room__c="12", Company__c="Acme")
    return world.stream("contacts", fields, [record], mapping=MAPPING, **settings)


@pytest.mark.parametrize("link", [True, False])
def test_a_refused_value_keeps_nothing_else_out(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    """Names, other values, channels, labels and the link arrive; the record tells which did not."""
    external_id = None if link else make.person(1)["Id"]
    guest = world.contact(phones=[PHONE], first="Old", external_id=external_id)
    refuse(world, monkeypatch, "Room")

    outcome = sync(world, make).of(make.person(1)["Id"])

    held = world.contacts()[guest]
    assert ("Ann1", ["VIP"], ["Acme"], make.person(1)["Id"]) == (
        held["first_name"],
        held["labels"],
        [value for value in held["fields"].values() if value in {"12", "Acme"}],
        held["external_id"],
    )
    assert {PHONE, OTHER} == {channel[0] for channel in held["channels"]}
    assert ("rejected", "refused") == (outcome.kind, outcome.reason)
    assert ("3706", "Room") == (outcome.error.code, outcome.error.field)


@pytest.mark.parametrize("names", [["Room"], ["Room", "Company"]])
def test_a_refused_value_is_not_sent_again(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    """The next run says the same, and so does a dry one; nothing is written."""
    world.contact(phones=[PHONE], first="Old", external_id=make.person(1)["Id"])
    refused = refuse(world, monkeypatch, *names)
    sync(world, make)
    refused.clear()

    runs = [sync(world, make), sync(world, make, dry_run=True)]

    assert ([], [0, 0]) == (refused, [run.writes for run in runs])
    assert [("rejected", "refused", "3706", "Room")] * 2 == [
        (one.kind, one.reason, one.error.code, one.error.field)
        for one in (run.of(make.person(1)["Id"]) for run in runs)
    ]


@pytest.mark.parametrize("part", ["channels", "custom_field_values", "id"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_answer_that_shows_a_part_of_the_guest_is_no_loss(
    world: World, make: Make, part: str, method: str
) -> None:
    """The guest is read again: nothing counts as lost, is written twice, or told as not written."""
    world.contact(phones=[PHONE], first="Old", fields={"Room": "9"}, notes="Sea")
    path = "/v1/services/*/contacts/*" + ("/labels/*" if method == "POST" else "")
    rule = {"method": method, "path": path, "remove": (f"result.{part}",)}
    world.running.sandbox.faults.add(FaultRule("rewrite", system="zingle", **rule))  # type: ignore[arg-type]  # a rule's fields

    outcome = sync(world, make).of(make.person(1)["Id"])
    written = [
        call.path.rpartition("/")[2]
        for call in world.running.journal()
        if "custom-field-values" in call.path
    ]

    assert ((), []) == (outcome.warnings, written)
    assert 0 == sync(world, make).writes


def test_a_label_that_a_lock_protects_keeps_nothing_else_out(world: World, make: Make) -> None:
    """Where the lock of another source covers labels, values arrive all the same."""
    world.contact(phones=[PHONE], external_id=make.person(1)["Id"], locked_by_source="pms")
    rule = {"method": "POST", "path": "*/labels/*", "status": 400, "code": "3011"}
    world.running.sandbox.faults.add(FaultRule("status", system="zingle", **rule))  # type: ignore[arg-type]  # a rule's fields

    outcome = sync(world, make).of(make.person(1)["Id"])

    assert ("updated", ("Room", "Company")) == (outcome.kind, outcome.changed_fields)
    assert "label_not_added:VIP" in outcome.warnings
