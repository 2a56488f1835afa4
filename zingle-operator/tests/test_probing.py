"""The go-live probe under the readings that the sandbox can play."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from zingle_operator.check.findings import Findings
from zingle_operator.check.probe import probe_service
from zingle_operator.check.questions import QUESTIONS
from zingle_operator.project.project import Project
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import insert_contacts, insert_messages

WARNED, NOTED = "warning", "note"


@pytest.fixture
def service(sandbox: RunningSandbox) -> RunningSandbox:
    """A service with one guest, who has written once."""
    (guest,) = insert_contacts(sandbox.sandbox, [{"fields": {"First Name": "Ana"}}])
    created = int(sandbox.sandbox.clock.timestamp()) - 3_600
    message = {"contact_id": guest, "direction": "inbound", "body": "Hi", "created_at": created}
    insert_messages(sandbox.sandbox, [cast("Any", message)])
    return sandbox


def probe(sandbox: RunningSandbox) -> Findings:
    """The profile of the sandbox's service."""
    findings = Findings()
    project = SimpleNamespace(
        pipelines=[SimpleNamespace(direction="contacts", target="target-zingle")],
        settings=lambda _: {**sandbox.zingle_settings(), "requests_per_second": 0},
    )
    probe_service(cast("Project", project), project.pipelines, sandbox.service_id, findings)
    return findings


def answer(findings: Findings, number: str) -> tuple[str, str]:
    """Level and text of one question's answer."""
    (found,) = [one for one in findings.found if one.text.startswith(f"{number}: ")]
    return found.level, found.text


def contacts(sandbox: RunningSandbox) -> list[Any]:
    """Names of all contacts."""
    rows = sandbox.sandbox.store.all("SELECT first_name FROM zg_contacts")
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("profile", "number", "level", "text"),
    [
        ({}, "U2", NOTED, "channels in a v1 update replace those that are there"),
        ({"put_channels": "append"}, "U2", NOTED, "are added to those that are there"),
        ({"put_channels": "ignore"}, "U2", NOTED, "channels in a v1 update are ignored"),
        ({}, "U7", NOTED, "is refused (contact_external_id_exists)"),
        ({"v2_duplicate_external": "upsert"}, "U7", NOTED, "updates its contact"),
        ({"v2_duplicate_external": "duplicate"}, "U7", NOTED, "makes a second contact"),
        ({}, "U13", NOTED, "counts seconds and excludes its bound"),
        ({"greater_than": "inclusive"}, "U13", NOTED, "counts seconds and includes its bound"),
        ({"filter_unit": "milliseconds"}, "U13", NOTED, "counts milliseconds and excludes"),
        (
            {"filter_unit": "milliseconds", "greater_than": "inclusive"},
            "U13",
            NOTED,
            "counts milliseconds and includes its bound",
        ),
        ({}, "U14", NOTED, "a page of 1,000 rows is allowed, and has 1,000"),
        ({"page_size_1000": "refused"}, "U14", NOTED, "is refused (2611)"),
        ({}, "U26", "ok", "a date is midnight in UTC"),
        ({}, "U1", "ok", "an update keeps the fields"),
        ({"put_fields": "replace"}, "U1", WARNED, "not so here: an update keeps"),
        ({"v1_external_id_key": "absent"}, "U6", WARNED, "not so here: v1 shows"),
        ({"external_id_filter": "ignored"}, "U20", WARNED, "not so here: the external id filter"),
        ({"v2_create_locks": "yes"}, "U30", WARNED, "not so here: a contact created by API"),
        ({}, "U8", "ok", "survives being written back"),
        ({}, "U34", "ok", "phones come back in E.164"),
    ],
)
def test_each_question_tells_the_reading_that_holds(
    service: RunningSandbox, profile: dict[str, str], number: str, level: str, text: str
) -> None:
    """The profile names the service's behaviour, and only the guest of before is left."""
    service.sandbox.choose_profile(profile)

    findings = probe(service)

    found, told = answer(findings, number)
    assert level == found, told
    assert text in told
    assert ["Ana"] == contacts(service)
    assert 0 == findings.problems
    assert "deleted." in findings.found[-1].text


def test_every_question_is_answered_once(service: RunningSandbox) -> None:
    """The profile has one line for each question, and one for the clean-up."""
    findings = probe(service)

    numbers = [one.text.partition(":")[0] for one in findings.found]
    assert [*QUESTIONS, "1 scratch contact was deleted."] == numbers


def test_only_the_scratch_contact_gets_channels_or_is_deleted(service: RunningSandbox) -> None:
    """Every write of a probe goes to a contact that the same probe created."""
    service.sandbox.choose_profile({"v2_duplicate_external": "duplicate"})
    before = service.sandbox.store.value("SELECT max(number) FROM zg_contacts")
    service.clear_journal()

    findings = probe(service)

    assert "2 scratch contacts were deleted." == findings.found[-1].text
    guest = service.sandbox.store.value("SELECT id FROM zg_contacts WHERE number = ?", (before,))
    written = [call for call in service.journal() if call.method in {"PUT", "POST", "DELETE"}]
    assert written
    assert not [call for call in written if guest and guest in call.path]


def test_questions_without_anything_to_ask_are_named(sandbox: RunningSandbox) -> None:
    """A service without messages says that the range filter was not tried."""
    assert (NOTED, True) == (
        (found := answer(probe(sandbox), "U13"))[0],
        "the service has no message" in found[1],
    )


def test_a_lost_answer_leaves_no_contact_behind(service: RunningSandbox) -> None:
    """A contact whose creation was never confirmed is found by its external id, and deleted."""
    service.faults.add(kind="drop_after", method="POST", path="/v2/services/*/contacts")

    findings = probe(service)

    assert findings.problems
    assert ["Ana"] == contacts(service)


def test_phones_of_others_are_left_to_them(service: RunningSandbox) -> None:
    """Where every phone of the range belongs to somebody the probe does not start."""
    rows = [{"channels": [{"type": "phone", "value": f"+1202555{n:04}"}]} for n in range(100, 200)]
    insert_contacts(service.sandbox, cast("Any", rows))
    service.clear_journal()

    findings = probe(service)

    (problem,) = findings.found
    assert ("problem", True) == (problem.level, "was not started" in problem.text)
    assert 0 == service.writes("zingle")


def test_an_unknown_service_is_a_problem(sandbox: RunningSandbox) -> None:
    """A wrong service id ends the probe with Zingle's answer, before anything is created."""
    findings = Findings()
    project = SimpleNamespace(
        pipelines=[SimpleNamespace(direction="contacts", target="target-zingle")],
        settings=lambda _: sandbox.zingle_settings(),
    )

    probe_service(
        cast("Project", project),
        project.pipelines,
        "00000000-0000-0000-0000-000000000000",
        findings,
    )

    (problem,) = findings.found
    assert ("problem", True) == (problem.level, "was not started" in problem.text)
