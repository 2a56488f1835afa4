"""Writes that Zingle refused for what they say, so that no run sends the same again. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from target_zingle.wanted.values import v2_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import FieldWrite, Person

# Name of what later runs are told.
REFUSED = "refused"
# Who is in the way may be gone some day, without a word to us.
DAYS = 7
MOST = 10_000


@dataclass(slots=True)
class Refusals:
    """Refused writes of this and of earlier runs, by what was sent.

    A record that changed is another write, and settings that changed forget them all.
    Only digests are kept: nothing tells whose phone it was.

    Attributes:
        today: The day of this run.
    """

    today: date
    _told: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: object, settings: str, today: date) -> Refusals:
        """What was stored under the same settings within the last days."""
        if not isinstance(stored, dict) or stored.get("settings") != settings:
            return cls(today)
        since = (today - timedelta(days=DAYS)).isoformat()
        told = {digest: tuple(row) for digest, row in stored.get("refused", {}).items()}
        return cls(today, {digest: row for digest, row in told.items() if row[0] > since})

    def stored(self, settings: str) -> Mapping[str, Any]:
        """As JSON, under the settings of this run."""
        refused = {digest: list(row) for digest, row in self._told.items()}
        return {"settings": settings, "refused": refused}

    def note(self, write: str, reason: str, code: str | None) -> None:
        """Zingle refused a write."""
        if len(self._told) < MOST:
            self._told[write] = (self.today.isoformat(), reason, code)

    def of(self, write: str) -> tuple[str, str | None] | None:
        """Reason and code of the refusal of a write, if it was refused."""
        told = self._told.get(write)
        return told and told[1:]


def create_of(person: Person, leave_out: Collection[Key]) -> str:
    """What creating a person sends, as a digest."""
    return _digest(
        person.identity,
        [key for key in person.keys if key not in leave_out],
        [(write.target.id, write.value and v2_value(write.value)) for write in person.writes],
        [label.id for label in person.labels],
    )


def channel_of(contact_id: str, kind: str, value: str) -> str:
    """What adding a channel to a contact sends, as a digest."""
    return _digest(contact_id, kind, value)


def field_of(contact_id: str, write: FieldWrite) -> str:
    """What writing a value to a contact sends, as a digest."""
    return _digest(contact_id, write.target.id, write.value and v2_value(write.value))


def _digest(*parts: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]
