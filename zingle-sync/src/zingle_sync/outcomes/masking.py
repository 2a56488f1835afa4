"""Hide phones and e-mails in keys and sentences, keeping enough to recognise one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# A phone in text: at least seven digits, in groups or not, no date, not inside a word or an id.
_PHONE = re.compile(
    r"(?<![\w+./:-])(?!\(?\d{4}-\d\d-\d\d(?!\d))\+?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w])"
)
# Each begins where a word begins and gives nothing back: long texts take no longer than that.
_EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]++@[\w-]++(?:\.[\w-]++)+")
# The number by which Salesforce's support finds an error.
_SUPPORT = re.compile(r"(?:errorid[^:]{0,60}|support):\s*$", re.IGNORECASE)
_NAME_OF_PHONE = re.compile(r"phone|mobile|cell|tel", re.IGNORECASE)
_HEAD, _TAIL = 5, 4
_SHORT_PHONE = 10


def mask_phone(phone: str) -> str:
    """Hide the middle of a phone.

    >>> mask_phone("+18585551212")
    '+1858***1212'
    >>> mask_phone("5551212")
    '***212'
    """
    compact = re.sub(r"[^\d+]", "", phone)
    if len(compact) < _SHORT_PHONE:
        return f"***{compact[-3:]}"
    return f"{compact[:_HEAD]}***{compact[-_TAIL:]}"


def mask_email(email: str) -> str:
    """Hide all but the first letter of the local part.

    >>> mask_email("ana.lopez@example.com")
    'a***@example.com'
    """
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_text(text: str) -> str:
    """Hide each phone and e-mail in a sentence; ids, dates and counts stay.

    >>> mask_text("422 for ana@example.com, call +1 858 555 1212, id 003xx000004TmiQAAS")
    '422 for a***@example.com, call +1858***1212, id 003xx000004TmiQAAS'
    """
    masked = _EMAIL.sub(lambda match: mask_email(match.group()), text)
    return _PHONE.sub(_masked_phone, masked)


def _masked_phone(match: re.Match[str]) -> str:
    is_support = _SUPPORT.search(match.string, max(match.start() - 100, 0), match.start())
    return match.group() if is_support else mask_phone(match.group())


def mask_key(key: str) -> str:
    """Hide the parts of a record key that are a phone or an e-mail; others stay.

    Digits alone are an id: other systems number their records, and hidden numbers would be mixed
    up.

    >>> mask_key("+18585551212"), mask_key("003xx000004TmiQAAS"), mask_key("1234567890")
    ('+1858***1212', '003xx000004TmiQAAS', '1234567890')
    >>> mask_key("hotel 7:ana.lopez@example.com")
    'hotel 7:a***@example.com'
    """
    return ":".join(map(_masked_part, key.split(":")))


def _masked_part(key: str) -> str:
    if _EMAIL.fullmatch(key):
        return mask_email(key)
    if _PHONE.fullmatch(key) and not key.isdigit():
        return mask_phone(key)
    return key


def masked_channels(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The phones and e-mails among a record's own values, masked, each once.

    Digits alone are a phone only where the field's name says so.

    >>> masked_channels({"Id": "003A", "Phone": "2025550142", "Number": "2025550143", "Age": 4})
    ('20255***0142',)
    """
    found: dict[str, None] = {}
    for name, value in record.items():
        text = value.strip() if isinstance(value, str) else ""
        if _EMAIL.fullmatch(text):
            found[mask_email(text)] = None
        elif _PHONE.fullmatch(text) and (not text.isdigit() or _NAME_OF_PHONE.search(name)):
            found[mask_phone(text)] = None
    return tuple(found)
