"""The events of the demo: what happened to guests besides, and with, their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox.seeds.chance import happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    from zingle_sandbox.rows import MessageRow
    from zingle_sandbox.zingle import EventRow

_QUIET = 4 * 3600
_NOTES = (
    "Prefers a high floor.",
    "Allergic to feathers.",
    "Called about the invoice.",
    "Celebrates an anniversary.",
)


def make_events(
    messages: Sequence[MessageRow],
    ids: Sequence[str],
    *,
    created: Mapping[str, int],
    staff: Sequence[str],
    chance: random.Random,
) -> list[EventRow]:
    """Every event of the demo, oldest first.

    Each sent message has its event; a conversation that falls silent for hours is closed by
    somebody, and the guest's next message opens it again; some conversations get a note or
    another owner.

    Args:
        messages: of all guests, oldest first.
        ids: theirs, in the same order.
        created: contact id to when the contact was created, in epoch seconds.
        staff: ids of the users who close conversations and write notes.
        chance: seeded.
    """
    events: list[EventRow] = [
        {"contact_id": contact, "event_type": "contact_created", "created_at": at}
        for contact, at in created.items()
    ]
    by_contact: dict[str, list[tuple[int, MessageRow, str]]] = {}
    for row, message_id in zip(messages, ids, strict=True):
        if not row.get("is_delayed"):
            sent = row.get("executed_at") or row["created_at"]
            by_contact.setdefault(row["contact_id"], []).append((sent, row, message_id))
    for contact, conversation in by_contact.items():
        conversation.sort(key=lambda sent: (sent[0], sent[2]))
        events += _of_conversation(contact, conversation, staff, chance)
    events.sort(key=lambda event: event["created_at"])
    return events


def _of_conversation(
    contact: str,
    conversation: Sequence[tuple[int, MessageRow, str]],
    staff: Sequence[str],
    chance: random.Random,
) -> Iterator[EventRow]:
    closed = False
    for at, (sent, row, message_id) in enumerate(conversation):
        if closed:
            yield {"contact_id": contact, "event_type": "feed_reopened", "created_at": sent}
            closed = False
        event: EventRow = {
            "contact_id": contact,
            "event_type": "message",
            "body": row["body"],
            "created_at": sent,
            "message_id": message_id,
        }
        user = row.get("triggered_by_user_id")
        if user is not None:
            event["triggered_by_user_id"] = user
        elif row["direction"] == "outbound":
            event["automation"] = "Away message"
        yield event
        following = conversation[at + 1][0] if at + 1 < len(conversation) else None
        if following is not None and following - sent > _QUIET:
            agent = staff[chance.randrange(len(staff))]
            yield from _at_the_end(contact, agent, sent, chance)
            closed = True


def _at_the_end(contact: str, agent: str, sent: int, chance: random.Random) -> Iterator[EventRow]:
    if happens(chance, 20):
        yield {
            "contact_id": contact,
            "event_type": "note",
            "body": _NOTES[chance.randrange(len(_NOTES))],
            "created_at": sent + 120,
            "triggered_by_user_id": agent,
        }
    if happens(chance, 10):
        yield {
            "contact_id": contact,
            "event_type": "assignment_changed",
            "body": "unassigned",
            "created_at": sent + 240,
            "triggered_by_user_id": agent,
        }
    yield {
        "contact_id": contact,
        "event_type": "feed_closed",
        "created_at": sent + 600,
        "triggered_by_user_id": agent,
    }
