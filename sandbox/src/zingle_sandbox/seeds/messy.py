"""How people write telephone numbers and e-mail addresses into a CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberFormat

if TYPE_CHECKING:
    import random

STYLES = (
    "national",
    "national",
    "international",
    "dotted",
    "digits",
    "spaced_e164",
    "zero_zero",
    "bracket_zero",
    "e164",
)


def write_phone(e164: str, style: str) -> str:
    """A number in somebody's handwriting, still readable by a machine that knows the country.

    Styles that do not exist in the number's country, or that would read as another number, give
    the international format.

    Example:
        >>> write_phone("+12125550143", "dotted")
        '212.555.0143'
        >>> write_phone("+442079460123", "bracket_zero")
        '+44 (0)20 7946 0123'
    """
    number = phonenumbers.parse(e164, None)
    region = phonenumbers.region_code_for_number(number)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    digits = "".join(mark for mark in national if mark.isdigit())
    significant = phonenumbers.national_significant_number(number)
    match style:
        case "e164":
            return e164
        case "spaced_e164":
            written = f" {international.replace('-', ' ')}"
        case "national":
            written = national
        case "digits":
            written = digits
        case "dotted":
            written = ".".join(
                part
                for part in national.replace("(", " ").replace(")", " ").replace("-", " ").split()
            )
        case "zero_zero":
            prefix = "011" if number.country_code == 1 else "00"
            written = f"{prefix} {international.removeprefix('+')}"
        case "bracket_zero":
            written = f"+{number.country_code} (0)" + (
                national[1:] if national.startswith("0") else significant
            )
        case _:
            written = international
    return written if _reads_as(written, region, e164) else international


def _reads_as(written: str, region: str | None, e164: str) -> bool:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) == e164


def write_email(email: str, chance: random.Random) -> str:
    """An address with capitals where people put them.

    Only the case differs from the given address.
    """
    local, _, domain = email.partition("@")
    match chance.randrange(4):
        case 0:
            return f"{'.'.join(part.capitalize() for part in local.split('.'))}@{domain}"
        case 1:
            return email.upper()
        case 2:
            return f"{local}@{domain.title()}"
        case _:
            return f"{local.capitalize()}@{domain}"
