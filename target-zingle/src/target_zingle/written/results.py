"""What the writer, or a dry run, carries out, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    from target_zingle.decided.decisions import Create, MarkDeleted, Match, Relink, Unlink
    from target_zingle.wanted.types import TargetField
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


def kind_of(
    names: tuple[str, ...], *, linked: bool, link_field: TargetField | None
) -> Literal["linked", "updated", "unchanged"]:
    """What became of a contact that exists, by the names of what was written to it.

    Args:
        names: Of fields, channels and labels.
        linked: Whether it got an external id of Zingle's own.
        link_field: The field that holds external ids, if one does; written alone it is a link.
    """
    own_link = link_field is not None and names == (link_field.name,)
    if own_link or (linked and not names):
        return "linked"
    return "updated" if names else "unchanged"
