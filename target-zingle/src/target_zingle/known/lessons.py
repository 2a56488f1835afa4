"""What runs learnt about a service, so that it is not learnt again at a guest's cost. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Lessons:
    """Lessons of this and of earlier runs; forgotten when the settings change.

    Attributes:
        locked_fields: Ids of contact fields that Zingle locks on locked contacts.
        enforced_locks: Sources in `own_sources` whose locks Zingle enforces for us, too.
        unclearable: Ids of contact fields that Zingle does not clear.
    """

    locked_fields: set[str] = field(default_factory=set)
    enforced_locks: set[str] = field(default_factory=set)
    unclearable: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, stored: object, fingerprint: str) -> Lessons:
        """What was stored under the same settings."""
        if not isinstance(stored, dict) or stored.get("settings") != fingerprint:
            return cls()
        return cls(**{one.name: set(stored.get(one.name, ())) for one in fields(cls)})

    def stored(self, fingerprint: str) -> Mapping[str, Any]:
        """As JSON, under the settings of this run."""
        lessons = {key: sorted(value) for key, value in asdict(self).items()}
        return {**lessons, "settings": fingerprint}

    def __bool__(self) -> bool:
        """Whether anything was learnt."""
        return any(asdict(self).values())
