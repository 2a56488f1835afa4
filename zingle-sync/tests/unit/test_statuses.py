from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zingle_operator.project import schedules
from zingle_operator.project.schedules import longest_gap
from zingle_sync.status import verdict
from zingle_sync.status.facts import PipelineFacts, RunFacts, ServiceFacts, Status
from zingle_sync.status.verdict import pipeline_status, service_status, worst

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def run(minutes_ago: float, status: str = "ok", **more: object) -> RunFacts:
    """A run of one minute that ended some minutes ago."""
    end = NOW - timedelta(minutes=minutes_ago)
    finished = None if status == "running" else end
    return RunFacts(status, end - timedelta(minutes=1), end, finished, **more)


def facts(*runs: RunFacts, **more: object) -> PipelineFacts:
    """What is known of a pipeline that is due every five minutes."""
    known = PipelineFacts(timedelta(minutes=5), runs, refresh_command="meltano run job")
    return replace(known, **more)


def judged(*runs: RunFacts, **more: object) -> Status:
    """The pipeline's status at noon."""
    return pipeline_status(facts(*runs, **more), now=NOW)


LOGIN = {"error": "The password is wrong.", "error_class": "LoginError"}


def test_examples_are_true() -> None:
    """The doctests of the pure modules pass."""
    assert [0, 0] == [doctest.testmod(module).failed for module in (schedules, verdict)]


@pytest.mark.parametrize(
    ("runs", "more", "word", "reason"),
    [
        ((), {}, "Never run", "has not run yet"),
        ((run(0, "running", alive=True),), {}, "Never run", "under way"),
        (
            (run(60 * 25, "running", alive=True), run(60 * 26)),
            {},
            "Needs Attention",
            "crashed",
        ),
        ((run(60 * 20, "running", alive=True), run(60 * 21)), {}, "Connected", "ended well"),
        ((run(3),), {}, "Connected", "ended well"),
        ((run(0, "running", alive=True), run(8)), {}, "Connected", "ended well"),
        ((run(10),), {}, "Connected", "ended well"),
        ((run(12),), {}, "Needs Attention", "one is due every 5 minutes"),
        ((run(600),), {"interval": None}, "Connected", "ended well"),
        ((run(3, "failed", **LOGIN), run(8)), {}, "Needs Attention", "password is wrong"),
        ((run(3), run(8, "failed", **LOGIN)), {}, "Connected", "ended well"),
        ((run(3, "running", alive=False), run(8)), {}, "Needs Attention", "crashed"),
        ((run(90, "running"),), {}, "Needs Attention", "crashed"),
        ((run(3, "terminated"),), {}, "Needs Attention", "stopped from outside"),
        (
            (run(3, "stopped", error="60 of 60 were rejected.", error_class="TooManyRejects"),),
            {},
            "Needs Attention",
            "60 of 60",
        ),
        (
            (run(3),),
            {"tap_runs": (run(3, "failed", **LOGIN),)},
            "Needs Attention",
            "Reading failed: The password is wrong.",
        ),
        ((), {"tap_runs": (run(3, "failed", **LOGIN),)}, "Needs Attention", "Reading failed"),
        ((run(3),), {"tap_runs": (run(3), run(9, "failed", **LOGIN))}, "Connected", "ended well"),
    ],
)
def test_word_and_reason(
    runs: tuple[RunFacts, ...], more: dict[str, object], word: str, reason: str
) -> None:
    """Never run, crashed, stale, lost credentials and too many rejects are told apart."""
    status = judged(*runs, **more)

    assert word == status.word
    assert reason in status.reason
    assert (word == "Connected") == (not status.todo)


def test_a_first_run_under_way_is_not_to_be_started_again() -> None:
    """While the first run goes on, the advice is to wait, not to start another one."""
    assert "Wait for its end." == judged(run(0, "running", alive=True)).todo


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "Salesforce answered GET limits in 3 tries with HTTP 503 SERVER_UNAVAILABLE: Busy.",
            "Salesforce is not well: Busy (SERVER_UNAVAILABLE).",
        ),
        ("Salesforce answered POST composite with HTTP 403", "Salesforce refuses a call."),
        (
            "PUT services/5d0c/contacts/82f0: no such contact (HTTP 404, code 1004)",
            "Zingle refuses a call: no such contact (1004).",
        ),
        (
            "GET services/5d0c/contacts: slow down (HTTP 429)",
            "Zingle wants fewer calls: slow down.",
        ),
        (
            "Salesforce refused the login at https://x (HTTP 400, invalid_grant).",
            "Salesforce refused the login at https://x (invalid_grant).",
        ),
        ("The password is wrong.", "The password is wrong."),
    ],
)
def test_reasons_speak_of_services_and_not_of_http(error: str, told: str) -> None:
    """Whoever reads a status learns who refused what, with the code to look up."""
    status = judged(run(3, "failed", error=error, error_class="X"))

    assert told == status.reason


def test_quota_stop_says_that_nothing_needs_doing_now() -> None:
    """A run that the quota stopped names the remedy of its error."""
    status = judged(run(3, "failed", error="80 % is used.", error_class="QuotaError"))

    assert ("Needs Attention", "80 % is used.") == (status.word, status.reason)
    assert "the next run goes on" in status.todo


def test_since_is_the_start_of_the_streak() -> None:
    """A failure dates from the first run that failed in the same way."""
    failing = [run(minutes, "failed", **LOGIN) for minutes in (3, 8, 13)]
    other = run(18, "failed", error_class="TransientError")

    assert failing[-1].started_at == judged(*failing, other, run(23)).since
    assert run(8).started_at == judged(run(3), run(8), *failing[2:]).since


@pytest.mark.parametrize("kind", ["target_runs", "tap_runs"])
def test_a_replay_ends_no_trouble_of_the_runs_about_all(kind: str) -> None:
    """A replay that goes well mends neither the last run of the schedule nor its delay."""
    replay, well = run(1, of_some=True), run(4)
    failed = run(3, "failed", error="Salesforce refuses a call.")
    runs = {"target_runs": (well,), "tap_runs": (well,)}

    mended = judged(**{**runs, kind: (replay, well)})
    trouble = judged(**{**runs, kind: (replay, failed)})
    late = judged(replay, run(200))

    assert ("Connected", "Needs Attention") == (mended.word, trouble.word)
    assert "Salesforce refuses a call." in trouble.reason
    assert late.reason.startswith("No run since")


def test_stale_dates_from_when_a_run_was_due() -> None:
    """A stalled sync is silent: the reader computes since when."""
    assert NOW - timedelta(minutes=55) == judged(run(60)).since


def test_long_run_is_not_stale() -> None:
    """A first load that takes hours is no stalled sync."""
    assert "Connected" == judged(run(0, "running", alive=True), run(60)).word


@pytest.mark.parametrize(
    ("hashes", "word"),
    [
        ([("b", False), ("b", False), ("a", False), ("a", True)], "Needs Attention"),
        ([("b", True), ("a", True)], "Connected"),
        ([("b", False), ("b", True), ("a", True)], "Connected"),
        ([("a", False), ("a", True)], "Connected"),
        ([("a", False), ("a", False)], "Connected"),
        ([(None, False), ("a", True)], "Connected"),
    ],
)
def test_changed_mapping_needs_a_full_run(hashes: list[tuple[str | None, bool]], word: str) -> None:
    """A mapping that changed since the last full run is told, with command and cost."""
    runs = [
        run(3 + 5 * place, mapping_hash=digest, full=full, settled=1)
        for place, (digest, full) in enumerate(hashes)
    ]
    status = judged(*runs, services=(ServiceFacts("svc", 1200, {}, None),))

    assert word == status.word
    if word != "Connected":
        assert "`meltano run job` reads and compares all 1,200 records again." == status.todo
        assert runs[1].started_at == status.since


def test_mapping_that_reached_no_record_is_no_change() -> None:
    """A mapping that was refused, or met no record, and was put back is no change."""
    runs = [
        run(3, mapping_hash="a", settled=5),
        run(8, "failed", mapping_hash="b", error_class="ConfigValidationError"),
        run(13, mapping_hash="a", full=True, settled=100),
    ]

    assert "Connected" == judged(*runs).word


def test_a_changed_selection_needs_a_full_run() -> None:
    """What the tap's bookmarks say is unread is told until they say no more, with the command."""
    unread = {"contacts": ["the filter", "the columns (Birthdate)"], "leads": ["the filter"]}
    runs = [run(3, unread=None), run(8, unread=unread), run(13, unread=unread), run(18, unread={})]

    status = judged(run(3), tap_runs=runs)

    assert "Needs Attention" == status.word
    assert "contacts: the filter, the columns (Birthdate); leads: the filter" in status.reason
    assert "`meltano run job` reads everything again." == status.todo
    assert runs[2].started_at == status.since
    assert "Connected" == judged(run(3), tap_runs=[run(3, unread={}), *runs]).word


def test_stopped_linking_needs_attention_until_a_run_links_again() -> None:
    """A link that changed more than the link is told until a later run settles records well."""
    stopped = run(8, settled=9, linking_stopped=True)

    assert "linking stopped" in judged(run(3), stopped).reason
    assert "Connected" == judged(run(3, settled=9), stopped).word


def test_failed_full_run_does_not_settle_a_changed_mapping() -> None:
    """Only a full run that ended well brings the new mapping to every record."""
    runs = [
        run(3, mapping_hash="b", settled=1),
        run(8, "failed", mapping_hash="b", full=True, error_class="TransientError", settled=9),
        run(13, mapping_hash="a", full=True),
    ]

    assert "mapping changed" in judged(*runs).reason


@pytest.mark.parametrize(("rejected", "word"), [(10, "Connected"), (11, "Needs Attention")])
def test_rejects_count_per_service(rejected: int, word: str) -> None:
    """More rejected records than the threshold need attention, with reasons and since when."""
    service = ServiceFacts("svc", 100, {"refused": rejected - 1, "overflow": 1}, NOW)
    status = service_status(Status("Connected", "fine"), service, reject_threshold=0.1)

    assert word == status.word
    if word == "Needs Attention":
        assert "11 of 100 records are rejected: refused 10, overflow 1." == status.reason
        assert NOW == status.since


def test_roll_up_is_the_worst() -> None:
    """One service that needs attention makes the whole need attention."""
    fine, bad, new = (
        Status("Connected", "a"),
        Status("Needs Attention", "b"),
        Status("Never run", "c"),
    )

    assert bad == worst([fine, bad, new])
    assert new == worst([fine, new])
    assert fine == worst([fine, fine])
    assert "Never run" == worst([]).word


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("*/5 * * * *", timedelta(minutes=5)),
        ("0 8-18 * * mon-fri", timedelta(hours=62)),
        ("0 0 1 * *", timedelta(days=31)),
        ("0 0 13 * 5", timedelta(days=7)),
        ("15,45 * * * *", timedelta(minutes=30)),
        ("5/20 * * * *", timedelta(minutes=20)),
        ("@daily", timedelta(days=1)),
        ("1h 30m", timedelta(minutes=90)),
        ("@yearly", timedelta(days=366)),
        ("0 0 29 2 *", timedelta(days=4 * 365 + 1)),
        ("30 6 31 12 *", timedelta(days=366)),
        ("*/5 * * 6-9 *", timedelta(days=244, minutes=5)),
        ("0 12 * 12-2 *", timedelta(days=276)),
        ("0 9 * * fri-sun", timedelta(days=5)),
        ("0 9 * * 5-7", timedelta(days=5)),
        ("0 9 * * sat-mon,wed", timedelta(days=3)),
        ("0 22-3 * * *", timedelta(hours=19)),
        ("0 0 30 2 *", None),
        ("*/0 * * * *", None),
        ("@once", None),
        ("", None),
        ("61 * * * *", None),
        ("a b c d e", None),
    ],
)
def test_longest_gap_of_a_schedule(interval: str, expected: timedelta | None) -> None:
    """Cron expressions, aliases and durations tell how late a run may be."""
    assert expected == longest_gap(interval)


cron_parts = st.tuples(
    st.sampled_from(["*", "0", "*/7", "10-20", "50-5", "3,33"]),
    st.sampled_from(["*", "0", "8-18", "22-3", "*/6"]),
    st.sampled_from(["*", "1", "29", "31", "13-15"]),
    st.sampled_from(["*", "2", "6-9", "nov-feb", "*/5"]),
    st.sampled_from(["*", "0", "7", "fri-sun", "mon,wed"]),
)


@given(cron_parts)
def test_nothing_is_due_later_than_the_longest_gap(parts: tuple[str, ...]) -> None:
    """Walking minute by minute from any run, the next one comes within the longest gap."""
    gap = longest_gap(" ".join(parts))
    times, days = schedules.runs_of(" ".join(parts))

    moments = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + time
        for day in days[:40]
        for time in times
    ]
    walked = max((later - earlier for earlier, later in pairwise(moments)), default=timedelta())
    assert (gap is None) == (not days)
    assert walked <= (gap or timedelta())


def test_shipped_schedules_never_meet() -> None:
    """No two schedules of the project's meltano.yml begin in the same minute."""
    text = (Path(__file__).parents[3] / "meltano.yml").read_text(encoding="utf-8")
    runs = [schedules.runs_of(one["interval"]) for one in yaml.safe_load(text)["schedules"]]

    assert all(set(one[0]).isdisjoint(other[0]) for one, other in combinations(runs, 2))
