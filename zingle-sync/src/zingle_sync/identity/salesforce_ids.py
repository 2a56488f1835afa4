"""Salesforce record ids: 15 to 18 characters, and ids inside external id values."""

from __future__ import annotations

import re
from functools import lru_cache

_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT, _LONG = 15, 18
# A standard object's key prefix starts with a digit; custom and big objects use these letters.
_ID = re.compile(
    r"(?<![0-9A-Za-z])([0-9aekmxzAEKMXZ][0-9A-Za-z]{14}(?:[A-Za-z0-5]{3})?)(?![0-9A-Za-z])"
)
_SOBJECTS = {
    "001": "Account",
    "003": "Contact",
    "005": "User",
    "006": "Opportunity",
    "00D": "Organization",
    "00Q": "Lead",
    "00T": "Task",
    "00U": "Event",
    "500": "Case",
    "701": "Campaign",
}


def _suffix(short: str) -> str:
    """The three characters that make a 15-character id safe to compare without case."""
    return "".join(
        _SUFFIX_ALPHABET[
            sum(1 << place for place, char in enumerate(short[start : start + 5]) if char.isupper())
        ]
        for start in (0, 5, 10)
    )


def _repaired(text: str) -> str | None:
    """An 18-character id whose case was lost on its way, in the case that its checksum tells."""
    if text not in {text.lower(), text.upper()} or text.isalpha():
        return None
    values = [_SUFFIX_ALPHABET.find(char) for char in text[_SHORT:].upper()]
    if -1 in values:
        return None
    short = "".join(
        char.upper() if values[place // 5] >> place % 5 & 1 else char
        for place, char in enumerate(text[:_SHORT].lower())
    )
    whole = short + text[_SHORT:].upper()
    return whole if _suffix(short) == whole[_SHORT:] else None


@lru_cache(maxsize=16_384)
def to_18(value: str) -> str:
    """The 18-character form of a Salesforce id.

    Args:
        value: An id of 15 or 18 characters; surrounding blanks are dropped, and 18 characters
            that lost their case get it back.

    Returns:
        18 characters. The first 15 are kept as they are, for they are case-sensitive.

    Raises:
        ValueError: The value is not a Salesforce id, or its checksum is wrong.

    >>> to_18("0035g00000AbCdE"), to_18("0035g00000abcdeaav")
    ('0035g00000AbCdEAAV', '0035g00000AbCdEAAV')
    """
    text = value.strip()
    if len(text) not in {_SHORT, _LONG} or not text.isascii() or not text.isalnum():
        raise ValueError("not a Salesforce id: expected 15 or 18 letters and digits")
    expected = text[:_SHORT] + _suffix(text[:_SHORT])
    if len(text) == _SHORT or text == expected:
        return expected
    if repaired := _repaired(text):
        return repaired
    raise ValueError("not a Salesforce id: its checksum does not match its case")


@lru_cache(maxsize=16_384)
def external_id_key(value: str) -> str:
    """The form in which external id values are compared: whole, Salesforce ids in 18 characters.

    Nothing is stripped, cut or joined: a value of another system is its own key.

    >>> external_id_key("00D5g000004AbCdEAK:0035g00000AbCdE")
    '00D5g000004AbCdEAK:0035g00000AbCdEAAV'
    """
    return _ID.sub(lambda match: _try_18(match[0]) or match[0], value)


def same_external_id(one: str | None, other: str | None) -> bool:
    """Whether two external id values are the same; none is the same as nothing.

    >>> same_external_id("0035g00000AbCdE", "0035g00000AbCdEAAV")
    True
    """
    return bool(one and other) and external_id_key(one or "") == external_id_key(other or "")


def _try_18(text: str) -> str | None:
    try:
        return to_18(text)
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def find_salesforce_id(value: str | None) -> str | None:
    """The last Salesforce id inside an external id value, in 18 characters.

    External id values may carry more than the record's id, for instance `{org_id}:{id}`.

    >>> find_salesforce_id("00D5g000004AbCdEAK:0035g00000AbCdE")
    '0035g00000AbCdEAAV'
    >>> find_salesforce_id("guest 4711") is None
    True
    """
    texts: list[str] = _ID.findall(value or "")
    return next((found for text in reversed(texts) if (found := _try_18(text))), None)


def sobject_of(salesforce_id: str) -> str | None:
    """The standard object of an id by its key prefix, or None where it is not known."""
    return _SOBJECTS.get(salesforce_id[:3])
