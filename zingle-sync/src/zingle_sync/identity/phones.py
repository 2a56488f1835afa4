"""Phone numbers as people type them, to E.164 with a country."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from zingle_sync.identity.phone_forms import phone_key

if TYPE_CHECKING:
    from collections.abc import Sequence

# Several numbers in one field; an extension after a comma or semicolon is not a second number.
_NO_EXTENSION = r"\s*(?!\s*(?:ext|x\s*\d|#|durchwahl))"
_BETWEEN = re.compile(rf"\s*(?:[/;,|&\t\n]|\s(?=\+)|\bor\b){_NO_EXTENSION}", re.IGNORECASE)
# A slash may stand inside a number, too: tightly, or anywhere.
_BETWEEN_LOOSELY = re.compile(
    rf"\s*(?:\s/\s|[;,|&\t\n]|\s(?=\+)|\bor\b){_NO_EXTENSION}", re.IGNORECASE
)
_BETWEEN_NO_SLASH = re.compile(rf"\s*(?:[;,|&\t\n]|\s(?=\+)|\bor\b){_NO_EXTENSION}", re.IGNORECASE)
# A note in brackets, before a number, or behind it; an extension's word has a digit behind it.
_IN_BRACKETS = re.compile(r"[(\[{<][^()\[\]{}<>\d]*[^\W\d_][^()\[\]{}<>\d]*[)\]}>]")
# The same with digits that are no number and no extension: (2nd floor).
_IN_BRACKETS_WITH_DIGITS = re.compile(
    r"[(\[{<](?!\W*(?:ext|x\W*\d|#|or\b|int\b|anexo))(?=[^()\[\]{}<>]*[^\W\d_])(?:[^()\[\]{}<>\d]*\d){1,6}[^()\[\]{}<>\d]*[)\]}>]",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^[^\d+(]*[^\W\d_][^\d+(]*\d?\s*[:.)-]\s*(?=[+(\d])")
_BEHIND = re.compile(r"(?<=\d)[\s,;:.-]*[^\w\s]*\s*[^\W\d_][^\d]*$")
_WORDS_BETWEEN = re.compile(
    r"(?<=\d)\W*[^\W\d_]{2,}[^\d+(]*(?=[+(\d])|(?<=\d)\s+[^\W\d_]:\s*(?=[+(\d])"
)
_ALL = re.compile(r"(?!)")  # splits nothing
_EXTENSION = re.compile(
    r"\b(?:durchwahl|dw|app(?:arat)?|nebenstelle|klappe|toestel|interno|poste|ramal)\b"
    r"[.:]?\s*(?=\d)",
    re.IGNORECASE,
)
_WITH_EXTENSION = re.compile(r"(?:ext\w*|[^\W\d_]*x|#|int|anexo)\W*\d", re.IGNORECASE)
# A letter where a digit was meant (2O 7946), but no extension: without it the number is a
# stranger's.
_NO_DIGIT = re.compile(r"\d[^\W\d_xX]\d|\d[OolI](?![^\W_])|(?<![^\W_])[OolI]\d")
_FLOAT = re.compile(r"(?<=\d{7})\.0$")  # what sheets make of a number
_RUN = re.compile(r"[+(]?\d[\d\s().-]{5,}\d(?!\w)")
# What Mexicans dialled before a number until 2019.
_MEXICAN_PREFIX = re.compile(r"^\W*0(?:1|44|45)(?=(?:\W*\d){10}$)")
_A_MASK = re.compile(r"[*•●…]|[xX]{2}|##|\?\?")
_FIRST, _SHORTEST, _ENOUGH = 50, 7, 3
_LONGEST = 1000  # a text, not a field of phones; the expressions above need an end


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be written to Zingle.

    Attributes:
        e164: `+` and digits, as the line is dialled today.
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


@lru_cache(maxsize=8192)
def national_digits(e164: str) -> str:
    """The digits that every written form of a number shares: without country code and prefixes.

    >>> national_digits("+6591234567"), national_digits("+390612345678")
    ('91234567', '0612345678')
    """
    return phonenumbers.national_significant_number(phonenumbers.parse(e164))


def phones_masked(values: Sequence[str]) -> bool:
    """Whether a service shows its phones incompletely, judged by what it shows.

    A mask character is seen, or most of the first 50 are cut short. A short code among whole
    numbers says nothing about the others.

    Args:
        values: Phones as Zingle shows them, the first ones of a service.

    >>> phones_masked(["+1858555****"]), phones_masked(["22395", "+18585551212"])
    (True, False)
    """
    first = [value for value in values[:_FIRST] if value.strip()]
    if any(_A_MASK.search(value) for value in first):
        return True
    cut = sum(len(re.sub(r"\D", "", value)) < _SHORTEST for value in first)
    return cut >= _ENOUGH and cut > len(first) / 2


def _parsed(raw: str, region: str | None) -> phonenumbers.PhoneNumber:
    """Parse a number; one that begins with its country's code may lack nothing but the plus.

    Where plans allow long numbers, such a mobile reads as a valid landline that is longer than any.
    """
    number = phonenumbers.parse(raw, region)
    national = str(number.national_number)
    is_bare = national.startswith(str(number.country_code)) and not number.italian_leading_zero
    if region and is_bare and phonenumbers.normalize_digits_only(raw).startswith(national):
        usual = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if usual and len(national) > len(str(usual.national_number)):
            whole = phonenumbers.parse(f"+{national}")
            whole.extension = number.extension
            if phonenumbers.number_type(whole) == PhoneNumberType.MOBILE:
                return whole
    return number


def _number(raw: str, region: str | None) -> Phone | UnusablePhone:
    try:
        number = _parsed(raw, region)
    except NumberParseException:
        return UnusablePhone("unparseable")
    national = str(number.national_number)
    if len(set(national)) == 1:
        return UnusablePhone("repeated_digits")
    # Also brings the form from before a numbering plan changed to today's, before it is judged.
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    key, extension = phone_key(written), number.extension or None
    if key != written:
        number = phonenumbers.parse(key, None)
    valid = phonenumbers.is_valid_number(number)
    # A placeholder such as 858-111-1111; lines that end in seven equal digits do exist.
    if len(set(national[-7:])) == 1 and not valid:
        return UnusablePhone("repeated_digits")
    # Numbers that only work inside one town are "possible" too, but nobody can text them.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return UnusablePhone("not_possible")
    country = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(number.country_code or 0)
    if country not in phonenumbers.SUPPORTED_REGIONS:
        # Satellite and international freephone numbers have no country, which Zingle needs.
        return UnusablePhone("not_possible")
    return Phone(key, country, extension, valid)


@lru_cache(maxsize=8192)
def _parse(raw: str, region: str | None) -> Phone | UnusablePhone:
    """Read a number without its notes; letters that make a number of it are kept."""
    text = _FLOAT.sub("", _MEXICAN_PREFIX.sub("", raw) if region == "MX" else raw)
    text = _EXTENSION.sub("ext ", text)
    if _NO_DIGIT.search(text):
        return UnusablePhone("unparseable")
    whole = _number(text, region)
    bare = _IN_BRACKETS_WITH_DIGITS.sub(" ", _IN_BRACKETS.sub(" ", text))
    bare = _BEFORE.sub("", bare).strip()
    candidates = dict.fromkeys((_BEHIND.sub("", bare), bare, text))
    numbers = [whole if one == text else _number(one, region) for one in candidates]
    usable = [one for one in numbers if isinstance(one, Phone)]
    if not usable and not _WITH_EXTENSION.search(text):  # a note with digits of its own
        runs = {_number(run, region) for run in _RUN.findall(text)}
        usable = [one for one in runs if isinstance(one, Phone) and one.valid]
        usable = usable if len(usable) == 1 else []
    return next((one for one in usable if one.valid), usable[0] if usable else whole)


def parse_phone(
    raw: str, region: str | None, *, ignored: frozenset[str] = frozenset()
) -> Phone | UnusablePhone:
    """Read one phone number, with or without a note before or behind it.

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
    phone = _parse(text, region) if len(text) <= _LONGEST else UnusablePhone("unparseable")
    if text in ignored or (isinstance(phone, Phone) and phone.e164 in ignored):
        return UnusablePhone("ignored")
    return phone


def parse_phones(
    raw: str | None, region: str | None, *, ignored: frozenset[str] = frozenset()
) -> tuple[Phone | UnusablePhone, ...]:
    """Read a field that may hold several numbers, as in `a / b; c or d`, or `home a cell b`.

    A slash inside one number (`030/1234567`) is understood when the parts alone make no sense.

    Returns:
        One entry per number in the order given, equal numbers once; empty for a blank field.

    >>> [phone.e164 for phone in parse_phones("858-555-1212 or 858-555-1313", "US")]
    ['+18585551212', '+18585551313']
    """
    text = (raw or "").strip()
    if len(text) > _LONGEST:
        return (UnusablePhone("unparseable"),)
    ways = (_BETWEEN, _BETWEEN_LOOSELY, _BETWEEN_NO_SLASH, _ALL, _WORDS_BETWEEN)
    splits = dict.fromkeys(tuple(filter(str.strip, way.split(text))) for way in ways)
    readings = [
        [parse_phone(part, region, ignored=ignored) for part in parts] for parts in splits if parts
    ]
    phones = min(readings, key=_doubt, default=[])
    seen: dict[object, Phone | UnusablePhone] = {}
    for place, phone in enumerate(phones):
        seen.setdefault(phone.e164 if isinstance(phone, Phone) else place, phone)
    return tuple(seen.values())


def _doubt(phones: Sequence[Phone | UnusablePhone]) -> int:
    """How far a reading is from numbers that the plans assign."""
    if all(isinstance(phone, Phone) for phone in phones):
        return 0 if all(isinstance(phone, Phone) and phone.valid for phone in phones) else 1
    return 2
