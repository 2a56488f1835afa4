"""The reader of ISO 8601 dates and times."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.times import moment_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("20260131", "2026-01-31T00:00:00+00:00"),
        (" 2026-01-31T09:30 ", "2026-01-31T09:30:00+00:00"),
        ("2026-01-31T09:30:15", "2026-01-31T09:30:15+00:00"),
        ("2026-01-31 09:30:15", "2026-01-31T09:30:15+00:00"),
        ("2026-01-31T09:30:15Z", "2026-01-31T09:30:15+00:00"),
        ("2026-01-31t09:30:15z", "2026-01-31T09:30:15+00:00"),
        ("2026-01-31T09:30:15.000+0000", "2026-01-31T09:30:15+00:00"),
        ("2026-01-31T09:30:15+02", "2026-01-31T07:30:15+00:00"),
        ("2026-01-31T09:30:15-0530", "2026-01-31T15:00:15+00:00"),
        ("2026-01-31T09:30:15+12:45", "2026-01-30T20:45:15+00:00"),
        ("2026-01-31T09:30:15.1Z", "2026-01-31T09:30:15.100000+00:00"),
        ("2026-01-31T09:30:15,25Z", "2026-01-31T09:30:15.250000+00:00"),
        ("2026-01-31T09:30:15.123456789Z", "2026-01-31T09:30:15.123456+00:00"),
        ("20260131T093015Z", "2026-01-31T09:30:15+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_every_form_of_iso_8601_is_read(text: str, expected: str) -> None:
    """Dates, times, fractions of any length and offsets of any form become UTC."""
    assert moment_of(text).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "31.01.2026",
        "2026-01",
        "2026-W05-6",
        "2026-01-31x09:30",
        "2026-01-31T25:00",
        "2026-01-31T09:30:15.Z",
        "2026-01-31T09:30:15 Europe/Berlin",
        "2026-01-31T09:30:15+24:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0663\u0661",
    ],
)
def test_what_is_no_moment_is_a_value_error(text: str) -> None:
    """A text that is no ISO 8601 date or time, or out of range, is refused by one error."""
    with pytest.raises(ValueError, match=r".+"):
        moment_of(text)


_EARLY = datetime(1, 1, 2)  # noqa: DTZ001 - hypothesis adds the zone
_LATE = datetime(9999, 12, 30)  # noqa: DTZ001 - as above
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(_EARLY, _LATE, timezones=_OFFSETS),
    st.sampled_from(["T", " ", "t"]),
    st.sampled_from([":", ""]),
)
def test_a_written_moment_is_read_back(moment: datetime, between: str, colon: str) -> None:
    """Whatever the offset and its form, the moment stays the same and is told in UTC."""
    day, clock = moment.isoformat(timespec="microseconds").split("T")
    read = moment_of(f"{day}{between}{clock[:-3]}{colon}{clock[-2:]}")

    assert (read, read.tzinfo) == (moment, UTC)


@given(st.text() | st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}T?[0-9:.,Z+-]*", fullmatch=True))
def test_any_text_is_a_moment_in_utc_or_refused(text: str) -> None:
    """No text gets a moment without a zone, or another error than ValueError."""
    with contextlib.suppress(ValueError):
        assert moment_of(text).tzinfo is UTC
