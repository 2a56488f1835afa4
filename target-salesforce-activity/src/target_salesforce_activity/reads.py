"""Everything that is read from Salesforce before a Task is written."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from target_salesforce_activity.people import Candidate, Keys, PersonRow, link_of
from target_salesforce_activity.plan import PresentTask, present_task
from target_salesforce_activity.queries import (
    PATTERNS_PER_QUERY,
    STATUSES,
    any_key,
    in_chunks,
    newest_vendor_tasks,
    people_by_email,
    people_by_id,
    people_by_phone,
    tasks_by_key,
    vendor_tasks_of,
)
from target_salesforce_activity.rules import FALLBACK_KEY_FIELD
from target_salesforce_activity.searches import (
    KINDS,
    LINKED,
    Kind,
    PersonFields,
    person_fields,
    phone_patterns,
)
from zingle_sync.identity import NotUnderstood, email_forms, first_country, sobject_of
from zingle_sync.salesforce import LocatorLostError, NotFoundError, QueryError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.vendor import Place
    from zingle_sync.salesforce import Salesforce


EMAILS_PER_QUERY = 200
PEOPLE_PER_QUERY = 200
GRANT = "the permission set in docs/salesforce grants it"


class FirstLook(NamedTuple):
    """What is asked once in a run.

    Attributes:
        statuses: The statuses of Tasks; None where this user can't read them.
        has_old_keys: Whether Tasks may keep their key in `CallObject`, from before a better field.
        vendor: The newest Tasks that are titled as the vendor's are and carry no key.
    """

    statuses: list[dict[str, Any]] | None
    has_old_keys: bool
    vendor: list[dict[str, Any]]


class Reads:
    """Asks Salesforce, several queries in a call: the texts are too long for an address.

    What this user may not ask is left out, and said once.

    Args:
        salesforce: Sends the calls.
        warn: Tells the administrator a sentence.
    """

    def __init__(self, salesforce: Salesforce, warn: Callable[[str], object]) -> None:
        self._salesforce = salesforce
        self._warn = warn
        self._said: set[str] = set()
        # What is read of linked people; nothing of kinds that this user may not see.
        self._linked: dict[str, tuple[str, ...]] = dict(LINKED)

    def ask(self, queries: Sequence[str], *, everything: bool = True) -> list[list[Any]]:
        """All rows of each query, in the order of the queries.

        Args:
            queries: SOQL.
            everything: Whether deleted rows and archived Tasks count (queryAll).
        """
        try:
            return self._salesforce.rows_of_each(queries, include_deleted=everything)
        except LocatorLostError:  # between two pages; from the start it is another result
            return self._salesforce.rows_of_each(queries, include_deleted=everything)

    def say(self, sentence: str) -> None:
        """Tell the administrator a sentence, once."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._warn(sentence)

    def tasks_and_people(
        self,
        key_fields: Sequence[str],
        fields: Sequence[str],
        keys: Mapping[str, str],
        ids: Mapping[str, Collection[str]],
    ) -> tuple[dict[str, list[PresentTask]], dict[str, PersonRow | None]]:
        """Read Tasks by their key, and who linked ids are today, in one call.

        Args:
            key_fields: Fields of Task that may hold the key, the usual one first.
            fields: Fields of Task that are compared.
            keys: What may stand in such a field, at most some hundred texts, and the key it means.
            ids: Ids of people by kind of object.

        Returns:
            The Tasks by key, and the people by id (`None` for who is unknown or not visible).
        """
        kinds = [kind for kind, wanted in ids.items() if wanted and self._linked[kind]]
        queries = [people_by_id(kind, self._linked[kind], ids[kind]) for kind in kinds]
        if keys:
            queries.append(tasks_by_key(key_fields, fields, list(keys)))
        try:
            answers = self.ask(queries)
        except QueryError:
            # Asking what is visible costs calls, so that it is only asked when it matters.
            if not self._narrow(kinds):
                raise
            return self.tasks_and_people(key_fields, fields, keys, ids)
        tasks: dict[str, list[PresentTask]] = defaultdict(list)
        for row in answers.pop() if keys else ():
            found = (keys.get(row[name]) for name in key_fields)
            if key := next(filter(None, found), None):
                keyed = row[key_fields[0]] == key
                tasks[key].append(present_task(row, key, fields, keyed=keyed))
        people: dict[str, PersonRow | None] = {
            wanted: None for several in ids.values() for wanted in several
        }
        for kind, rows in zip(kinds, answers, strict=True):
            people |= {row["Id"]: _person_row(kind, row) for row in rows}
        return dict(tasks), people

    def _narrow(self, kinds: Sequence[str]) -> bool:
        """Leave out what this user can't read of linked people; whether there was anything."""
        before = dict(self._linked)
        for kind in kinds:
            visible = {row["name"] for row in self._fields_of(kind) or ()}
            if not visible:
                self.say(
                    f"This user can't see {kind}s: who is linked to one gets no Task; {GRANT}."
                )
            elif missing := [name for name in self._linked[kind] if name not in visible]:
                self.say(
                    f"This user can't see {', '.join(missing)} of {kind}s: where a linked {kind} "
                    "has become somebody else, nobody can follow."
                )
            self._linked[kind] = tuple(name for name in self._linked[kind] if name in visible)
        return before != self._linked

    def first_look(
        self, old_key_fields: Sequence[str] = (), vendor_keys: Sequence[str] = ()
    ) -> FirstLook:
        """What is asked once in a run, in one call.

        Args:
            old_key_fields: Of these, whether there is any key in `CallObject` is asked.
            vendor_keys: The fields that may hold keys, where the vendor's Tasks are asked for.
        """
        asked = {"statuses": STATUSES}
        if FALLBACK_KEY_FIELD in old_key_fields:
            asked["keys"] = any_key(FALLBACK_KEY_FIELD)
        if vendor_keys:
            asked["vendor"] = newest_vendor_tasks(vendor_keys, ())
        answers = self._answerable([*asked.values()], everything=True)
        found = dict(zip(asked, answers, strict=True))
        # Without an index nobody can tell in a huge org, so that both fields are looked at.
        has_old_keys = "keys" in found and found["keys"] != []
        if vendor_keys and found["vendor"] is None:
            self.say(
                "Salesforce can't say whether Zingle's own connector writes Tasks too: look "
                "whether it is off."
            )
        return FirstLook(found["statuses"], has_old_keys, found.get("vendor") or [])

    def vendor_tasks(
        self,
        key_fields: Sequence[str],
        fields: Sequence[str],
        places: Collection[Place],
    ) -> list[dict[str, Any]]:
        """Tasks without a key that are titled as the vendor's are, of people and about days."""
        days = sorted(place.day for place in places)
        people = sorted({place.who_id for place in places})
        # Some are dated a day later, see `home_of`.
        span = (days[0], (date.fromisoformat(days[-1]) + timedelta(days=1)).isoformat())
        queries = [
            vendor_tasks_of(some, span, key_fields, fields)
            for some in in_chunks(people, PEOPLE_PER_QUERY)
        ]
        answers = self._answerable(queries, everything=True)
        if None in answers:
            self.say("Salesforce refuses to list the vendor's Tasks: they are not adopted.")
        return [row for rows in answers for row in rows or ()]

    def is_own_org(self, org_id: str) -> bool:
        """Whether that 18-character id is this org's."""
        return org_id == self._salesforce.org_id

    def link_of(self, day: Day) -> str | None:
        """The id that a day is linked by; an Account is a person only where the org has such."""
        link = link_of(day)
        is_account = link is not None and sobject_of(link) == "Account"
        return None if is_account and not self._has_person_accounts else link

    @cached_property
    def _has_person_accounts(self) -> bool:
        return any(row["name"] == "PersonContactId" for row in self._fields_of("Account") or ())

    def candidates(self, keys: Sequence[Keys]) -> list[Candidate]:
        """Everybody who may have one of these phones or e-mails, as far as this user may ask."""
        phones = {phone for each in keys for phone in each.phones}
        patterns = sorted({pattern for phone in phones for pattern in phone_patterns(phone)})
        addresses = {email for each in keys for email in each.emails}
        emails = sorted({form for email in addresses for form in email_forms(email)})
        asked: list[tuple[Kind, PersonFields, str]] = []
        for kind in KINDS:
            fields = self._searched(kind)
            texts: list[str] = []
            if fields.searched_email:
                chunks = in_chunks(emails, EMAILS_PER_QUERY)
                texts += [people_by_email(kind, fields, some) for some in chunks]
            if fields.searched_phones:
                chunks = in_chunks(patterns, PATTERNS_PER_QUERY)
                texts += [people_by_phone(kind, fields, some) for some in chunks]
            asked += [(kind, fields, text) for text in texts]
        answers = self._answerable([text for *_, text in asked], everything=False)
        if None in answers:
            self.say("Salesforce refuses a search for guests without a link: it is left out.")
        people = (
            _candidate(kind, fields, row)
            for (kind, fields, _), rows in zip(asked, answers, strict=True)
            for row in rows or ()
            if not _is_converted(fields, row)
        )
        return list({person.id: person for person in people}.values())

    def _answerable(self, queries: Sequence[str], *, everything: bool) -> list[list[Any] | None]:
        """The rows of each query, `None` where Salesforce can't or won't answer it by itself."""
        try:
            return [*self.ask(queries, everything=everything)]
        except (NotFoundError, QueryError, TooLargeError):
            if len(queries) == 1:
                return [None]
        return [self._answerable([query], everything=everything)[0] for query in queries]

    def _searched(self, kind: Kind) -> PersonFields:
        """What may be asked of Contacts or Leads."""
        rows = self._fields_of(kind)
        if rows is None:
            self.say(
                f"This user can't see {kind}s: guests without a link are not searched among them; "
                f"{GRANT}."
            )
            return PersonFields()
        fields = person_fields(kind, {"fields": rows})
        if fields.missing:
            self.say(
                f"This user can't see or filter by {', '.join(fields.missing)} of {kind}s: guests "
                f"without a link are searched by the rest; {GRANT}."
            )
        return fields

    def _fields_of(self, sobject: str) -> list[dict[str, Any]] | None:
        """An object's fields as described, `None` where this user may not see it."""
        try:
            return list(self._salesforce.describe(sobject)["fields"])
        except NotFoundError:
            return None


def _person_row(sobject: str, row: Mapping[str, Any]) -> PersonRow:
    """What a row tells of a linked id; fields that this user can't see are not in it."""
    merged_into, deleted = row.get("MasterRecordId"), bool(row.get("IsDeleted"))
    match sobject:
        case "Contact":
            return PersonRow(row["Id"], "Contact", deleted, merged_into)
        case "Lead":
            became = row.get("ConvertedContactId")
            # A converted Lead is nobody's any more, also where nobody can see whose.
            gone = bool(row.get("IsConverted")) and not became
            return PersonRow(row["Id"], "Lead", deleted or gone, merged_into or became)
        case _:
            became = None if deleted else row.get("PersonContactId")
            return PersonRow(row["Id"], "Account", deleted, merged_into or became)


def _candidate(kind: Kind, fields: PersonFields, row: Mapping[str, Any]) -> Candidate:
    phones = tuple(str(row[name]) for name in fields.phones if row.get(name))
    emails = (str(row["Email"]),) if row.get("Email") else ()
    texts = [row.get(name) for name in fields.countries]
    country = first_country(texts) if texts else NotUnderstood("")
    return Candidate(row["Id"], kind, phones, emails, country)


def _is_converted(fields: PersonFields, row: Mapping[str, Any]) -> bool:
    return any(row.get(name) for name in fields.converted)
