"""Whose conversation it is: other countries, other notations, and users who may not ask it all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Pipeline

HIDDEN = "salesforce_hidden_fields"


def phone(value: str) -> dict[str, str]:
    """A phone of a guest."""
    return {"type": "phone", "value": value}


def email(value: str) -> dict[str, str]:
    """An e-mail of a guest."""
    return {"type": "email", "value": value}


def outcome(pipeline: Pipeline, **config: Any) -> str:
    """Run, and say what became of the only day."""
    pipeline.run(**config)
    (one,) = pipeline.outcomes
    return "/".join(filter(None, (one.kind, one.reason)))


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
@pytest.mark.parametrize(
    ("guest", "raw", "country", "expected"),
    [
        ("+15102345678", "151 0234 5678", "China", "skipped/unmatched"),
        ("+15102345678", "510 234 5678", "Nowhere Land", "skipped/unmatched"),
        ("+15102345678", "510 234 5678", "", "created"),
        ("+15102345678", "510 234 5678", "United States of America", "created"),
        ("+15102345678", "+1 510 234 5678", "China", "created"),
        ("+8615102345678", "151 0234 5678", "China", "created"),
        ("+6591234567", "9123 4567", "Singapore", "created"),
        ("+6591234567", "9123 4567", "", "created"),
        ("+35312345678", "01 234 5678", "Ireland", "created"),
        ("+298211234", "21 12 34", "Faroe Islands", "created"),
        ("+491701234567", "0170 1234567 (privat)", "Deutschland", "created"),
        ("+5511987654321", "(11) 8765-4321", "Brasil", "created"),
    ],
)
def test_phones_are_read_with_the_country_of_the_person(
    pipeline: Pipeline, *, kind: str, guest: str, raw: str, country: str, expected: str
) -> None:
    """A stranger's text lands on nobody's record; who has the number is found in any notation."""
    field = "MailingCountry" if kind == "Contact" else "Country"
    pipeline.person(kind, MobilePhone=raw, **({field: country} if country else {}))
    pipeline.message(pipeline.guest(channels=[phone(guest)]))

    assert expected == outcome(pipeline)


@pytest.mark.parametrize(
    "hidden",
    [
        "Contact.Email",
        "Lead.Email",
        "Contact.Email,Lead.Email",
        "Contact.MobilePhone,Lead.MobilePhone,Contact.OtherPhone",
        "Lead.IsConverted",
        "Lead.ConvertedContactId",
        "Lead.IsConverted,Lead.ConvertedContactId,Lead.ConvertedDate",
        "Lead",
        "Lead,Contact.Email,Contact.MobilePhone",
        "Account",
        "TaskStatus",
    ],
)
def test_who_may_not_ask_everything_goes_on_with_the_rest(
    pipeline: Pipeline, hidden: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Linked guests, and guests with a phone that may be asked, have Tasks; what is hidden is said."""
    pipeline.sandbox.sandbox.set_options({HIDDEN: hidden})
    known = pipeline.person(Phone="858-555-1212")
    lead = pipeline.person("Lead")
    linked = pipeline.person()
    pipeline.message(pipeline.guest(linked))
    pipeline.message(pipeline.guest(channels=[phone("+18585551212"), email("jane@hotel.com")]))
    pipeline.message(pipeline.guest(channels=[email("joe@hotel.com")]))
    if "Lead" not in hidden.split(","):
        pipeline.message(pipeline.guest(lead))
    with caplog.at_level(logging.WARNING):
        pipeline.run()

    expected = {known, linked, *([] if "Lead" in hidden.split(",") else [lead])}
    assert expected == {task["WhoId"] for task in pipeline.tasks()}
    words = [record.getMessage() for record in caplog.records if "This user can't" in record.msg]
    assert len(words) == len(set(words))
    assert "…" not in "".join(words)
    last_of = {name.rpartition(".")[2] for name in hidden.split(",")}
    said = " ".join(words)
    if not {"Account", "TaskStatus"} & last_of:
        assert [name for name in last_of if name in said]


def test_a_hidden_kind_of_people_is_told(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Where Contacts are hidden, Leads are served, and the log says why Contacts get nothing."""
    pipeline.sandbox.sandbox.set_options({HIDDEN: "Contact"})
    lead = pipeline.person("Lead", Phone="858-555-1212")
    pipeline.message(pipeline.guest(pipeline.person()))
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))
    with caplog.at_level(logging.WARNING):
        pipeline.run()

    assert [lead] == [task["WhoId"] for task in pipeline.tasks()]
    told = [record.getMessage() for record in caplog.records if "can't see Contacts" in record.msg]
    assert len(told) == 2


def test_a_lead_that_was_converted_out_of_sight_gets_nothing(pipeline: Pipeline) -> None:
    """Where nobody can see whose a converted Lead has become, its conversation is not misplaced."""
    pipeline.sandbox.sandbox.set_options({HIDDEN: "Lead.ConvertedContactId"})
    contact = pipeline.person()
    lead = pipeline.person("Lead", IsConverted=True, ConvertedContactId=contact)
    pipeline.message(pipeline.guest(lead))

    assert outcome(pipeline) == "skipped/unmatched"


@pytest.mark.parametrize("seen", ["IsConverted", "ConvertedContactId", "ConvertedDate"])
def test_any_sign_of_a_conversion_leaves_the_lead_out_of_the_search(
    pipeline: Pipeline, seen: str
) -> None:
    """A Lead that has become a Contact is not found by phone, whichever field shows it."""
    names = {"IsConverted", "ConvertedContactId", "ConvertedDate"} - {seen}
    pipeline.sandbox.sandbox.set_options({HIDDEN: ",".join(f"Lead.{name}" for name in names)})
    pipeline.person(
        "Lead",
        Phone="858-555-1212",
        IsConverted=True,
        ConvertedContactId=pipeline.person(),
        ConvertedDate="2026-03-01",
    )
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))

    assert outcome(pipeline) == "skipped/unmatched"


def test_a_country_that_may_not_be_read_is_not_guessed(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the person's country is hidden, a number without `+` belongs to nobody; with it, yes."""
    pipeline.sandbox.sandbox.set_options({HIDDEN: "Contact.MailingCountry"})
    pipeline.person(Phone="858-555-1212")
    who = pipeline.person(Phone="+1 858 555 1313")
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))
    pipeline.message(pipeline.guest(channels=[phone("+18585551313")]))
    with caplog.at_level(logging.WARNING):
        pipeline.run()

    assert [who] == [task["WhoId"] for task in pipeline.tasks()]
    assert "MailingCountry" in caplog.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("Contact.Email,Lead.Email", "Email"),
        ("Contact.Phone,Contact.MobilePhone,Contact.HomePhone,Contact.OtherPhone", "MobilePhone"),
        ("Lead.IsConverted", ""),
    ],
)
def test_fields_that_no_query_may_filter_by_are_left_out(
    pipeline: Pipeline, fields: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An org may forbid to filter by a field: the others find who they can, and nobody stops."""
    pipeline.sandbox.sandbox.set_options({"salesforce_unfilterable_fields": fields})
    who = pipeline.person(Phone="858-555-1212", Email="jane@hotel.com")
    lead = pipeline.person("Lead", Phone="858-555-1313")
    pipeline.person("Lead", Phone="858-555-1414", IsConverted=True, ConvertedContactId=who)
    channels = [phone("+18585551212"), email("jane@hotel.com")]
    pipeline.message(pipeline.guest(channels=channels))
    pipeline.message(pipeline.guest(channels=[phone("+18585551313")]))
    pipeline.message(pipeline.guest(channels=[phone("+18585551414")]))
    with caplog.at_level(logging.WARNING):
        pipeline.run()

    assert sorted([who, lead]) == sorted(task["WhoId"] for task in pipeline.tasks())
    assert told in caplog.text
