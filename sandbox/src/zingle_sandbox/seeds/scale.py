"""The scale seed: millions of people and guests from word lists, in the time of a coffee."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zingle_sandbox import salesforce, zingle
from zingle_sandbox.seeds.places import COUNTRIES
from zingle_sandbox.seeds.words import ENGLISH, MAIL_DOMAINS, SPANISH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.rows import ContactRow
    from zingle_sandbox.sandbox import Sandbox

_FIRST = ENGLISH.first + SPANISH.first
_LAST = ENGLISH.last + SPANISH.last
_AREAS = tuple(pattern[1:4] for pattern in COUNTRIES["US"].phones)
_PER_AREA = 10_000
_SPREAD = 7_919  # prime, so that neighbours do not look alike


def phone_of(number: int) -> str:
    """The E.164 number of person `number`; each one below 7,800,000 has another one.

    Beyond the fictional exchange 555 the following ones are used, which are valid as well.
    """
    area = _AREAS[number % len(_AREAS)]
    rest = number // len(_AREAS)
    exchange = 555 + rest // _PER_AREA
    return f"+1{area}{exchange}{rest % _PER_AREA:04d}"


def email_of(number: int) -> str:
    """The e-mail address of person `number`."""
    first, last = _names(number)
    return f"{first}.{last}.{number}@{MAIL_DOMAINS[number % len(MAIL_DOMAINS)]}"


def _names(number: int) -> tuple[str, str]:
    mixed = number * _SPREAD
    return _FIRST[mixed % len(_FIRST)].latin, _LAST[mixed // 97 % len(_LAST)].latin


def insert_scale(sandbox: Sandbox, *, people: int, contacts: int) -> None:
    """Add people and guests; person n and guest n share a phone or an e-mail for every odd n.

    Four of five people are Contacts, the fifth a Lead. Guests whose number is even are strangers.
    """
    now = sandbox.clock.now()
    leads = people // 5
    salesforce.insert_rows(sandbox, "Contact", _people(range(people - leads), now))
    salesforce.insert_rows(sandbox, "Lead", _leads(range(people - leads, people), now))
    zingle.insert_contacts(sandbox, _guests(contacts, now))


def _people(numbers: range, now: datetime) -> Iterator[dict[str, Any]]:
    """Contacts whose stamps cover the last thousand days, oldest first."""
    chance = random.Random(len(numbers))  # noqa: S311 - repeatable, not secret
    start = now - timedelta(days=1000)
    step = timedelta(days=1000).total_seconds() / max(1, len(numbers))
    for at, number in enumerate(numbers):
        first, last = (
            _FIRST[number * _SPREAD % len(_FIRST)],
            _LAST[number * _SPREAD // 97 % len(_LAST)],
        )
        stamp = _stamp(start, at * step)
        digits = phone_of(number)
        yield {
            "FirstName": first.native,
            "LastName": last.native,
            "Email": email_of(number),
            "MobilePhone": f"({digits[2:5]}) {digits[5:8]}-{digits[8:]}",
            "MailingCity": "Boston",
            "MailingCountry": "United States",
            "VIP__c": chance.random() < 0.1,  # noqa: PLR2004 - one of ten
            "CreatedDate": stamp,
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
        }


def _leads(numbers: range, now: datetime) -> Iterator[dict[str, Any]]:
    for row in _people(numbers, now):
        del row["VIP__c"]
        row["City"], row["Country"] = row.pop("MailingCity"), row.pop("MailingCountry")
        row["Company"] = "Harbour & Vale"
        yield row


def _stamp(start: datetime, seconds: float) -> str:
    instant = (start + timedelta(seconds=seconds)).astimezone(UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.000+0000"


_STRANGERS = 4_000_000


def _guests(count: int, now: datetime) -> Iterator[ContactRow]:
    created = int(now.timestamp()) - 1000 * 86_400
    step = 1000 * 86_400 / max(1, count)
    for number in range(count):
        known = number if number % 2 else number + _STRANGERS
        first, last = _names(known)
        at = created + int(number * step)
        row: ContactRow = {
            "fields": {"First Name": first.title(), "Last Name": last.title()},
            "channels": [{"type": "phone", "value": phone_of(known), "country": "US"}],
            "created_at": at,
            "updated_at": at,
        }
        if number % 4 == 3:  # noqa: PLR2004 - every other one of the known guests
            row["channels"].append({"type": "email", "value": email_of(known)})
        yield row
