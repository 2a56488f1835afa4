"""What others do meanwhile: delete or lock a contact that was read, insert rows between pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contact_store import delete_contact

if TYPE_CHECKING:
    import sqlite3

    from .call import Call
    from .listing import Page


def was_read(call: Call, numbers: list[int]) -> None:
    """Count down `zingle_delete_after_read` and `zingle_lock_after_read` on these contacts."""
    options = call.sandbox.options
    for number in numbers:
        if (left := int(options["zingle_delete_after_read"] or 0)) > 0:
            options["zingle_delete_after_read"] = left - 1
            delete_contact(call, number)
        elif (left := int(options["zingle_lock_after_read"] or 0)) > 0:
            options["zingle_lock_after_read"] = left - 1
            call.store.execute(
                "UPDATE zg_contacts SET locked_by_source = 'pms', updated_at = ? WHERE number = ?",
                (call.now, number),
            )


def between_pages(call: Call, table: str, page: Page) -> None:
    """Under the reading `page_drift = insert_between_pages`, shift the pages that follow by one.

    The new row sorts before the page that was just answered, so that an offset reader sees the
    last row of this page again on the next one. New contacts have no channel and no external id,
    new messages come from such a contact.
    """
    more = page.first + len(page.numbers) < page.total
    if call.reading("page_drift") == "off" or not more or not page.numbers:
        return
    status = page.status
    column = "updated_at" if status["sort_field"] == "updated_at" else "created_at"
    at = call.store.value(
        f"SELECT {column} FROM {table} WHERE number = ?",
        (page.numbers[0],),
    )
    at = int(at or call.now) + (1 if status["sort_direction"] == "desc" else -1)
    with call.store.transaction() as connection:
        _insert_row(call.service_number, connection, table, at)


def _insert_row(service: int, connection: sqlite3.Connection, table: str, at: int) -> None:
    cursor = connection.execute(
        "INSERT INTO zg_contacts (service, first_name, is_confirmed, is_starred, is_closed,"
        " is_unread, created_at, updated_at, fields) VALUES (?, 'Drift', 1, 0, 0, 0, ?, ?, '{}')",
        (service, at, at),
    )
    if table == "zg_messages":
        connection.execute(
            "INSERT INTO zg_messages (service, contact, direction, body, created_at, updated_at,"
            " is_delayed) VALUES (?, ?, 0, 'Drift', ?, ?, 0)",
            (service, cursor.lastrowid, at, at),
        )
