"""Who is meant by a phone, an e-mail or a name: both services are asked, and answer with ids.

What was asked for goes to the two services alone: into no log, no file and no output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.people import Keys
from target_salesforce_activity.queries import quoted
from target_salesforce_activity.reads import Reads
from target_salesforce_activity.searches import KINDS
from target_zingle.known.contact import read_contact
from target_zingle.wanted.keys import EMAIL, PHONE
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.project.services import wanted_services
from zingle_sync.identity import (
    Phone,
    external_id_key,
    normalise_email,
    parse_phone,
    region_code,
)
from zingle_sync.report.links import CONTACT_ID, SALESFORCE_ID
from zingle_sync.salesforce import NotFoundError, QueryError, Salesforce, SalesforceError
from zingle_sync.zingle import Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_salesforce_activity.people import Candidate
    from zingle_operator.project.project import Project

# A shorter number is no phone that could tell people apart.
_DIGITS_OF_A_PHONE = 7
MOST = 20
_ASK_ELSE = "Ask for more of the name, or for a phone or an e-mail."


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked for: an id, a phone, an e-mail or a name; the others are empty."""

    id: str = ""
    phone: Phone | None = None
    email: str = ""
    name: str = ""


@dataclass(slots=True)
class Seen:
    """Who was found: ids in Salesforce, and contacts by id with their service and external id.

    `unknown` are sentences about where more people may be who are meant.
    """

    people: dict[str, None] = field(default_factory=dict)
    contacts: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """All ids, those of the other side that contacts carry included."""
        links = (link for _, link in self.contacts.values() if link)
        return list(dict.fromkeys([*self.people, *self.contacts, *links]))


def read_question(text: str, region: str | None) -> Question:
    """What a text asks for. Pure.

    Args:
        text: A phone, an e-mail, a name, or an id of either service.
        region: ISO 3166 alpha-2 of numbers without a country code, where one is configured.

    Raises:
        OperatorError: If it is none of these; the sentence does not repeat it.
    """
    text = text.strip()
    if CONTACT_ID.fullmatch(text) or text.count(":") in {2, 3}:
        return Question(id=text)
    if SALESFORCE_ID.fullmatch(text) and any(map(str.isdigit, text)):
        return Question(id=external_id_key(text))
    if "@" in text:
        email = normalise_email(text)
        return Question(email=email if isinstance(email, str) else text.casefold())
    if len(re.sub(r"\D", "", text)) >= _DIGITS_OF_A_PHONE and not re.search(r"[^\W\d_]", text):
        phone = parse_phone(text, region)
        if not isinstance(phone, Phone):
            raise OperatorError("that number can't be read: write it with + and its country code")
        return Question(phone=phone)
    if not re.search(r"[^\W\d_]", text):
        raise OperatorError("ask for a phone, an e-mail, a name or an id")
    return Question(name=text)


def region_of(settings: Iterable[Mapping[str, Any]]) -> str | None:
    """The country of numbers that name none; where plugins have several, nobody's. Pure."""
    regions = {region_code(one.get("default_region")) for one in settings} - {None}
    return regions.pop() if len(regions) == 1 else None


def find(project: Project, text: str) -> Seen:
    """Ask both services for a person.

    Raises:
        OperatorError: If Salesforce, or no service of Zingle can be asked.
    """
    settings = {
        name: project.settings(name) for one in project.pipelines for name in (one.tap, one.target)
    }
    question = read_question(text, region_of(settings.values()))
    seen = Seen()
    if question.id:
        seen.people[question.id] = None
        return seen
    try:
        for salesforce in _orgs(project, settings):
            seen.people |= dict.fromkeys(_in_salesforce(salesforce, question, seen.unknown))
    except SalesforceError as error:
        raise OperatorError(f"Salesforce can't be asked: {str(error).rstrip('.')}") from error
    asked, failed = 0, []
    try:
        for zingle, services in _accounts(project, settings):
            for service_id in services:
                asked += 1
                try:
                    for contact_id, link in _in_zingle(zingle, service_id, question, seen.unknown):
                        seen.contacts[contact_id] = (service_id, link)
                except ZingleError as error:
                    failed.append(error)
                    seen.unknown.append(f"Service {service_id} can't be asked: {error}")
            zingle.close()
        if asked and asked == len(failed):
            raise failed[0]
    except ZingleError as error:
        raise OperatorError(f"Zingle can't be asked: {str(error).rstrip('.')}") from error
    return seen


def _orgs(project: Project, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Salesforce]:
    """A client of each org that a pipeline logs in to."""
    orgs: set[str] = set()
    for one in project.pipelines:
        if one.salesforce is None:
            continue
        client = Salesforce.from_settings(settings[one.salesforce])
        if client.org_id not in orgs:
            orgs.add(client.org_id)
            yield client


def _accounts(
    project: Project, settings: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Zingle, Iterable[str]]]:
    """A client for the services of each pipeline, each service once."""
    seen: set[str] = set()
    for one in project.pipelines:
        if one.zingle is None:
            continue
        own = settings[one.zingle]
        client = Zingle.from_settings(own)
        named = wanted_services(own) or [str(row["id"]) for row in client.services()]
        yield client, [service for service in named if service not in seen]
        seen.update(named)


def _in_salesforce(salesforce: Salesforce, question: Question, unknown: list[str]) -> Iterator[str]:
    if not question.name:
        phones = (question.phone,) if question.phone else ()
        emails = (question.email,) if question.email else ()
        for one in Reads(salesforce, say).candidates([Keys(phones, emails)]):
            if _is_meant(one, question):
                yield one.id
        return
    patterns = (quoted(f"%{_escaped(word)}%") for word in words_of(question.name))
    condition = " AND ".join(f"Name LIKE {pattern}" for pattern in patterns)
    for kind in KINDS:
        soql = f"SELECT Id FROM {kind} WHERE {condition} LIMIT {MOST + 1}"  # noqa: S608 - quoted
        try:
            ids = [str(row["Id"]) for row in salesforce.rows(soql)]
        except (NotFoundError, QueryError) as error:
            code = error.code or type(error).__name__
            unknown.append(f"{kind}s can't be searched by name: {code}.")
            continue
        yield from ids[:MOST]
        if len(ids) > MOST:
            unknown.append(f"There are more {kind}s with such a name. {_ASK_ELSE}")


def _is_meant(person: Candidate, question: Question) -> bool:
    """Whether somebody whom a wide search brought up has that very number or address. Pure."""
    if question.phone is None:
        return question.email in {text.strip().casefold() for text in person.emails}
    region = person.country if isinstance(person.country, str) else question.phone.country
    numbers = (parse_phone(text, region) for text in person.phones)
    return any(isinstance(one, Phone) and one.e164 == question.phone.e164 for one in numbers)


def words_of(name: str) -> list[str]:
    """The words of a name, however they are put together. Pure.

    >>> words_of("Marlowe, Ana-Sophie")
    ['Marlowe', 'Ana-Sophie']
    """
    return re.findall(r"[^\s,;]+", name)


def _escaped(text: str) -> str:
    """A text in which nothing is a wildcard of LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _in_zingle(
    zingle: Zingle, service_id: str, question: Question, unknown: list[str]
) -> Iterator[tuple[str, str | None]]:
    """Contacts of a service, by id with their external id."""
    if question.name:
        words = words_of(question.name.casefold())
        # The service compares a text whole: one word finds the name in every order.
        params = {"query": max(words, key=len)}
        page = zingle.page(f"services/{service_id}/contacts", params)
        for row in page.rows:
            contact = read_contact(row)
            known = f"{contact.first_name or ''} {contact.last_name or ''}".casefold()
            if all(word in known for word in words):
                yield contact.id, contact.external_id
        if not page.last:
            unknown.append(f"Service {service_id} may have more such contacts. {_ASK_ELSE}")
        return
    kind, value = (PHONE, question.phone.e164) if question.phone else (EMAIL, question.email)
    types = zingle.service(service_id).get("channel_types") or ()
    type_class = "PhoneNumber" if kind == PHONE else "EmailAddress"
    type_id = next((str(one["id"]) for one in types if one.get("type_class") == type_class), None)
    if type_id is None:
        return
    for row in zingle.find_contacts_by_channel(service_id, type_id, value).rows:
        contact = read_contact(row)
        if any((held.kind, held.key) == (kind, value) for held in contact.channels):
            yield contact.id, contact.external_id
