"""The takeover's plan: of the world that the vendor's connector left, and where little is known."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.takeover.gather import read_connector
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.identity import external_id_key
from zingle_sync.zingle import Zingle

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Installation:
    """A configuration file with both pipelines, in front of one sandbox."""

    sandbox: RunningSandbox
    path: Path

    def takeover(self, *arguments: str, service: str | None = None) -> Result:
        """Run the command; its file is beside the configuration."""
        more = ["--config", str(self.path), "--out", str(self.page_path), *arguments]
        command = ["takeover", service or self.sandbox.service_id, *more]
        return CliRunner().invoke(app, command, catch_exceptions=False)

    @property
    def page_path(self) -> Path:
        """Where the plan goes."""
        return self.path.with_name("takeover.md")

    @property
    def page(self) -> str:
        """The plan."""
        return self.page_path.read_text(encoding="utf-8")


def installed(sandbox: RunningSandbox, folder: Path) -> Installation:
    """Write the configuration file."""
    zingle = {**sandbox.zingle_settings(), "requests_per_second": 0}
    salesforce = sandbox.salesforce_settings()

    def plugin(name: str, settings: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "executable": str(BIN / name), "settings": settings}

    document = {
        "sync_log_url": f"sqlite:///{folder}/log.db",
        "pipelines": [
            {
                "name": "contacts",
                "tap": plugin("tap-salesforce-zingle", salesforce),
                "target": plugin("target-zingle", {**zingle, "service_id": sandbox.service_id}),
            },
            {
                "name": "conversations",
                "tap": plugin("tap-zingle", {**zingle, "start_date": "2026-01-01"}),
                "target": plugin("target-salesforce-activity", salesforce),
            },
        ],
    }
    path = folder / "sync.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return Installation(sandbox, path)


@dataclass(frozen=True)
class Planned:
    """A plan of the vendor's world, and what making it did."""

    sandbox: RunningSandbox
    result: Result
    page: str
    writes: int
    calls: dict[str, int]
    log_exists: bool


@pytest.fixture(scope="module")
def planned(vendor_sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """The plan of the vendor's world, made once."""
    installation = installed(vendor_sandbox, tmp_path_factory.mktemp("takeover"))
    before = {system: vendor_sandbox.calls(system) for system in ("zingle", "salesforce")}
    result = installation.takeover()
    return Planned(
        vendor_sandbox,
        result,
        installation.page,
        vendor_sandbox.writes("zingle") + vendor_sandbox.writes("salesforce"),
        {system: vendor_sandbox.calls(system) - count for system, count in before.items()},
        installation.path.with_name("log.db").exists(),
    )


def number(page: str, row: str) -> int:
    """The count in a table's row."""
    found = re.search(rf"^\| {re.escape(row)} \| ([\d,]+) \|", page, re.MULTILINE)
    assert found is not None, row
    return int(found[1].replace(",", ""))


def doubled(page: str) -> dict[str, set[str]]:
    """Contacts by person, from the table of those whom the vendor doubled."""
    section = page.partition("### Whom the vendor doubled")[2].partition("###")[0]
    rows = re.findall(r"^\| (00\w{16}) \| (.+) \|$", section, re.MULTILINE)
    return {person: set(contacts.split(", ")) for person, contacts in rows}


def test_a_plan_changes_nothing(planned: Planned) -> None:
    """Neither service is written to, and no sync log is made; the plan is whole."""
    assert (0, 0, False) == (planned.result.exit_code, planned.writes, planned.log_exists)
    assert planned.sandbox.violations() == []


def test_the_plan_says_what_it_cost(planned: Planned) -> None:
    """Calls are what users pay: a few, and those that are told are those that were made."""
    told = (
        f"It cost {planned.calls['zingle']:,} calls to Zingle and "
        f"{planned.calls['salesforce']:,} to Salesforce."
    )

    assert told in planned.page
    assert planned.calls["zingle"] < 30
    assert planned.calls["salesforce"] < 30


def test_the_terminal_shows_the_plan_with_long_lists_cut(planned: Planned) -> None:
    """What is cut there is whole in the file."""
    shown = planned.result.stdout

    assert "## 4. The switch, step by step" in shown
    assert 10 == len(doubled(shown))
    assert f"{len(doubled(planned.page)) - 10:,} more in the file" in shown


def test_no_secret_of_the_vendors_is_anywhere(planned: Planned) -> None:
    """What its settings hold beside the secrets is shown; that some were dropped is told."""
    from zingle_sandbox.zingle import CONNECTOR_SECRETS  # noqa: PLC0415 - after the fixture

    everything = planned.page + planned.result.stdout + planned.result.stderr

    assert not [secret for secret in CONNECTOR_SECRETS if secret in everything]
    assert "contacts_and_leads" in planned.page
    assert "refreshToken, client_secret, option_17" in planned.page


def test_nobody_is_named_in_the_plan(planned: Planned) -> None:
    """People are ids: no name, phone or e-mail of either side is in the plan."""
    store = planned.sandbox.sandbox.store
    values = [row[0] for row in store.all("SELECT value FROM zg_channels")]
    names = [
        f"{row['FirstName']} {row['LastName']}"
        for row in store.all("SELECT FirstName, LastName FROM sf_Contact")
        if row["FirstName"] and row["LastName"]
    ]
    told = planned.page + planned.result.stderr

    assert not [value for value in (*values, *names) if value and value in told]
    assert "zingle-connector@" not in told


def test_the_mapping_is_ready_to_paste(planned: Planned) -> None:
    """What fits is carried over for each object; what does not has its reason."""
    block = re.search(r"```yaml\n(contact_mapping:.*?)```", planned.page, re.DOTALL)
    assert block is not None

    mapping = yaml.safe_load(block[1])["contact_mapping"]

    assert "VIP__c" == mapping["contacts"]["fields"]["VIP Guest"]
    assert "truncate" == mapping["leads"]["fields"]["About"]["on_overflow"]
    assert mapping["contacts"]["title"] is None
    for why in ("custom_queries", "compound field", "no contact field of this name"):
        assert why in planned.page.partition("Can't be carried over")[2].partition("## 2")[0]


def test_external_ids_are_counted_by_whose_they_are(planned: Planned) -> None:
    """Ours, those of another org, those of another system, and none make up all contacts."""
    store = planned.sandbox.sandbox.store
    ids = [row[0] for row in store.all("SELECT external_id FROM zg_contacts")]
    # Whoever was deleted, and became nobody, does not come on a first read.
    living, all_of_them = (
        sum(external_id in known for external_id in ids)
        for known in (
            {
                row[0]
                for kind in ("Contact", "Lead")
                for row in store.all(f"SELECT Id FROM sf_{kind}{condition}")
            }
            for condition in (" WHERE IsDeleted = 0", "")
        )
    )
    words = (
        *("people of this org", "Salesforce ids of nobody here"),
        *("ids of other systems", "none"),
    )

    assert living <= number(planned.page, words[0]) <= all_of_them
    assert ids.count(None) == number(planned.page, "none")
    assert len(ids) == sum(number(planned.page, word) for word in words)


def test_whom_the_vendor_doubled_is_listed(planned: Planned) -> None:
    """Everybody whose guest was there before, and who got a second contact, with both ids."""
    listed = doubled(planned.page)
    expected = {
        truth.salesforce_id: truth.contact_id
        for truth in planned.sandbox.truths()
        if truth.traits[-1:] == ("doubled",) and not set(truth.traits) & {"deleted", "merged"}
    }

    missed = [one for one, contact in expected.items() if contact not in listed.get(one or "", ())]

    assert len(expected) > 100
    # Who shares a number with somebody else is not told apart by anybody.
    assert len(missed) < len(expected) // 20


def test_a_person_with_one_contact_is_not_called_doubled(planned: Planned) -> None:
    """Other people's contacts are not theirs, whatever number they share."""
    owners = {
        row["id"]: external_id_key(row["external_id"])
        for row in planned.sandbox.sandbox.store.all(
            "SELECT id, external_id FROM zg_contacts WHERE external_id IS NOT NULL"
        )
        if row["id"]
    }
    living = {
        row[0]
        for kind in ("Contact", "Lead")
        for row in planned.sandbox.sandbox.store.all(
            f"SELECT Id FROM sf_{kind} WHERE IsDeleted = 0"
        )
    }
    for person, contacts in doubled(planned.page).items():
        assert len(contacts) > 1
        assert not [one for one in contacts if owners.get(one) in living - {person}]


def test_boxes_that_were_never_written_are_counted(planned: Planned) -> None:
    """Every linked Contact whose box is unticked has a blank field."""
    store = planned.sandbox.sandbox.store
    (field,) = store.all("SELECT number FROM zg_fields WHERE display_name = 'VIP Guest'")
    unticked = store.value(
        "SELECT count(*) FROM zg_contacts c JOIN sf_Contact s ON s.Id = c.external_id"
        " WHERE s.IsDeleted = 0 AND s.VIP__c = 0"
        f" AND json_extract(c.fields, '$.\"{field['number']}\"') IS NULL"
    )

    found = re.search(r"^\| VIP Guest \| ([\d,]+) \| never written", planned.page, re.MULTILINE)

    assert found is not None
    assert unticked == int(found[1].replace(",", ""))


def test_the_days_of_the_vendors_tasks_are_theirs(planned: Planned) -> None:
    """Ours begin after noon of 2026-03-02, when theirs wrote last; it is still connected."""
    from zingle_sandbox.salesforce import OTHER_USER_ID  # noqa: PLC0415 - after the fixture

    edited = planned.sandbox.sandbox.store.value(
        "SELECT count(*) FROM sf_Task WHERE IsDeleted = 0 AND LastModifiedById = ?"
        " AND CreatedById <> LastModifiedById",
        (OTHER_USER_ID,),
    )

    assert edited > 0
    assert f"somebody has edited {edited} of them since" in planned.page
    assert 'start_date: "2026-03-03"' in planned.page


GUIDE = Path(__file__).parents[2] / "docs" / "coming-from-the-vendor.md"
EXCERPTS = re.findall(
    r"<!-- from the plan -->\n```text\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=lambda text: text.split("\n")[0][:40])
def test_the_guide_shows_what_the_command_prints(planned: Planned, excerpt: str) -> None:
    """Each excerpt stands in the plan of the world that the guide names; figures may have moved."""
    told = re.sub(r"\d[\d,]*", r"\\d[\\d,]*", re.escape(excerpt.rstrip("\n")))

    assert re.search(told, planned.page) is not None


def test_the_guide_has_excerpts() -> None:
    """A guide whose excerpts nobody finds would be compared with nothing."""
    assert len(EXCERPTS) > 6


@pytest.fixture
def small(sandbox: RunningSandbox, tmp_path: Path) -> Installation:
    """Two empty worlds with one person."""
    from zingle_sandbox.salesforce import insert_rows  # noqa: PLC0415 - after the fixture

    person = {"FirstName": "Ana", "LastName": "Lopez", "MobilePhone": "+12025550101"}
    stamps = dict.fromkeys(("CreatedDate", "SystemModstamp"), "2026-01-01T08:00:00.000+0000")
    insert_rows(sandbox.sandbox, "Contact", [{**person, **stamps}])
    return installed(sandbox, tmp_path)


TROUBLES = {
    "absent": ({}, (), "no integration whose code or name says Salesforce; it has `webhooks`"),
    "no rights": ({"zingle_integrations_refused": 403}, (), "this log-in may not see it"),
    "no mapping": ({"zingle_integration_mapping": "absent"}, (), "It shows no field mapping."),
    "empty mapping": ({"zingle_integration_mapping": "empty"}, (), "Its field mapping is empty."),
    "wrong code": ({}, ("--integration", "crm"), "no integration of code `crm`"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_rest_of_the_plan_stands_where_the_connector_is_not_known(
    small: Installation, trouble: str
) -> None:
    """What is not known of it is one clear sentence; people, Activities and steps are there."""
    options, arguments, sentence = TROUBLES[trouble]
    status = {} if trouble in {"absent", "wrong code"} else {"zingle_integration": "connected"}
    small.sandbox.sandbox.set_options({**status, **options})

    result = small.takeover(*arguments)

    assert (0, True) == (result.exit_code, sentence in small.page)
    assert 1 == number(small.page, "would_create")
    assert "There is no pair to carry over" in small.page
    assert "No Task of the vendor's was found" in small.page
    assert "zingle-sync takeover" in small.page.partition("## 4.")[2]


@pytest.mark.parametrize("configuration", ["object", "array"])
@pytest.mark.parametrize("mapping", ["object", "array"])
@pytest.mark.parametrize("fields", ["name", "code", "id"])
def test_the_connector_is_read_alike_in_every_shape(
    sandbox: RunningSandbox, configuration: str, mapping: str, fields: str
) -> None:
    """Object or array, names, codes or ids: settings, pairs and dropped secrets are the same."""
    from zingle_sandbox.zingle import SALESFORCE_CONNECTOR  # noqa: PLC0415 - after the fixture

    sandbox.sandbox.set_options(
        {
            "zingle_integration": "connected",
            "zingle_integration_configuration": configuration,
            "zingle_integration_mapping": mapping,
            "zingle_integration_fields": fields,
        }
    )
    client = Zingle.from_settings({**sandbox.zingle_settings(), "requests_per_second": 0})

    found, about = read_connector(client, sandbox.service_id, None)

    assert found is not None
    assert ("", len(SALESFORCE_CONNECTOR.mapping)) == (about, len(found.mapping or ()))
    assert {"objects", "contact_interval"} <= {one.code for one in found.configuration}
    assert 5 == len(found.secrets)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "may not see it"), (403, "may not see it"), (404, "HTTP 404")]
)
def test_a_refusal_says_whose_it_is(sandbox: RunningSandbox, status: int, words: str) -> None:
    """Rights are asked for, an older instance has nothing to give."""
    sandbox.sandbox.set_options({"zingle_integrations_refused": status})
    client = Zingle.from_settings({**sandbox.zingle_settings(), "requests_per_second": 0})

    found, about = read_connector(client, sandbox.service_id, None)

    assert found is None
    assert words in about


def test_a_wrong_service_is_answered_with_those_that_there_are(small: Installation) -> None:
    """A name is no id; the line to paste is told, and no plan is written."""
    result = small.takeover(service="Harbor Lights Hotel")

    assert (1, False) == (result.exit_code, small.page_path.exists())
    assert f"service_id: {small.sandbox.service_id}  # " in result.stderr


def test_a_part_that_cannot_be_looked_at_is_told_and_the_rest_stands(small: Installation) -> None:
    """Without Tasks in sight the plan still has mapping and people, and the exit code says so."""
    small.sandbox.sandbox.set_options({"salesforce_hidden_fields": "Task"})

    result = small.takeover()

    assert 1 == result.exit_code
    assert "The Tasks can't be read" in small.page
    assert 1 == number(small.page, "would_create")
