"""The people of the demo seed: who they are, and on which side they exist."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zingle_sandbox.seeds.places import COUNTRIES, Country, new_phone
from zingle_sandbox.seeds.words import CULTURES, MAIL_DOMAINS, Culture, Name

if TYPE_CHECKING:
    from zingle_sandbox.truth import Role

SObjectName = Literal["Contact", "Lead"]
Shares = Literal["phone", "email", "both"]

LINKED = {"Contact": 45, "Lead": 15}
TWINS = {"Contact": 220, "Lead": 80}
LOCKED_TWINS = 15
WALK_INS = 140
# Of these, so many text from a number of five or six digits.
SHORT_CODES = 6
# What is special about people whom only Salesforce knows: (trait, Contacts, Leads).
ODDITIES = (
    ("deleted", 12, 5),
    ("merged", 3, 0),
    ("converted", 0, 25),
    ("shared_phone", 30, 0),
    ("blank", 15, 10),
    ("bad_phone", 12, 8),
    ("bad_phone_only", 6, 4),
    ("extension", 8, 2),
    ("note_behind", 10, 6),
    ("two_numbers", 8, 2),
)
TOTALS = {"Contact": 800, "Lead": 400}


@dataclass(slots=True)
class Person:
    """One human being, before either system spells them in its own way."""

    first: Name
    last: Name
    culture: Culture
    country: Country
    phone: str
    email: str
    role: Role
    sobject: SObjectName | None
    trait: str | None = None
    shares: Shares | None = None
    locked: bool = False
    second_phone: str | None = None


def make_people(seed: str = "demo") -> list[Person]:
    """Everybody, in a fixed but mixed order: 1,200 rows of Salesforce and 140 walk-ins."""
    maker = _Maker(random.Random(seed))  # noqa: S311 - repeatable, not secret
    people: list[Person] = []
    for name, count in LINKED.items():
        people += [
            maker.person("linked", name, "same" if at % 2 else "differs") for at in range(count)
        ]
    people += _twins(maker)
    people += [maker.person("walk_in", None) for _ in range(WALK_INS - SHORT_CODES)]
    for at in range(SHORT_CODES):
        sender = maker.person("walk_in", None, "short_code")
        sender.phone = f"{72_345 + at * 1_111 if at % 2 else 227_000 + at}"
        people.append(sender)
    people += _salesforce_only(maker)
    maker.chance.shuffle(people)
    return people


def _twins(maker: _Maker) -> list[Person]:
    twins: list[Person] = []
    kinds: tuple[Shares, ...] = ("phone", "phone", "phone", "email", "both")
    for name, count in TWINS.items():
        for _ in range(count):
            twin = maker.person("twin", name)
            twin.shares = kinds[len(twins) % len(kinds)]
            twins.append(twin)
    for at in range(LOCKED_TWINS):
        twins[at * (len(twins) // LOCKED_TWINS) + at % 5].locked = True
    return twins


def _salesforce_only(maker: _Maker) -> list[Person]:
    people: list[Person] = []
    odd = {"Contact": 0, "Lead": 0}
    for trait, contacts, leads in ODDITIES:
        for name, count in (("Contact", contacts), ("Lead", leads)):
            people += [maker.person("salesforce_only", name, trait) for _ in range(count)]
            odd[name] += count
    for name, total in TOTALS.items():
        plain = total - LINKED[name] - TWINS[name] - odd[name]
        people += [maker.person("salesforce_only", name) for _ in range(plain)]
    _join_couples(people)
    _join_conversions(people)
    return people


def _join_couples(people: list[Person]) -> None:
    """Couples have one telephone and one name."""
    sharing = [person for person in people if person.trait == "shared_phone"]
    for one, other in zip(sharing[::2], sharing[1::2], strict=True):
        other.phone, other.country = one.phone, one.country
        other.last, other.culture = one.last, one.culture


def _join_conversions(people: list[Person]) -> None:
    """Each converted Lead is the same human being as one plain Contact."""
    contacts = (person for person in people if person.sobject == "Contact" and not person.trait)
    for lead in people:
        if lead.trait == "converted":
            contact = next(contacts)
            contact.trait = "conversion_of_lead"
            lead.first, lead.last, lead.culture = contact.first, contact.last, contact.culture
            lead.phone, lead.email, lead.country = contact.phone, contact.email, contact.country


class _Maker:
    """Makes people whose telephone numbers and e-mail addresses are theirs alone."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._phones: set[str] = set()
        self._emails: set[str] = set()
        self._cultures = [culture for culture, _ in CULTURES]
        self._shares = [share for _, share in CULTURES]

    def person(self, role: Role, sobject: str | None, trait: str | None = None) -> Person:
        """A new person."""
        chance = self.chance
        culture = chance.choices(self._cultures, self._shares)[0]
        country = COUNTRIES[chance.choice(culture.countries)]
        first, last = chance.choice(culture.first), chance.choice(culture.last)
        phone = new_phone(country, chance, self._phones)
        second = new_phone(country, chance, self._phones) if trait == "two_numbers" else None
        return Person(
            second_phone=second,
            first=first,
            last=last,
            culture=culture,
            country=country,
            phone=phone,
            email=self._email(first, last),
            role=role,
            sobject=sobject,  # type: ignore[arg-type]  # names of TOTALS
            trait=trait,
        )

    def _email(self, first: Name, last: Name) -> str:
        local = f"{first.latin}.{last.latin}"
        domain = self.chance.choice(MAIL_DOMAINS)
        number = ""
        while (email := f"{local}{number}@{domain}") in self._emails:
            number = str(int(number or "1") + 1)
        self._emails.add(email)
        return email
