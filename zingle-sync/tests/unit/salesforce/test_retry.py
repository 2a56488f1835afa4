from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.salesforce.retry import (
    MAX_ATTEMPTS,
    MAX_DELAY,
    Answer,
    GiveUp,
    LogIn,
    Retry,
    decide,
    is_transient,
)

LOST = Answer(None, message="the connection failed")
REFUSED = Answer(None, message="the connection failed", sent=False)
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def decision(
    answer: Answer, *, attempt: int = 1, repeatable: bool = True, again: bool = False
) -> Retry | LogIn | GiveUp:
    """The decision without chance."""
    return decide(attempt, answer, repeatable=repeatable, logged_in_again=again, jitter=1.0)


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        Answer(500, "UNKNOWN_EXCEPTION"),
        Answer(503),
        Answer(502),
        Answer(406),
        Answer(420),
        Answer(429),
        Answer(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT),
        Answer(400, "UNABLE_TO_LOCK_ROW"),
        Answer(400, "SERVER_UNAVAILABLE"),
    ],
)
def test_transient_answers_are_tried_again(answer: Answer) -> None:
    """What may pass is tried again after half a second."""
    assert Retry(0.5) == decision(answer)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, "INVALID_FIELD"),
        Answer(400, "QUERY_TIMEOUT"),
        Answer(500, "QUERY_TIMEOUT"),
        Answer(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        Answer(404, "NOT_FOUND"),
        Answer(400, "INVALID_QUERY_LOCATOR"),
        Answer(404, "INVALID_QUERY_LOCATOR"),
        Answer(410),
        Answer(414),
    ],
)
def test_final_answers_are_not_tried_again(answer: Answer) -> None:
    """What no repetition changes is given up at once."""
    assert GiveUp() == decision(answer)


def test_ended_session_logs_in_once() -> None:
    """A session that has ended is renewed, but only once for a request."""
    ended = Answer(401, "INVALID_SESSION_ID", "Session expired or invalid")

    assert (LogIn(), GiveUp()) == (decision(ended, repeatable=False), decision(ended, again=True))


def test_session_without_api_access_is_final() -> None:
    """A session that may not use the REST API would be refused again after every login."""
    answer = Answer(
        401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"
    )

    assert GiveUp() == decision(answer)


@pytest.mark.parametrize("answer", [LOST, Answer(500), Answer(503)])
def test_lost_insert_is_unknown(answer: Answer) -> None:
    """An insert whose answer was lost is not repeated: it would double the rows."""
    assert GiveUp(outcome_unknown=True) == decision(answer, repeatable=False)


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        Answer(429),
        Answer(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT),
        Answer(400, "UNABLE_TO_LOCK_ROW"),
    ],
)
def test_refused_insert_is_tried_again(answer: Answer) -> None:
    """An insert that certainly did not happen is repeated."""
    assert Retry(0.5) == decision(answer, repeatable=False)


def test_retry_after_is_respected_within_reason() -> None:
    """The service may name the pause, up to the longest one."""
    short, long = Answer(429, retry_after=7.0), Answer(503, retry_after=4000.0)

    assert (Retry(7.0), Retry(MAX_DELAY)) == (decision(short), decision(long))


@given(st.integers(1, MAX_ATTEMPTS + 3), st.floats(0, 1))
def test_tries_and_pauses_are_bounded(attempt: int, jitter: float) -> None:
    """There is a last try, and no pause is longer than the longest one."""
    result = decide(attempt, LOST, repeatable=True, logged_in_again=False, jitter=jitter)

    if attempt >= MAX_ATTEMPTS:
        assert GiveUp() == result
    else:
        assert isinstance(result, Retry)
        assert 0 < result.delay <= MAX_DELAY


@given(st.integers(400, 599), st.booleans())
def test_decision_agrees_with_transience(status: int, repeatable: bool) -> None:
    """Nothing that is not transient is ever tried again."""
    answer = Answer(status)

    if not is_transient(answer):
        assert GiveUp() == decision(answer, repeatable=repeatable)
