"""Everything that is read from Salesforce before a Task is written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_salesforce_activity.people import PERSON_KINDS, Candidate, Keys, PersonRow, SObject
from target_salesforce_activity.plan import PresentTask
from target_salesforce_activity.queries import (
    PATTERNS_PER_QUERY,
    any_key,
    in_chunks,
    people_by_email,
    people_by_id,
    people_by_phone,
    phone_pattern,
    statuses,
    tasks_by_key,
)
from zingle_sync.salesforce import NotFoundError, QueryError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zingle_sync.salesforce import Salesforce


QUERIES_PER_CALL = 5
EMAILS_PER_QUERY = 200
NOT_A_PERSONS_PHONE = frozenset({"Fax", "AssistantPhone"})


class Reads:
    """Asks Salesforce, several queries in a call: the texts are too long for an address.

    Args:
        salesforce: Sends the calls.
    """

    def __init__(self, salesforce: Salesforce) -> None:
        self._salesforce = salesforce
        self._data_path = f"/services/data/v{salesforce.api_version}/"
        self._hidden: set[str] = set()

    def ask(self, queries: Sequence[str], *, everything: bool = True) -> list[list[Any]]:
        """All rows of each query, in the order of the queries.

        Args:
            queries: SOQL.
            everything: Whether deleted rows and archived Tasks count (queryAll).
        """
        resource = "queryAll" if everything else "query"
        parts = [
            {
                "method": "GET",
                "url": f"{self._data_path}{resource}?q={quote(query, safe='')}",
                "referenceId": f"query{number}",
            }
            for number, query in enumerate(queries)
        ]
        return [
            self._all_rows(answer["body"])
            for some in in_chunks(parts, QUERIES_PER_CALL)
            for answer in self._salesforce.composite(some)
        ]

    def _all_rows(self, page: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = list(page["records"])
        while page.get("nextRecordsUrl"):
            path = str(page["nextRecordsUrl"]).removeprefix(self._data_path)
            page = self._salesforce.get(path, what="GET query page")
            rows += page["records"]
        return rows

    def tasks_and_people(
        self,
        key_fields: Sequence[str],
        fields: Sequence[str],
        keys: Sequence[str],
        ids: Mapping[str, Collection[str]],
    ) -> tuple[dict[str, list[PresentTask]], dict[str, PersonRow | None]]:
        """Read Tasks by their key, and who linked ids are today, in one call.

        Args:
            key_fields: Fields of Task that may hold the key, the usual one first.
            fields: Fields of Task that are compared.
            keys: Keys, at most some hundred.
            ids: Ids of people by kind of object.

        Returns:
            The Tasks by key, and the people by id (`None` for who is unknown or not visible).
        """
        kinds = [kind for kind, wanted in ids.items() if wanted and kind not in self._hidden]
        queries = [people_by_id(kind, ids[kind]) for kind in kinds]
        if keys:
            queries.append(tasks_by_key(key_fields, fields, keys))
        try:
            answers = self.ask(queries)
        except QueryError as error:
            # Asking what is visible costs calls, so that it is only asked when it matters.
            hidden = {kind for kind in kinds if self._fields_of(kind) is None}
            if error.code != "INVALID_TYPE" or not hidden:
                raise
            self._hidden |= hidden
            return self.tasks_and_people(key_fields, fields, keys, ids)
        tasks: dict[str, list[PresentTask]] = defaultdict(list)
        for row in answers.pop() if keys else ():
            task = _present_task(row, key_fields, fields)
            tasks[task.key].append(task)
        people: dict[str, PersonRow | None] = {
            wanted: None for several in ids.values() for wanted in several
        }
        for kind, rows in zip(kinds, answers, strict=True):
            people |= {row["Id"]: _person_row(kind, row) for row in rows}
        return dict(tasks), people

    def statuses(self) -> list[dict[str, Any]] | None:
        """The statuses that a Task may have, `None` where this user can't read them."""
        try:
            return list(self._salesforce.rows(statuses()))
        except (QueryError, NotFoundError):
            return None

    def holds_keys(self, key_field: str) -> bool:
        """Whether any Task keeps a key in that field."""
        try:
            return any(self._salesforce.rows(any_key(key_field), include_deleted=True))
        except TooLargeError:
            # The field has no index: in a huge org nobody can tell, so that both are looked at.
            return True

    def is_own_org(self, org_id: str) -> bool:
        """Whether that 18-character id is this org's."""
        return org_id == self._salesforce.org_id

    def has_person_accounts(self) -> bool:
        """Whether the org knows person accounts."""
        return any(row["name"] == "PersonContactId" for row in self._fields_of("Account") or ())

    def candidates(self, keys: Sequence[Keys]) -> list[Candidate]:
        """Everybody who may have one of these phones or e-mails."""
        patterns = sorted({phone_pattern(phone) for each in keys for phone in each.phones})
        emails = sorted({email for each in keys for email in each.emails})
        asked: list[tuple[SObject, Sequence[str], str]] = []
        for sobject in PERSON_KINDS:
            phones = self._phone_fields(sobject)
            if phones is None:
                continue
            fields = (*phones, "Email")
            texts = [
                people_by_email(sobject, fields, some)
                for some in in_chunks(emails, EMAILS_PER_QUERY)
            ]
            if phones:
                texts += [
                    people_by_phone(sobject, fields, phones, some)
                    for some in in_chunks(patterns, PATTERNS_PER_QUERY)
                ]
            asked += [(sobject, phones, text) for text in texts]
        answers = self.ask([text for *_, text in asked], everything=False)
        people = (
            _candidate(sobject, phones, row)
            for (sobject, phones, _), rows in zip(asked, answers, strict=True)
            for row in rows
        )
        return list({person.id: person for person in people}.values())

    def _phone_fields(self, sobject: str) -> tuple[str, ...] | None:
        """The phones of a kind of person, `None` where this user may not see that kind."""
        fields = self._fields_of(sobject)
        if fields is None:
            return None
        return tuple(
            row["name"]
            for row in fields
            if row["type"] == "phone"
            and row["filterable"]
            and row["name"] not in NOT_A_PERSONS_PHONE
        )

    def _fields_of(self, sobject: str) -> list[dict[str, Any]] | None:
        """An object's fields as described, `None` where this user may not see it."""
        try:
            return list(self._salesforce.describe(sobject)["fields"])
        except NotFoundError:
            return None


def _present_task(
    row: Mapping[str, Any], key_fields: Sequence[str], fields: Sequence[str]
) -> PresentTask:
    keys = [str(row[name]) for name in key_fields if row[name]]
    return PresentTask(
        id=row["Id"],
        key=keys[0],
        who_id=row["WhoId"],
        created=row["CreatedDate"],
        fields={name: row[name] for name in fields},
        keyed=bool(row[key_fields[0]]) and not row["IsArchived"],
    )


def _person_row(sobject: str, row: Mapping[str, Any]) -> PersonRow:
    merged_into, deleted = row["MasterRecordId"], bool(row["IsDeleted"])
    match sobject:
        case "Contact":
            return PersonRow(row["Id"], "Contact", deleted, merged_into)
        case "Lead":
            became = row["ConvertedContactId"] if row["IsConverted"] else None
            return PersonRow(row["Id"], "Lead", deleted, merged_into or became)
        case _:
            became = None if deleted else row["PersonContactId"]
            return PersonRow(row["Id"], "Account", deleted, merged_into or became)


def _candidate(sobject: SObject, phone_fields: Sequence[str], row: Mapping[str, Any]) -> Candidate:
    phones = tuple(str(row[name]) for name in phone_fields if row[name])
    return Candidate(row["Id"], sobject, phones, (str(row["Email"]),) if row["Email"] else ())
