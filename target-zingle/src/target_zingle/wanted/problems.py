"""Findings about a configuration, with path and suggestion. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def suggestion(wanted: str, names: Iterable[str]) -> str:
    """The nearest name, as the end of a sentence, or nothing.

    >>> suggestion("Loyalty_Teir__c", ["Id", "Loyalty_Tier__c"])
    '; did you mean "Loyalty_Tier__c"?'
    """
    folded = {name.casefold(): name for name in sorted(names, reverse=True)}
    near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.6)
    return f'; did you mean "{folded[near[0]]}"?' if near else ""


def unknown_source(path: str, wanted: str, stream: str, names: Iterable[str]) -> str:
    """A field that the stream does not have."""
    return f'{path}: no field "{wanted}" in stream {stream}{suggestion(wanted, names)}'
