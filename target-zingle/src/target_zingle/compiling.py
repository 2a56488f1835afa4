"""A stream's mapping against the stream's schema and Zingle's definitions. Pure.

Everything that does not fit is found here, all of it at once, before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from target_zingle.mapping import NAMES, FieldRule, LabelRule, StreamMapping
from target_zingle.problems import suggestion
from target_zingle.records import SourceField, find_field
from target_zingle.values import (
    LONGEST_TEXT,
    TargetField,
    illegal_pair,
    may_overflow,
    target_field,
)
from zingle_sync.identity import region_code

if TYPE_CHECKING:
    from target_zingle.conditions import Condition
    from target_zingle.mapping import OnNull, PhoneRule, SourceRule, WriteMode


@dataclass(frozen=True, slots=True)
class Definitions:
    """What one Zingle service defines.

    Attributes:
        service_id: The service.
        fields: v1 contact field definitions.
        labels: Label ids by name.
        phone_type: Channel type id of phones, None if the service has none.
        email_type: Same for e-mails.
        zone: The service's time zone.
        country: ISO 3166 alpha-2 of its address, if known.
        own_phones: Numbers of the service itself, which no contact may have.
    """

    service_id: str
    fields: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, str]
    phone_type: str | None
    email_type: str | None
    zone: ZoneInfo
    country: str | None
    own_phones: frozenset[str] = frozenset()


def definitions_of(service: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Definitions:
    """Read a v1 service object; ``fields`` is the complete list of its contact fields."""
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
    )


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One source field and the Zingle field it goes to."""

    source: SourceField
    target: TargetField
    on_null: OnNull
    write: WriteMode
    truncate: bool


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """One label and its condition."""

    id: str
    name: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping that fits; the defaults that the stream does not have are left out."""

    stream: str
    external_id: str | None
    when: Condition | None
    fields: tuple[FieldPlan, ...]
    phones: tuple[PhoneRule, ...]
    emails: tuple[SourceRule, ...]
    region: tuple[SourceRule, ...]
    labels: tuple[LabelPlan, ...]


def compile_mapping(  # noqa: PLR0913 - one argument per thing that must fit together
    mapping: StreamMapping,
    fields: Mapping[str, SourceField],
    key_properties: Sequence[str],
    definitions: Definitions,
    *,
    on_overflow: str = "error",
    external_id_field: TargetField | None = None,
) -> tuple[Compiled, list[str]]:
    """Bring mapping, schema and definitions together.

    Args:
        mapping: As read.
        fields: The stream's schema, from `records.schema_fields`.
        key_properties: The stream's primary key.
        definitions: The service's.
        on_overflow: For fields that do not say.
        external_id_field: The contact field that holds the external id, if one does.

    Returns:
        The compiled mapping without what does not fit, and the problems found.
    """
    problems: list[str] = []
    plans = [
        plan
        for key, rule in mapping.names.items()
        if (
            plan := _name_plan(
                key, rule, fields, definitions, on_overflow=on_overflow, problems=problems
            )
        )
        is not None
    ]
    for name, rule in mapping.fields.items():
        plan = _field_plan(
            name,
            rule,
            mapping,
            fields,
            definitions,
            on_overflow=on_overflow,
            problems=problems,
        )
        if plan is not None:
            plans.append(plan)
    problems += _duplicates(mapping, plans, external_id_field)
    labels: list[LabelPlan] = []
    for label in mapping.labels:
        found = _by_name(label.name, definitions.labels)
        if found is None:
            problems.append(_no_label(label, definitions))
        else:
            labels.append(LabelPlan(definitions.labels[found], found, label.when))
    phones = tuple(rule for rule in mapping.phones if find_field(fields, rule.source))
    emails = tuple(rule for rule in mapping.emails if find_field(fields, rule.source))
    if phones and definitions.phone_type is None:
        problems.append(f"{mapping.root}.phones: the Zingle service has no phone channel type")
    if emails and definitions.email_type is None:
        problems.append(f"{mapping.root}.emails: the Zingle service has no e-mail channel type")
    if not phones and not emails:
        problems.append(
            f"{mapping.root}: no phone and no e-mail is mapped; "
            f"stream {mapping.stream} needs at least one"
        )
    external = mapping.external_id.source if mapping.external_id else None
    if external is None or find_field(fields, external) is None:
        external = key_properties[0] if len(key_properties) == 1 else None
    compiled = Compiled(
        stream=mapping.stream,
        external_id=external,
        when=mapping.when,
        fields=tuple(plans),
        phones=phones,
        emails=emails,
        region=tuple(rule for rule in mapping.region if find_field(fields, rule.source)),
        labels=tuple(labels),
    )
    return compiled, problems


def target_problems(mapping: StreamMapping, definitions: Definitions) -> list[str]:
    """What of a mapping Zingle does not have, for a stream whose schema is not known yet."""
    problems = [
        _no_field(mapping, name, definitions)
        for name in mapping.fields
        if find_target(name, definitions) is None
    ]
    return problems + [
        _no_label(label, definitions)
        for label in mapping.labels
        if _by_name(label.name, definitions.labels) is None
    ]


def _no_field(mapping: StreamMapping, name: str, definitions: Definitions) -> str:
    known = [str(known.get("display_name")) for known in definitions.fields]
    return (
        f'{mapping.root}.fields["{name}"]: no contact field "{name}" in Zingle'
        f"{suggestion(name, known)} (zingle-sync check --fix creates missing fields)"
    )


def _no_label(label: LabelRule, definitions: Definitions) -> str:
    near = suggestion(label.name, definitions.labels)
    return f'{label.path}: no label "{label.name}" in Zingle{near}'


def find_target(name: str, definitions: Definitions) -> Mapping[str, Any] | None:
    """A contact field by display name, else by code, else by either without regard to case."""
    for read in ("display_name", "code"):
        for fold in (str, str.casefold):
            for definition in definitions.fields:
                if definition.get(read) and fold(str(definition[read])) == fold(name):
                    return definition
    return None


def _by_name(name: str, known: Mapping[str, str]) -> str | None:
    if name in known:
        return name
    return next((found for found in known if found.casefold() == name.casefold()), None)


def _name_plan(  # noqa: PLR0913 - the parts of a plan
    key: str,
    rule: FieldRule,
    fields: Mapping[str, SourceField],
    definitions: Definitions,
    *,
    on_overflow: str,
    problems: list[str],
) -> FieldPlan | None:
    source = find_field(fields, rule.source)
    if source is None:
        return None
    definition = find_target(NAMES[key], definitions)
    if definition is None:
        if not rule.default:
            problems.append(f'{rule.path}: the Zingle service has no field "{NAMES[key]}"')
        return None
    v2_key = "".join(part.title() if place else part for place, part in enumerate(key.split("_")))
    target = target_field(definition, v2_key=v2_key)
    if found := illegal_pair(source, target):
        problems.append(f"{rule.path}: {found}")
        return None
    truncate = (rule.on_overflow or on_overflow) == "truncate"
    return FieldPlan(source, target, "keep", rule.write, truncate)


def _field_plan(  # noqa: PLR0913 - the parts of a plan
    name: str,
    rule: FieldRule,
    mapping: StreamMapping,
    fields: Mapping[str, SourceField],
    definitions: Definitions,
    *,
    on_overflow: str,
    problems: list[str],
) -> FieldPlan | None:
    root = f'{mapping.root}.fields["{name}"]'
    definition = find_target(name, definitions)
    if definition is None:
        problems.append(_no_field(mapping, name, definitions))
    source = find_field(fields, rule.source)
    if definition is None or source is None:
        return None
    target = target_field(definition)
    twins = sum(
        str(other.get("display_name", "")).casefold() == target.name.casefold()
        for other in definitions.fields
    )
    if twins > 1:
        # v2 addresses fields by name, so a create could write the wrong one (contract, U32).
        problems.append(f'{root}: Zingle has {twins} fields named "{target.name}"; rename one')
    if found := illegal_pair(source, target):
        problems.append(f"{rule.path}: {found}")
        return None
    truncate = (rule.on_overflow or on_overflow) == "truncate"
    if may_overflow(source, target) and rule.on_overflow is None and not truncate:
        problems.append(
            f'{rule.path}: "{rule.source}" may hold {source.max_length} characters, the field '
            f"{LONGEST_TEXT}; set on_overflow to truncate or error"
        )
    return FieldPlan(source, target, rule.on_null, rule.write, truncate)


def _duplicates(
    mapping: StreamMapping, plans: Sequence[FieldPlan], external_id_field: TargetField | None
) -> list[str]:
    seen: dict[str, int] = {}
    names: dict[str, str] = {}
    for plan in plans:
        seen[plan.target.id] = seen.get(plan.target.id, 0) + 1
        names[plan.target.id] = plan.target.name
    problems = [
        f'{mapping.root}.fields: "{names[key]}" is mapped {count} times'
        for key, count in seen.items()
        if count > 1
    ]
    if external_id_field is not None and external_id_field.id in seen:
        problems.append(
            f'{mapping.root}.fields: "{external_id_field.name}" holds the external id; '
            "do not map it"
        )
    return problems
