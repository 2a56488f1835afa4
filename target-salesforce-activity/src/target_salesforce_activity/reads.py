"""Everything that is read from Salesforce before a Task is written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_salesforce_activity import soql
from target_salesforce_activity.activity import PresentTask
from target_salesforce_activity.people import Candidate, Keys, PersonRow
from zingle_sync.salesforce import NotFoundError, QueryError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from zingle_sync.salesforce import Salesforce

__all__ = ["Reads"]

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

    def ask(self, queries: Mapping[str, str], *, everything: bool = True) -> dict[str, list[Any]]:
        """Run named queries and return all their rows.

        Args:
            queries: SOQL by a name that holds letters and digits only.
            everything: Whether deleted rows and archived Tasks count (queryAll).
        """
        resource = "queryAll" if everything else "query"
        found: dict[str, list[Any]] = {}
        for names in soql.in_chunks(tuple(queries), QUERIES_PER_CALL):
            answers = self._salesforce.composite(
                [
                    {
                        "method": "GET",
                        "url": f"{self._data_path}{resource}?q={quote(queries[name], safe='')}",
                        "referenceId": name,
                    }
                    for name in names
                ]
            )
            found.update(
                {
                    name: self._all_rows(answer["body"])
                    for name, answer in zip(names, answers, strict=True)
                }
            )
        return found

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
        """Read Tasks by key, and who linked ids are today, in one call.

        Args:
            key_fields: Fields of Task that may hold the key, the usual one first.
            fields: Fields of Task that are compared.
            keys: Keys, at most some hundred.
            ids: Ids of people by kind of object.

        Returns:
            The Tasks by key, and the people by id (`None` for ids that are unknown, or of a kind
            that this user may not see).
        """
        queries = {
            f"people{sobject}": soql.people_by_id(sobject, wanted)
            for sobject, wanted in ids.items()
            if wanted and sobject not in self._hidden
        }
        if keys:
            queries["tasks"] = soql.tasks_by_key(key_fields, fields, keys)
        try:
            answers = self.ask(queries) if queries else {}
        except QueryError as error:
            # Asking what is visible costs calls, so that it is only asked when it matters.
            hidden = {kind for kind in ids if kind not in self._hidden and not self._sees(kind)}
            if error.code != "INVALID_TYPE" or not hidden:
                raise
            self._hidden |= hidden
            return self.tasks_and_people(key_fields, fields, keys, ids)
        tasks: dict[str, list[PresentTask]] = defaultdict(list)
        for row in answers.get("tasks", ()):
            task = _present_task(row, key_fields, fields)
            tasks[task.key].append(task)
        people: dict[str, PersonRow | None] = {
            wanted: None for several in ids.values() for wanted in several
        }
        for sobject in ids:
            for row in answers.get(f"people{sobject}", ()):
                person = _person_row(sobject, row)
                people[person.id] = person
        return dict(tasks), people

    def statuses(self) -> list[dict[str, Any]]:
        """The statuses that a Task may have."""
        return list(self._salesforce.rows(soql.statuses()))

    def holds_keys(self, key_field: str) -> bool:
        """Whether any Task keeps a key in that field."""
        try:
            return any(self._salesforce.rows(soql.any_key(key_field), include_deleted=True))
        except TooLargeError:
            # The field has no index: in a huge org nobody can tell, so that both are looked at.
            return True

    def is_own_org(self, org_id: str) -> bool:
        """Whether that 18-character id is this org's."""
        return org_id == self._salesforce.org_id

    def has_person_accounts(self) -> bool:
        """Whether the org knows person accounts."""
        return any(row["name"] == "PersonContactId" for row in self._fields_of("Account") or ())

    def candidates(self, keys: Iterable[Keys]) -> list[Candidate]:
        """Find everybody who may have one of these phones or e-mails."""
        phones = {phone.e164: soql.phone_pattern(phone) for each in keys for phone in each.phones}
        emails = sorted({email for each in keys for email in each.emails})
        patterns = sorted(set(phones.values()))
        queries: dict[str, str] = {}
        shapes: dict[str, tuple[str, ...]] = {}
        for sobject in ("Contact", "Lead"):
            found_fields = self._phone_fields(sobject)
            if found_fields is None:
                continue
            shapes[sobject] = phone_fields = found_fields
            fields = (*phone_fields, "Email")
            for number, some in enumerate(soql.in_chunks(emails, EMAILS_PER_QUERY)):
                queries[f"{sobject}Email{number}"] = soql.people_by_email(sobject, fields, some)
            if not phone_fields:
                continue
            for number, some in enumerate(soql.in_chunks(patterns, soql.PATTERNS_PER_QUERY)):
                queries[f"{sobject}Phone{number}"] = soql.people_by_phone(
                    sobject, fields, phone_fields, some
                )
        found = self.ask(queries, everything=False) if queries else {}
        return list(
            {
                candidate.id: candidate
                for name, rows in found.items()
                for candidate in _candidates(name.split("Email")[0].split("Phone")[0], rows, shapes)
            }.values()
        )

    def _phone_fields(self, sobject: str) -> tuple[str, ...] | None:
        """Return the phones of a kind of person, `None` where this user may not see that kind."""
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

    def _sees(self, sobject: str) -> bool:
        return self._fields_of(sobject) is not None

    def _fields_of(self, sobject: str) -> list[dict[str, Any]] | None:
        """Return an object's fields as described, `None` where this user may not see it."""
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


def _candidates(
    sobject: str, rows: Iterable[Mapping[str, Any]], shapes: Mapping[str, Sequence[str]]
) -> Iterator[Candidate]:
    for row in rows:
        phones = tuple(str(row[name]) for name in shapes[sobject] if row[name])
        emails = (str(row["Email"]),) if row["Email"] else ()
        yield Candidate(row["Id"], "Contact" if sobject == "Contact" else "Lead", phones, emails)
