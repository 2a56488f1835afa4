"""The dry run: tells what the writer would do, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from target_zingle.decided.changes import changes
from target_zingle.decided.decisions import Create, MarkDeleted, Match, Relink, Unlink
from target_zingle.known.contact import PENDING, contact_of
from target_zingle.written.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.known.index import Index
    from target_zingle.wanted.person import Person
    from target_zingle.written.results import Action


class DryRun:
    """Only tells what the writer would do; the index remembers what would be there."""

    def __init__(self, index: Index, labels: Mapping[str, str]) -> None:
        self._index, self._labels = index, labels

    def carry_out(self, person: Person, action: Action) -> Result:
        """Tell what would become of a person."""
        match action:
            case Create():
                stand_in(self._index, person, action)
                return Result("would_create", None, warnings=action.warnings)
            case Match(contact=contact):
                wanted = changes(person, contact, locked=action.locked, leave_out=action.leave_out)
                self._index.claim(contact.id, person.identity)
                return Result(
                    "would_update" if wanted else "would_link" if action.link else "unchanged",
                    contact.id,
                    action.matched_on,
                    wanted.names,
                    (*action.warnings, *wanted.warnings),
                )
            case Relink(contact=contact):
                self._index.put_written(contact.linked_to(action.external_id))
                return Result("would_link", contact.id, action.matched_on)
            case Unlink(contact=contact):
                deleted = ("source_deleted",)
                return Result("would_update", contact.id, "external_id", warnings=deleted)
            case MarkDeleted(contact=contact):
                held = self._labels[action.label] in contact.labels
                return Result(
                    "unchanged" if held else "would_update",
                    contact.id,
                    "external_id",
                    warnings=("source_deleted",),
                )
            case _:
                assert_never(action)


def stand_in(index: Index, person: Person, create: Create) -> None:
    """Put a contact into the index that does not exist, so that sharers meet it."""
    contact = contact_of(person, PENDING + person.identity, create.leave_out)
    index.put_written(contact.linked_to(person.identity))
