"""What happens to a list between two of its pages: rows come, go, or change places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from .call import Call

# What goes together with a row of these tables.
_PARTS = {
    "zg_contacts": (
        "DELETE FROM zg_channels WHERE contact = ?",
        "DELETE FROM zg_contact_labels WHERE contact = ?",
        "DELETE FROM zg_contact_groups WHERE contact = ?",
    ),
    "zg_messages": ("UPDATE zg_events SET message = NULL WHERE message = ?",),
    "zg_labels": ("DELETE FROM zg_contact_labels WHERE label = ?",),
    "zg_groups": ("DELETE FROM zg_contact_groups WHERE grp = ?",),
    # A service does not die, it is taken from the login.
    "zg_services": ("DELETE FROM zg_user_services WHERE service = ?",),
}
_GROWING = frozenset({"zg_contacts", "zg_messages", "zg_events"})


@dataclass(frozen=True, slots=True)
class Walk:
    """A list in its order, and the first row of the page that was just answered.

    Attributes:
        where: the WHERE clause with its `parameters`.
        order: the ORDER BY terms.
        sort: the field of `status.sort_field`, and its direction.
        goes_on: there are rows after this page.
    """

    table: str
    where: str
    parameters: Sequence[Any]
    order: str
    sort: tuple[str, str]
    first_row: int
    goes_on: bool


def between_pages(call: Call, walk: Walk) -> None:
    """Change the list, `zingle_drift_rows` rows at a time.

    * The reading `page_drift = insert_between_pages`: rows appear before the page that was just
      answered, so that a reader who goes on by offset sees the last rows of this page again.
    * `zingle_page_drift = delete`: the first rows of the list go, as retention takes the oldest,
      so that a reader who goes on by offset never sees the first rows of the next page.
    * `zingle_page_drift = swap`: the same, and as many new rows come at the end of the list:
      whoever trusts `total_records` notices nothing.

    New contacts have no channel and no external id; new messages and events come from such a
    contact. Definitions and services only go.
    """
    inserting = call.reading("page_drift") == "insert_between_pages" and walk.goes_on
    losing = call.sandbox.options["zingle_page_drift"]
    if not inserting and not losing:
        return
    with call.store.transaction() as connection:
        for _ in range(int(call.sandbox.options["zingle_drift_rows"] or 0)):
            if inserting:
                _insert(call, connection, walk, _moment(call, walk, walk.first_row, -1))
            if not losing:
                continue
            head = _end_of(call, walk)
            if head is None:
                return
            if losing == "swap":
                tail = _end_of(call, walk, last=True)
                _insert(call, connection, walk, _moment(call, walk, tail or head, 1))
            _delete(connection, walk.table, head)


def _end_of(call: Call, walk: Walk, *, last: bool = False) -> int | None:
    """The number of the list's first or last row."""
    order = walk.order
    if last:
        flip = {"asc": "desc", "desc": "asc"}
        terms = [term.rpartition(" ") for term in order.split(", ")]
        order = ", ".join(f"{column} {flip[way]}" for column, _, way in terms)
    found = call.store.value(
        f"SELECT number FROM {walk.table}{walk.where} ORDER BY {order} LIMIT 1", walk.parameters
    )
    return None if found is None else int(found)


def _moment(call: Call, walk: Walk, row: int, step: int) -> int:
    """An instant that sorts one step before (-1) or after (1) a row."""
    column = "updated_at" if walk.sort[0] == "updated_at" else "created_at"
    at = call.store.value(f"SELECT {column} FROM {walk.table} WHERE number = ?", (row,))
    return int(at or call.now) + (-step if walk.sort[1] == "desc" else step)


def _delete(connection: sqlite3.Connection, table: str, number: int) -> None:
    for part in _PARTS.get(table, ()):
        connection.execute(part, (number,))
    if table != "zg_services":
        connection.execute(f"DELETE FROM {table} WHERE number = ?", (number,))


def _insert(call: Call, connection: sqlite3.Connection, walk: Walk, at: int) -> None:
    if walk.table not in _GROWING:
        return
    cursor = connection.execute(
        "INSERT INTO zg_contacts (service, first_name, is_confirmed, is_starred, is_closed,"
        " is_unread, created_at, updated_at, fields) VALUES (?, 'Drift', 1, 0, 0, 0, ?, ?, '{}')",
        (call.service_number, at, at),
    )
    values = (call.service_number, cursor.lastrowid, at, at)
    if walk.table == "zg_messages":
        connection.execute(
            "INSERT INTO zg_messages (service, contact, direction, body, created_at, updated_at,"
            " is_delayed) VALUES (?, ?, 0, 'Drift', ?, ?, 0)",
            values,
        )
    elif walk.table == "zg_events":
        connection.execute(
            "INSERT INTO zg_events (service, contact, event_type, created_at, updated_at)"
            " VALUES (?, ?, 'contact_created', ?, ?)",
            values,
        )
