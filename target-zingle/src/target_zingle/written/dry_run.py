"""The dry run: tells what the writer would do, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from target_zingle.decided.changes import Changes, changed, changes, feasible
from target_zingle.decided.decisions import Create, MarkDeleted, Match, Relink, Unlink
from target_zingle.known.contact import PENDING, contact_of
from target_zingle.wanted.plan import LabelPlan
from target_zingle.written.failures import refused_before
from target_zingle.written.results import Result, kind_of

if TYPE_CHECKING:
    from target_zingle.known.index import Index
    from target_zingle.known.remote import Remote
    from target_zingle.wanted.person import Person
    from target_zingle.written.results import Action
    from zingle_sync.outcomes import OutcomeKind

_WOULD: dict[str, OutcomeKind] = {"linked": "would_link", "updated": "would_update"}
_DELETED = ("source_deleted",)


class DryRun:
    """Only tells what the writer would do; the index remembers what would be there."""

    def __init__(self, index: Index, remote: Remote) -> None:
        self._index, self._remote = index, remote

    def carry_out(self, person: Person, action: Action) -> Result:
        """Tell what would become of a person.

        Raises:
            RecordError: Zingle would not be sent a value that it refused before.
        """
        match action:
            case Create():
                stand_in(self._index, person, action)
                return Result("would_create", None, warnings=action.warnings)
            case Match():
                return self._match(person, action)
            case Relink(contact=contact):
                self._index.put_written(contact.linked_to(action.external_id))
                return Result("would_link", contact.id, action.matched_on)
            case Unlink(contact=contact):
                self._index.put_written(contact.linked_to(None))
                names = ("external id",)
                return Result("would_update", contact.id, "external_id", names, _DELETED)
            case MarkDeleted(contact=contact, label=name):
                label = LabelPlan(self._remote.labels[name], name, None)
                if label.id in contact.labels:
                    return Result("unchanged", contact.id, "external_id", (), _DELETED)
                wanted = Changes(labels=(label,))
                self._index.put_written(changed(contact, wanted))
                return Result("would_update", contact.id, "external_id", wanted.names, _DELETED)
            case _:
                assert_never(action)

    def _match(self, person: Person, match: Match) -> Result:
        contact, link_field = match.contact, self._remote.external_id_field
        wanted = changes(person, contact, locked=match.locked, leave_out=match.leave_out)
        wanted = feasible(wanted, contact, self._remote.lessons, self._remote.refusals)
        self._index.put_written(changed(contact, wanted))
        self._index.claim(contact.id, person.identity)
        if wanted.refused:
            raise refused_before(contact.id, *wanted.refused[0])
        kind = kind_of(wanted.names, linked=match.link is not None, link_field=link_field)
        return Result(
            _WOULD.get(kind, kind),
            contact.id,
            match.matched_on,
            wanted.names,
            (*match.warnings, *wanted.warnings),
        )


def stand_in(index: Index, person: Person, create: Create) -> None:
    """Put a contact into the index that does not exist, so that sharers meet it."""
    contact = contact_of(person, PENDING + person.identity, create.leave_out)
    index.put_written(contact.linked_to(person.identity))
