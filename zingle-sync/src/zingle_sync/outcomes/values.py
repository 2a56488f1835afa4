"""What became of each record, as plain values.

An `Outcome` is one row of the sync log.
Its words are closed: kinds, keys of matching, reasons and warnings are listed here once,
with what they mean and what to do, and the documentation is generated from these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, WAITING_REASONS, WARNINGS

OutcomeKind = Literal[
    "created",
    "updated",
    "unchanged",
    "linked",
    "skipped",
    "rejected",
    "would_create",
    "would_update",
    "would_link",
]
MatchedOn = Literal[
    "external_id",
    "phone",
    "email",
    "return_existing",
    "relink_merge",
    "relink_conversion",
    "none",
]

OUTCOME_KINDS: tuple[OutcomeKind, ...] = get_args(OutcomeKind)
# Their target is the record's own; what was left out names somebody else's.
OWN_OUTCOMES: tuple[OutcomeKind, ...] = ("created", "updated", "unchanged", "linked")
MATCHED_ON: tuple[MatchedOn, ...] = get_args(MatchedOn)
# What a run's first state has for bookmarks where it is about single records, kept ones that come
# again or those of some keys: it is no first load, and says nothing of the others.
KEPT_RECORDS, NAMED_RECORDS = "zingle-sync replay", "only_keys"

# The fact, remembered of a service, that holds what people call it.
SERVICE_NAME = "service_name"

_REASONS_BY_KIND = {"skipped": SKIP_REASONS, "rejected": REJECT_REASONS}


@dataclass(frozen=True, slots=True)
class OutcomeError:
    """Why the destination, or we before it, refused a record.

    Attributes:
        klass: Name of the error class, such as `RecordError`.
        status: HTTP status of the refusal, or None when we refused before sending.
        code: The service's own code, such as `3104` or `REQUIRED_FIELD_MISSING`.
        message: One sentence; ids at most, never a name, phone, e-mail or text of a message.
        field: The field that was refused, when known.
    """

    klass: str
    status: int | None = None
    code: str | None = None
    message: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source record in one service.

    Attributes:
        stream: The Singer stream that the record came in.
        service_id: The Zingle service, or "" when the record was never routed to one.
        source_key: The record's key at the source, such as a Salesforce id.
        kind: What happened.
        target_id: The record at the destination, when there is one.
        matched_on: The key that found it.
        reason: Why it was skipped or rejected: a word of `SKIP_REASONS` or `REJECT_REASONS`.
        changed_fields: Names of the fields that were (or would be) written, never values.
        warnings: Words of `WARNINGS`, each alone or as `word:detail`, the detail holding ids, or
            names of fields and labels.
        error: The refusal, for rejected records.
        attempts: How often the write was sent.
        duration_ms: Time from the first read to the last answer, in milliseconds.

    Raises:
        ValueError: If a word is not in its table, or a reason is missing or out of place.
    """

    stream: str
    service_id: str
    source_key: str
    kind: OutcomeKind
    target_id: str | None = None
    matched_on: MatchedOn = "none"
    reason: str | None = None
    changed_fields: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: OutcomeError | None = None
    attempts: int = 1
    duration_ms: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """The stream, the service and the record at the source."""
        return self.stream, self.service_id, self.source_key

    @property
    def kept(self) -> bool:
        """Whether the record is kept for replay: it is not settled.

        It was rejected, skipped because of somebody else, or left out when linking stopped.
        """
        waits = self.kind == "skipped" and self.reason in WAITING_REASONS
        return self.kind == "rejected" or waits or "not_linked:stopped" in self.warnings

    def __post_init__(self) -> None:
        """Refuse words that no table explains."""
        if self.kind not in OUTCOME_KINDS:
            raise ValueError(f"unknown outcome {self.kind!r}")
        if self.matched_on not in MATCHED_ON:
            raise ValueError(f"unknown key of matching {self.matched_on!r}")
        reasons = _REASONS_BY_KIND.get(self.kind)
        if reasons is None:
            if self.reason is not None:
                raise ValueError(f"a record that was {self.kind} has no reason")
        elif self.reason not in reasons:
            raise ValueError(f"unknown reason {self.reason!r} for a record that was {self.kind}")
        for warning in self.warnings:
            if warning.partition(":")[0] not in WARNINGS:
                raise ValueError(f"unknown warning {warning.partition(':')[0]!r}")


def is_of_some(state: object) -> bool:
    """Whether the state that a run begins with says that it is about single records.

    >>> is_of_some({"bookmarks": {"only_keys": {}}}), is_of_some({"bookmarks": {"guests": {}}})
    (True, False)
    """
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    return isinstance(bookmarks, dict) and not bookmarks.keys().isdisjoint(
        {KEPT_RECORDS, NAMED_RECORDS}
    )
