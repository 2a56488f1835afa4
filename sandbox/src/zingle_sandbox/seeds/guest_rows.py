"""The demo people as the hotel's texting service holds them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from zingle_sandbox.seeds.chance import happens, pick
from zingle_sandbox.seeds.messy import write_email
from zingle_sandbox.zingle import AGENT_IDS, BASE_SERVICE

if TYPE_CHECKING:
    import random
    from datetime import datetime

    from zingle_sandbox.rows import ChannelRow, ContactRow
    from zingle_sandbox.seeds.people import Person

LOCK_SOURCE = "opera-pms"
_DAY = 86_400
_LANGUAGES = {"en": "English", "es": "Español", "zh": "中文"}
_NOTES = (
    "Prefers a high floor.",
    "Allergic to feathers; no down pillows.",
    "Travels with a dog.\nNeeds a bowl.",
    "Anniversary in May.",
)


def contact_row(
    person: Person, external_id: str | None, now: datetime, chance: random.Random
) -> ContactRow:
    """One guest; `external_id` only for people who are linked already."""
    created = int(now.timestamp()) - chance.randrange(20 * _DAY, 500 * _DAY)
    row: ContactRow = {
        "channels": _channels(person, chance),
        "fields": _names(person, chance),
        "is_confirmed": person.role != "walk_in" or happens(chance, 70),
        "is_closed": happens(chance, 60),
        "is_starred": happens(chance, 5),
        "created_at": created,
        "updated_at": created + chance.randrange(19 * _DAY),
    }
    row["fields"] |= _values(person, now, chance)
    _hand_over(row, chance)
    if external_id is not None:
        row["external_id"] = external_id
    if person.locked:
        row["locked_by_source"] = LOCK_SOURCE
    return row


def _names(person: Person, chance: random.Random) -> dict[str, str | int | None]:
    first: str | None = person.first.native
    last: str | None = person.last.native
    if person.role == "linked":
        if person.trait == "differs":
            last = f"{last}-{person.last.latin.title()}" if happens(chance, 50) else last
            first = person.first.latin.upper() if happens(chance, 50) else None
        return {"First Name": first, "Last Name": last}
    match pick(chance, {"same": 60, "latin": 15, "capitals": 10, "first": 10, "none": 5}):
        case "latin":
            first, last = person.first.latin.title(), person.last.latin.title()
        case "capitals":
            first, last = person.first.latin.upper(), person.last.latin.upper()
        case "first":
            last = None
        case "none":
            first = last = None
        case _:
            pass
    return {"First Name": first, "Last Name": last}


def _values(person: Person, now: datetime, chance: random.Random) -> dict[str, str | int | None]:
    """What the front desk knows of two thirds of the guests: a value of every type."""
    if not happens(chance, 66):
        return {}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    arrival = int(today.timestamp()) - chance.randrange(-5, 12) * _DAY
    stays = chance.randrange(9)
    return {
        "Room": str(chance.randrange(101, 940)),
        "Loyalty Tier": pick(chance, {None: 50, "Bronze": 20, "Silver": 15, "Gold": 15}),
        "Preferred Language": _LANGUAGES.get(person.culture.language),
        "Newsletter": pick(chance, {None: 30, "true": 30, "false": 40}),
        "Nights Stayed": stays,
        "Checkin Date": arrival,
        "Checkout Date": arrival + chance.randrange(1, 8) * _DAY,
        "Birthday": chance.randrange(-800, 1100) * 10 * _DAY if happens(chance, 40) else None,
        "Last Stay": arrival - 40 * _DAY + 54_321 if stays else None,
        "Arrival Time": f"{chance.randrange(12, 23)}:{chance.choice(('00', '15', '45'))}",
    }


def _hand_over(row: ContactRow, chance: random.Random) -> None:
    """A note about some guests; a person or a team looks after others."""
    if happens(chance, 15):
        row["notes"] = chance.choice(_NOTES)
    match pick(chance, {"": 80, "user": 12, "team": 8}):
        case "user":
            row["assigned_to_user_id"] = chance.choice(AGENT_IDS)
        case "team":
            row["assigned_to_team"] = chance.choice(BASE_SERVICE.teams).display_name
        case _:
            pass


def _channels(person: Person, chance: random.Random) -> list[ChannelRow]:
    phone: ChannelRow = {
        "type": "phone",
        "value": person.phone,
        "country": None if person.trait == "short_code" else person.country.code,
        "display_name": "MOBILE",
    }
    lower: ChannelRow = {"type": "email", "value": person.email}
    match person.role, person.shares:
        case "linked", _:
            return [phone, lower]
        case "twin", "phone":
            return [phone]
        case "twin", "email":
            return [_as_typed(person, chance)]
        case "twin", _:
            return [phone, _as_typed(person, chance)]
        case _:
            if happens(chance, 6):  # they sent STOP
                phone["block_outbound"] = True
            return [phone, lower] if happens(chance, 30) else [phone]


def _as_typed(person: Person, chance: random.Random) -> ChannelRow:
    """Every third guest typed capitals at the front desk."""
    mixed = happens(chance, 33)
    return {
        "type": "email",
        "value": write_email(person.email, chance) if mixed else person.email,
    }
