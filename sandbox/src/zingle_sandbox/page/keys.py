"""Keys by which the page finds the same human being on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zingle_sandbox.page.shapes import Person


def e164(person: Person) -> Iterable[str]:
    """The person's numbers as a texting service would hold them."""
    region = region_of(person.country)
    for phone in person.phones:
        try:
            number = phonenumbers.parse(phone, region)
        except phonenumbers.NumberParseException:
            continue
        yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(country: str | None) -> str:
    """The ISO code of a country as an address book holds it; US where nothing is known."""
    from zingle_sandbox.seeds.places import COUNTRIES  # noqa: PLC0415 - only for the page

    wanted = (country or "").strip().casefold()
    for code, known in COUNTRIES.items():
        if wanted == code.casefold() or wanted in {name.casefold() for name in known.names}:
            return code
    return "US"


def person_search(search: str) -> tuple[str, tuple[str, ...]]:
    """The condition that finds a Contact or Lead, and its values."""
    if not search:
        return "", ()
    like = f"%{search}%"
    return (
        "AND (Name LIKE ? OR Email LIKE ? OR Phone LIKE ? OR MobilePhone LIKE ? OR Id = ?)",
        (like, like, like, like, search),
    )


def guest_search(search: str) -> tuple[str, tuple[str, ...]]:
    """The condition that finds a guest, and its values."""
    if not search:
        return "", ()
    like = f"%{search}%"
    return (
        (
            "AND (contact.first_name || ' ' || coalesce(contact.last_name, '') LIKE ?"
            " OR contact.last_name LIKE ? OR contact.external_id LIKE ?"
            " OR EXISTS (SELECT 1 FROM zg_channels"
            "  WHERE contact = contact.number AND value LIKE ?))"
        ),
        (like, like, like, like),
    )
