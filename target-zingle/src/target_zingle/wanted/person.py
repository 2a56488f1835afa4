"""A record as a person: keys, values and fate, ready for matching. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from target_zingle.wanted.channels import emails_of, phones_of
from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.records import flatten, value_at
from target_zingle.wanted.texts import clean
from target_zingle.wanted.types import TargetKind
from target_zingle.wanted.values import (
    TooLongError,
    UnknownOptionError,
    UnusableValueError,
    convert,
    is_blank,
    read_boolean,
    text_of,
)
from zingle_sync.identity import external_id_key, find_salesforce_id, sobject_of, to_18
from zingle_sync.texts import key_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.channels import PersonPhone
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.mapping import WriteMode
    from target_zingle.wanted.plan import FieldPlan, LabelPlan, StreamPlan
    from target_zingle.wanted.rules import Rules
    from target_zingle.wanted.types import TargetField
    from target_zingle.wanted.values import Value

Fate = Literal["living", "deleted", "merged", "converted"]
# Stream and identity: whom a record is about, to those who send it.
Subject = tuple[str, str]
# The same with its source key: which record says it.
Row = tuple[str, str, str]

LONGEST_EXTERNAL_ID = 50
_PEOPLE = frozenset({"Contact", "Lead"})


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """A wanted value; None clears the field."""

    target: TargetField
    value: Value | None
    write: WriteMode


@dataclass(frozen=True, slots=True)
class Person:
    """One record, as far as Zingle is concerned.

    Attributes:
        source_key: The record's key in the sync log.
        external_id: Value of the external id; None if the record has none.
        emails_as_given: The same addresses as they were typed, for services that mind case.
        writes: Wanted field values, names included.
        successor: External id of the record that it became.
        order: Sorts the sharers of a key: living first, Contacts before Leads, oldest first.
        warnings: What was left out while reading.
        record: As it came, for what is kept for replay.
    """

    stream: str
    source_key: str
    external_id: str | None
    phones: tuple[PersonPhone, ...] = ()
    emails: tuple[str, ...] = ()
    emails_as_given: tuple[str, ...] = ()
    writes: tuple[FieldWrite, ...] = ()
    labels: tuple[LabelPlan, ...] = ()
    fate: Fate = "living"
    successor: str | None = None
    order: tuple[bool, int, str, str] = (False, 0, "", "")
    warnings: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every channel of the person, matched or not."""
        return (
            *((PHONE, phone.e164) for phone in self.phones),
            *((EMAIL, address) for address in self.emails),
        )

    @property
    def match_keys(self) -> tuple[Key, ...]:
        """The channels that say who the person is."""
        return (
            *((PHONE, phone.e164) for phone in self.phones if phone.matched),
            *((EMAIL, address) for address in self.emails),
        )

    @property
    def name(self) -> tuple[str | None, str | None]:
        """First and last name that are wanted."""
        wanted = {write.target.v2_key: str(write.value) for write in self.writes if write.value}
        return wanted.get("firstName"), wanted.get("lastName")

    @property
    def identity(self) -> str:
        """What tells this record from others: its external id, or its key in the source."""
        return external_id_key(self.external_id or f"record:{self.stream}:{self.source_key}")

    @property
    def subject(self) -> Subject:
        """Whom the record is about; several records of a stream may be about one person."""
        return self.stream, self.identity

    @property
    def row(self) -> Row:
        """Which record says this about whom; its newest row counts."""
        return *self.subject, self.source_key


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that says nothing about its person.

    Attributes:
        reason: That of the skip.
        identity: What tells the record from others, where it lives.
    """

    reason: str
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read as a person.

    Attributes:
        field: The Zingle field at fault.
        identity: What tells the record from others, where it lives.
    """

    reason: str
    message: str
    field: str | None = None
    identity: str | None = None


def read_person(
    record: Mapping[str, Any], source_key: str, plan: StreamPlan, rules: Rules
) -> Person | LeftOut | Unreadable:
    """Read one record; `source_key` is its key in the sync log."""
    try:
        fate, heir = _fate(record)
    except UnusableValueError as error:
        return Unreadable("invalid_value", str(error))
    identifier = _identifier(record, plan)
    if fate != "living" and not _is_person(source_key, identifier, plan):
        return LeftOut("deleted_in_source")
    external_id, successor = _external_id(identifier, plan, rules), None
    if identifier is not None and _salesforce_id(identifier) and heir is not None:
        successor = _external_id(heir, plan, rules)
    if external_id is not None and len(external_id) > LONGEST_EXTERNAL_ID:
        return Unreadable("external_id_too_long", f"longer than {LONGEST_EXTERNAL_ID} characters")
    person = Person(
        plan.stream,
        source_key,
        external_id,
        fate=fate,
        successor=successor,
        order=(
            fate == "converted",
            int((find_salesforce_id(external_id) or "").startswith("00Q")),
            str(record.get("CreatedDate") or ""),
            source_key,
        ),
        record=record,
    )
    return person if fate != "living" else _living(person, record, plan, rules)


def _living(
    person: Person, record: Mapping[str, Any], plan: StreamPlan, rules: Rules
) -> Person | LeftOut | Unreadable:
    flat = flatten(record) if plan.when or plan.labels else {}
    warnings = _link_warnings(person.external_id)
    if plan.when is not None and not plan.when.holds(flat):
        return LeftOut("filtered", person.identity)
    labels = [label for label in plan.labels if label.when is None or label.when.holds(flat)]
    writes: list[FieldWrite] = []
    for pair in plan.fields:
        try:
            write = _write(record, pair, rules, warnings)
        except UnusableValueError as error:
            told = f"{pair.source.path}: {error}"
            reason = "overflow" if isinstance(error, TooLongError) else "invalid_value"
            return Unreadable(reason, told, pair.target.name, person.identity)
        if write is not None:
            writes.append(write)
    if rules.external_id_field is not None and person.external_id is not None:
        writes.append(FieldWrite(rules.external_id_field, person.external_id, "always"))
    phones = phones_of(record, plan, rules, warnings)
    given = emails_of(record, plan, rules, warnings)
    return replace(
        person,
        phones=phones,
        emails=tuple(given),
        emails_as_given=tuple(given.values()),
        writes=tuple(writes),
        labels=tuple(labels),
        warnings=tuple(warnings),
    )


def _link_warnings(external_id: str | None) -> list[str]:
    """Conversations find their way back to Contacts and Leads only."""
    linked_to = find_salesforce_id(external_id)
    if linked_to is None or sobject_of(linked_to) in _PEOPLE:
        return []
    return ["external_id_prefix"]


def _fate(record: Mapping[str, Any]) -> tuple[Fate, str | None]:
    """What happened to the record, and the Salesforce id of the record that it became."""
    if _flag(record, "IsConverted"):
        return "converted", _salesforce_id(record.get("ConvertedContactId"))
    if _flag(record, "IsDeleted") or not is_blank(record.get("_sdc_deleted_at")):
        if master := _salesforce_id(record.get("MasterRecordId")):
            return "merged", master
        return "deleted", None
    return "living", None


def _is_person(source_key: str, identifier: str | None, plan: StreamPlan) -> bool:
    """Whether the record is the person, not one of several things that the person has.

    When an Opportunity goes, its Contact stays. A Contact that goes by a number of its own goes.
    """
    if plan.names_rows or identifier is None:
        return True
    return sobject_of(source_key) in _PEOPLE and _salesforce_id(identifier) is None


def _flag(record: Mapping[str, Any], name: str) -> bool:
    """A flag that decides a fate, which may come as text."""
    try:
        return not is_blank(record.get(name)) and read_boolean(record[name])
    except UnusableValueError as error:
        raise UnusableValueError(f"{name}: {error}") from None


def _salesforce_id(value: object) -> str | None:
    try:
        return to_18(str(value))
    except ValueError:
        return None


def _identifier(record: Mapping[str, Any], plan: StreamPlan) -> str | None:
    """The record's own id as it came; a Salesforce id in 18 characters."""
    value = value_at(record, plan.external_id)[1] if plan.external_id else None
    if is_blank(value):
        return None
    text = clean(key_text(value))
    if plan.salesforce_ids or (sobject_of(text) and not text.isdigit()):
        return _salesforce_id(text) or text
    return text


def _external_id(identifier: str | None, plan: StreamPlan, rules: Rules) -> str | None:
    if identifier is None:
        return None
    return rules.template.replace("{org_id}", plan.org_id or "").replace("{id}", identifier)


def _write(
    record: Mapping[str, Any], field: FieldPlan, rules: Rules, warnings: list[str]
) -> FieldWrite | None:
    present, raw = value_at(record, field.source.path)
    target = field.target
    if not present:
        return None
    value: Value | None = None
    if not is_blank(raw):
        try:
            value = convert(raw, field.source, target, rules.zone, truncate=field.truncate)
        except UnknownOptionError:
            warnings.append(f"option_unknown:{target.name}")
            return None
    if value is None or value == "":
        clears = field.on_null == "clear" and target.kind is not TargetKind.BOOLEAN
        return FieldWrite(target, None, field.write) if clears else None
    if field.truncate and isinstance(value, str) and len(text_of(raw, field.source)) > len(value):
        warnings.append(f"truncated:{target.name}")
    return FieldWrite(target, value, field.write)
