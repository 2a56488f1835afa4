"""What a write lost that it should not have touched. Pure.

Public sources don't settle whether a PUT merges or replaces (contract, U1 and U8), so every
answer is compared with the contact as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.values import is_blank

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_NAMES = ("first_name", "last_name", "title", "notes")
_FLAGS = ("is_starred", "is_confirmed", "is_closed")
_ASSIGNED = ("assigned_to_user_id", "assigned_to_team_id")
_STATUS = ("optin_status", "locked_by_source")
_CHANNEL = ("value", "country", "display_name", "is_default", "is_default_for_type")
_BLOCKS = ("block_inbound", "block_outbound")


@dataclass(frozen=True, slots=True)
class Losses:
    """What differs between two readings of one contact.

    Attributes:
        what: Words for the log, without values.
        fields: Bodies of ``custom-field-values`` by field id that restore values.
        channels: Lost channels, as they were.
        changed_channels: Changed properties by the id that the channel has now.
        labels: Lost label ids.
        flags: ``is_*`` flags as they were.
    """

    what: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, Any]] | None = None
    channels: tuple[Mapping[str, Any], ...] = ()
    changed_channels: Mapping[str, Mapping[str, Any]] | None = None
    labels: tuple[str, ...] = ()
    flags: Mapping[str, bool] | None = None

    def __bool__(self) -> bool:
        """Whether anything was lost."""
        return bool(self.what)


def lost_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], written: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Field values that are gone although nobody wrote them, as bodies that restore them.

    Only emptied fields count: a value that changed to another one may be somebody's edit.

    Args:
        before: The v1 contact before the write.
        after: The v1 contact that the write returned.
        written: Ids of the fields that were written.
    """
    now = _field_values(after)
    return {
        field_id: _restoring(item)
        for field_id, item in _field_values(before).items()
        if field_id not in written
        and not is_blank(item.get("value"))
        and is_blank(now.get(field_id, {}).get("value"))
    }


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Losses:
    """Everything that a link must leave alone, compared.

    Args:
        before: The v1 contact before.
        after: The v1 contact after.
    """
    what = [
        key
        for key in (*_NAMES, *_FLAGS, *_ASSIGNED, *_STATUS)
        if (before.get(key) or None) != (after.get(key) or None)
    ]
    then, now = _field_values(before), _field_values(after)
    fields = {
        field_id: _restoring(item)
        for field_id, item in then.items()
        if not _same_held(item, now.get(field_id, {}))
    }
    what += [f"field {field_id}" for field_id in fields]
    what += [
        f"field {field_id}"
        for field_id, item in now.items()
        if field_id not in then and not is_blank(item.get("value"))
    ]
    lost, changed, moved = _channels(before, after)
    what += ["channel"] * len(lost) + [f"channel {key}" for key in changed]
    what += [f"channel {key}" for key in moved]
    labels = tuple(sorted(_label_ids(before) - _label_ids(after)))
    what += [f"label {label}" for label in labels]
    return Losses(
        what=tuple(what),
        fields=fields,
        channels=lost,
        changed_channels=changed,
        labels=labels,
        flags={
            key: bool(before.get(key))
            for key in _FLAGS
            if bool(before.get(key)) != bool(after.get(key))
        },
    )


def _field_values(contact: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        str(item["custom_field"]["id"]): item
        for item in contact.get("custom_field_values") or ()
        if isinstance(item, dict) and isinstance(item.get("custom_field"), dict)
    }


def _same_held(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = one.get("value"), other.get("value")
    if is_blank(first) and is_blank(second):
        return True
    return first == second or str(first) == str(second)


def _restoring(item: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"value": item.get("value")}
    option = item.get("selected_custom_field_option_id")
    choices = (item.get("custom_field") or {}).get("options") or ()
    if not option:
        # The option id is often missing on reads; the value then names the option.
        option = next(
            (choice.get("id") for choice in choices if choice.get("value") == item.get("value")),
            None,
        )
    if option:
        body["custom_field_option_id"] = option
    return body


def _channels(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[tuple[Mapping[str, Any], ...], dict[str, dict[str, Any]], list[str]]:
    """Lost channels, restorable changes by present id, and ids that changed without a trace."""
    now = {_address(channel): channel for channel in after.get("channels") or ()}
    lost: list[Mapping[str, Any]] = []
    changed: dict[str, dict[str, Any]] = {}
    moved: list[str] = []
    for channel in before.get("channels") or ():
        twin = now.get(_address(channel))
        if twin is None:
            lost.append(channel)
            continue
        restore = {
            key: channel.get(key)
            for key in ("display_name", "is_default", "is_default_for_type")
            if (channel.get(key) or None) != (twin.get(key) or None)
        }
        if restore:
            changed[str(twin.get("id"))] = restore
        if channel.get("id") != twin.get("id") or any(
            bool(channel.get(key)) != bool(twin.get(key)) for key in _BLOCKS
        ):
            moved.append(str(channel.get("id")))
    return tuple(lost), changed, moved


def _address(channel: Mapping[str, Any]) -> tuple[str, str]:
    kind = channel.get("channel_type") or {}
    return str(kind.get("id") or kind.get("type_class")), str(channel.get("value"))


def _label_ids(contact: Mapping[str, Any]) -> set[str]:
    return {str(label.get("id")) for label in contact.get("labels") or ()}
