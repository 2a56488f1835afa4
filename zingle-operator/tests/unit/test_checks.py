from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from target_salesforce_activity.rules import TaskRules
from target_salesforce_activity.settings import CONFIG_SCHEMA
from target_zingle.wanted.definitions import definitions_of
from zingle_operator.check import salesforce, zingle
from zingle_operator.check.estimate import estimate
from zingle_operator.check.findings import Findings, MissingField
from zingle_operator.check.lengths import check_lengths, long_texts
from zingle_operator.check.mapping import (
    check_mapping,
    hidden_defaults,
    missing_fields,
    unsent_streams,
)
from zingle_operator.fields.suggestions import SalesforceField, salesforce_fields
from zingle_operator.project.services import wanted_services
from zingle_sync.salesforce import NotFoundError, SalesforceError, Usage
from zingle_sync.zingle import ConfigurationError, Page


class Org:
    """A Salesforce that answers from a dictionary."""

    usage = Usage(5, 100)
    api_version = "62.0"
    instance_url = "https://acme.my.salesforce.com"
    server_now = datetime(2026, 3, 2, tzinfo=UTC)

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def describe(self, name: str) -> dict[str, Any]:
        """A describe, or the refusal of an object that is hidden."""
        if name not in self.answers:
            raise NotFoundError(f"{name} is not visible", status=404, code="NOT_FOUND")
        return self.answers[name]

    def record_counts(self, names: list[str]) -> dict[str, int]:
        """Estimates of all rows."""
        return dict.fromkeys(names, self.answers["estimate"])

    def count(self, _soql: str) -> int:
        """Rows that the user sees."""
        return int(self.answers["seen"])

    def rows(self, soql: str, **_more: Any) -> list[dict[str, Any]]:
        """The Tasks, oldest first."""
        if "TaskStatus" in soql:
            return [{"ApiName": "Completed", "IsClosed": True, "SortOrder": 1}]
        return self.answers.get("tasks", [])

    def rows_of_each(self, queries: list[str], **_more: Any) -> list[list[dict[str, Any]]]:
        """The rows of several queries."""
        return [self.rows(query) for query in queries]

    def limits(self) -> dict[str, Any]:
        """The limits, or the refusal of a user without the right."""
        if "limits" not in self.answers:
            raise SalesforceError("no right", status=403, code="INSUFFICIENT_ACCESS")
        return self.answers["limits"]


def task(**fields: dict[str, Any]) -> dict[str, Any]:
    """A describe of Task whose usual fields may be written."""
    names = ("Subject", "Description", "ActivityDate", "Status", "WhoId", "CallObject")
    rights = {"createable": True, "updateable": True, "filterable": True}
    text = {"type": "string", "length": 32_000}
    usual = {name: {"name": name, **rights, **text} for name in names}
    more = {name: {"name": name, **rights, **text, **found} for name, found in fields.items()}
    return {"createable": True, "updateable": True, "fields": [*(usual | more).values()]}


ACTIVITY = {
    name: described["default"]
    for name, described in CONFIG_SCHEMA["properties"].items()
    if "default" in described
}


def sources_of(*fields: dict[str, Any]) -> dict[str, dict[str, SalesforceField]]:
    """Salesforce fields of the stream contacts."""
    return {"contacts": {one.name: one for one in salesforce_fields({"fields": fields})}}


def told(findings: Findings, level: str) -> list[str]:
    """The texts of one level."""
    return [finding.text for finding in findings.found if finding.level == level]


KEY = salesforce.DEFAULT_KEY_FIELD


@pytest.mark.parametrize(
    ("describe", "wanted", "level", "text"),
    [
        (task(), "auto", "note", "Task key: CallObject"),
        (task(**{KEY: {"externalId": True, "unique": True}}), "auto", "ok", f"Task key: {KEY}."),
        (task(**{KEY: {"externalId": True}}), "auto", "warning", "but not unique"),
        (task(**{KEY: {}}), "auto", "note", "Task key: CallObject"),
        (task(Mine__c={}), "Mine__c", "note", "Task key: Mine__c"),
        (task(), "Mine__c", "problem", "Task.Mine__c does not exist"),
        (task() | {"createable": False}, "auto", "problem", "Tasks can't be created"),
        (task() | {"updateable": False}, "auto", "problem", "Tasks can't be edited"),
        (
            task(Description={"createable": False}),
            "auto",
            "problem",
            "Task.Description is not visible to this user or can't be written.",
        ),
    ],
)
def test_rights_and_key_of_tasks(
    describe: dict[str, Any], wanted: str, level: str, text: str
) -> None:
    """Missing rights on Task are named with where to grant them, and the key that applies."""
    findings = Findings()

    settings = {**ACTIVITY, "activity_key_field": wanted}
    salesforce.check_tasks(Org(Task=describe), settings, findings, learnt={})

    assert any(text in one for one in told(findings, level))
    assert all(one.todo for one in findings.found if one.level in {"warning", "problem"})


@pytest.mark.parametrize(
    ("created", "settings", "learnt", "told_so"),
    [
        ("2026-03-01T23:00:00.000+0000", {}, None, True),
        ("2026-02-20T23:00:00.000+0000", {}, None, False),
        ("2026-03-01T23:00:00.000+0000", {"allow_vendor_connector": True}, None, False),
        ("2026-03-01T23:00:00.000+0000", {}, {"until": "2026-02-20"}, False),
    ],
    ids=["at work", "silent", "allowed", "a run has asked"],
)
def test_a_connector_that_logs_as_well_is_told_where_a_run_would_stop(
    created: str, settings: dict[str, Any], learnt: dict[str, Any] | None, told_so: bool
) -> None:
    """Ready means that the next run writes; what a run does not ask again is no problem."""
    row = {"Subject": "Zingle Conversation", "CreatedDate": created, "ActivityDate": created[:10]}
    text = {"Description": "9:41 AM Ana: hello", "CreatedById": "u", "LastModifiedById": "u"}
    org, findings = (
        Org(Task=task(), tasks=[{"Id": "00T1", "WhoId": None, **row, **text}]),
        Findings(),
    )

    facts = {(org.instance_url, "vendor_connector"): learnt} if learnt else {}
    salesforce.check_tasks(org, {**ACTIVITY, **settings}, findings, learnt=facts)

    assert told_so == any("logged twice" in one for one in told(findings, "problem"))


def test_a_key_field_that_was_taken_away_is_a_problem() -> None:
    """Where a run would stop because Tasks can't be found any more, check is not content."""
    findings = Findings()
    learnt = {(Org.instance_url, "task_key_field"): KEY}
    settings = {**ACTIVITY, "activity_key_field": "auto"}

    salesforce.check_tasks(Org(Task=task()), settings, findings, learnt=learnt)

    assert any(KEY in one for one in told(findings, "problem"))


def people(*hidden: str, unfilterable: str = "") -> dict[str, Any]:
    """A describe of Contact or Lead without some fields."""
    kinds = {"Phone": "phone", "MobilePhone": "phone", "HomePhone": "phone", "OtherPhone": "phone"}
    others = ("Id", "Email", "IsDeleted", "MasterRecordId", "MailingCountry", "Country")
    leads = ("IsConverted", "ConvertedContactId", "ConvertedDate")
    fields = {**dict.fromkeys((*others, *leads), "string"), **kinds}
    return {
        "fields": [
            {"name": name, "type": kind, "filterable": name != unfilterable}
            for name, kind in fields.items()
            if name not in hidden
        ]
    }


@pytest.mark.parametrize("sync_to", ["both", "leads"])
@pytest.mark.parametrize(
    ("answers", "level", "words"),
    [
        ({"Contact": people(), "Lead": people()}, "ok", ["Contact", "Lead"]),
        ({"Contact": people("Email"), "Lead": people()}, "warning", ["Email"]),
        (
            {"Contact": people("Phone", "HomePhone"), "Lead": people()},
            "warning",
            ["Phone, HomePhone"],
        ),
        ({"Contact": people(), "Lead": people("IsConverted")}, "warning", ["IsConverted"]),
        ({"Contact": people(), "Lead": people("ConvertedContactId")}, "warning", ["ConvertedC"]),
        ({"Contact": people(unfilterable="Email"), "Lead": people()}, "warning", ["Email"]),
        ({"Contact": people(), "Lead": people("MasterRecordId")}, "warning", ["MasterRecordId"]),
        ({"Contact": people()}, "problem", ["Lead is not visible"]),
    ],
)
def test_whatever_guests_are_searched_by_is_looked_at(
    answers: dict[str, Any], level: str, words: list[str], sync_to: str
) -> None:
    """A hidden object stops the check, a hidden field is told; both with where to grant it."""
    findings = Findings()

    salesforce.check_people(Org(**answers), {**ACTIVITY, "sync_to": sync_to}, findings)

    texts = "\n".join(told(findings, level))
    assert all(word in texts for word in words)
    assert all("check --fix" in one.todo for one in findings.found if one.level != "ok")


@pytest.mark.parametrize(("sync_to", "level"), [("leads", "warning"), ("contacts", "problem")])
def test_an_object_that_gets_no_tasks_may_be_hidden(sync_to: str, level: str) -> None:
    """Where only Leads get Tasks, a hidden Contact is no reason not to start."""
    findings = Findings()

    salesforce.check_people(Org(Lead=people()), {**ACTIVITY, "sync_to": sync_to}, findings)

    assert ["Contact is not visible"] == [one[:22] for one in told(findings, level)]


def test_duplicate_tasks_are_named_and_left_alone() -> None:
    """Of Tasks with the same key the oldest is kept, and the others are listed."""
    findings = Findings()
    rows = [{"Id": name, "CallObject": key} for name, key in (("1", "a"), ("2", "b"), ("3", "a"))]

    salesforce.find_duplicates(
        Org(Task=task(), tasks=rows), TaskRules("CallObject", upsert=False), findings
    )

    (warning,) = [one for one in findings.found if one.level == "warning"]
    assert "2 Tasks carry the key a; 1 is the oldest" in warning.text
    assert warning.todo.endswith(": 3.")


def test_hidden_object_is_a_problem_with_a_way_to_grant_it() -> None:
    """An object that the user may not see is named with the place of the right."""
    findings = Findings()

    salesforce.check_reading(
        Org(Contact={"queryable": True, "fields": []}, estimate=10, seen=10),
        ("Contact", "Lead"),
        findings,
    )

    (problem,) = [one for one in findings.found if one.level == "problem"]
    assert "Lead can't be read" in problem.text
    assert "Object Settings > Lead > Read" in problem.todo
    assert {"salesforce rows of Contact": 10} == findings.facts


@pytest.mark.parametrize(("seen", "warned"), [(100, False), (90, False), (89, True)])
def test_user_who_sees_few_rows_is_warned(seen: int, warned: bool) -> None:
    """Sharing that hides people is a silent gap, so it is told."""
    findings = Findings()
    org = Org(Contact={"queryable": True, "fields": []}, estimate=100, seen=seen)

    salesforce.check_reading(org, ("Contact",), findings)

    assert warned == bool(told(findings, "warning"))


@pytest.mark.parametrize(("remaining", "level"), [(20, "ok"), (19, "problem")])
def test_used_up_quota_is_a_problem(remaining: int, level: str) -> None:
    """Calls beyond quota_percent_total stop runs, so the check says so before."""
    findings = Findings()
    limits = {
        "DailyApiRequests": {"Max": 100, "Remaining": remaining},
        "DataStorageMB": {"Max": 9, "Remaining": 5},
    }

    salesforce.check_limits(Org(limits=limits), ACTIVITY, findings)

    assert 1 == len(told(findings, level))
    assert (remaining, 5) == (
        findings.facts["salesforce calls left"],
        findings.facts["storage megabytes left"],
    )


def test_limits_that_are_hidden_fall_back_to_the_header() -> None:
    """Without the right to read limits, every answer's header still tells the calls."""
    findings = Findings()

    salesforce.check_limits(Org(), ACTIVITY, findings)

    assert ["5 of 100 API calls of the last 24 hours are used; runs may go up to 80 %."] == told(
        findings, "ok"
    )
    assert 1 == len(told(findings, "note"))


class Inbox:
    """A Zingle that answers from a dictionary."""

    def __init__(self, phone: str) -> None:
        self.phone = phone

    def services(self) -> list[dict[str, Any]]:
        """The services of the log-in."""
        return [{"id": "north"}]

    def listed_v2(self, _path: str) -> list[dict[str, Any]]:
        """Lists for administrators, which this log-in is none of."""
        raise ConfigurationError("no administrator", status=401)

    def service(self, service_id: str) -> dict[str, Any]:
        """A service, or the refusal of one that is not there."""
        if service_id != "north":
            raise ConfigurationError("not found", status=404)
        return {"id": service_id, "time_zone": "America/New_York"}

    def contact_fields(self, _service_id: str) -> list[dict[str, Any]]:
        """The contact fields."""
        return [{"display_name": "Tier", "code": "tier", "data_type": "string"}]

    def page(self, _path: str, _params: dict[str, str], **_more: Any) -> Page:
        """One contact of many."""
        channel = {"channel_type": {"type_class": "PhoneNumber"}, "value": self.phone}
        return Page(
            rows=[{"channels": [channel]}],
            page=1,
            page_size=50,
            total_pages=9,
            total_records=432,
        )


@pytest.mark.parametrize(
    ("settings", "phone", "problems"),
    [
        ({"service_id": "north"}, "+12025550101", 0),
        ({}, "+12025550101", 0),
        ({"services": [{"service_id": "north"}, {"service_id": "south"}]}, "+12025550101", 1),
        ({"service_id": "north"}, "+1202555****", 1),
        ({"service_id": "north"}, "22395", 0),
    ],
)
def test_services_and_masked_phones(settings: dict[str, Any], phone: str, problems: int) -> None:
    """Every named service must be there, and phones must be shown in full."""
    findings = Findings()

    found = zingle.check_services(Inbox(phone), settings, findings, plugin="target-zingle")

    assert problems == findings.problems
    assert ["north"] == list(found)
    assert 432 == findings.facts["zingle contacts of north"]


def test_missing_fields_get_the_type_of_their_source() -> None:
    """What --fix may create follows from the mapping: names, types, and who wants them."""
    settings = {
        "external_id_storage": "custom_field",
        "contact_mapping": {
            "contacts": {
                "fields": {
                    "TIER": "Tier__c",
                    "VIP": {"from": "VIP__c"},
                    "Born": "Birthdate",
                    "First Name": "FirstName",
                    "Home": "MailingAddress",
                }
            }
        },
        "external_id_field": "Salesforce ID",
        "services": [
            {"service_id": "north"},
            {"service_id": "south", "contact_mapping": {"contacts": {"fields": {}}}},
        ],
    }
    sources = sources_of(
        {"name": "Tier__c", "type": "picklist"},
        {"name": "VIP__c", "type": "boolean"},
        {"name": "Birthdate", "type": "date"},
        {"name": "MailingAddress", "type": "address"},
    )
    services = {
        name: definitions_of({"id": name}, [{"display_name": field}])
        for name, field in (("north", "Tier"), ("south", "Salesforce ID"))
    }

    assert [
        MissingField(
            "target-zingle", "north", "Salesforce ID", "string", "external_id_storage: custom_field"
        ),
        MissingField(
            "target-zingle", "north", "VIP", "boolean", 'contact_mapping.contacts.fields["VIP"]'
        ),
        MissingField(
            "target-zingle", "north", "Born", "date", 'contact_mapping.contacts.fields["Born"]'
        ),
    ] == list(missing_fields("target-zingle", settings, services, sources))


def test_estimate_counts_calls_storage_and_time() -> None:
    """A first load costs a call per person at most, and the slower of the two limits decides."""
    facts = {
        "salesforce rows of Contact": 8000,
        "salesforce rows of Lead": 2000,
        "salesforce calls left": 5,
        "zingle contacts of north": 1000,
        "zingle messages of north": 3000,
    }
    cost = estimate(facts, [(10, 4)])

    assert (10_000, 10_000, 1000, 2) == (
        cost.people,
        cost.creates_at_most,
        cost.tasks,
        cost.task_megabytes,
    )
    assert (10_010, 24) == (cost.zingle_calls, cost.salesforce_calls)
    assert 18 == cost.minutes
    assert 5 == estimate(facts, [(0, 8)]).minutes


def test_names_of_services_come_from_every_setting() -> None:
    """One service, a list for routing, and the tap's list all name services."""
    settings = SimpleNamespace(
        one={"service_id": "a"},
        many={"services": [{"service_id": "a"}, {"service_id": "b"}]},
        tap={"service_ids": ["c", "c"]},
    )

    assert [("a",), ("a", "b"), ("c",)] == [wanted_services(one) for one in vars(settings).values()]


NOTES = {"name": "Notes__c", "type": "textarea", "length": 32_000}
SHORT = {"name": "Title", "type": "string", "length": 128}


@pytest.mark.parametrize(
    ("rule", "usual", "texts", "level", "told_text"),
    [
        (
            {"on_overflow": "error"},
            "truncate",
            ["é" * 256, "x"],
            "warning",
            "has 256 characters; 1",
        ),
        ({"on_overflow": "truncate"}, "error", ["x" * 300], "note", "1 are longer than 255 and"),
        ({}, "truncate", ["x" * 300], "note", "will be cut"),
        ({"on_overflow": "error"}, "error", ["x" * 255, None], "ok", "has 255 characters; Zingle"),
        ({"on_overflow": "error"}, "error", [], "ok", "of the 0 rows that changed last"),
    ],
)
def test_f57_mapped_texts_are_measured(
    rule: dict[str, str], usual: str, texts: list[str | None], level: str, told_text: str
) -> None:
    """A mapped field that may exceed 255 characters is told with its longest text and its fate."""
    findings, asked = Findings(), []

    class Texts(Org):
        def rows(self, soql: str, **_more: Any) -> list[dict[str, Any]]:
            asked.append(soql)
            return [{"Notes__c": text} for text in texts]

    settings = {
        "service_id": "s",
        "on_overflow": usual,
        "contact_mapping": {
            "contacts": {"fields": {"Notes": {"from": "Notes__c", **rule}, "Job": "Title"}}
        },
    }
    ((_, fields),) = long_texts(settings, ["s"], sources_of(NOTES, SHORT)).items()
    check_lengths(Texts(), "Contact", fields, findings)

    (text,) = told(findings, level)
    assert told_text in text
    assert ["SELECT Notes__c FROM Contact ORDER BY SystemModstamp DESC LIMIT 2000"] == asked


@pytest.mark.parametrize("words", [("truncate", "error"), ("error", "truncate")])
def test_f57_a_rule_that_rejects_outweighs_one_that_cuts(words: tuple[str, str]) -> None:
    """A field that two services map is told by the stricter rule, and read once."""
    findings = Findings()
    rules = [{"from": "Notes__c", "on_overflow": word} for word in words]
    settings = {
        "on_overflow": "error",
        "services": [
            {"service_id": name, "contact_mapping": {"contacts": {"fields": {"Notes": rule}}}}
            for name, rule in zip("ab", rules, strict=True)
        ],
    }

    class Texts(Org):
        def rows(self, _soql: str, **_more: Any) -> list[dict[str, Any]]:
            return [{"Notes__c": "x" * 400}]

    ((_, fields),) = long_texts(settings, ["a", "b"], sources_of(NOTES)).items()
    check_lengths(Texts(), "Contact", fields, findings)

    (finding,) = findings.found
    assert ("warning", True) == (finding.level, "Set on_overflow: truncate" in finding.todo)


def test_f57_short_fields_cost_no_call() -> None:
    """Nothing is read where no mapped field may exceed 255 characters."""
    mapping = {"contacts": {"fields": {"Job": "Title"}}}
    settings = {"service_id": "s", "on_overflow": "error", "contact_mapping": mapping}

    assert {} == long_texts(settings, ["s"], sources_of(NOTES, SHORT))


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (
            "leeds",
            [
                (
                    'contact_mapping.leeds: the tap sends no stream of this name; did you mean "leads"?',
                    True,
                )
            ],
        ),
        (
            "vip_guests",
            [("contact_mapping.vip_guests: the tap sends no stream of this name", True)],
        ),
        ("contacts", []),
    ],
)
def test_mappings_of_streams_that_do_not_come_are_told(
    stream: str, told: list[tuple[str, bool]]
) -> None:
    """A misspelt stream would be a mapping that nobody reads."""
    settings = {"service_id": "s", "contact_mapping": {stream: {}}}

    assert told == list(unsent_streams(settings, ["contacts", "leads"]))


@pytest.mark.parametrize(
    ("when", "maps", "told"),
    [
        ("Regoin__c != 'EU'", None, 'did you mean "Region__c"? (tap)'),
        ("Account__Name == 'Acme' and Country == None", None, None),
        ("Rating == 'Hot'", {"contacts": {"Rating": "'Hot'"}}, None),
    ],
)
def test_a_name_in_the_condition_of_a_service_is_a_field_of_some_stream(
    monkeypatch: pytest.MonkeyPatch, when: str, maps: dict[str, Any] | None, told: str | None
) -> None:
    """What is misspelt would be empty, and send everybody to the wrong service."""
    properties = {"contacts": {"Region__c": {}, "Account": {"properties": {"Name": {}}}}}
    properties["leads"] = {"Country": {}}
    lines = [
        msgspec.json.encode({"type": "SCHEMA", "stream": name, "schema": {"properties": fields}})
        for name, fields in properties.items()
    ]
    config = {"services": [{"service_id": "s", "when": when}], "stream_maps": maps}
    project: Any = SimpleNamespace(
        schemas=lambda _: (b"\n".join(lines), SimpleNamespace(code=0)),
        settings=lambda _: config,
        pipelines=(),
    )
    monkeypatch.setattr("zingle_operator.check.mapping._objections", lambda *_: [])
    findings = Findings()

    pipeline: Any = SimpleNamespace(tap="tap", target="target", own_tap=True)
    check_mapping(project, pipeline, findings)

    problems = [one.text for one in findings.found if one.level == "problem"]
    assert [told] == [one[-len(told) :] for one in problems] if told else not problems


def test_a_default_stream_that_is_not_read_stops_nothing() -> None:
    """A mapping of leads beside a tap that reads Contacts alone is told, and legal."""
    settings = {"service_id": "s", "contact_mapping": {"leads": {}}}

    assert [False] == [stops for _, stops in unsent_streams(settings, ["contacts"])]


@pytest.mark.parametrize(
    ("hidden", "mapping", "told"),
    [
        ((), {}, []),
        (("MobilePhone", "HomePhone"), {}, ["MobilePhone", "HomePhone"]),
        (("MobilePhone",), {"contacts": {"phones": ["Phone"]}}, []),
        (("MailingCountryCode",), {}, []),
        (("MailingCountryCode", "MailingCountry"), {}, ["MailingCountry"]),
        (("Salutation", "Email"), {"contacts": {"title": None}}, ["Email"]),
    ],
)
def test_defaults_that_the_user_cannot_see_are_named(
    hidden: tuple[str, ...], mapping: dict[str, Any], told: list[str]
) -> None:
    """What falls away in silence is named; what the mapping replaces is not missed."""
    usual = "FirstName LastName Salutation MobilePhone Phone HomePhone Email MailingCountryCode MailingCountry"
    sources = sources_of(
        *({"name": name, "type": "string"} for name in usual.split() if name not in hidden)
    )

    found = hidden_defaults({"service_id": "s", "contact_mapping": mapping}, sources)

    assert ({"contacts": told} if told else {}) == found
