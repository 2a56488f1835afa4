"""What shapes the selection of a stream, kept in its state, so that a change is told (pure).

An incremental run reads what has changed in Salesforce. Rows that did not change are not read again
because a filter, the start date, the columns or a stream map did, and those of another organisation
were never read; the state says so (`changed`) until everything has been read under the new
selection.
"""

from __future__ import annotations

import hashlib
import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_salesforce_zingle.plan.plans import Plan

# How many new columns a sentence names.
_NAMED = 5
# Clauses that say what of a row is shown and in which order, not which rows there are.
_SHOWN = frozenset({"SELECT", "ORDER BY"})


def fingerprint(text: str) -> str:
    """What tells a text from others, in 16 characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def maps_of(stream: str, config: Mapping[str, Any]) -> str:
    """What tells the stream maps that change a stream's records from others, "" for none."""
    own = {
        name: entry
        for name, entry in (config.get("stream_maps") or {}).items()
        if name.startswith("__")
        or fnmatch(stream, str((isinstance(entry, dict) and entry.get("__source__")) or name))
    }
    known = config.get("stream_map_config")
    return fingerprint(json.dumps([own, known], sort_keys=True)) if own else ""


def selection_of(plan: Plan, start: str | None, org: str | None, maps: str = "") -> dict[str, Any]:
    """The fingerprint of a selection in an organisation, None for one that nobody names."""
    others = {name: text for name, text in plan.clauses.items() if name not in _SHOWN}
    return {
        "filter": fingerprint(repr(sorted(others.items()))),
        "start": start,
        "columns": sorted(set(plan.clauses["SELECT"].split(", "))),
        "deleted": plan.include_deleted,
        "maps": maps,
        # Salesforce names itself by 15 or 18 characters; the last three only repeat the others.
        "org": org and org[:15],
    }


def note_selection(state: dict[str, Any], selection: Mapping[str, Any]) -> list[str]:
    """Keep a selection in the state; what has changed to wider or other rows, in words."""
    before = state.get("selection")
    state["selection"] = dict(selection)
    is_begun = "replication_key_value" in state or "resume" in state
    if not isinstance(before, dict) or not is_begun:
        return []
    state["selection"]["org"] = selection["org"] or before.get("org")
    changed = _changes(before, selection)
    if changed:
        kept = state.get("changed")
        state["changed"] = [*(kept if isinstance(kept, list) else []), *changed]
        state.pop("bringing", None)
    return changed


def begin_whole(state: dict[str, Any]) -> None:
    """Take note that everything is being read, under the selection of this run."""
    if state.get("changed"):
        state["bringing"] = True


def end_whole(state: dict[str, Any]) -> None:
    """Take note that a window is finished: if it was a whole one, nothing is left untold."""
    if state.pop("bringing", None):
        state.pop("changed", None)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    changes = []
    if before.get("filter") != now["filter"]:
        changes.append("the filter")
    start, start_before = now["start"], before.get("start")
    if start_before is not None and (start is None or start < start_before):
        changes.append("the start date")
    columns = before.get("columns")
    new = sorted(set(now["columns"]).difference(columns if isinstance(columns, list) else ()))
    if new:
        more = f" and {len(new) - _NAMED} more" if len(new) > _NAMED else ""
        changes.append(f"the columns ({', '.join(new[:_NAMED])}{more})")
    if now["deleted"] and not before.get("deleted"):
        changes.append("whether deleted rows are read")
    if "maps" in before and before["maps"] != now["maps"]:
        changes.append("the stream maps")
    if before.get("org") and now["org"] and before["org"] != now["org"]:
        changes.append("the organisation")
    return changes
