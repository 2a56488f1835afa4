"""Findings about a configuration, with path and suggestion. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sync.texts import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


def suggestion(wanted: str, names: Iterable[str]) -> str:
    """The nearest name, as the end of a sentence, or nothing.

    >>> suggestion("Loyalty_Teir__c", ["Id", "Loyalty_Tier__c"])
    '; did you mean "Loyalty_Tier__c"?'
    """
    return nearest(wanted, names, quote='"')


def unknown_source(path: str, wanted: str, stream: str, names: Iterable[str]) -> str:
    """A field that the stream does not have."""
    return f'{path}: no field "{wanted}" in stream {stream}{suggestion(wanted, names)}'
