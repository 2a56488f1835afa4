"""Services by name, for who reads; ids stay the only thing that names one to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_zingle.wanted.problems import suggestion
from zingle_sync.outcomes.queries import service_names
from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError, to_paste, visible_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

MOST_LINES = 20


def names_in(engine: Engine | None, environment: str) -> dict[str, str]:
    """What people call the services, as runs have seen it; costs no call."""
    return {} if engine is None else service_names(engine, environment)


def other_services(
    client: Zingle, wanted: str, settings: Mapping[str, Any], error: ZingleError
) -> str:
    """What to write instead of a service id that names nothing, "" where that is not the cause.

    A name is no id, but helps to find the line that is meant.
    """
    if not isinstance(error, ConfigurationError):
        return ""
    try:
        seen = visible_services(client)
    except ZingleError:
        return ""
    if any(one.id == wanted and one.accessible for one in seen):
        return ""
    setting = "service_ids" if settings.get("service_ids") else "service_id"
    known = {one.name: one for one in seen if one.name}
    near = suggestion(wanted, known)
    told = []
    if hidden := next((one for one in seen if one.id == wanted), None):
        told.append(f"{hidden.name or 'It'} is there, and this log-in has no access to it.")
    # Those of the very name, or of one like it, come first.
    ranked = sorted(seen, key=lambda one: not (one.name and f'"{one.name}"' in near))
    lines = to_paste(ranked, setting)
    if not lines:
        return " ".join([*told, "The log-in sees no service at all."])
    told.append("The log-in sees, as lines to paste:")
    more = [f"… and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return "\n".join([" ".join(told), *lines[:MOST_LINES], *more])
