from __future__ import annotations

import pytest

from zingle_sync.outcomes import REJECT_REASONS, SKIP_REASONS, WARNINGS, Outcome
from zingle_sync.outcomes.values import OutcomeKind


def outcome(kind: OutcomeKind, reason: str | None = None, **more: object) -> Outcome:
    """An outcome of some record."""
    return Outcome("contacts", "svc", "003A", kind, reason=reason, **more)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("skipped", None),
        ("skipped", "no_usable_key"),
        ("rejected", "unmatched"),
        ("rejected", "because"),
        ("created", "filtered"),
    ],
)
def test_reason_is_a_word_of_its_kinds_table(kind: OutcomeKind, reason: str | None) -> None:
    """A reason outside the table of its kind is refused when the outcome is made."""
    with pytest.raises(ValueError, match="reason"):
        outcome(kind, reason)


def test_every_listed_reason_is_accepted() -> None:
    """Each word of the tables makes an outcome."""
    made = [outcome("skipped", word) for word in SKIP_REASONS]
    made += [outcome("rejected", word) for word in REJECT_REASONS]

    assert [*SKIP_REASONS, *REJECT_REASONS] == [one.reason for one in made]


def test_warning_may_carry_ids_after_a_colon() -> None:
    """A warning is checked by the word before its detail."""
    assert ("channel_conflict:b0",) == outcome(
        "updated", warnings=("channel_conflict:b0",)
    ).warnings
    with pytest.raises(ValueError, match="oops"):
        outcome("updated", warnings=("oops:b0",))


@pytest.mark.parametrize("table", [SKIP_REASONS, REJECT_REASONS, WARNINGS])
def test_every_word_is_explained_in_a_sentence(table: dict) -> None:
    """Meanings and remedies are sentences, so that tables and pages read well."""
    sentences = [text for word in table.values() for text in (word.meaning, word.remedy) if text]

    assert [] == [text for text in sentences if not text.endswith(".")]


def test_every_rejected_record_has_a_remedy() -> None:
    """A rejected record always comes with something that a person can do."""
    assert [] == [name for name, word in REJECT_REASONS.items() if not word.remedy]
