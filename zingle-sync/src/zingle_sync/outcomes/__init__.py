"""What became of each record (pure values), and the sync log that keeps it."""

from __future__ import annotations

from zingle_sync.outcomes.values import (
    MATCHED_ON,
    OUTCOME_KINDS,
    SERVICE_NAME,
    MatchedOn,
    Outcome,
    OutcomeError,
    OutcomeKind,
)
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, WARNINGS, Word

__all__ = [
    "MATCHED_ON",
    "OUTCOME_KINDS",
    "REJECT_REASONS",
    "SERVICE_NAME",
    "SKIP_REASONS",
    "WARNINGS",
    "MatchedOn",
    "Outcome",
    "OutcomeError",
    "OutcomeKind",
    "Word",
]
