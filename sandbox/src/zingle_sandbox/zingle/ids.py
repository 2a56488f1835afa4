"""Record ids: UUIDs that are computed from a record's number, and read back without an index.

One million contacts would need an index of UUIDs on each table; instead the last twelve hex
digits carry the number (multiplied, so that neighbours look unrelated) and the others are a hash
of it, which makes a foreign or mistyped UUID a miss.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b

_BITS = 1 << 48
_FACTOR = 0x5DEECE66D_35B  # odd, hence invertible modulo 2**48
_INVERSE = pow(_FACTOR, -1, _BITS)


class Kind(IntEnum):
    """What a computed id names; the same number gives unrelated ids in two kinds."""

    CONTACT = 1
    CHANNEL = 2
    MESSAGE = 3
    EVENT = 4
    FIELD = 5
    LABEL = 6
    GROUP = 7
    USER = 8
    CHANNEL_TYPE = 9
    SERVICE_CHANNEL = 10
    OPTION = 11
    ACCOUNT = 12
    WEBHOOK = 13
    AUTOMATION = 14
    PLAN = 15
    TEMPLATE = 16
    TEAM = 17
    CALENDAR_EVENT = 18


def make_id(kind: Kind, number: int) -> str:
    """The UUID (36 lower-case characters) of record `number` of `kind`.

    >>> make_id(Kind.CONTACT, 1) == make_id(Kind.CONTACT, 1)
    True
    >>> read_id(Kind.CONTACT, make_id(Kind.CONTACT, 7))
    7
    """
    digest = blake2b(b"%d:%d" % (kind, number), digest_size=10).hexdigest()
    node = (number * _FACTOR + kind * 0x1F3D5B79) % _BITS
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:]}-{node:012x}"


def read_id(kind: Kind, text: str) -> int | None:
    """The number inside an id of this kind, or None for any other text.

    >>> read_id(Kind.CONTACT, make_id(Kind.CHANNEL, 7)) is None
    True
    """
    try:
        node = int(text[-12:], 16)
    except ValueError:
        return None
    number = ((node - kind * 0x1F3D5B79) * _INVERSE) % _BITS
    return number if make_id(kind, number) == text else None


def contact_id(number: int) -> str:
    """The UUID of contact `number`, as both API versions show it."""
    return make_id(Kind.CONTACT, number)
