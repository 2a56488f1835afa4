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


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked for: an id, a phone, an e-mail or a name; the others are empty."""

    id: str = ""
    phone: Phone | None = None
    email: str = ""
    name: str = ""


@dataclass(slots=True)
class Seen:
    """Who was found: ids in Salesforce, and contacts by id with their service and external id."""

    people: dict[str, None] = field(default_factory=dict)
    contacts: dict[str, tuple[str, str | None]] = field(default_factory=dict)

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


def find(project: Project, text: str) -> Seen:
    """Ask both services for a person.

    Raises:
        OperatorError: If nobody can be asked, or a service can't answer.
    """
    settings = {
        name: project.settings(name) for one in project.pipelines for name in (one.tap, one.target)
    }
    regions = (one.get("default_region") for one in settings.values())
    question = read_question(text, region_code(next(filter(None, regions), None)))
    seen = Seen()
    if question.id:
        seen.people[question.id] = None
        return seen
    try:
        for salesforce in _orgs(project, settings):
            seen.people |= dict.fromkeys(_in_salesforce(salesforce, question))
    except SalesforceError as error:
        raise OperatorError(f"Salesforce can't be asked: {str(error).rstrip('.')}") from error
    try:
        for zingle, services in _accounts(project, settings):
            for service_id in services:
                for contact_id, link in _in_zingle(zingle, service_id, question):
                    seen.contacts[contact_id] = (service_id, link)
            zingle.close()
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


def _in_salesforce(salesforce: Salesforce, question: Question) -> Iterator[str]:
    if not question.name:
        phones = (question.phone,) if question.phone else ()
        emails = (question.email,) if question.email else ()
        for one in Reads(salesforce, say).candidates([Keys(phones, emails)]):
            if _is_meant(one, question):
                yield one.id
        return
    pattern = quoted(f"%{_escaped(question.name)}%")
    for kind in KINDS:
        soql = f"SELECT Id FROM {kind} WHERE Name LIKE {pattern} LIMIT {MOST}"  # noqa: S608 - quoted
        try:
            yield from [str(row["Id"]) for row in salesforce.rows(soql)]
        except (NotFoundError, QueryError) as error:
            say(f"{kind}s can't be searched by name: {error.code or type(error).__name__}.")


def _is_meant(person: Candidate, question: Question) -> bool:
    """Whether somebody whom a wide search brought up has that very number or address. Pure."""
    if question.phone is None:
        return question.email in {text.strip().casefold() for text in person.emails}
    region = person.country if isinstance(person.country, str) else question.phone.country
    numbers = (parse_phone(text, region) for text in person.phones)
    return any(isinstance(one, Phone) and one.e164 == question.phone.e164 for one in numbers)


def _escaped(text: str) -> str:
    """A text in which nothing is a wildcard of LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _in_zingle(
    zingle: Zingle, service_id: str, question: Question
) -> Iterator[tuple[str, str | None]]:
    """Contacts of a service, by id with their external id."""
    if question.name:
        params = {"query": question.name}
        rows = zingle.page(f"services/{service_id}/contacts", params, page_size=MOST).rows
        words = question.name.casefold().split()
        for row in rows:
            contact = read_contact(row)
            known = f"{contact.first_name or ''} {contact.last_name or ''}".casefold()
            if all(word in known for word in words):
                yield contact.id, contact.external_id
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
