"""Channels: what a value must look like, and that it belongs to one contact of a service only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import phonenumbers

from .constants import CHANNEL_NAMES
from .errors import Refused

if TYPE_CHECKING:
    import sqlite3

    from .call import Call


_EMAIL = re.compile(r"[^@\s<>\",;:]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST = 255
_EXISTS = {"PhoneNumber": "contact_phone_number_exists", "EmailAddress": "contact_email_exists"}


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel that passed every check but uniqueness."""

    type: int
    type_class: str
    value: str
    country: str | None = None
    display_name: str | None = None
    is_default: bool = False
    is_default_for_type: bool = False
    block_outbound: bool = False


def type_of(types: dict[int, sqlite3.Row], type_id: object) -> sqlite3.Row:
    """The channel type of an id.

    Raises:
        Refused: 3101 without an id, 2605 for an unknown one.
    """
    if type_id is None or type_id == "":
        raise Refused(3101)
    for row in types.values():
        if row["id"] == type_id:
            return row
    raise Refused(2605)


def check_channel(
    call: Call,
    kind: sqlite3.Row,
    body: dict[str, Any],
    *,
    country_needed: bool,
    default_country: str | None = None,
) -> NewChannel:
    """Check a channel of a v1 or v2 body, without looking at other contacts.

    Args:
        call: the request.
        kind: the channel type row.
        body: `value`, `country`, `display_name`, `is_default`, `is_default_for_type`.
        country_needed: a phone number in E.164 needs a country too, as on the channel endpoint.
        default_country: where a number that is not in E.164 comes from, if the body is silent.

    Raises:
        Refused: 2606, 2607, 2608, 3102, 3103, 3106, 3107.
    """
    value, country = body.get("value"), body.get("country")
    if value is None or value == "":
        raise Refused(3102, field="channels")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Refused(3107, field="channels")
    value = value.strip()
    display_name = body.get("display_name")
    if display_name is not None and display_name not in CHANNEL_NAMES:
        raise Refused(3106)
    match kind["type_class"]:
        case "PhoneNumber":
            if country is None and (country_needed or (not default_country and value[:1] != "+")):
                raise Refused(3103)
            value, country = _phone(value, country or default_country)
            if value == call.service["phone_number"]:
                raise Refused(3107, field="channels", word="channel_assigned_to_service")
        case "EmailAddress":
            country = None
            if not _EMAIL.fullmatch(value):
                raise Refused(2607, field="channels")
        case _:
            country = None
    return NewChannel(
        type=kind["number"],
        type_class=kind["type_class"],
        value=value,
        country=country,
        display_name=display_name,
        is_default=bool(body.get("is_default", False)),
        is_default_for_type=bool(body.get("is_default_for_type", False)),
    )


def _phone(value: str, country: object) -> tuple[str, str]:
    """E.164 and the two-letter country.

    Raises:
        Refused: 2606, 2608.
    """
    region = str(country).upper() if country is not None else None
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise Refused(2608, field="channels")
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        raise Refused(2606, field="channels") from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise Refused(2606, field="channels")
    found = phonenumbers.region_code_for_number(number) or region
    if found is None:
        codes = phonenumbers.region_codes_for_country_code(number.country_code or 0)
        found = codes[0] if codes else "ZZ"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), found


def holder_of(call: Call, channel: NewChannel) -> int | None:
    """The contact of this service that holds the channel's value, if any."""
    # The + keeps SQLite from putting the value into lower(value), which would lose the index.
    same_case = "" if call.reading("email_case") == "insensitive" else " AND +value = ?2"
    found = call.store.value(
        "SELECT contact FROM zg_channels"
        f" WHERE service = ?3 AND type = ?1 AND lower(value) = lower(?2){same_case}",
        (channel.type, channel.value, call.service_number),
    )
    return None if found is None else int(found)


def add_channel(call: Call, contact: int, channel: NewChannel) -> int:
    """Add a channel to a contact and return its number; a first channel becomes the default.

    Raises:
        Refused: 3104 held by another contact or by this one, 3105 display name in use.
    """
    if holder_of(call, channel) is not None:
        word = _EXISTS.get(channel.type_class, "contact_channel_exists")
        raise Refused(3104, field="channels", word=word)
    mine = call.store.all("SELECT * FROM zg_channels WHERE contact = ?", (contact,))
    check_display_name(mine, channel.display_name)
    is_default = channel.is_default or not mine
    for_type = channel.is_default_for_type or all(row["type"] != channel.type for row in mine)
    clear_defaults(call, contact, channel.type, is_default=is_default, for_type=for_type)
    cursor = call.store.connection.execute(
        "INSERT INTO zg_channels VALUES (NULL,NULL,?,?,?,?,?,?,?,?,0,?)",
        (
            contact,
            call.service_number,
            channel.type,
            channel.value,
            channel.country,
            channel.display_name,
            is_default,
            for_type,
            channel.block_outbound,
        ),
    )
    return int(cursor.lastrowid or 0)


def check_display_name(
    rows: list[sqlite3.Row], name: str | None, *, but: int | None = None
) -> None:
    """Refuse a display name that another channel of the contact has.

    Raises:
        Refused: 3105.
    """
    if name is not None and any(
        row["display_name"] == name and row["number"] != but for row in rows
    ):
        raise Refused(3105)


def clear_defaults(
    call: Call, contact: int, kind: int, *, is_default: bool, for_type: bool
) -> None:
    """Take the default marks from the contact's channels, before another one gets them."""
    if is_default:
        call.store.execute("UPDATE zg_channels SET is_default = 0 WHERE contact = ?", (contact,))
    if for_type:
        call.store.execute(
            "UPDATE zg_channels SET is_default_for_type = 0 WHERE contact = ? AND type = ?",
            (contact, kind),
        )
