"""A record as a person: keys, values and fate, ready for matching. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from target_zingle.conditions import ConditionError
from target_zingle.contacts import EMAIL, PHONE
from target_zingle.records import flatten, value_at
from target_zingle.values import (
    TargetKind,
    TooLongError,
    UnknownOptionError,
    UnusableValueError,
    clean,
    convert,
    is_blank,
)
from zingle_sync.identity import (
    Phone,
    UnusableEmail,
    find_salesforce_id,
    normalise_email,
    parse_phones,
    region_code,
    sobject_of,
    to_18,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from target_zingle.compiling import Compiled, FieldPlan, LabelPlan
    from target_zingle.mapping import WriteMode
    from target_zingle.values import TargetField, Value

LONGEST_EXTERNAL_ID = 50
Key = tuple[str, str]
"""Kind (`PHONE` or `EMAIL`) and normalised value of a channel."""


@dataclass(frozen=True, slots=True)
class PersonPhone:
    """A phone of a person, in order of preference.

    Attributes:
        e164: The number.
        country: ISO 3166 alpha-2, always known.
        label: Label for the channel if we add it.
        matched: Whether the number says who the person is; one with an extension does not.
    """

    e164: str
    country: str
    label: str | None
    matched: bool


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
        stream: Where it came from.
        source_key: The record's key in the sync log.
        external_id: Value of the external id; None if the record has none.
        phones: Usable numbers.
        emails: Usable addresses.
        emails_as_given: The same addresses as they were typed, for services that mind case.
        writes: Wanted field values, names included.
        labels: Wanted labels.
        fate: What happened to the record in Salesforce.
        successor: Salesforce id of the record that it became.
        order: Sorts the sharers of a key: living first, Contacts before Leads, oldest first.
        warnings: What was left out while reading.
    """

    stream: str
    source_key: str
    external_id: str | None
    phones: tuple[PersonPhone, ...] = ()
    emails: tuple[str, ...] = ()
    emails_as_given: tuple[str, ...] = ()
    writes: tuple[FieldWrite, ...] = ()
    labels: tuple[LabelPlan, ...] = ()
    fate: Literal["living", "deleted", "merged", "converted"] = "living"
    successor: str | None = None
    order: tuple[bool, int, str, str] = (False, 0, "", "")
    warnings: tuple[str, ...] = ()

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
    def identity(self) -> str:
        """What tells this record from others: its external id, or its key in the source."""
        return self.external_id or f"record:{self.stream}:{self.source_key}"

    @property
    def salesforce_id(self) -> str | None:
        """The Salesforce id in the external id."""
        return find_salesforce_id(self.external_id)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that the mapping's ``when`` leaves out."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read as a person; ``field`` is the Zingle field at fault."""

    reason: Literal["invalid_value", "overflow", "external_id_too_long"]
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading needs beside the mapping.

    Attributes:
        zone: The service's time zone.
        default_region: For phones without a country.
        ignore_phones: E.164.
        ignore_emails: Lower case.
        template: External id template.
        org_id: The Salesforce organisation, 18 characters, if known.
        external_id_field: The contact field that holds the external id, if one does.
    """

    zone: ZoneInfo
    default_region: str | None = None
    ignore_phones: frozenset[str] = frozenset()
    ignore_emails: frozenset[str] = frozenset()
    template: str = "{id}"
    org_id: str | None = None
    external_id_field: TargetField | None = None


def read_person(  # noqa: PLR0911 - one per way in which a record is no person to sync
    record: Mapping[str, Any], source_key: str, compiled: Compiled, reading: Reading
) -> Person | LeftOut | Unreadable:
    """Read one record.

    Args:
        record: As it came.
        source_key: The record's key in the sync log.
        compiled: The stream's mapping.
        reading: The service's settings.
    """
    fate, successor = _fate(record)
    identifier = _identifier(record, compiled)
    external_id = _external_id(identifier, reading)
    if external_id is not None and len(external_id) > LONGEST_EXTERNAL_ID:
        return Unreadable("external_id_too_long", f"longer than {LONGEST_EXTERNAL_ID} characters")
    order = (
        fate == "converted",
        0 if not (external_id and (find_salesforce_id(external_id) or "").startswith("00Q")) else 1,
        str(record.get("CreatedDate") or ""),
        source_key,
    )
    if fate != "living":
        return Person(
            compiled.stream, source_key, external_id, fate=fate, successor=successor, order=order
        )
    flat = flatten(record) if compiled.when or compiled.labels else {}
    try:
        if compiled.when is not None and not compiled.when.holds(flat):
            return LeftOut()
        labels = tuple(
            label for label in compiled.labels if label.when is None or label.when.holds(flat)
        )
    except ConditionError as error:
        return Unreadable("invalid_value", f"a condition {error}")
    warnings = _link_warnings(external_id)
    phones = _phones(record, compiled, reading, warnings)
    given = _emails(record, compiled, reading, warnings)
    writes: list[FieldWrite] = []
    for plan in compiled.fields:
        try:
            found = _write(record, plan, reading, warnings)
        except TooLongError as error:
            return Unreadable("overflow", f"{plan.source.path}: {error}", plan.target.name)
        except UnusableValueError as error:
            return Unreadable("invalid_value", f"{plan.source.path}: {error}", plan.target.name)
        if found is not None:
            writes.append(found)
    if reading.external_id_field is not None and external_id is not None:
        writes.append(FieldWrite(reading.external_id_field, external_id, "always"))
    return Person(
        stream=compiled.stream,
        source_key=source_key,
        external_id=external_id,
        phones=phones,
        emails=tuple(given),
        emails_as_given=tuple(given.values()),
        writes=tuple(writes),
        labels=labels,
        order=order,
        warnings=tuple(warnings),
    )


def _link_warnings(external_id: str | None) -> list[str]:
    """Conversations find their way back to Contacts and Leads only."""
    linked_to = find_salesforce_id(external_id)
    if linked_to is None or sobject_of(linked_to) in {"Contact", "Lead"}:
        return []
    return ["external_id_prefix"]


def _fate(
    record: Mapping[str, Any],
) -> tuple[Literal["living", "deleted", "merged", "converted"], str | None]:
    if record.get("IsConverted"):
        return "converted", _salesforce_id(record.get("ConvertedContactId"))
    if record.get("IsDeleted") or record.get("_sdc_deleted_at"):
        if master := _salesforce_id(record.get("MasterRecordId")):
            return "merged", master
        return "deleted", None
    return "living", None


def _salesforce_id(value: object) -> str | None:
    return find_salesforce_id(str(value)) if value else None


def _identifier(record: Mapping[str, Any], compiled: Compiled) -> str | None:
    if compiled.external_id is None:
        return None
    _, value = value_at(record, compiled.external_id)
    if is_blank(value):
        return None
    try:
        return to_18(str(value))
    except ValueError:
        return clean(str(value))


def _external_id(identifier: str | None, reading: Reading) -> str | None:
    if identifier is None:
        return None
    return reading.template.replace("{org_id}", reading.org_id or "").replace("{id}", identifier)


_PHONE_WARNINGS = {
    "unparseable": "phone_unparseable",
    "not_possible": "phone_not_possible",
    "repeated_digits": "phone_repeated_digits",
    "ignored": "phone_ignored",
}


def _phones(
    record: Mapping[str, Any], compiled: Compiled, reading: Reading, warnings: list[str]
) -> tuple[PersonPhone, ...]:
    region = next(
        (
            code
            for rule in compiled.region
            if (code := region_code(_text_at(record, rule.source))) is not None
        ),
        reading.default_region,
    )
    phones: dict[str, PersonPhone] = {}
    for rule in compiled.phones:
        raw = _text_at(record, rule.source)
        for phone in parse_phones(raw, region, ignored=reading.ignore_phones):
            if not isinstance(phone, Phone):
                warnings.append(f"{_PHONE_WARNINGS[phone.reason]}:{rule.source}")
                continue
            if phone.extension:
                warnings.append(f"phone_extension:{rule.source}")
            elif not phone.valid:
                warnings.append(f"phone_not_valid:{rule.source}")
            label = "BUSINESS" if phone.extension else rule.label
            found = PersonPhone(phone.e164, phone.country, label, matched=not phone.extension)
            known = phones.get(phone.e164)
            if known is None or (found.matched and not known.matched):
                phones[phone.e164] = found
    return tuple(phones.values())


def _emails(
    record: Mapping[str, Any], compiled: Compiled, reading: Reading, warnings: list[str]
) -> dict[str, str]:
    addresses: dict[str, str] = {}
    for rule in compiled.emails:
        raw = _text_at(record, rule.source)
        address = normalise_email(raw, ignored=reading.ignore_emails)
        match address:
            case str():
                addresses.setdefault(address, (raw or "").strip())
            case UnusableEmail(reason="ignored"):
                warnings.append(f"email_ignored:{rule.source}")
            case UnusableEmail():
                warnings.append(f"email_unusable:{rule.source}")
            case None:
                pass
    return addresses


def _text_at(record: Mapping[str, Any], path: str) -> str | None:
    _, value = value_at(record, path)
    return None if value is None else str(value)


def _write(
    record: Mapping[str, Any], plan: FieldPlan, reading: Reading, warnings: list[str]
) -> FieldWrite | None:
    present, raw = value_at(record, plan.source.path)
    if not present:
        return None
    if is_blank(raw):
        clears = plan.on_null == "clear" and plan.target.kind is not TargetKind.BOOLEAN
        return FieldWrite(plan.target, None, plan.write) if clears else None
    try:
        value = convert(raw, plan.source, plan.target, reading.zone, truncate=plan.truncate)
    except UnknownOptionError:
        warnings.append(f"option_unknown:{plan.target.id}")
        return None
    if plan.truncate and isinstance(value, str) and len(clean(str(raw))) > plan.target.longest:
        warnings.append(f"truncated:{plan.target.id}")
    if value == "":
        return None
    return FieldWrite(plan.target, value, plan.write)
