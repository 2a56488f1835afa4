"""Lists that come inside a service, so that their streams cost no call of their own. Pure.

Each record has the properties of its stream in `schemas`; `INSIDE` says where a list is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_zingle.records import Record, flags_of, texts_of, times_of
from tap_zingle.shapes import Json, a_list, a_text, an_object, id_of

if TYPE_CHECKING:
    from collections.abc import Callable


def team_record(service_id: str, team: Json) -> Record:
    """The record of a team."""
    return {
        **_definition(service_id, team, "emoji"),
        "user_ids": [user for each in a_list(team.get("user_ids")) if (user := a_text(each))],
        **times_of(team, "created_at"),
    }


def label_record(service_id: str, label: Json) -> Record:
    """The record of a label."""
    return {
        **_definition(service_id, label, "background_color", "text_color"),
        **flags_of(label, "is_global", "is_automatic"),
    }


def group_record(service_id: str, group: Json) -> Record:
    """The record of a group, which Zingle fills by its conditions: all of them must hold."""
    names = ("comparison_source", "comparison_method_code", "comparison_value")
    return {
        **_definition(service_id, group, "background_color", "text_color"),
        "conditions": [texts_of(each, *names) for each in a_list(group.get("conditions"))],
    }


def automation_record(service_id: str, automation: Json) -> Record:
    """The record of an automation."""
    return {
        **_definition(service_id, automation, "type", "status"),
        **flags_of(automation, "is_global"),
        **times_of(automation, "created_at"),
    }


def template_record(service_id: str, template: Json) -> Record:
    """The record of a template of messages."""
    return {
        **_definition(service_id, template, "type", "subject", "body"),
        **flags_of(template, "is_global"),
    }


def channel_type_record(service_id: str, kind: Json) -> Record:
    """The record of a channel type, without the addresses it notifies: they may hold secrets."""
    return {
        **_definition(service_id, kind, "type_class"),
        **flags_of(kind, "allow_communications", "is_global"),
    }


def service_channel_record(service_id: str, channel: Json) -> Record:
    """The record of a channel of the service itself, such as its phone number."""
    kind = an_object(channel.get("channel_type"))
    return {
        **_definition(service_id, channel, "value", "formatted_value", "country"),
        **flags_of(channel, "is_default_for_type"),
        "channel_type_id": id_of(kind),
        "type_class": a_text(kind.get("type_class")),
    }


def _definition(service_id: str, row: Json, *names: str) -> Record:
    """What rows of such lists have in common, and some more texts."""
    return {
        "id": str(row["id"]),
        "service_id": service_id,
        **texts_of(row, "display_name", *names),
    }


# Stream to the list's name in the service, and its records.
INSIDE: dict[str, tuple[str, Callable[[str, Json], Record]]] = {
    "teams": ("teams", team_record),
    "labels": ("contact_labels", label_record),
    "groups": ("contact_groups", group_record),
    "automations": ("automations", automation_record),
    "templates": ("templates", template_record),
    "channel_types": ("channel_types", channel_type_record),
    "service_channels": ("channels", service_channel_record),
}
