"""The go-live probe under the readings that the sandbox can play."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from zingle_operator.check.findings import Findings
from zingle_operator.check.probe import probe_service
from zingle_operator.check.questions import QUESTIONS
from zingle_operator.project.project import Pipeline, Project
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import insert_contacts, insert_messages
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.zingle import TransientError, Zingle

WARNED, NOTED = "warning", "note"


@pytest.fixture
def service(sandbox: RunningSandbox) -> RunningSandbox:
    """A service with one guest, who has written once."""
    (guest,) = insert_contacts(sandbox.sandbox, [{"fields": {"First Name": "Ana"}}])
    created = int(sandbox.sandbox.clock.timestamp()) - 3_600
    message = {"contact_id": guest, "direction": "inbound", "body": "Hi", "created_at": created}
    insert_messages(sandbox.sandbox, [cast("Any", message)])
    return sandbox


def probe(sandbox: RunningSandbox, log: str = "sqlite://", **settings: Any) -> Findings:
    """The profile of the sandbox's service."""
    findings = Findings()
    given = {**sandbox.zingle_settings(), "requests_per_second": 0, **settings}
    project = SimpleNamespace(
        pipelines=[SimpleNamespace(direction="contacts", target="target-zingle")],
        settings=lambda _: given,
        environment="prod",
        sync_log_url=log,
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
        ({}, "U8", "ok", "a PATCH of the external id changes nothing else"),
        ({"v2_put": "replace"}, "U8", "ok", "a PATCH of the external id changes nothing else"),
        ({"v2_create_locks": "yes"}, "U8", "ok", "a PATCH of the external id changes nothing"),
        ({"v1_external_id_key": "absent"}, "U8", "ok", "a PATCH of the external id changes"),
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
    written = [call for call in service.journal() if call.method != "GET"]
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


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A sync log of its own."""
    return f"sqlite:///{tmp_path}/log.db"


def known(log: str, service_id: str) -> Any:  # noqa: ANN401 - a fact is any JSON
    """What the next run of target-zingle in `prod` is told about linking."""
    run = SyncLog.open(log).start_run("target-zingle", environment="prod")
    return run.facts.get((service_id, "linking"))


@pytest.mark.parametrize(
    ("options", "level", "text", "patch"),
    [
        ({}, "ok", "a PATCH of the external id changes nothing else", "safe"),
        ({"zingle_v2_patch": "replaces_channels"}, "ok", "changes nothing else", "safe"),
        ({"zingle_v2_patch": "ignored"}, NOTED, "answers a PATCH and does nothing", "ignored"),
        *(
            ({"zingle_v2_patch": "absent", "zingle_v2_patch_absent": status}, NOTED,
             "Zingle has no PATCH", "absent")
            for status in (404, 405, 501)
        ),
    ],
)  # fmt: skip
def test_the_next_run_links_as_the_probe_found(  # noqa: PLR0917 - parameters
    service: RunningSandbox, log: str, options: dict[str, Any], level: str, text: str, patch: str
) -> None:
    """U8 is asked by PATCH, and its answer takes the place of what runs had learnt."""
    service.sandbox.set_options(options)
    stopped = {"patch": "untried", "stopped": True, "locks_refuse": False}
    run = SyncLog.open(log).start_run("target-zingle", environment="prod")
    run.remember(service.service_id, "linking", stopped)

    findings = probe(service, log, service_id=service.service_id)

    assert level == answer(findings, "U8")[0]
    assert text in answer(findings, "U8")[1]
    assert {**stopped, "patch": patch, "stopped": False} == known(log, service.service_id)
    assert "target-zingle will link as U8 says" in findings.found[-1].text
    assert ["Ana"] == contacts(service)


@pytest.mark.parametrize("patch", ["merge", "absent"])
def test_a_link_that_does_harm_is_told_and_remembered(
    service: RunningSandbox, log: str, patch: str
) -> None:
    """Where a link locks its contact no run links anybody, whichever way it is written."""
    service.sandbox.set_options({"zingle_v2_put_locks": True, "zingle_v2_patch": patch})

    findings = probe(service, log, service_id=service.service_id)

    assert (WARNED, True) == (answer(findings, "U8")[0], known(log, service.service_id)["stopped"])
    assert ["Ana"] == contacts(service)


def test_a_service_that_no_run_writes_to_is_only_told_of(service: RunningSandbox, log: str) -> None:
    """A probe of a test service changes nothing for the others."""
    findings = probe(service, log, service_id="00000000-0000-0000-0000-000000000000")

    assert "ok" == answer(findings, "U8")[0]
    assert known(log, service.service_id) is None


def test_a_log_that_takes_nothing_is_a_warning(service: RunningSandbox) -> None:
    """The answers are told all the same."""
    findings = probe(service, "sqlite:////proc/no/log.db", service_id=service.service_id)

    assert "ok" == answer(findings, "U8")[0]
    assert (WARNED, True) == (findings.found[-1].level, "sync log" in findings.found[-1].text)


def test_the_log_in_of_the_services_own_pipeline_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two log-ins the one that writes to the service tries it, wherever it is listed."""
    asked: list[str] = []

    def refused(settings: Mapping[str, Any]) -> NoReturn:
        asked.append(settings["username"])
        raise TransientError("not now")

    monkeypatch.setattr(Zingle, "from_settings", refused)
    settings = {
        "target-zingle": {"username": "north", "service_id": "n"},
        "target-zingle--south": {"username": "south", "services": [{"service_id": "s"}]},
    }
    pipelines = [Pipeline(name, "tap", name, "contacts") for name in settings]
    project = SimpleNamespace(
        settings=settings.__getitem__, pipelines=pipelines, environment="", sync_log_url="sqlite://"
    )
    for service_id in ("s", "n", "elsewhere"):
        with suppress(TransientError):
            probe_service(cast("Project", project), pipelines, service_id, Findings())

    assert ["south", "north", "north"] == asked


@pytest.mark.parametrize(
    "settings", [{"password": ""}, {"requests_per_second": "fast"}, {"api_url": "nowhere"}]
)
def test_without_a_log_in_nothing_is_tried(
    service: RunningSandbox, settings: dict[str, Any]
) -> None:
    """Settings that can't log in are a finding, as everywhere in the check."""
    (found,) = probe(service, **settings).found

    assert ("problem", True) == (found.level, "was not started" in found.text)
