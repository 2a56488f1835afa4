"""Phones and e-mails of a record. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.records import value_at
from zingle_sync.identity import (
    NotUnderstood,
    Phone,
    first_country,
    normalise_email,
    parse_phones,
    phone_region,
)
from zingle_sync.texts import key_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.plan import StreamPlan
    from target_zingle.wanted.rules import Rules


@dataclass(frozen=True, slots=True)
class PersonPhone:
    """A phone of a person, in order of preference.

    Attributes:
        country: ISO 3166 alpha-2, always known.
        label: Label for the channel if we add it.
        matched: Whether the number says who the person is; one with an extension does not.
    """

    e164: str
    country: str
    label: str | None
    matched: bool


def phones_of(
    record: Mapping[str, Any], plan: StreamPlan, rules: Rules, warnings: list[str]
) -> tuple[PersonPhone, ...]:
    """Usable phones, in order of preference; warnings say what was left out."""
    country = first_country(_text_at(record, rule.source) for rule in plan.region)
    region = phone_region(country, rules.default_region)
    phones: dict[str, PersonPhone] = {}
    for rule in plan.phones:
        raw = _text_at(record, rule.source)
        for phone in parse_phones(raw, region, ignored=rules.ignore_phones):
            if not isinstance(phone, Phone):
                if phone.reason == "unparseable" and isinstance(country, NotUnderstood):
                    warnings.append(f"country_unknown:{country.text}")
                warnings.append(f"phone_{phone.reason}:{rule.source}")
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


def emails_of(
    record: Mapping[str, Any], plan: StreamPlan, rules: Rules, warnings: list[str]
) -> dict[str, str]:
    """Usable addresses, each with what was typed."""
    addresses: dict[str, str] = {}
    for rule in plan.emails:
        raw = _text_at(record, rule.source)
        address = normalise_email(raw, ignored=rules.ignore_emails)
        if isinstance(address, str):
            addresses.setdefault(address, (raw or "").strip())
        elif address is not None:
            word = "ignored" if address.reason == "ignored" else "unusable"
            warnings.append(f"email_{word}:{rule.source}")
    return addresses


def _text_at(record: Mapping[str, Any], path: str) -> str | None:
    _, value = value_at(record, path)
    return None if value is None else key_text(value)
