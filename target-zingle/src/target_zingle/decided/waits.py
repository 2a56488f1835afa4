"""Which decisions have to wait. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_zingle.decided.decisions import Create, Decision, Match, Policy, Reject, Skip
from target_zingle.decided.matching import protection
from target_zingle.known.contact import PENDING
from zingle_sync.identity import find_salesforce_id

if TYPE_CHECKING:
    from target_zingle.wanted.person import Person
    from zingle_sync.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Holds:
    """What decisions have to wait for.

    Attributes:
        unanchored: For rivals of those who cannot be linked.
        heirs: For records that became this one.
        creates: To be counted.
        proof: For the proof that a link leaves everything else alone.
    """

    unanchored: bool = False
    heirs: bool = False
    creates: bool = False
    proof: bool = False


def must_wait(person: Person, decision: Decision, policy: Policy, holds: Holds) -> bool:
    """Whether somebody is held back."""
    own = isinstance(decision, Match) and decision.matched_on == "external_id"
    if isinstance(decision, (Create, Match)) and not own:
        if holds.heirs and find_salesforce_id(person.external_id):
            return True
        if holds.unanchored and unanchored(person, decision, policy):
            return True
    if holds.proof and awaits_proof(decision, policy):
        return True
    return (holds.creates or holds.heirs) and is_pending(decision)


def unanchored(person: Person, decision: Decision, policy: Policy) -> bool:
    """Whether somebody is matched by phone or e-mail, and may not be linked.

    A contact that is protected counts, whether or not it may be linked by now: who comes first must
    not depend on what is known about linking.
    """
    anchored = person.external_id is not None and not policy.link_by_v2
    return (
        isinstance(decision, Match)
        and decision.matched_on in {"phone", "email"}
        and (decision.link is None or protection(decision.contact, policy) is not None)
        and not anchored
    )


def awaits_proof(decision: Decision, policy: Policy) -> bool:
    """Whether only a proof is missing for a contact to be linked."""
    return (
        policy.linking.unproven
        and isinstance(decision, (Match, Skip))
        and any(word.startswith("not_linked:") for word in decision.warnings)
    )


def is_unlinked(outcome: Outcome, policy: Policy) -> bool:
    """Whether a record has a contact that carries nothing of it."""
    words = {word.partition(":")[0] for word in outcome.warnings}
    return (
        policy.link_by_v2
        and outcome.kind in {"updated", "unchanged"}
        and outcome.matched_on != "external_id"
        and (not policy.link_matched or bool(words & {"not_linked", "link_not_verified"}))
    )


def is_pending(decision: Decision) -> bool:
    """Whether a decision concerns a contact that does not exist yet."""
    match decision:
        case Create():
            return True
        case Skip(contact_id=contact_id):
            return (contact_id or "").startswith(PENDING)
        case Reject(contacts=contacts):
            return any(contact_id.startswith(PENDING) for contact_id in contacts)
        case _:
            return decision.contact.id.startswith(PENDING)
