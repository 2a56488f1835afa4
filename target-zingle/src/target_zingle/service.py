"""One Zingle service: look, decide, hand over, tell."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from target_zingle.batch import Batch
from target_zingle.decided.decisions import Create, Decision, Match, Policy, Reject, Skip
from target_zingle.decided.groups import grouped
from target_zingle.decided.matching import decide
from target_zingle.decided.waits import (
    Holds,
    awaits_proof,
    is_pending,
    is_unlinked,
    must_wait,
    unanchored,
)
from target_zingle.known.contact import PENDING
from target_zingle.known.refusals import create_of
from target_zingle.written.dry_run import DryRun, stand_in
from target_zingle.written.failures import Failures
from target_zingle.written.linker import TakenError
from target_zingle.written.results import Result
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.zingle import (
    MAX_TRIES,
    ConflictError,
    LockedError,
    RecordError,
    TransientError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_zingle.known.directory import Directory
    from target_zingle.known.lessons import Lessons
    from target_zingle.known.lineage import Lineage
    from target_zingle.known.remote import Remote
    from target_zingle.wanted.definitions import Definitions
    from target_zingle.wanted.person import Person
    from target_zingle.wanted.plan import StreamPlan
    from target_zingle.wanted.rules import Rules
    from target_zingle.written.writer import Writer

logger = logging.getLogger(__name__)

_TRIES = 3
# Who is told apart by somebody else's change, or made known, may be decided again.
_OPEN_ENDS = frozenset({"ambiguous", "shared_channel", "no_usable_key"})
_REFUSED_BEFORE = (
    "Zingle refused to create this contact in an earlier run; it is tried again when the record "
    "changes, a week has passed, or you replay it"
)


class StoppedError(Exception):
    """Another record of the batch has ended the run."""


@dataclass
class Service:
    """One service's share of a run.

    Attributes:
        lineage: Records that this run knows to be gone, shared by all services.
        hand: Carries decisions out: the writer, or a dry run.
        plans: Compiled mappings by stream.
        gone: What the records became whose contacts still carry their id, by that id.
    """

    remote: Remote
    definitions: Definitions
    policy: Policy
    rules: Rules
    directory: Directory
    writer: Writer
    lineage: Lineage
    hand: Writer | DryRun
    plans: dict[str, StreamPlan] = field(default_factory=dict)
    gone: dict[str, str | None] = field(default_factory=dict)
    _failures: Failures = field(default_factory=Failures)
    _stop: bool = False

    @property
    def lessons(self) -> Lessons:
        """What was learnt about the service."""
        return self.remote.lessons

    @property
    def id(self) -> str:
        """The service's id."""
        return self.remote.service_id

    def only_tell(self) -> None:
        """Write nothing from here on."""
        self.hand = DryRun(self.directory.index, self.remote)

    def settle(
        self, people: Sequence[Person], *, hold: bool = False, hold_creates: bool = False
    ) -> Batch:
        """Settle a batch with at most one row per record.

        Args:
            people: The batch.
            hold: Hold back who is not found by an own external id while a later row may tell
                that another record became this one.
            hold_creates: Hold back who would be created, and whoever shares with them.
        """
        self.directory.ensure(people)
        self._stop = False
        holds = Holds(hold, hold and self.directory.has_links, hold_creates, proof=True)
        batch = self._settle_all(people, holds)
        if hold or not batch.held:
            return batch
        # Nobody else comes who could prove that linking does no harm.
        if self.hand is self.writer:
            self.writer.proof.make()
        rest = self._settle_all(batch.held, replace(holds, proof=False))
        rest.settled = batch.settled + rest.settled
        return rest

    def _settle_all(self, people: Sequence[Person], holds: Holds) -> Batch:
        batch = Batch()
        groups = grouped(people, lambda person: self.directory.candidates(person).ids(person.keys))
        submit = self.remote.pool.submit
        futures = [submit(self._settle_group, group, holds) for group in groups]
        failures: list[BaseException] = []
        try:
            for future in futures:
                if (failure := future.exception()) is not None:
                    self._stop = True
                    failures.append(failure)
                    continue
                batch.add(future.result())
        except BaseException:
            # A signal: what has not started shall not start.
            self._stop = True
            for future in futures:
                future.cancel()
            raise
        for failure in failures:
            if not isinstance(failure, StoppedError):
                raise failure
        return batch

    def forget_pending(self, people: Sequence[Person]) -> None:
        """Drop the stand-ins of people whose turn has come."""
        for person in people:
            self.directory.index.remove(PENDING + person.identity)

    def _settle_group(self, group: Sequence[Person], holds: Holds) -> Batch:
        batch = Batch()
        for person in self._anchored_first(group) if len(group) > 1 else group:
            if self._stop:
                raise StoppedError
            outcome = self._settle_one(person, batch, holds)
            if outcome is None:
                batch.held.append(person)
            else:
                batch.settled.append((person, outcome))
        if len(group) > 1:
            self._settle_open_ends(batch)
        return batch

    def _anchored_first(self, group: Sequence[Person]) -> list[Person]:
        """Who cannot be linked comes last, by the key that finds the contact.

        Nothing in Zingle remembers them, so that only what all others did makes the next run
        decide as this one.
        """
        ranks: dict[str, int] = {key: rank for rank, key in enumerate(self.policy.match_keys)}
        first: list[Person] = []
        late: list[tuple[int, Person]] = []
        for person in group:
            decision = self._decide(person)
            if isinstance(decision, Match) and unanchored(person, decision, self.policy):
                late.append((ranks[decision.matched_on], person))
            else:
                first.append(person)
        return first + [person for _, person in sorted(late, key=lambda entry: entry[0])]

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
                decision = self._decide(person)
                if isinstance(decision, (Match, Create)) and not is_pending(decision):
                    again = self._settle_one(person, batch, Holds())
                    if again is not None and again.reason not in _OPEN_ENDS:
                        batch.settled[place] = (person, again)
                        changed = True

    def _settle_one(  # noqa: C901 - one branch per kind of failure
        self, person: Person, batch: Batch, holds: Holds
    ) -> Outcome | None:
        """Try until it is settled; None holds the person back."""
        started = time.monotonic()
        attempt, tries, lost = 0, _TRIES, False
        while True:
            attempt += 1
            try:
                outcome = self._attempt(person, batch, holds)
            except TakenError as error:
                self.directory.note_external_id(error.contact_id, error.external_id)
                failure: Exception = error
            except (ConflictError, UnknownOutcomeError) as error:
                self.directory.refresh(person)
                if isinstance(error, UnknownOutcomeError):
                    lost, tries = True, MAX_TRIES
                    self.remote.client.pause(attempt)
                elif attempt == tries - 1:
                    # Lookups show nobody who holds the channel: the whole list may.
                    self.directory.build_alone()
                failure = error
            except (RecordError, LockedError, TransientError) as error:
                outcome = self._failed(person, error)
                break
            else:
                self._failures.passed()
                break
            if attempt >= tries:
                outcome = self._failed(person, failure)
                break
        if outcome is None:
            return None
        if self.hand is self.writer:
            self._note_claim(person, outcome)
        if lost and outcome.kind == "unchanged" and outcome.matched_on == "external_id":
            # The answer was lost, the contact was not: it is the one that we created.
            outcome = replace(outcome, kind="created", matched_on="none")
        spent = int((time.monotonic() - started) * 1000)
        return replace(outcome, attempts=attempt, duration_ms=spent)

    def _note_claim(self, person: Person, outcome: Outcome) -> None:
        """Remember whose a contact is that could not be linked: no later rival may have it."""
        claims, record = self.directory.claims, person.identity
        if person.fate != "living":
            claims.pass_on(record, person.successor)
        elif person.external_id and outcome.target_id and is_unlinked(outcome, self.policy):
            claims.note(record, outcome.target_id)
        elif (held := claims.contact_of(record)) is not None and (
            outcome.kind == "linked"
            or held not in self.directory.candidates(person).holders(person.keys)
        ):
            claims.drop(record)

    def _attempt(self, person: Person, batch: Batch, holds: Holds) -> Outcome | None:
        decision = self._decide(person)
        if must_wait(person, decision, self.policy, holds):
            rival = unanchored(person, decision, self.policy)
            proof = awaits_proof(decision, self.policy)
            batch.to_the_end = batch.to_the_end or holds.heirs or rival or proof
            if isinstance(decision, Create):
                batch.creates += 1
                stand_in(self.directory.index, person, decision)
            return None
        if isinstance(decision, Create) and not self.directory.certain:
            # The list of contacts may have gaps: look before creating.
            self.directory.refresh(person)
            decision = self._decide(person)
        if isinstance(decision, Create):
            write = create_of(person, decision.leave_out)
            if (refused := self.remote.refusals.of(write)) is not None:
                reason, code = refused
                error = OutcomeError("RecordError", code=code, message=_REFUSED_BEFORE)
                return self._rejected(person, reason, error)
        match decision:
            case Skip():
                done = Result(
                    "skipped",
                    decision.contact_id,
                    warnings=decision.warnings,
                    reason=decision.reason,
                )
            case Reject():
                told = f": contacts {', '.join(decision.contacts)}" if decision.contacts else ""
                error = OutcomeError("RecordError", message=decision.message + told)
                contact_id = decision.contacts[0] if len(decision.contacts) == 1 else None
                return self._rejected(person, decision.reason, error, contact_id)
            case _:
                done = self.hand.carry_out(person, decision)
        self.writer.proof.note(done)
        return self._outcome(person, done)

    def _decide(self, person: Person) -> Decision:
        while True:
            if self.directory.masked and not self.policy.phones_masked:
                self.policy = replace(self.policy, phones_masked=True)
            candidates = self.directory.candidates(person)
            decision = decide(person, candidates, self.policy, self.lineage.gone)
            if not isinstance(decision, Match) or decision.contact.external_id_shown:
                return decision
            # Nobody's contact, as far as v1 shows; v2 knows whose it is.
            self.directory.reveal(decision.contact)

    # Outcomes

    def _outcome(
        self, person: Person, result: Result, error: OutcomeError | None = None
    ) -> Outcome:
        masked = ("phones_masked",) if self.policy.phones_masked and person.phones else ()
        return Outcome(
            stream=person.stream,
            service_id=self.id,
            source_key=person.source_key,
            kind=result.kind,
            target_id=None if (result.contact_id or "").startswith(PENDING) else result.contact_id,
            matched_on=result.matched_on,
            reason=result.reason,
            changed_fields=result.changed,
            warnings=tuple(dict.fromkeys((*person.warnings, *result.warnings, *masked))),
            error=error,
        )

    def _rejected(
        self, person: Person, reason: str, error: OutcomeError, contact_id: str | None = None
    ) -> Outcome:
        return self._outcome(person, Result("rejected", contact_id, reason=reason), error)

    def _failed(self, person: Person, error: Exception) -> Outcome:
        """A refusal of this record; of a create for what it says, no later run sends the same."""
        failure = self._failures.read(error)
        decision = self._decide(person) if failure.lasts else None
        if isinstance(decision, Create):
            write = create_of(person, decision.leave_out)
            self.remote.refusals.note(write, failure.reason, failure.error.code)
        return self._rejected(person, failure.reason, failure.error)
