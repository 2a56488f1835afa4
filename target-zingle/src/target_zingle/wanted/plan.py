"""A stream's mapping against the stream's schema and Zingle's definitions. Pure.

Everything that does not fit is found here, all of it at once, before anything is written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_zingle.wanted.mapping import NAMES
from target_zingle.wanted.types import (
    LONGEST_TEXT,
    SourceKind,
    TargetKind,
    illegal_pair,
    may_overflow,
    source_kind,
    target_field,
)

if TYPE_CHECKING:
    from target_zingle.wanted.conditions import Condition
    from target_zingle.wanted.definitions import Definitions
    from target_zingle.wanted.mapping import (
        FieldRule,
        OnNull,
        PhoneRule,
        SourceRule,
        StreamMapping,
        WriteMode,
    )
    from target_zingle.wanted.records import SourceField, Stream
    from target_zingle.wanted.types import TargetField


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
class StreamPlan:
    """A mapping that fits; the defaults that the stream does not have are left out.

    Attributes:
        external_id: The field that holds it.
        salesforce_ids: Whether the schema says that these are Salesforce ids.
        names_rows: Whether it is (part of) the stream's key, so that a row is a person.
        org_id: The Salesforce organisation that the stream comes from, 18 characters, if known.
    """

    stream: str
    external_id: str | None
    when: Condition | None
    fields: tuple[FieldPlan, ...]
    phones: tuple[PhoneRule, ...]
    emails: tuple[SourceRule, ...]
    region: tuple[SourceRule, ...]
    labels: tuple[LabelPlan, ...]
    salesforce_ids: bool = False
    names_rows: bool = True
    org_id: str | None = None


def compile_mapping(
    mapping: StreamMapping,
    stream: Stream,
    definitions: Definitions,
    *,
    on_overflow: str = "error",
    external_id_field: TargetField | None = None,
) -> tuple[StreamPlan, list[str]]:
    """Bring mapping, schema and definitions together: the plan, and what does not fit.

    `on_overflow` holds for fields that do not say; no field may go to `external_id_field`.
    """
    fitter = _Fitter(mapping, stream, definitions, on_overflow)
    names = [fitter.name_plan(key, rule) for key, rule in mapping.names.items()]
    fields = [fitter.field_plan(name, rule) for name, rule in mapping.fields.items()]
    plans = tuple(plan for plan in (*names, *fields) if plan is not None)
    fitter.duplicates(plans, external_id_field)
    phones = tuple(rule for rule in mapping.phones if stream.source(rule.source))
    emails = tuple(rule for rule in mapping.emails if stream.source(rule.source))
    labels = fitter.labels()
    fitter.channels(phones, emails)
    external = external_id_source(mapping, stream)
    plan = StreamPlan(
        stream=stream.name,
        external_id=external,
        when=mapping.when,
        fields=plans,
        phones=phones,
        emails=emails,
        region=tuple(rule for rule in mapping.region if stream.source(rule.source)),
        labels=labels,
        salesforce_ids=external is not None and _holds_ids(stream.source(external)),
        names_rows=not stream.key_properties or external in stream.key_properties,
        org_id=stream.org_id,
    )
    return plan, fitter.problems


def _holds_ids(source: SourceField | None) -> bool:
    return source is not None and source.hint.get("type") in {"id", "reference"}


def external_id_source(mapping: StreamMapping, stream: Stream) -> str | None:
    """The field that holds a record's external id: the mapped one, else the single key."""
    mapped = mapping.external_id.source if mapping.external_id else None
    if mapped is not None and stream.source(mapped) is not None:
        return mapped
    return stream.key_properties[0] if len(stream.key_properties) == 1 else None


def target_problems(mapping: StreamMapping, definitions: Definitions) -> list[str]:
    """What of a mapping Zingle does not have, for a stream whose schema is not known yet."""
    problems = [
        definitions.no_field(f'{mapping.root}.fields["{name}"]', name)
        for name in mapping.fields
        if definitions.field(name) is None
    ]
    return problems + [
        definitions.no_label(label.path, label.name)
        for label in mapping.labels
        if definitions.label(label.name) is None
    ]


@dataclass
class _Fitter:
    """Fits the parts of one mapping and collects what does not."""

    mapping: StreamMapping
    stream: Stream
    definitions: Definitions
    on_overflow: str
    problems: list[str] = field(default_factory=list)

    def name_plan(self, key: str, rule: FieldRule) -> FieldPlan | None:
        source = self.stream.source(rule.source)
        if source is None:
            return None
        definition = self.definitions.field(NAMES[key])
        if definition is None:
            if not rule.default:
                told = f'the Zingle service has no field "{NAMES[key]}"'
                self.problems.append(f"{rule.path}: {told}")
            return None
        first, *rest = key.split("_")
        target = target_field(definition, v2_key=first + "".join(part.title() for part in rest))
        return self._pair(source, target, rule, "keep")

    def field_plan(self, name: str, rule: FieldRule) -> FieldPlan | None:
        root = f'{self.mapping.root}.fields["{name}"]'
        definition = self.definitions.field(name)
        if definition is None:
            self.problems.append(self.definitions.no_field(root, name))
        source = self.stream.source(rule.source)
        if definition is None or source is None:
            return None
        target = target_field(definition)
        twins = sum(
            str(other.get("display_name", "")).casefold() == target.name.casefold()
            for other in self.definitions.fields
        )
        if twins > 1:
            # v2 addresses fields by name, so a create could write the wrong one (contract, U32).
            told = f'Zingle has {twins} fields named "{target.name}"; rename one'
            self.problems.append(f"{root}: {told}")
        plan = self._pair(source, target, rule, rule.on_null)
        undecided = plan is not None and not plan.truncate and rule.on_overflow is None
        if undecided and may_overflow(source, target):
            self.problems.append(
                f'{rule.path}: "{rule.source}" may hold {source.max_length} characters, the field '
                f"{LONGEST_TEXT}; set on_overflow to truncate or error"
            )
        return plan

    def _pair(
        self, source: SourceField, target: TargetField, rule: FieldRule, on_null: OnNull
    ) -> FieldPlan | None:
        if illegal := illegal_pair(source, target):
            self.problems.append(f"{rule.path}: {illegal}")
            return None
        moment = source_kind(source) is SourceKind.DATETIME
        if moment and target.kind is TargetKind.DATE and self.definitions.zone is None:
            told = "the time zone of the Zingle service is not known, nor the day of a moment"
            self.problems.append(f"{rule.path}: {told}; set the zone in Zingle, or map a date")
        truncate = (rule.on_overflow or self.on_overflow) == "truncate"
        return FieldPlan(source, target, on_null, rule.write, truncate)

    def duplicates(
        self, plans: tuple[FieldPlan, ...], external_id_field: TargetField | None
    ) -> None:
        names = {plan.target.id: plan.target.name for plan in plans}
        root = f"{self.mapping.root}.fields"
        self.problems += [
            f'{root}: "{names[key]}" is mapped {count} times'
            for key, count in Counter(plan.target.id for plan in plans).items()
            if count > 1
        ]
        if external_id_field is not None and external_id_field.id in names:
            told = f'"{external_id_field.name}" holds the external id; do not map it'
            self.problems.append(f"{root}: {told}")

    def labels(self) -> tuple[LabelPlan, ...]:
        plans: list[LabelPlan] = []
        for label in self.mapping.labels:
            name = self.definitions.label(label.name)
            if name is None:
                self.problems.append(self.definitions.no_label(label.path, label.name))
            else:
                plans.append(LabelPlan(self.definitions.labels[name], name, label.when))
        return tuple(plans)

    def channels(self, phones: tuple[PhoneRule, ...], emails: tuple[SourceRule, ...]) -> None:
        root, service = self.mapping.root, "the Zingle service has no"
        if phones and self.definitions.phone_type is None:
            self.problems.append(f"{root}.phones: {service} phone channel type")
        if emails and self.definitions.email_type is None:
            self.problems.append(f"{root}.emails: {service} e-mail channel type")
        mapped: list[PhoneRule | SourceRule] = [*self.mapping.phones, *self.mapping.emails]
        known = self.mapping.faulty or any(not rule.default for rule in mapped)
        if not phones and not emails and not known:
            told = f"stream {self.mapping.stream} needs at least one"
            self.problems.append(f"{root}: no phone and no e-mail is mapped; {told}")
