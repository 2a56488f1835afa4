"""Phone numbers as people type them, to E.164 with a country."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

_NOBODY: frozenset[str] = frozenset()
# Several numbers in one field; an extension after a comma or semicolon is not a second number.
_BETWEEN = re.compile(r"\s*(?:[/;,]|\bor\b)\s*(?!\s*(?:ext|x\s*\d|#|durchwahl))", re.IGNORECASE)
# Mexico dropped the 1 after +52 in 2019; old data still has it.
_OLD_MEXICAN_MOBILE = re.compile(r"\+521(\d{10})")
_NOT_A_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be written to Zingle.

    Attributes:
        e164: `+` and digits.
        country: ISO 3166 alpha-2 of the number.
        extension: Digits after the number; such a number says nothing about who a person is.
        valid: Whether the numbering plan really assigns such numbers.
    """

    e164: str
    country: str
    extension: str | None
    valid: bool


@dataclass(frozen=True, slots=True)
class UnusablePhone:
    """A text that is no usable number, and why."""

    reason: Literal["unparseable", "not_possible", "repeated_digits", "ignored"]


def phone_key(value: str) -> str:
    """The form in which phone numbers that Zingle returned are compared: `+` and digits.

    >>> phone_key("+521 55 1234 5678")
    '+525512345678'
    """
    return _OLD_MEXICAN_MOBILE.sub(r"+52\1", "+" + _NOT_A_DIGIT.sub("", value))


@lru_cache(maxsize=8192)
def _parse(raw: str, region: str | None) -> Phone | UnusablePhone:
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException:
        return UnusablePhone("unparseable")
    national = str(number.national_number)
    if len(set(national)) == 1 or len(set(national[-7:])) == 1:
        return UnusablePhone("repeated_digits")
    # Also drops Mexico's old 1, before the length is judged.
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    key, extension = phone_key(written), number.extension or None
    if key != written:
        number = phonenumbers.parse(key, None)
    # Numbers that only work inside one town are "possible" too, but nobody can text them.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return UnusablePhone("not_possible")
    country = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(number.country_code or 0)
    if country not in phonenumbers.SUPPORTED_REGIONS:
        # Satellite and international freephone numbers have no country, which Zingle needs.
        return UnusablePhone("not_possible")
    return Phone(key, country, extension, phonenumbers.is_valid_number(number))


def parse_phone(
    raw: str, region: str | None, *, ignored: frozenset[str] = _NOBODY
) -> Phone | UnusablePhone:
    """Read one phone number.

    Args:
        raw: The number as typed.
        region: ISO 3166 alpha-2 for numbers without `+`; None refuses those.
        ignored: Numbers in E.164, or exactly as typed, that belong to nobody in particular.

    Returns:
        The number, or the reason why it cannot be used.

    >>> parse_phone("(858) 555-1212 x9", "US")
    Phone(e164='+18585551212', country='US', extension='9', valid=True)
    >>> parse_phone("000-000-0000", "US")
    UnusablePhone(reason='repeated_digits')
    """
    text = raw.strip()
    phone = _parse(text, region)
    if text in ignored or (isinstance(phone, Phone) and phone.e164 in ignored):
        return UnusablePhone("ignored")
    return phone


def parse_phones(
    raw: str | None, region: str | None, *, ignored: frozenset[str] = _NOBODY
) -> tuple[Phone | UnusablePhone, ...]:
    """Read a field that may hold several numbers, as in `a / b; c or d`.

    A slash inside one number (`030/1234567`) is understood when the parts alone make no sense.

    Returns:
        One entry per number in the order given, equal numbers once; empty for a blank field.

    >>> [phone.e164 for phone in parse_phones("858-555-1212 or 858-555-1313", "US")]
    ['+18585551212', '+18585551313']
    """
    text = (raw or "").strip()
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    phones = [parse_phone(part, region, ignored=ignored) for part in parts]
    if len(parts) > 1 and not all(isinstance(phone, Phone) for phone in phones):
        whole = parse_phone(text, region, ignored=ignored)
        if isinstance(whole, Phone):
            return (whole,)
    seen: dict[object, Phone | UnusablePhone] = {}
    for place, phone in enumerate(phones):
        seen.setdefault(phone.e164 if isinstance(phone, Phone) else place, phone)
    return tuple(seen.values())
