"""Which Tasks the vendor's connector wrote, and which of them may become ours."""

from __future__ import annotations

from typing import Any

import pytest

from target_salesforce_activity.vendor import reads_as_messages, standing_of
from target_salesforce_activity.wording import WORDS

KEYS = ("Zingle_Conversation_Key__c", "CallObject")
TASK: dict[str, Any] = {
    "Id": "00T000000000001AAA",
    "Subject": "Zingle Conversation",
    "Description": "9:41 AM Jane: two towels, please",
    "WhoId": "003000000000001AAA",
    "ActivityDate": "2026-03-02",
    "CreatedDate": "2026-03-02T18:00:00.000+0000",
    "CreatedById": "005000000000001AAA",
    "LastModifiedById": "005000000000001AAA",
    "Zingle_Conversation_Key__c": None,
    "CallObject": None,
}


@pytest.mark.parametrize(
    "title", ["Zingle Conversation", "zingle conversation ", "Zingle Conversation."]
)
def test_a_task_with_the_vendors_title_and_text_is_the_vendors(title: str) -> None:
    """The title counts as a reader sees it."""
    assert standing_of({**TASK, "Subject": title}, KEYS) == "adoptable"


@pytest.mark.parametrize(
    "other",
    [
        {"Subject": "Call"},
        {"Subject": "Re: Zingle Conversation"},
        {"Subject": None},
        {"Zingle_Conversation_Key__c": "zgl:s:c:2026-03-02"},
        {"CallObject": "zgl:s:c:2026-03-02"},
        {"CallObject": "0123456789abcdef0123456789abcdef"},
        {"CallObject": "a telephone system's own"},
        {"Description": "Asked for two towels; Ana brings them up."},
    ],
    ids=str,
)
def test_any_other_task_is_not_the_vendors(other: dict[str, Any]) -> None:
    """Other titles, keys of ours, fields that others fill, and notes that people type."""
    assert standing_of({**TASK, **other}, KEYS) is None


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_task_of_an_earlier_setup_of_ours_is_not_the_vendors(language: str) -> None:
    """Its text says whose it is, in whatever language, also where its key stands elsewhere."""
    text = f"Jane Doe\r\n\r\n[9:41 AM] Jane Doe > towels\r\n\r\n{WORDS[language].ownership}"

    assert standing_of({**TASK, "Description": text}) is None


def test_a_task_that_somebody_else_edited_is_not_adopted() -> None:
    """What a person has added to it would be lost."""
    assert standing_of({**TASK, "LastModifiedById": "005000000000002AAA"}, KEYS) == "edited"


def test_a_task_without_text_has_nothing_to_lose() -> None:
    """An empty text may be replaced."""
    assert standing_of({**TASK, "Description": None}, KEYS) == "adoptable"


@pytest.mark.parametrize(
    "text",
    [
        "[9:41 AM] Jane: hi",
        "09:41 - Jane Doe - hi",
        "03/02/2026 9:41 AM Jane: hi",
        "2026-03-02 09:41:22 UTC Jane: hi",
        "2026-03-02T09:41:22Z Jane: hi",
        "Mar 2, 2026, 9:41 am\nJane: hi",
        "Monday, 2 March 2026 at 21:41 | inbound | hi",
        "Jane Doe (03/02/2026 09:41 AM): hi",
        "Harbor Lights [2026-03-02 09:41] hi",
        "Conversation with Jane\n\nGuest: hi\nHarbor Lights: welcome",
        "Inbound > hi",
        "Outgoing (Ana Lopez): welcome",
        "02.03.2026 9.41 Jane: hi",
    ],
)
def test_a_list_of_messages_is_known_in_many_forms(text: str) -> None:
    """Times, names with times, or sides at the beginning of lines."""
    assert reads_as_messages(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Called back at 9:41, nobody answered.",
        "Jane wants a late check-out at 13:00; ask again.",
        "Towels for 214, done.",
        "To do: call Jane",
        "Room 1041 - 3 nights",
        "Guest was happy.",
        "Sent up two towels",
    ],
)
def test_a_note_is_no_list_of_messages(text: str) -> None:
    """What people type about a guest is theirs."""
    assert not reads_as_messages(text)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1,", "mon ", "(", "x", "a [", "guest ", "\n", " \n1 "]
)
def test_long_texts_are_read_at_once(piece: str) -> None:
    """Whatever fills a description, it takes no longer than its length."""
    assert not reads_as_messages(piece * 32_000)
