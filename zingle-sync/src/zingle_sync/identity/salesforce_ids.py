"""Salesforce record ids: 15 to 18 characters, and ids inside external id values."""

from __future__ import annotations

import re
from functools import lru_cache

_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT, _LONG = 15, 18
# A standard object's key prefix starts with a digit; custom and big objects use these letters.
_ID = re.compile(r"(?<![0-9A-Za-z])([0-9aekmxz][0-9A-Za-z]{14}(?:[A-Z0-5]{3})?)(?![0-9A-Za-z])")
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


@lru_cache(maxsize=16_384)
def to_18(value: str) -> str:
    """The 18-character form of a Salesforce id.

    Args:
        value: An id of 15 or 18 characters; surrounding blanks are dropped.

    Returns:
        18 characters. The first 15 are kept as they are, for they are case-sensitive.

    Raises:
        ValueError: The value is not a Salesforce id, or its checksum is wrong.

    >>> to_18("0035g00000AbCdE")
    '0035g00000AbCdEAAV'
    """
    text = value.strip()
    if len(text) not in {_SHORT, _LONG} or not text.isascii() or not text.isalnum():
        raise ValueError("not a Salesforce id: expected 15 or 18 letters and digits")
    expected = text[:_SHORT] + _suffix(text[:_SHORT])
    if len(text) == _LONG and text != expected:
        raise ValueError("not a Salesforce id: its checksum does not match its case")
    return expected


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
    return next((to_18(text) for text in reversed(texts) if _is_id(text)), None)


def _is_id(text: str) -> bool:
    try:
        to_18(text)
    except ValueError:
        return False
    return True


def same_record(one: str | None, other: str | None) -> bool:
    """Whether two external id values name the same record.

    Values without a Salesforce id compare exactly. Values with one compare by it, in
    18 characters; where both carry an organisation, the organisations must agree too.

    >>> same_record("0035g00000AbCdE", "0035g00000AbCdEAAV")
    True
    """
    if not one or not other:
        return False
    if one == other:
        return True
    first, second = find_salesforce_id(one), find_salesforce_id(other)
    if first is None or first != second:
        return False
    orgs = _organisation(one), _organisation(other)
    return None in orgs or orgs[0] == orgs[1]


def _organisation(value: str) -> str | None:
    texts: list[str] = _ID.findall(value)
    return next((text[:_SHORT] for text in texts if text.startswith("00D")), None)


def sobject_of(salesforce_id: str) -> str | None:
    """The standard object of an id by its key prefix, or None where it is not known."""
    return _SOBJECTS.get(salesforce_id[:3])
