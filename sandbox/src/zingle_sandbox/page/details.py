"""What the page shows of one guest beside names and channels: field values, notes, who cares."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zingle_sandbox.store import Store

_DATES = {"date": "%Y-%m-%d", "anniversary": "%m-%d", "datetime": "%Y-%m-%d %H:%M UTC"}


def guest_details(store: Store, number: int) -> list[tuple[str, str]]:
    """Names and texts, in the order of the service's fields; what is empty is left out."""
    contact = store.one("SELECT * FROM zg_contacts WHERE number = ?", (number,))
    if contact is None:
        return []
    values = json.loads(contact["fields"])
    found = [
        (field["display_name"], _text(values[str(field["number"])], field["data_type"]))
        for field in store.all(
            "SELECT * FROM zg_fields WHERE service = ? ORDER BY number", (contact["service"],)
        )
        if values.get(str(field["number"])) is not None
    ]
    if contact["notes"]:
        found.append(("Notes", contact["notes"]))
    user = store.one("SELECT * FROM zg_users WHERE number = ?", (contact["assigned_user"],))
    team = store.one("SELECT * FROM zg_teams WHERE id = ?", (contact["assigned_team"],))
    if user is not None:
        found.append(("Assigned to", f"{user['first_name']} {user['last_name']}"))
    if team is not None:
        found.append(("Assigned to team", team["display_name"]))
    return found


def _text(value: object, data_type: str) -> str:
    if data_type in _DATES and isinstance(value, int):
        try:
            instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        except OverflowError:  # somebody has left milliseconds
            return str(value)
        return instant.strftime(_DATES[data_type])
    return {"true": "yes", "false": "no"}.get(str(value), str(value))
