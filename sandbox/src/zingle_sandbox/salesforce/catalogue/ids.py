"""Record ids: 15 case-sensitive characters, or 18 with a checksum of the upper-case letters."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")
# What stands between key prefix and counter in this org's ids: instance and reserved characters.
_POD = "Zs0"


def checksum(id15: str) -> str:
    """The three characters that make an id safe to compare without case.

    Example:
        >>> checksum("006Qg00000jDsWx")
        'IAK'
    """
    return "".join(
        _CHECK[
            sum(1 << place for place, char in enumerate(id15[at : at + 5]) if "A" <= char <= "Z")
        ]
        for at in (0, 5, 10)
    )


def looks_like_id(value: str) -> bool:
    """Whether a text has the length and the alphabet of an id."""
    return _ID.fullmatch(value) is not None


def to_18(value: str) -> str | None:
    """The 18-character form, or None if the text cannot be an id.

    An 18-character id may have lost its case; the checksum restores it.

    Example:
        >>> to_18("006qg00000jdswxiak")
        '006Qg00000jDsWxIAK'
        >>> to_18("nobody") is None
        True
    """
    if not looks_like_id(value):
        return None
    if len(value) == 15:  # noqa: PLR2004 - the short form
        return value + checksum(value)
    if checksum(value[:15]) == value[15:]:
        return value
    return _restore_case(value)


def _restore_case(value: str) -> str | None:
    """Rebuild the case of an 18-character id from its checksum."""
    chars = list(value[:15].lower())
    for block, letter in enumerate(value[15:].upper()):
        bits = _CHECK.find(letter)
        if bits < 0:
            return None
        for place in range(5):
            if bits >> place & 1:
                chars[block * 5 + place] = chars[block * 5 + place].upper()
    restored = "".join(chars)
    suffix = checksum(restored)
    return restored + suffix if suffix == value[15:].upper() else None


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))


def make_id(prefix: str, number: int) -> str:
    """The id of the `number`-th record of the object with this key prefix.

    Example:
        >>> make_id("003", 1)
        '003Zs0000000001IAA'
    """
    id15 = f"{prefix}{_POD}{_base62(number, 9)}"
    return id15 + checksum(id15)


def id_sequence(prefix: str, start: int) -> Iterator[str]:
    """Ids from the `start`-th on, about a microsecond each."""
    blocks = {
        "".join(chars): _CHECK[sum(1 << place for place, char in enumerate(chars) if char == "A")]
        for chars in itertools.product("Aa", repeat=5)
    }
    shape = str.maketrans({char: "A" if "A" <= char <= "Z" else "a" for char in ALPHABET})
    for number in itertools.count(start):
        id15 = f"{prefix}{_POD}{_base62(number, 9)}"
        mask = id15.translate(shape)
        yield id15 + blocks[mask[:5]] + blocks[mask[5:10]] + blocks[mask[10:]]
