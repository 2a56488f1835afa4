"""Answers of the probe that the sandbox has no profile for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from zingle_operator.check import questions as ask
from zingle_operator.check.findings import Findings
from zingle_sync.zingle import Page, TransientError, Zingle

DATE = {"id": "f1", "display_name": "Check-in", "data_type": "date"}


class Service:
    """A Zingle that answers from a dictionary; what is an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.sent: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Any method of the client."""

        def answer(*arguments: Any, **_more: Any) -> object:
            if arguments and isinstance(arguments[-1], dict):
                self.sent.append(arguments[-1])
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def scratch(service: Service) -> ask.Scratch:
    """A scratch contact of that service."""
    phones = ("+12025550100", "+12025550101")
    return ask.Scratch(cast("Zingle", service), "s", "003X", *phones, Findings(), ["c"])


def test_u26_another_day_is_a_warning() -> None:
    """A service that shows midnight UTC as the day before is not to get dates."""
    shown = {"contactFields": [{"contactFieldName": "Check-in", "value": "2024-02-28"}]}
    service = Service(contact_fields=[DATE], update_contact={}, contact_v2=shown)
    one = scratch(service)

    ask.date_zone(one)

    assert {"custom_field_id": "f1", "value": 1_709_164_800} == (
        service.sent[0]["custom_field_values"][0]
    )
    (finding,) = one.findings.found
    assert ("warning", True) == (finding.level, "Zingle shows 2024-02-28" in finding.todo)


def test_u26_without_a_date_field_is_not_tried() -> None:
    """Nothing is written where the service has no date to write."""
    service = Service(contact_fields=[])
    one = scratch(service)

    ask.date_zone(one)

    assert ([], "note") == (service.sent, one.findings.found[0].level)


def test_u13_a_filter_without_effect_is_told() -> None:
    """A service that answers every bound with the same rows ignores the filter."""
    rows = [{"id": "m", "created_at": 1_700_000_000}]
    one = scratch(Service(page=Page(rows, 1, 50, 1, 1)))

    ask.range_filter(one)

    assert "greater_than() is ignored" in one.findings.found[0].text


@pytest.mark.parametrize("question", [ask.largest_page, ask.known_external_id])
def test_a_service_that_is_down_is_no_answer(question: ask.Question) -> None:
    """A failure without a code is not taken for a refusal."""
    down = TransientError("down", status=503)
    one = scratch(Service(page=down, create_contact=down))

    with pytest.raises(TransientError):
        question(one)

    assert [] == one.findings.found


def test_u2_a_lost_phone_is_told() -> None:
    """Where an update with channels leaves neither the old nor the new one, that is told."""
    kinds = {"channel_types": [{"id": "t", "type_class": "EmailAddress"}]}
    one = scratch(Service(service=kinds, update_contact={"channels": []}))

    ask.channels_in_update(one)

    assert "remove those that are there" in one.findings.found[0].text
