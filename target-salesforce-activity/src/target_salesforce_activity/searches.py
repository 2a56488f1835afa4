"""Who may be searched for, and how wide: fields that this user may ask, and texts to ask for. Pure.

A search is never narrower than the matcher in `people`: who it leaves out can't be matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from zingle_sync.identity import Phone, national_digits, parse_phone, phone_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["Contact", "Lead"]
KINDS: tuple[Kind, ...] = ("Contact", "Lead")
# Digits at the end of a number that are looked for. Few, since people leave the area out where
# they live (on islands six digits are a whole number); enough, since whoever is found is read.
LAST_DIGITS = 7
FEWEST_DIGITS = 4
NOT_A_PERSONS_PHONE = frozenset({"Fax", "AssistantPhone"})
# What is read of people: the permission set in docs/salesforce grants exactly these.
PHONES = {
    "Contact": ("Phone", "MobilePhone", "HomePhone", "OtherPhone"),
    "Lead": ("Phone", "MobilePhone"),
}
# The code before the name, as the contacts' way reads them.
COUNTRIES = {
    "Contact": ("MailingCountryCode", "MailingCountry"),
    "Lead": ("CountryCode", "Country"),
}
CONVERTED = ("IsConverted", "ConvertedContactId", "ConvertedDate")
LINKED = {
    "Contact": ("Id", "IsDeleted", "MasterRecordId"),
    "Lead": ("Id", "IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"),
    "Account": ("Id", "IsDeleted", "MasterRecordId", "PersonContactId"),
}
# The digit zero of the scripts in which people of a country write numbers beside 0 to 9.
_ZEROS = {
    country: zero
    for zero, countries in {
        "\uff10": "CN HK JP KR MO TW",
        "\u0660": "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SD SY TN YE",
        "\u06f0": "AF IR PK",
        "\u0966": "IN NP",
        "\u09e6": "BD",
        "\u17e0": "KH",
        "\u0ed0": "LA",
        "\u1040": "MM",
        "\u0e50": "TH",
    }.items()
    for country in countries.split()
}


@dataclass(frozen=True, slots=True)
class PersonFields:
    """What this user may ask of a kind of people.

    Attributes:
        phones: Fields that are compared, in whatever notation.
        searched_phones: Those of them that a query may filter by.
        email: Whether there is an e-mail to compare.
        searched_email: Whether a query may filter by it.
        countries: Fields that name the person's country; empty where none can be read.
        converted: Fields that tell a Lead that has become a Contact.
        open_only: Condition that leaves such Leads out; "" where no query may ask it.
        missing: What this user can't see or filter by, of what is usually there.
    """

    phones: tuple[str, ...] = ()
    searched_phones: tuple[str, ...] = ()
    email: bool = False
    searched_email: bool = False
    countries: tuple[str, ...] = ()
    converted: tuple[str, ...] = ()
    open_only: str = ""
    missing: tuple[str, ...] = ()

    @property
    def selected(self) -> tuple[str, ...]:
        """What a query about people reads."""
        email = ("Email",) if self.email else ()
        return ("Id", *self.phones, *email, *self.countries, *self.converted)


def person_fields(kind: Kind, describe: Mapping[str, Any]) -> PersonFields:
    """What may be asked of Contacts or Leads, by their describe as this user sees it."""
    rows = {row["name"]: row for row in describe["fields"]}
    searched = {name for name, row in rows.items() if row.get("filterable")}
    phones = [name for name, row in rows.items() if row.get("type") == "phone"]
    phones = [name for name in phones if name not in NOT_A_PERSONS_PHONE]
    countries = tuple(name for name in COUNTRIES[kind] if name in rows)
    converted = tuple(name for name in CONVERTED if name in rows) if kind == "Lead" else ()
    asked = [name for name in converted if name in searched]
    are_open = [f"{name} = {'false' if name == 'IsConverted' else 'null'}" for name in asked]
    usual = (*PHONES[kind], "Email")
    return PersonFields(
        phones=tuple(phones),
        searched_phones=tuple(name for name in phones if name in searched),
        email="Email" in rows,
        searched_email="Email" in searched,
        countries=countries,
        converted=converted,
        open_only=are_open[0] if are_open else "",
        missing=(
            *(name for name in usual if name not in searched),
            *(() if countries else COUNTRIES[kind][1:]),
            *(() if converted or kind != "Lead" else CONVERTED[:1]),
        ),
    )


def phone_patterns(phone: Phone) -> frozenset[str]:
    """LIKE patterns that find a line however it is written.

    The last digits of every form that it has or had, in order, with anything in between.
    """
    ends = {_end(form, phone.country) for form in phone_forms(phone.e164)}
    zero = _ZEROS.get(phone.country)
    if zero:
        ends |= {"".join(chr(ord(zero) + int(digit)) for digit in end) for end in ends}
    return frozenset(f"%{'%'.join(end)}%" for end in ends)


def _end(e164: str, country: str) -> str:
    """The last digits of a number; fewer where fewer are a whole number in its country."""
    digits = national_digits(e164)
    for size in range(FEWEST_DIGITS, min(LAST_DIGITS, len(digits))):
        local = parse_phone(digits[-size:], country)
        if isinstance(local, Phone) and local.e164 == e164:
            return digits[-size:]
    return digits[-LAST_DIGITS:]


def is_found_by(text: str, patterns: Iterable[str]) -> bool:
    """Whether a field with that text is found by one of the patterns, as LIKE has it."""
    return any(_like(pattern).match(text) for pattern in patterns)


@lru_cache(maxsize=8192)
def _like(pattern: str) -> re.Pattern[str]:
    characters = map(re.escape, pattern.replace("%", ""))
    return re.compile("".join(f"[^{one}]*{one}" for one in characters))
