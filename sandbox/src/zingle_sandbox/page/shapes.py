"""What the page shows of people and guests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Show = Literal["all", "linked", "salesforce", "zingle"]


@dataclass(frozen=True, slots=True)
class Person:
    """One Contact or Lead, as far as the page shows it."""

    id: str
    kind: str
    name: str
    phones: tuple[str, ...]
    email: str | None
    place: str
    country: str | None
    is_deleted: bool
    is_converted: bool
    changed: str
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class Guest:
    """One Zingle contact, as far as the page shows it."""

    number: int
    id: str
    name: str
    channels: tuple[tuple[str, str], ...]
    external_id: str | None
    locked_by: str | None
    is_blocked: bool
    changed: str
    last_message: str | None = None
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the ledger: one side, or both and what joins them."""

    person: Person | None
    guest: Guest | None
    join: Literal["linked", "same phone", "same e-mail", ""] = ""

    @property
    def changed(self) -> str:
        """When the newer side changed, ISO 8601."""
        return max(
            self.person.changed if self.person else "", self.guest.changed if self.guest else ""
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures above the ledger."""

    contacts: int
    leads: int
    tasks: int
    conversation_tasks: int
    guests: int
    linked: int
    messages: int
