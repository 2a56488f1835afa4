"""What one service reads its records with, beside the mapping. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from target_zingle.wanted.types import TargetField


@dataclass(frozen=True, slots=True)
class Rules:
    """What one service reads its records with, beside the mapping.

    Attributes:
        default_region: ISO 3166 alpha-2 for phones without a country.
        ignore_phones: E.164, or exactly as typed.
        ignore_emails: Lower case.
        external_id_field: The contact field that holds the external id, if one does.
    """

    zone: ZoneInfo | None
    default_region: str | None = None
    ignore_phones: frozenset[str] = frozenset()
    ignore_emails: frozenset[str] = frozenset()
    template: str = "{id}"
    external_id_field: TargetField | None = None
