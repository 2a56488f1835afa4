"""Inputs that nobody promised: flags as text, schemas that change, settings that are misspelt."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from target_zingle.settings import CONFIG_SCHEMA
from target_zingle.target import TargetZingle

if TYPE_CHECKING:
    from conftest import Make, World

PHONE, OTHER = "+18585551212", "+18585551313"
TEXTS = {"Id": "id", "IsDeleted": "string", "IsConverted": "string", "_sdc_deleted_at": "string",
         "ConvertedContactId": "string", "MasterRecordId": "string", "LastName": "string",
         "MobilePhone": "string"}  # fmt: skip


@pytest.mark.parametrize("how", ["ignore", "unlink", "label:vip"])
@pytest.mark.parametrize(
    ("flags", "gone"),
    [
        ({"IsDeleted": "false"}, False),
        ({"IsDeleted": "0"}, False),
        ({"IsDeleted": "No"}, False),
        ({"IsDeleted": ""}, False),
        ({"IsDeleted": None}, False),
        ({"IsConverted": "FALSE", "ConvertedContactId": ""}, False),
        ({"_sdc_deleted_at": ""}, False),
        ({"_sdc_deleted_at": None}, False),
        ({"IsDeleted": "true"}, True),
        ({"IsDeleted": "1"}, True),
        ({"IsDeleted": "f", "_sdc_deleted_at": "2026-03-01 00:00:00"}, True),
    ],
)
def test_flags_as_text_mean_what_they_say(
    world: World, make: Make, how: str, flags: dict[str, Any], *, gone: bool
) -> None:
    """A living person is neither skipped nor unlinked because a file writes its flags as text."""
    record = {"Id": make.salesforce_id("003", 1), "LastName": "Lee", "MobilePhone": PHONE}
    guest = world.contact(phones=[PHONE], last="Lee", external_id=record["Id"])

    result = world.stream("contacts", TEXTS, [{**record, **flags}], on_source_delete=how)

    outcome = result.of(record["Id"])
    marked = outcome.reason == "deleted_in_source" or "source_deleted" in outcome.warnings
    assert gone == marked
    if not gone:
        assert ("unchanged", record["Id"]) == (
            outcome.kind,
            world.contacts()[guest]["external_id"],
        )


def test_a_flag_that_says_nothing_is_rejected(world: World, make: Make) -> None:
    """What is neither true nor false decides nobody's fate."""
    record = {"Id": make.salesforce_id("003", 1), "MobilePhone": PHONE, "IsDeleted": "perhaps"}

    result = world.stream("contacts", TEXTS, [record], on_source_delete="unlink")

    assert {record["Id"]: "rejected/invalid_value"} == result.kinds()


@pytest.mark.parametrize("second", ["number", "boolean"])
def test_records_are_read_under_the_schema_they_came_with(
    world: World, make: Make, second: str
) -> None:
    """A later SCHEMA, even with another key, says nothing about earlier records."""
    texts = {"id": "string", "phone": "string", "v": "string"}
    lines = make.messages("people", make.schema(texts, hints=False), [
        {"id": "a1", "phone": PHONE, "v": "007"},
    ])  # fmt: skip
    lines[0]["key_properties"] = ["id"]
    schema = make.schema(texts, hints=False)
    schema["properties"]["v"] = {"type": [second, "null"]}
    later = make.messages("people", schema, [
        {"id": "a2", "phone": OTHER, "v": 7 if second == "number" else True},
    ])  # fmt: skip
    later[0]["key_properties"] = ["id"]
    mapping = {"people": {"phones": ["phone"], "fields": {"Room": "v"}}}

    world.listen([*lines[:2], *later], contact_mapping=mapping)

    rooms = {c["external_id"]: set(c["fields"].values()) for c in world.contacts().values()}
    assert "007" in rooms["a1"]
    assert ("7" if second == "number" else "true") in rooms["a2"]


def test_misspelt_settings_write_nothing(world: World, make: Make) -> None:
    """Safety catches with a slip of the pen stop the target, each with the name to use."""
    slips = {"sync_mod": "update_only", "dryrun": True, "max_create_per_run": 1}

    with pytest.raises(ConfigValidationError) as refused:
        world.sync([make.person(1, MobilePhone=PHONE)], **slips)

    told = " ".join(refused.value.errors)
    for name in ("sync_mode", "dry_run", "max_creates_per_run"):
        assert f"did you mean {name}?" in told
    assert {} == world.contacts()


def test_a_condition_of_a_service_on_no_known_field_is_warned_of(
    world: World, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """What is misspelt is empty for everybody; the run names it, and what may be meant."""
    services = [{"service_id": world.service_id, "when": "LastNmae != 'Lee' and Email == None"}]

    world.sync([make.person(1, MobilePhone=PHONE)], service_id=None, services=services)

    told = [line for line in caplog.messages if "services[0].when" in line]
    (sentence,) = told
    assert 'no stream has a field "LastNmae"' in sentence
    assert 'did you mean "LastName"?' in sentence


def test_a_mapping_whose_stream_never_comes_is_warned_of(
    world: World, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A misspelt stream is named with the one that came."""
    mapping = {"contcts": {"fields": {"Room": "Room__c"}}}

    with caplog.at_level(logging.WARNING):
        world.sync([make.person(1, MobilePhone=PHONE)], contact_mapping=mapping)

    assert 'contact_mapping.contcts: no stream of this name came; did you mean "contacts"?' in (
        caplog.text
    )


def test_defaults_that_fall_away_are_named_once(
    world: World, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A user who may not see the phones of Contact is told so, not to complete them."""
    fields = {
        name: kind
        for name, kind in make.contact_fields.items()
        if name not in {"Phone", "MobilePhone", "HomePhone"}
    }
    records = [{"Id": make.salesforce_id("003", n), "LastName": "Lee"} for n in (1, 2)]

    with caplog.at_level(logging.WARNING):
        world.stream("contacts", fields, records)

    assert 1 == caplog.text.count("Stream contacts has no MobilePhone, Phone, HomePhone, which")


def test_a_misspelt_key_is_not_told_as_two_faults(world: World) -> None:
    """The cause is named, not its consequence."""
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "m": {"type": "string"}}}
    line = {"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["id"]}

    for mapping in ({"phnes": ["m"]}, {"phones": ["mm"]}):
        with pytest.raises(ConfigValidationError) as refused:
            world.listen([line], contact_mapping={"rows": mapping})
        assert 1 == len(refused.value.errors)


def test_an_organisation_that_is_no_id_is_a_problem_not_a_defect(world: World, make: Make) -> None:
    """A tap that names its organisation wrongly is refused in plain words."""
    schema = {**make.schema(make.contact_fields), "x-salesforce-org": "acme"}

    with pytest.raises(ConfigValidationError) as refused:
        world.listen(make.messages("contacts", schema, [make.person(1)]))

    assert refused.value.errors[0].startswith("x-salesforce-org: ")


@pytest.mark.parametrize("org", ["acme", 7, True, ["00D000000000001"], {"id": "00D"}, "x" * 18])
def test_any_organisation_that_is_no_id_is_told(world: World, make: Make, org: object) -> None:
    """Whatever a tap puts there, the problem is told with its path and nothing is written."""
    schema = {**make.schema(make.contact_fields), "x-salesforce-org": org}
    world.running.clear_journal()

    with pytest.raises(ConfigValidationError) as refused:
        world.listen(make.messages("contacts", schema, [make.person(1, Phone=PHONE)]))

    assert any(problem.startswith("x-salesforce-org: ") for problem in refused.value.errors)
    assert not world.contacts()


@pytest.mark.parametrize("empty", [None, "", "  "])
@pytest.mark.parametrize("keys", [["Id"], ["Id", "Site"], []])
def test_a_record_without_its_id_has_no_key(
    world: World, make: Make, empty: str | None, keys: list[str]
) -> None:
    """No id is nobody's id: such records are refused one by one, and never share the key `None`."""
    fields = {**make.contact_fields, "Site": "string"}
    schema = {"type": "SCHEMA", "stream": "contacts", "schema": make.schema(fields)}
    people = [make.person(n, Id=empty, Phone=f"+1858555{n:04}") for n in (1, 2)]
    good = make.person(3, Phone=PHONE, Site="s")
    rows = [{"type": "RECORD", "stream": "contacts", "record": row} for row in (*people, good)]

    result = world.listen([{**schema, "key_properties": keys}, *rows])

    assert 1 == len(world.contacts())
    refused = [one for one in result.outcomes if one.kind == "rejected"]
    assert ["invalid_record"] * 2 == [one.reason for one in refused]
    assert not {one.source_key for one in refused} & {"None", "null", "None:None"}


@pytest.mark.parametrize(
    ("forms", "external_id"),
    [
        (["2", "2.0", "2.00", "2e0"], "2"),
        (["2.5", "2.50", "25e-1"], "2.5"),
        (["1e15", "1000000000000000", "1000000000000000.0"], "1000000000000000"),
        (["0", "-0.0", "0.0"], "0"),
        (["12345678901234567890", "12345678901234567890.0"], "12345678901234567890"),
    ],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_number_is_one_id_however_it_is_written(
    world: World, forms: list[str], external_id: str, *, keyed: bool
) -> None:
    """A sheet writes 2 today and 2.0 tomorrow: the guest is one, in Zingle and in the log."""
    numbers = {"type": ["number", "null"]}
    schema = {"properties": {"no": numbers, "m": {"type": "string"}}}
    first = json.dumps({"type": "SCHEMA", "stream": "rows", "schema": schema,
                        "key_properties": ["no"] if keyed else []})  # fmt: skip
    keys = set()
    for form in forms:
        row = f'{{"type":"RECORD","stream":"rows","record":{{"no":{form},"m":"{PHONE}"}}}}'
        mapping = {"rows": {"external_id": "no", "phones": ["m"]}}
        result = world.listen([first, row], contact_mapping=mapping)
        keys |= {outcome.source_key for outcome in result.outcomes}

    (contact,) = world.contacts().values()
    assert external_id == contact["external_id"]
    assert {external_id} == keys


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e999999999", "1e-999999999"])
def test_a_number_that_nothing_can_hold_stays_short(world: World, number: str) -> None:
    """An id is never written out without end, and the next record is settled."""
    schema = {"properties": {"no": {}, "m": {"type": "string"}}}
    lines = [
        json.dumps({"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["no"]})
    ] + [
        f'{{"type":"RECORD","stream":"rows","record":{{"no":{form},"m":"{phone}"}}}}'
        for form, phone in ((number, PHONE), ("7", OTHER))
    ]

    result = world.listen(lines, contact_mapping={"rows": {"phones": ["m"]}})

    assert result.of("7").kind == "created"
    assert max(len(one.source_key) for one in result.outcomes) < 20
    assert all(len(contact["external_id"]) < 20 for contact in world.contacts().values())


SHAPING = {
    "service_id": "7c1c2f0e-0000-4d7a-9a35-2f6c1e8b9a02",
    "services": [{"service_id": "7c1c2f0e-0000-4d7a-9a35-2f6c1e8b9a02"}],
    "route": "all",
    "contact_mapping": {"contacts": {"fields": {"Room": "Room__c"}}},
    "default_region": "DE",
    "match_keys": ["phone"],
    "sync_mode": "update_only",
    "link_matched": False,
    "external_id_template": "{org_id}:{id}",
    "on_shared_phone": "reject",
    "on_channel_conflict": "reject",
    "on_overflow": "truncate",
    "on_locked": "skip",
    "own_sources": ["pms"],
    "on_source_delete": "unlink",
    "ignore_phones": [PHONE],
    "ignore_emails": ["desk@harbor-guests.net"],
    "external_id_storage": "custom_field",
    "external_id_field": "Guest Id",
    "stream_maps": {"contacts": {"LastName": "'Lee'"}},
    "stream_map_config": {"salt": "x"},
    "faker_config": {"seed": 1},
    "flattening_enabled": True,
    "flattening_separator": "--",
    "flattening_max_depth": 3,
    "flattening_max_key_length": 10,
}
OTHERS = {
    "api_url": "https://api-2.zingle.medallia.com",
    "username": "somebody",
    "password": "else",
    "token": "a.b.c",
    "concurrency": 2,
    "requests_per_second": 3,
    "request_timeout": 9,
    "lookup": "index",
    "batch_size_rows": 10,
    "max_creates_per_run": 7,
    "allow_vendor_connector": True,
    "on_reject": "fail",
    "max_error_rate": 0.1,
    "dry_run": True,
    "checkpoint_records": 5,
    "sync_log_url": "sqlite:///elsewhere.db",
    "retention_days": 3,
    "log_personal_data": True,
    "report_file": "report.html",
    "contact_url": "https://app.example.com/{contact_id}",
}


def _fingerprint(**changes: Any) -> str | None:
    config = {"service_id": "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01", "username": "a"}
    config = {**config, "password": "b", **changes}
    if changes.get("flattening_enabled"):
        config["flattening_max_depth"] = 3
    if "services" in changes:
        config.pop("service_id")
    return TargetZingle(config=config, parse_env_config=False).mapping_hash


@pytest.mark.parametrize("name", SHAPING)
def test_every_setting_that_shapes_what_is_written_is_in_the_fingerprint(name: str) -> None:
    """A change that reaches nobody by itself is seen."""
    assert _fingerprint() != _fingerprint(**{name: SHAPING[name]})


@pytest.mark.parametrize("name", OTHERS)
def test_connection_limits_and_log_are_not_in_the_fingerprint(name: str) -> None:
    """A new password changes nothing that is written."""
    assert _fingerprint() == _fingerprint(**{name: OTHERS[name]})


def test_every_setting_is_in_one_of_the_two_lists() -> None:
    """A new setting has to say whether it shapes what is written."""
    assert set(CONFIG_SCHEMA["properties"]) <= SHAPING.keys() | OTHERS.keys()
