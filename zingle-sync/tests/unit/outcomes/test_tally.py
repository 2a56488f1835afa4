from __future__ import annotations

import pytest

from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.tally import Tally, summary_line, too_many_rejects


def tally(*, ok: int, rejected: int) -> Tally:
    """Counts of a run."""
    counts = Tally()
    counts.add(Outcome("contacts", "svc", f"ok{n}", "created") for n in range(ok))
    counts.add(
        Outcome("contacts", "svc", f"no{n}", "rejected", reason="no_usable_key")
        for n in range(rejected)
    )
    return counts


@pytest.mark.parametrize(
    ("ok", "rejected", "on_reject", "stops"),
    [
        (0, 0, "fail", False),
        (9, 1, "fail", True),
        (0, 50, "continue", False),
        (0, 51, "continue", True),
        (30, 30, "continue", False),
        (29, 31, "continue", True),
    ],
)
def test_run_stops_on_too_many_rejects(ok: int, rejected: int, on_reject: str, stops: bool) -> None:
    """The rate counts above it and beyond 50 records; on_reject fail counts from the first."""
    sentence = too_many_rejects(
        tally(ok=ok, rejected=rejected), on_reject=on_reject, max_error_rate=0.5
    )

    assert stops == (sentence is not None)


def test_rate_of_one_never_stops() -> None:
    """max_error_rate 1 turns the limit off."""
    counts = tally(ok=0, rejected=100)

    assert too_many_rejects(counts, on_reject="continue", max_error_rate=1.0) is None


def test_summary_names_every_count() -> None:
    """The last log line holds outcomes, keys of matching, reasons, warnings, calls and time."""
    counts = tally(ok=1200, rejected=1)
    counts.add(
        [
            Outcome("contacts", "svc", "a", "linked", matched_on="phone"),
            Outcome("contacts", "svc", "b", "updated", warnings=("truncated:Notes",)),
        ]
    )

    assert (
        "1,203 records: 1,200 created, 1 rejected, 1 linked, 1 updated; matched on phone 1; "
        "rejected no_usable_key 1; warnings truncated 1; API calls zingle 7; 2.5 s"
    ) == summary_line(counts, api_calls={"zingle": 7}, seconds=2.5)


def test_services_and_error_codes_are_counted_apart() -> None:
    """Counts are kept per service, and refusals per code."""
    counts = Tally()
    counts.add(
        [
            Outcome("c", "north", "a", "created"),
            Outcome(
                "c",
                "south",
                "b",
                "rejected",
                reason="refused",
                error=OutcomeError("RecordError", 400, "3706"),
            ),
        ]
    )

    assert {"north": {"created": 1}, "south": {"rejected": 1}} == counts.services
    assert {"3706": 1} == counts.errors


def test_who_waited_is_counted_once_as_they_ended() -> None:
    """A better outcome takes the skip's place, a superseded row does not, and nothing is left over."""
    tally = Tally()
    waits = Outcome(
        "s", "svc", "a", "skipped", reason="shared_channel", warnings=("shared_phone:b",)
    )

    tally.add([waits, Outcome("s", "svc", "b", "created")])
    assert [] == tally.add([Outcome("s", "svc", "a", "skipped", reason="superseded")])
    assert [waits] == tally.add([Outcome("s", "svc", "a", "linked", matched_on="phone")])
    assert [] == tally.add([Outcome("s", "svc", "a", "updated")])

    assert {"created": 1, "skipped": 1, "linked": 1, "updated": 1} == dict(tally.outcomes)
    assert ({"skipped/superseded": 1}, {}) == (dict(tally.reasons), dict(tally.warnings))
