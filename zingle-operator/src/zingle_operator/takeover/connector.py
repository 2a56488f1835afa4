"""What the vendor's connector is set to, by settings whose names nobody publishes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zingle_operator.takeover.carried import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zingle_sync.zingle import Integration

_OF_CONVERSATIONS = re.compile("conversation|activit|log|message|task", re.IGNORECASE)
_QUERY = re.compile(r"^\s*SELECT\s.+\sFROM\s", re.IGNORECASE | re.DOTALL)
_EVERY = re.compile("both|all|every|any", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Objects:
    """Which people the connector takes, and whether its settings say so."""

    names: tuple[str, ...]
    told: bool


def chosen(found: Sequence[Integration], code: str | None) -> Integration | None:
    """The vendor's Salesforce connector among a service's integrations.

    Args:
        found: What the service is connected to.
        code: What the user says that it is called; else code or name must say Salesforce.
    """
    if code is not None:
        return next((one for one in found if one.code == code), None)
    candidates = [one for one in found if one.is_salesforce]
    # A second, switched-off one must not hide the one that is at work.
    return max(candidates, key=lambda one: one.is_connected, default=None)


def objects_of(integration: Integration | None, usual: Iterable[str]) -> Objects:
    """The objects whose people the connector takes; where no setting says, the usual ones."""
    for one in integration.configuration if integration else ():
        title = f"{one.code} {one.name}"
        if "object" not in title.casefold() or _OF_CONVERSATIONS.search(title):
            continue
        said = one.value.casefold()
        names = tuple(name for name in OBJECTS if name.casefold() in said)
        if not names and _EVERY.search(said):
            names = OBJECTS
        if names:
            return Objects(names, told=True)
    known = tuple(name for name in usual if name in OBJECTS)
    return Objects(known or OBJECTS, told=False)


def queries_of(integration: Integration | None) -> tuple[str, ...]:
    """The SOQL that the connector reads with, where its settings hold any."""
    values = [one.value for one in integration.configuration] if integration else []
    return tuple(value for value in values if _QUERY.match(value))
