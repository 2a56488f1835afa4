from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.http import Answer, Kind
from zingle_sync.salesforce.retry import kind_of

LOST = Answer(None, message="the connection failed")
REFUSED = Answer(None, message="the connection failed", sent=False)
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


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
    """What may pass is worth another try."""
    assert kind_of(answer) in {Kind.PASSING, Kind.UNTOUCHED}


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
    assert Kind.FINAL is kind_of(answer)


def test_ended_session() -> None:
    """A session that has ended is renewed."""
    ended = Answer(401, "INVALID_SESSION_ID", "Session expired or invalid")

    assert Kind.SESSION_ENDED is kind_of(ended)


def test_session_without_api_access_is_final() -> None:
    """A session that may not use the REST API would be refused again after every login."""
    answer = Answer(
        401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"
    )

    assert Kind.FINAL is kind_of(answer)


@pytest.mark.parametrize("answer", [LOST, Answer(500), Answer(503)])
def test_lost_insert_is_unknown(answer: Answer) -> None:
    """After a lost answer nobody knows whether the rows are there."""
    assert Kind.PASSING is kind_of(answer)


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
    """What certainly did not happen may be repeated even for an insert."""
    assert Kind.UNTOUCHED is kind_of(answer)


@given(st.integers(400, 599))
def test_a_status_alone_never_ends_the_session(status: int) -> None:
    """Only Salesforce's own code says that a session has ended; a gateway's 401 does not."""
    assert Kind.SESSION_ENDED is not kind_of(Answer(status))
