"""What one Zingle service defines, from its v1 object. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from target_zingle.wanted.problems import suggestion
from target_zingle.wanted.types import TargetField, TargetKind, target_field
from zingle_sync.identity import region_code
from zingle_sync.zingle import service_name


@dataclass(frozen=True, slots=True)
class Definitions:
    """What one Zingle service defines.

    Attributes:
        fields: v1 contact field definitions.
        labels: Label ids by name.
        phone_type: Channel type id of phones, None if the service has none.
        email_type: Same for e-mails.
        country: ISO 3166 alpha-2 of its address, if known.
        zone: What its days are cut in; None where nobody knows it.
        own_phones: Numbers of the service itself, which no contact may have.
        name: What people call the service.
    """

    service_id: str
    fields: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, str]
    phone_type: str | None
    email_type: str | None
    zone: ZoneInfo | None
    country: str | None
    own_phones: frozenset[str] = frozenset()
    name: str | None = None

    def field(self, name: str) -> Mapping[str, Any] | None:
        """A contact field by display name, else by code, else by either without case."""
        for read in ("display_name", "code"):
            for fold in (str, str.casefold):
                for definition in self.fields:
                    if definition.get(read) and fold(str(definition[read])) == fold(name):
                        return definition
        return None

    def label(self, name: str) -> str | None:
        """A label's name as Zingle spells it."""
        if name in self.labels:
            return name
        return next((label for label in self.labels if label.casefold() == name.casefold()), None)

    def no_field(self, path: str, name: str) -> str:
        """The problem of a field that is not there."""
        near = suggestion(name, [str(known.get("display_name")) for known in self.fields])
        fix = "(zingle-sync check --fix creates missing fields)"
        return f'{path}: no contact field "{name}" in Zingle{near} {fix}'

    def no_label(self, path: str, name: str) -> str:
        """The problem of a label that is not there."""
        return f'{path}: no label "{name}" in Zingle{suggestion(name, self.labels)}'


def definitions_of(service: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Definitions:
    """Read a v1 service object; `fields` is the complete list of its contact fields."""
    types = {
        kind.get("type_class"): str(kind.get("id"))
        for kind in reversed(service.get("channel_types") or ())
    }
    address = service.get("service_address")
    country = address.get("country") if isinstance(address, Mapping) else None
    return Definitions(
        service_id=str(service.get("id")),
        fields=tuple(fields),
        labels={
            str(label.get("display_name")): str(label.get("id"))
            for label in service.get("contact_labels") or ()
        },
        phone_type=types.get("PhoneNumber"),
        email_type=types.get("EmailAddress"),
        zone=_zone(service.get("time_zone")),
        country=region_code(str(country)) if country else None,
        own_phones=frozenset(
            str(channel["value"])
            for channel in service.get("channels") or ()
            if isinstance(channel, Mapping) and channel.get("value")
        ),
        name=service_name(service),
    )


def external_id_target(
    name: str | None, definitions: Definitions
) -> tuple[TargetField | None, list[str]]:
    """The contact field that holds external ids, if one does, and what is wrong with it."""
    if name is None:
        return None, []
    definition = definitions.field(name)
    if definition is None:
        told = f'no contact field "{name}" in Zingle (zingle-sync check --fix creates it)'
        return None, [f"external_id_field: {told}"]
    target = target_field(definition)
    if target.kind is not TargetKind.TEXT:
        return None, [f'external_id_field: "{name}" must be a string field without options']
    return target, []


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
