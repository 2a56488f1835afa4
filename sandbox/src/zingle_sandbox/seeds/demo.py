"""The demo seed: 1,200 people of a CRM, 500 guests of a hotel, and who of them is the same."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from zingle_sandbox import zingle
from zingle_sandbox.seeds.conversations import make_messages
from zingle_sandbox.seeds.guest_rows import contact_row
from zingle_sandbox.seeds.happenings import make_events
from zingle_sandbox.seeds.people import Person, make_people
from zingle_sandbox.seeds.salesforce_rows import OrgWriter
from zingle_sandbox.truth import Truth, write_truths
from zingle_sandbox.zingle.base import AGENT_IDS, BASE_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from zingle_sandbox.sandbox import Sandbox

# How many guests of each kind text with the hotel.
_TEXTING = {"linked": 50, "twin": 90, "walk_in": 60}


def insert_demo(sandbox: Sandbox, anchor: date, noon: datetime) -> None:
    """Fill two empty worlds; the same anchor gives the same worlds.

    Args:
        sandbox: has been reset before.
        anchor: today, in the service's time zone; nothing happened at or after its midnight.
        noon: of that day.
    """
    # Stamps stay before the anchor's first minute, wherever the clock stands in that day.
    now = noon - timedelta(hours=13)
    people = make_people()
    with sandbox.store.transaction():
        ids = OrgWriter(sandbox, now, random.Random("org")).insert(people)  # noqa: S311 - repeatable, not secret
        guests = [person for person in people if person.role != "salesforce_only"]
        random.Random("guests").shuffle(guests)  # noqa: S311 - repeatable, not secret
        chance = random.Random("contacts")  # noqa: S311 - repeatable, not secret
        contacts = [
            contact_row(person, ids[id(person)] if person.role == "linked" else None, now, chance)
            for person in guests
        ]
        contact_ids = zingle.insert_contacts(sandbox, contacts)
        by_person = dict(zip(map(id, guests), contact_ids, strict=True))
        _insert_conversations(
            sandbox,
            [(by_person[id(person)], person) for person in _texting(guests)],
            anchor,
            {
                contact_id: row["created_at"]
                for contact_id, row in zip(contact_ids, contacts, strict=True)
            },
        )
        write_truths(sandbox.store, (_truth(person, ids, by_person) for person in people))


def _insert_conversations(
    sandbox: Sandbox,
    guests: Sequence[tuple[str, Person]],
    anchor: date,
    created: Mapping[str, int],
) -> None:
    messages = make_messages(
        guests,
        zone=BASE_SERVICE.time_zone,
        anchor=anchor,
        staff=AGENT_IDS,
        chance=random.Random("messages"),  # noqa: S311 - repeatable, not secret
    )
    events = make_events(
        messages,
        zingle.insert_messages(sandbox, messages),
        created=created,
        staff=AGENT_IDS,
        chance=random.Random("events"),  # noqa: S311 - repeatable, not secret
    )
    zingle.insert_events(sandbox, events)


def _texting(guests: Sequence[Person]) -> list[Person]:
    chosen: list[Person] = []
    for role, count in _TEXTING.items():
        chosen += [person for person in guests if person.role == role][:count]
    return chosen


def _truth(person: Person, ids: dict[int, str], contact_ids: dict[int, str]) -> Truth:
    return Truth(
        role=person.role,
        salesforce_id=ids.get(id(person)),
        contact_id=contact_ids.get(id(person)),
        shares=person.shares,
        locked=person.locked,
        traits=(person.trait,) if person.trait else (),
    )
