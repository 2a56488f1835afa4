"""What the writer, or a dry run, carries out, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_zingle.decided.decisions import Create, MarkDeleted, Match, Relink, Unlink
    from zingle_sync.outcomes import MatchedOn, OutcomeKind

    Action = Create | Match | Relink | Unlink | MarkDeleted


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a decision, for the outcome."""

    kind: OutcomeKind
    contact_id: str | None
    matched_on: MatchedOn = "none"
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reason: str | None = None
