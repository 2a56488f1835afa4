"""One Zingle service: settle people by looking, deciding and carrying out."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from target_zingle.compiling import LabelPlan
from target_zingle.diff import Changes, changes
from target_zingle.groups import grouped
from target_zingle.linking import TakenError
from target_zingle.matching import (
    Create,
    Decision,
    MarkDeleted,
    Match,
    Policy,
    Reject,
    Relink,
    Skip,
    Unlink,
    decide,
)
from target_zingle.people import FieldWrite
from target_zingle.writing import as_created, replace_external_id
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.zingle import (
    MAX_TRIES,
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    TransientError,
    UnknownCodeError,
    UnknownOutcomeError,
    ZingleError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from target_zingle.compiling import Compiled, Definitions
    from target_zingle.contacts import Known
    from target_zingle.directory import Directory
    from target_zingle.lineage import Lineage
    from target_zingle.linking import Linker
    from target_zingle.people import Person, Reading
    from target_zingle.values import TargetField
    from target_zingle.writing import Writer
    from zingle_sync.outcomes import MatchedOn, OutcomeKind

logger = logging.getLogger(__name__)

PENDING = "pending:"
"""Start of the id of a contact that will be created later in this run, or would be."""
_TRIES = 3
_OPEN_ENDS = frozenset({"ambiguous", "shared_channel"})
_MANY_UNKNOWN = 20
_MANY_TEMPORARY = 3
_TOO_MANY_REQUESTS = 429


class StoppedError(Exception):
    """Another record of the batch has ended the run."""


@dataclass(slots=True)
class Batch:
    """What became of a batch.

    Attributes:
        settled: Outcomes, with their people.
        held: People who were held back.
        creates: How many of those would be created.
    """

    settled: list[tuple[Person, Outcome]] = field(default_factory=list)
    held: list[Person] = field(default_factory=list)
    creates: int = 0

    def add(self, other: Batch) -> None:
        """Take another batch in."""
        self.settled += other.settled
        self.held += other.held
        self.creates += other.creates


@dataclass
class Service:
    """One service's share of a run.

    Attributes:
        definitions: What the service defines.
        policy: The settings that decide.
        reading: The settings that records are read with.
        directory: Finds contacts.
        writer: Writes them.
        linker: Links them.
        lineage: Records that this run knows to be gone, shared by all services.
        dry_run: Decide only.
        pool: Runs groups of people at the same time.
    """

    definitions: Definitions
    policy: Policy
    reading: Reading
    directory: Directory
    writer: Writer
    linker: Linker
    lineage: Lineage
    dry_run: bool
    pool: Executor
    external_id_field: TargetField | None = None
    compiled: dict[str, Compiled] = field(default_factory=dict)
    _unknown: int = 0
    _temporary: int = 0
    _stop: bool = False

    @property
    def id(self) -> str:
        """The service's id."""
        return self.definitions.service_id

    def settle(self, people: Sequence[Person], *, hold_creates: bool) -> Batch:
        """Settle a batch.

        Args:
            people: At most one row per record.
            hold_creates: Don't create; return those who would be, and whoever shares with them.

        Returns:
            Outcomes, and the people held back.
        """
        self.directory.ensure(people)
        self._stop = False
        groups = grouped(people, self._contacts_of)
        settled = Batch()
        failures: list[BaseException] = []
        futures = [self.pool.submit(self._settle_group, group, hold_creates) for group in groups]
        try:
            for future in futures:
                failure = future.exception()
                if failure is not None:
                    self._stop = True
                    failures.append(failure)
                    continue
                settled.add(future.result())
        except BaseException:
            # A signal: what has not started shall not start.
            self._stop = True
            for future in futures:
                future.cancel()
            raise
        for failure in failures:
            if not isinstance(failure, StoppedError):
                raise failure
        return settled

    def forget_pending(self, people: Sequence[Person]) -> None:
        """Drop the stand-ins of people whose turn has come."""
        for person in people:
            self.directory.index.remove(PENDING + person.identity)

    def _contacts_of(self, person: Person) -> list[str]:
        found = self.directory.found(person)
        return [
            *(contact.id for contact in found.external),
            *(contact.id for contact in found.successor),
            *(contact.id for contact in found.predecessors),
            *found.holders(person.keys),
        ]

    def _settle_group(
        self,
        group: Sequence[Person],
        hold: bool,  # noqa: FBT001 - passed through a pool
    ) -> Batch:
        batch = Batch()
        for person in group:
            if self._stop:
                raise StoppedError
            outcome = self._settle_one(person, batch, hold=hold)
            if outcome is None:
                batch.held.append(person)
            else:
                batch.settled.append((person, outcome))
        if len(group) > 1:
            self._settle_open_ends(batch)
        return batch

    def _settle_open_ends(self, batch: Batch) -> None:
        """Decide again about those whom the group's own changes may have told apart by now.

        Without this a second run would decide otherwise than the first.
        """
        changed = True
        while changed and not self._stop:
            changed = False
            for place, (person, outcome) in enumerate(batch.settled):
                if outcome.reason not in _OPEN_ENDS:
                    continue
                found = self.directory.found(person)
                decision = decide(person, found, self._current_policy(), self.lineage.gone)
                if isinstance(decision, (Match, Create)) and not self._waits(decision):
                    again = self._settle_one(person, batch, hold=False)
                    if again is not None and again.reason not in _OPEN_ENDS:
                        batch.settled[place] = (person, again)
                        changed = True

    def _settle_one(  # noqa: C901 - one branch per kind of failure
        self, person: Person, batch: Batch, *, hold: bool
    ) -> Outcome | None:
        started = time.monotonic()
        attempt, tries, lost = 0, _TRIES, False
        while True:
            attempt += 1
            try:
                outcome = self._attempt(person, batch, hold=hold)
            except TakenError as error:
                self.directory.note_external_id(error.contact_id, error.external_id)
                failure: Exception = error
            except (ConflictError, UnknownOutcomeError) as error:
                self.directory.refresh(person)
                if attempt == tries - 1 and isinstance(error, ConflictError):
                    # Lookups show nobody who holds the channel: the whole list may.
                    self.directory.build_alone()
                if isinstance(error, UnknownOutcomeError):
                    lost = True
                    tries = MAX_TRIES
                    self.writer.pause(attempt)
                failure = error
            except (RecordError, LockedError, TransientError) as error:
                outcome = self._failed(person, error)
                break
            else:
                self._unknown = self._temporary = 0
                break
            if attempt >= tries:
                outcome = self._gave_up(person, failure)
                break
        if outcome is None:
            return None
        if lost and outcome.kind == "unchanged" and outcome.matched_on == "external_id":
            # The answer was lost, the contact was not: it is the one that we created.
            outcome = replace(outcome, kind="created", matched_on="none")
        spent = int((time.monotonic() - started) * 1000)
        return replace(outcome, attempts=attempt, duration_ms=spent)

    def _attempt(self, person: Person, batch: Batch, *, hold: bool) -> Outcome | None:
        decision = decide(
            person, self.directory.found(person), self._current_policy(), self.lineage.gone
        )
        if hold and self._waits(decision):
            if isinstance(decision, Create):
                batch.creates += 1
                self._stand_in(person, decision)
            return None
        return self._carry_out(person, decision)

    def _current_policy(self) -> Policy:
        masked = self.directory.index.masked
        if masked == self.policy.phones_masked:
            return self.policy
        logger.warning(
            "Zingle shows masked phones to this log-in, so phones are not matched; "
            "ask for a user without Contact Privacy"
        )
        self.policy = replace(self.policy, phones_masked=masked)
        return self.policy

    @staticmethod
    def _waits(decision: Decision) -> bool:
        match decision:
            case Create():
                return True
            case Match(contact=contact) | Relink(contact=contact):
                return contact.id.startswith(PENDING)
            case Unlink(contact=contact) | MarkDeleted(contact=contact):
                return contact.id.startswith(PENDING)
            case Skip(contact_id=str(contact_id)):
                return contact_id.startswith(PENDING)
            case Reject(contacts=contacts):
                return any(contact_id.startswith(PENDING) for contact_id in contacts)
            case _:
                return False

    def _stand_in(self, person: Person, decision: Create) -> None:
        """Put a contact into the index that does not exist, so that sharers meet it."""
        contact = as_created(person, PENDING + person.identity, decision.leave_out)
        self.directory.index.put_written(replace_external_id(contact, person.identity))

    # Carrying out

    def _carry_out(  # noqa: PLR0911 - one per decision
        self, person: Person, decision: Decision
    ) -> Outcome:
        match decision:
            case Create():
                return self._create(person, decision)
            case Match():
                return self._match(person, decision)
            case Relink():
                return self._relink(person, decision)
            case Unlink():
                return self._unlink(person, decision)
            case MarkDeleted():
                return self._mark_deleted(person, decision)
            case Skip():
                return self._outcome(
                    person,
                    "skipped",
                    decision.contact_id,
                    reason=decision.reason,
                    warnings=decision.warnings,
                )
            case Reject():
                return self._rejected(person, decision)
            case _:
                assert_never(decision)

    def _create(self, person: Person, decision: Create) -> Outcome:
        warnings = decision.warnings
        if self.dry_run:
            self._stand_in(person, decision)
            return self._outcome(person, "would_create", None, warnings=warnings)
        if not self.directory.certain:
            # The list of contacts may have gaps: look before creating.
            self.directory.refresh(person)
            again = decide(
                person, self.directory.found(person), self._current_policy(), self.lineage.gone
            )
            if not isinstance(again, Create):
                return self._carry_out(person, again)
        contact, words = self.writer.create(person, decision.leave_out)
        self.directory.index.claim(contact.id, person.identity)
        return self._outcome(person, "created", contact.id, warnings=(*warnings, *words))

    def _match(self, person: Person, decision: Match) -> Outcome:
        contact, warnings = decision.contact, list(decision.warnings)
        linked, locked = False, decision.locked
        if decision.link is not None and not self.dry_run:
            result = self.linker.link(contact, decision.link)
            contact, linked = result.contact, result.done
            locked = self.policy.locks(contact)
            warnings += result.warnings
            self.directory.index.put_written(contact)
        wanted = changes(person, contact, locked=locked, leave_out=decision.leave_out)
        if self.dry_run:
            kind: OutcomeKind = (
                "would_update" if wanted else "would_link" if decision.link else "unchanged"
            )
            names, warned = wanted.names, (*warnings, *wanted.warnings)
        else:
            written = self.writer.update(contact, wanted) if wanted else None
            names = tuple(written.names) if written else ()
            warned = (*warnings, *(written.warnings if written else wanted.warnings))
            own_link = self.external_id_field and names == (self.external_id_field.name,)
            kind = (
                "linked"
                if own_link
                else "updated"
                if names
                else "linked"
                if linked
                else "unchanged"
            )
        self.directory.index.claim(contact.id, person.identity)
        return self._outcome(
            person,
            kind,
            contact.id,
            matched_on=decision.matched_on,
            changed=names,
            warnings=tuple(dict.fromkeys(warned)),
        )

    def _relink(self, person: Person, decision: Relink) -> Outcome:
        if self.dry_run:
            moved = replace_external_id(decision.contact, decision.external_id)
            self.directory.index.put_written(moved)
            return self._outcome(
                person, "would_link", decision.contact.id, matched_on=decision.matched_on
            )
        contact, done, warnings = self._write_link(decision.contact, decision.external_id)
        self.directory.index.put_written(contact)
        if not done:
            reason = "converted" if person.fate == "converted" else "deleted_in_source"
            return self._outcome(person, "skipped", contact.id, reason=reason, warnings=warnings)
        return self._outcome(
            person, "linked", contact.id, matched_on=decision.matched_on, warnings=warnings
        )

    def _unlink(self, person: Person, decision: Unlink) -> Outcome:
        words: tuple[str, ...] = ("source_deleted",)
        if self.dry_run:
            return self._outcome(
                person,
                "would_update",
                decision.contact.id,
                matched_on="external_id",
                warnings=words,
            )
        contact, done, warnings = self._write_link(decision.contact, None)
        self.directory.index.put_written(contact)
        if not done:
            return self._outcome(
                person, "skipped", contact.id, reason="deleted_in_source", warnings=warnings
            )
        return self._outcome(
            person,
            "updated",
            contact.id,
            matched_on="external_id",
            changed=("external id",),
            warnings=(*words, *warnings),
        )

    def _write_link(
        self, contact: Known, external_id: str | None
    ) -> tuple[Known, bool, tuple[str, ...]]:
        if self.external_id_field is None:
            result = self.linker.link(contact, external_id)
            return result.contact, result.done, result.warnings
        write = FieldWrite(self.external_id_field, external_id, "always")
        written = self.writer.update(contact, Changes(fields=(write,)))
        return written.contact, bool(written.names), tuple(written.warnings)

    def _mark_deleted(self, person: Person, decision: MarkDeleted) -> Outcome:
        contact, label_id = decision.contact, self.definitions.labels[decision.label]
        if label_id in contact.labels:
            return self._outcome(
                person,
                "unchanged",
                contact.id,
                matched_on="external_id",
                warnings=("source_deleted",),
            )
        if self.dry_run:
            return self._outcome(
                person,
                "would_update",
                contact.id,
                matched_on="external_id",
                warnings=("source_deleted",),
            )
        label = LabelPlan(label_id, decision.label, None)
        written = self.writer.update(contact, Changes(labels=(label,)))
        return self._outcome(
            person,
            "updated",
            contact.id,
            matched_on="external_id",
            changed=tuple(written.names),
            warnings=("source_deleted", *written.warnings),
        )

    # Outcomes

    def _outcome(  # noqa: PLR0913 - the parts of an outcome
        self,
        person: Person,
        kind: OutcomeKind,
        contact_id: str | None,
        *,
        matched_on: MatchedOn = "none",
        reason: str | None = None,
        changed: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
        error: OutcomeError | None = None,
    ) -> Outcome:
        if self.policy.phones_masked and person.phones:
            warnings = (*warnings, "phones_masked")
        return Outcome(
            stream=person.stream,
            service_id=self.id,
            source_key=person.source_key,
            kind=kind,
            target_id=contact_id,
            matched_on=matched_on,
            reason=reason,
            changed_fields=changed,
            warnings=tuple(dict.fromkeys((*person.warnings, *warnings))),
            error=error,
        )

    def _rejected(self, person: Person, decision: Reject) -> Outcome:
        told = f": contacts {', '.join(decision.contacts)}" if decision.contacts else ""
        return self._outcome(
            person,
            "rejected",
            decision.contacts[0] if len(decision.contacts) == 1 else None,
            reason=decision.reason,
            error=OutcomeError("RecordError", message=decision.message + told),
        )

    def _failed(self, person: Person, error: ZingleError) -> Outcome:
        """A refusal of this record, or the end of the run where everything is refused."""
        if isinstance(error, TransientError):
            self._temporary += 1
            everything = error.status in {None, _TOO_MANY_REQUESTS}
            if everything or self._temporary >= _MANY_TEMPORARY:
                raise error
            reason = "temporary"
        elif isinstance(error, LockedError):
            reason = "locked"
        else:
            if isinstance(error, UnknownCodeError):
                self._unknown += 1
                if self._unknown >= _MANY_UNKNOWN:
                    raise error
            else:
                self._unknown = 0
            reason = "refused"
        return self._outcome(person, "rejected", None, reason=reason, error=_as_value(error))

    def _gave_up(self, person: Person, error: Exception) -> Outcome:
        reason = "unknown_outcome" if isinstance(error, UnknownOutcomeError) else "conflict"
        told = _as_value(error)
        if isinstance(error, ConflictError) and not isinstance(error, GoneError):
            told = OutcomeError(
                type(error).__name__,
                error.status,
                error.code,
                "the channel is held by a contact that no lookup shows",
            )
        return self._outcome(person, "rejected", None, reason=reason, error=told)


def _as_value(error: Exception) -> OutcomeError:
    if isinstance(error, ZingleError):
        return OutcomeError(
            type(error).__name__,
            error.status,
            error.code,
            str(error),
            error.fields[0] if error.fields else None,
        )
    return OutcomeError(type(error).__name__, message=str(error))
