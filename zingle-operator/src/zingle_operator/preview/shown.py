"""Print one record's way, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_operator.console import add_row, out, plain_table, print_table, say
from zingle_sync.zingle import named

if TYPE_CHECKING:
    from collections.abc import Mapping


def show_record(document: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Print what `one_record.look` found.

    Args:
        document: What it told.
        names: What people call the services, by id.
    """
    console = out()
    console.print(
        f"{document['pipeline']}: {document['key']}; nothing was written",
        style="bold",
        markup=False,
    )
    for note in document["notes"]:
        say(note)
    if document["record"]:
        table = plain_table(f"field of {document['stream']}", "value")
        for name, value in document["record"].items():
            add_row(table, name, str(value))
        print_table(table)
    for one in document["services"]:
        console.print()
        _show_service(one, named(one["service_id"], names) if one["service_id"] else "no service")


def _show_service(one: Mapping[str, Any], name: str) -> None:
    wanted = one["wanted"]
    changed = set(one["changed_fields"])
    table = plain_table("in", name)
    for label in ("external_id", "phones", "emails", "labels"):
        value = wanted.get(label)
        if value:
            shown = ", ".join(value) if isinstance(value, list) else str(value)
            add_row(table, label.replace("_", " "), shown)
    for field, value in (wanted.get("fields") or {}).items():
        mark = " (would be written)" if field in changed else ""
        add_row(table, field, ("(empty)" if value is None else str(value)) + mark)
    matched = one["matched_on"] if one["matched_on"] != "none" else "nothing"
    add_row(table, "matched on", matched)
    if one["target_id"]:
        add_row(table, "matched with", one["target_id"])
    add_row(table, "outcome", one["outcome"])
    if changed:
        add_row(table, "would write", ", ".join(one["changed_fields"]))
    if one["reason"]:
        add_row(table, "because", f"{one['reason']}: {one['meaning']}")
    if one["error"]:
        add_row(table, "error", one["error"])
    if one["todo"]:
        add_row(table, "what to do", one["todo"])
    for warning in one["warnings"]:
        add_row(table, "warning", f"{warning['warning']}: {warning['meaning']}")
    print_table(table)
