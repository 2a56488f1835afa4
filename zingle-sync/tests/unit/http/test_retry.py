from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.http import LONGEST_WAIT, MAX_TRIES, Kind, backoff, retry, retry_after
from zingle_sync.http.retry import GiveUp, LogIn, Retry, decide


def decision(
    kind: Kind,
    *,
    attempt: int = 1,
    repeatable: bool = True,
    again: bool = False,
    asked: float | None = None,
) -> Retry | LogIn | GiveUp:
    """The decision without chance."""
    return decide(
        attempt, kind, repeatable=repeatable, logged_in_again=again, asked=asked, jitter=1.0
    )


@given(
    st.integers(1, 8),
    st.sampled_from(Kind),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 2000)),
    st.floats(0, 0.999),
)
def test_retries_are_bounded_and_never_repeat_a_create_blindly(  # noqa: PLR0917 - drawn values
    attempt: int, kind: Kind, repeatable: bool, again: bool, asked: float | None, jitter: float
) -> None:
    """A retry is bounded in number and time, and a create that may have worked is not repeated."""
    result = decide(
        attempt, kind, repeatable=repeatable, logged_in_again=again, asked=asked, jitter=jitter
    )

    if isinstance(result, Retry):
        assert attempt < MAX_TRIES
        assert 0 < result.delay <= LONGEST_WAIT + 1
        assert result.delay >= (asked or 0)
        assert kind is Kind.UNTOUCHED or (kind is Kind.PASSING and repeatable)
    if isinstance(result, GiveUp):
        assert result.outcome_unknown == (kind is Kind.PASSING and not repeatable)


def test_backoff_grows_and_has_an_end() -> None:
    """Waits double from half a second to a few seconds."""
    delays = [backoff(attempt, 0.999) for attempt in range(1, MAX_TRIES)]

    assert sorted(delays) == delays
    assert delays[0] < 0.6 < delays[-1] <= 60


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, Retry(0.5)),
        (0.0, Retry(0.5)),
        (7.0, Retry(7.5)),
        (LONGEST_WAIT, Retry(LONGEST_WAIT + 0.5)),
        (LONGEST_WAIT + 1, GiveUp()),
        (86_400.0, GiveUp()),
    ],
)
def test_a_named_pause_is_kept_or_ends_the_call(
    asked: float | None, expected: Retry | GiveUp
) -> None:
    """The service may name the pause; one that is too long for a run ends the call."""
    assert expected == decision(Kind.UNTOUCHED, asked=asked, repeatable=False)


def test_ended_session_logs_in_once() -> None:
    """A session that has ended is renewed, but only once for a request, creates included."""
    assert (LogIn(), GiveUp()) == (
        decision(Kind.SESSION_ENDED, repeatable=False, attempt=MAX_TRIES),
        decision(Kind.SESSION_ENDED, again=True),
    )


def test_lost_create_is_unknown() -> None:
    """A create whose answer was lost is not repeated: it would double the record."""
    assert GiveUp(outcome_unknown=True) == decision(Kind.PASSING, repeatable=False)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Thu, 01 Jan 1970 00:00:20 GMT", 10.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: object) -> None:
    """Both forms of the header are understood."""
    assert seconds == retry_after(header, 10.0)


def test_examples() -> None:
    """The examples in the documentation are true, and there are some."""
    result = doctest.testmod(retry)

    assert (0, True) == (result.failed, result.attempted > 0)
