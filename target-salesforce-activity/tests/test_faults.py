"""When Salesforce refuses, stumbles or falls silent."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.salesforce import QuotaError, TransientError
from zingle_sync.singer.errors import TooManyRejects

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

BOTH_KEYS = pytest.mark.parametrize("key", ["unique", "absent"])
REJECTED = {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": "refused",
    "APEX_ERROR": "refused",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "refused",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "refused",
    "DUPLICATES_DETECTED": "refused",
    "ENTITY_IS_LOCKED": "locked",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "refused",
    "FIELD_INTEGRITY_EXCEPTION": "refused",
    "FLOW_EXCEPTION": "refused",
    "INACTIVE_OWNER_OR_USER": "refused",
    "INVALID_EMAIL_ADDRESS": "refused",
    "INVALID_FIELD": "refused",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "refused",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "refused",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "refused",
    "MALFORMED_ID": "refused",
    "MAX_TASK_DESCRIPTION_EXCEEEDED": "refused",
    "MISSING_ARGUMENT": "refused",
    "INSUFFICIENT_ACCESS_OR_READONLY": "refused",
    "NUMBER_OUTSIDE_VALID_RANGE": "refused",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": "refused",
    "REQUIRED_FIELD_MISSING": "refused",
    "STRING_TOO_LONG": "refused",
}
LOOKED_AT_AGAIN = {
    "ALREADY_IN_PROCESS": "temporary",
    "CANNOT_UPDATE_CONVERTED_LEAD": "refused",
    "DUPLICATE_EXTERNAL_ID": "conflict",
    "DUPLICATE_VALUE": "conflict",
    "ENTITY_IS_DELETED": "refused",
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE": "temporary",
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": "temporary",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "refused",
    "INTERNAL_ERROR": "temporary",
    "INVALID_CROSS_REFERENCE_KEY": "refused",
    "ORG_IN_MAINTENANCE": "temporary",
    "REQUEST_RUNNING_TOO_LONG": "temporary",
    "SERVER_UNAVAILABLE": "temporary",
    "TOO_MANY_APEX_REQUESTS": "temporary",
    "TXN_SECURITY_METERING_ERROR": "temporary",
    "UNKNOWN_EXCEPTION": "temporary",
}
WRITES = {"path": "*/composite/sobjects*", "method": "POST,PATCH", "system": "salesforce"}


@pytest.fixture
def keyed(pipeline: Pipeline, key: str) -> Pipeline:
    """A pipeline into an org with, or without, the External Id field on Activity."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    return pipeline


def quick(target: TargetSalesforceActivity) -> None:
    """Wait for nothing."""
    target.settler.sleep = lambda _: None


def refuse(pipeline: Pipeline, code: str, *, rows: int = 1, times: int = 0, text: str = "") -> None:
    """Answer writes with a refusal of every row."""
    error = {"statusCode": code, "message": text or f"{code} happened", "fields": ["Subject"]}
    body = json.dumps([{"success": False, "errors": [error]}] * rows)
    pipeline.sandbox.sandbox.faults.add(kind="status", status=200, body=body, times=times, **WRITES)


def reasons(pipeline: Pipeline) -> list[str]:
    """What became of the Tasks of the last run, with reasons."""
    return ["/".join(filter(None, (each.kind, each.reason))) for each in pipeline.outcomes]


@pytest.mark.parametrize(("code", "reason"), REJECTED.items())
def test_a_refused_row_is_rejected_and_passed(pipeline: Pipeline, code: str, reason: str) -> None:
    """A row that Salesforce refuses is recorded with its code; the run goes on, once."""
    pipeline.message(pipeline.linked_guest())
    refuse(pipeline, code)
    pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    assert [f"rejected/{reason}"] == reasons(pipeline)
    (outcome,) = pipeline.outcomes
    assert (code, "Subject") == (outcome.error.code, outcome.error.field)
    assert pipeline.state is not None
    writes = [call for call in pipeline.sandbox.journal() if "composite/sobjects" in call.path]
    assert len(writes) == 1


@pytest.mark.parametrize(("code", "reason"), LOOKED_AT_AGAIN.items())
def test_what_may_have_changed_is_looked_at_again(
    pipeline: Pipeline, code: str, reason: str
) -> None:
    """A refusal that another look may settle is settled by it; if it lasts, it is rejected."""
    pipeline.message(pipeline.linked_guest())
    lines = pipeline.tap()
    refuse(pipeline, code, times=1)
    pipeline.target(lines, quick)
    assert ["created"] == reasons(pipeline)
    assert pipeline.outcomes[0].attempts == 2
    pipeline.sandbox.sandbox.faults.clear()
    refuse(pipeline, code)
    pipeline.message(pipeline.linked_guest())
    pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    assert f"rejected/{reason}" in reasons(pipeline)


@BOTH_KEYS
@pytest.mark.parametrize(
    "code",
    [
        "LIMIT_EXCEEDED",
        "REQUEST_LIMIT_EXCEEDED",
        "STORAGE_LIMIT_EXCEEDED",
    ],
)
def test_a_full_org_stops_the_run_and_the_next_one_goes_on(
    keyed: Pipeline, key: str, code: str
) -> None:
    """A limit that rows meet stops the run with its state; nothing is taken for rejected."""
    keyed.message(keyed.linked_guest())
    lines = keyed.tap()
    refuse(keyed, code)
    with pytest.raises(QuotaError, match=code):
        keyed.target(lines, quick)
    assert keyed.outcomes == []
    assert keyed.state is None
    keyed.sandbox.sandbox.faults.clear()
    keyed.target(lines, quick)

    assert ["created"] == reasons(keyed)


def test_too_many_calls_at_the_same_time_are_waited_out(pipeline: Pipeline) -> None:
    """A row that meets the limit of concurrent calls is written on the next look."""
    pipeline.message(pipeline.linked_guest())
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    refuse(pipeline, "REQUEST_LIMIT_EXCEEDED", times=1, text=text)
    pipeline.target(pipeline.tap(), quick)

    assert ["created"] == reasons(pipeline)


@BOTH_KEYS
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("UNABLE_TO_LOCK_ROW", ""),
        ("UNABLE_TO_LOCK_RECORD", ""),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: UNABLE_TO_LOCK_ROW, unable to obtain"),
    ],
)
def test_a_burst_of_locks_is_waited_out(keyed: Pipeline, key: str, code: str, text: str) -> None:
    """Rows that other transactions lock are sent again until they are free."""
    for _ in range(4):
        keyed.message(keyed.linked_guest())
    refuse(keyed, code, rows=4, times=2, text=text)
    keyed.target(keyed.tap(), quick)

    assert ["created"] * 4 == reasons(keyed)
    assert len(keyed.tasks()) == 4


def test_a_lock_that_lasts_rejects_its_row(pipeline: Pipeline) -> None:
    """A row that stays locked is left for replay."""
    pipeline.message(pipeline.linked_guest())
    refuse(pipeline, "UNABLE_TO_LOCK_ROW")
    pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    assert ["rejected/temporary"] == reasons(pipeline)


@BOTH_KEYS
def test_a_person_deleted_between_look_and_write(keyed: Pipeline, key: str) -> None:
    """A person who was merged in that very moment is followed on the second look."""
    winner, loser = keyed.person(), keyed.person()
    keyed.message(keyed.guest(loser))

    def merge(target: TargetSalesforceActivity) -> None:
        quick(target)
        write = target.settler.writer.write

        def late(writes: Any) -> Any:  # noqa: ANN401 - passed on
            keyed.sandbox.sandbox.store.execute(
                "UPDATE sf_Contact SET IsDeleted = 1, MasterRecordId = ? WHERE Id = ?",
                (winner, loser),
            )
            return write(writes)

        target.settler.writer.write = late  # type: ignore[method-assign] # the merge in between

    keyed.target(keyed.tap(), merge)

    assert ["created"] == reasons(keyed)
    assert [winner] == [task["WhoId"] for task in keyed.tasks()]


@BOTH_KEYS
def test_a_task_deleted_between_look_and_write_is_written_anew(keyed: Pipeline, key: str) -> None:
    """A Task that vanishes in that very moment is created again."""
    guest = keyed.linked_guest()
    keyed.message(guest)
    keyed.run()
    keyed.message(guest)

    def delete(target: TargetSalesforceActivity) -> None:
        quick(target)
        write = target.settler.writer.write

        def late(writes: Any) -> Any:  # noqa: ANN401 - passed on
            keyed.sandbox.sandbox.store.execute("UPDATE sf_Task SET IsDeleted = 1")
            target.settler.writer.write = write
            return write(writes)

        target.settler.writer.write = late  # type: ignore[method-assign] # the deletion in between

    keyed.wait(3600)
    keyed.target(keyed.tap(), delete)

    assert len(keyed.tasks()) == 1
    assert "text-2-end" in keyed.tasks()[0]["Description"]


@BOTH_KEYS
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
def test_answers_lost_again_and_again_make_no_second_task(
    keyed: Pipeline, key: str, kind: str
) -> None:
    """However the connection breaks, there is one Task per day in the end."""
    for _ in range(3):
        keyed.message(keyed.linked_guest())
    keyed.sandbox.sandbox.faults.add(kind=kind, times=2, **WRITES)
    keyed.target(keyed.tap(), quick)

    assert len(keyed.tasks()) == 3
    assert ["created"] * 3 == reasons(keyed)


def test_an_answer_that_never_comes_back_is_reported(pipeline: Pipeline) -> None:
    """When no look settles what happened, the day is rejected as unknown, not written twice."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": "absent"})
    pipeline.message(pipeline.linked_guest())
    pipeline.sandbox.sandbox.faults.add(kind="drop_before", **WRITES)
    pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    assert ["rejected/unknown_outcome"] == reasons(pipeline)
    assert pipeline.tasks() == []


@BOTH_KEYS
def test_a_gateway_error_is_retried(keyed: Pipeline, key: str) -> None:
    """A page of a load balancer and a busy org are waited out."""
    keyed.message(keyed.linked_guest())
    faults = keyed.sandbox.sandbox.faults
    faults.add(
        kind="status",
        status=503,
        content_type="text/html",
        times=1,
        system="salesforce",
        path="*/composite*",
    )
    faults.add(
        kind="status",
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        message="ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        times=1,
        **WRITES,
    )
    keyed.target(keyed.tap(), quick)

    assert ["created"] == reasons(keyed)


def test_an_expired_session_is_renewed(pipeline: Pipeline) -> None:
    """A session that ends in the middle is renewed and nothing is lost."""
    pipeline.message(pipeline.linked_guest())
    pipeline.sandbox.sandbox.faults.add(kind="expire_token", times=1, **WRITES)
    pipeline.target(pipeline.tap(), quick)

    assert ["created"] == reasons(pipeline)


def test_an_empty_quota_stops_the_run_with_its_state(pipeline: Pipeline) -> None:
    """When the day's calls are used up, the run stops and nothing is skipped."""
    pipeline.message(pipeline.linked_guest())
    pipeline.sandbox.sandbox.faults.add(
        kind="status",
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        message="TotalRequests Limit exceeded.",
        **WRITES,
    )
    with pytest.raises(QuotaError):
        pipeline.target(pipeline.tap(), quick)

    assert pipeline.state is None


def test_the_share_of_the_quota_is_respected(pipeline: Pipeline) -> None:
    """The run stops at its own share, before the org is empty."""
    pipeline.message(pipeline.linked_guest())
    pipeline.sandbox.sandbox.set_options({"salesforce_daily_limit": 10})
    with pytest.raises(QuotaError, match="percent"):
        pipeline.target(pipeline.tap(), quick, quota_percent_per_run=20)

    assert pipeline.tasks() == []


def test_a_dead_org_fails_the_run(pipeline: Pipeline) -> None:
    """When Salesforce stays away, the run fails and the state stays."""
    pipeline.message(pipeline.linked_guest())
    pipeline.sandbox.sandbox.faults.add(
        kind="status", status=503, path="*/composite*", system="salesforce"
    )
    with pytest.raises(TransientError):
        pipeline.target(pipeline.tap(), quick)

    assert pipeline.state is None


def test_too_many_rejects_stop_the_run(pipeline: Pipeline) -> None:
    """With on_reject fail the first reject stops the run."""
    pipeline.message(pipeline.linked_guest())
    refuse(pipeline, "STRING_TOO_LONG")
    with pytest.raises(TooManyRejects):
        pipeline.target(pipeline.tap(), quick, on_reject="fail")

    assert pipeline.state is None


@pytest.mark.parametrize(
    ("code", "text", "kept"),
    [
        (
            "STRING_TOO_LONG",
            "Subject: data value too large: forty-two Zaphod (max length=255)",
            "Subject: data value too large: … (max length=255)",
        ),
        (
            "STRING_TOO_LONG",
            "Betreff: Datenwert zu groß: Zaphod: forty-two (Max. Länge=255)",
            "Betreff: Datenwert zu groß: … (Max. Länge=255)",
        ),
        (
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "acme.Guest: after insert: \u201eZaphod\u201c wrote FORTY-TWO from (858) 555-1212; it's 7",
            "acme.Guest: after insert: \u201e…\u201c wrote … from …; it's 7",
        ),
    ],
)
def test_the_sync_log_keeps_keys_and_never_texts(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture, code: str, text: str, kept: str
) -> None:
    """Of a rejected day the log keeps the key; neither it nor the program's log has a text."""
    guest = pipeline.guest(
        pipeline.person(),
        fields={"First Name": "Zaphod"},
        channels=[{"type": "phone", "value": "+18585551212"}],
    )
    pipeline.message(guest, body="forty-two")
    refuse(pipeline, code, text=text)
    with caplog.at_level("DEBUG"):
        pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    with sqlite3.connect(pipeline.log_url.removeprefix("sqlite:///")) as log:
        dump = "\n".join(log.iterdump())
    assert f"{pipeline.sandbox.service_id}:{guest}:2026-03-02" in dump
    personal = ("forty-two", "Zaphod", "8585551212", "555-1212", "FORTY")
    assert [] == [word for word in personal if word in dump or word in caplog.text]
    assert kept.replace("'", "''") in dump


@pytest.mark.parametrize("reading", ["salesforce_failed_row_id", "salesforce_failed_row_created"])
def test_failed_rows_may_come_in_any_form(pipeline: Pipeline, reading: str) -> None:
    """Whether a refused row carries an empty id or none makes no difference."""
    value = {"salesforce_failed_row_id": "null", "salesforce_failed_row_created": "false"}[reading]
    pipeline.sandbox.sandbox.choose_profile({reading: value})
    pipeline.message(pipeline.linked_guest())
    pipeline.message(pipeline.linked_guest())
    pipeline.run(owner_id="005000000000000AAA", max_error_rate=1)

    assert {"rejected/refused"} == set(reasons(pipeline))


@BOTH_KEYS
def test_rows_of_locked_people_wait_and_others_do_not(keyed: Pipeline, key: str) -> None:
    """Updates of a person whom somebody else holds are tried until the lock is free."""
    guests = [keyed.linked_guest() for _ in range(5)]
    for guest in guests:
        keyed.message(guest)
    keyed.run()
    keyed.sandbox.sandbox.set_options(
        {
            "salesforce_locked_records": ",".join(task["WhoId"] for task in keyed.tasks()[:2]),
            "salesforce_lock_attempts": 3,
        }
    )
    for guest in guests:
        keyed.message(guest)
    keyed.wait(3600)
    keyed.target(keyed.tap(), quick)

    assert ["updated"] * 5 == reasons(keyed)
    assert all(task["Description"].count("text-") == 2 for task in keyed.tasks())


def test_an_orgs_own_rule_is_told_in_its_own_words(pipeline: Pipeline) -> None:
    """A validation rule's sentence and field reach the sync log as the admin wrote them."""
    pipeline.sandbox.sandbox.set_options(
        {"salesforce_validation_rules": "Task.Description=No texts in Tasks here."}
    )
    pipeline.message(pipeline.linked_guest())
    pipeline.target(pipeline.tap(), quick, max_error_rate=1)

    (outcome,) = pipeline.outcomes
    assert ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No texts in Tasks here.") == (
        outcome.error.code,
        outcome.error.message,
    )
