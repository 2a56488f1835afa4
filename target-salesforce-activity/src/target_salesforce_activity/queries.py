"""The queries that the target asks, as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zingle_sync.identity import Phone

Item = TypeVar("Item")


PATTERNS_PER_QUERY = 20
LAST_DIGITS = 9

_BY_ID = {
    "Contact": "SELECT Id, IsDeleted, MasterRecordId FROM Contact",
    "Lead": "SELECT Id, IsDeleted, MasterRecordId, IsConverted, ConvertedContactId FROM Lead",
    "Account": "SELECT Id, IsDeleted, MasterRecordId, PersonContactId FROM Account",
}


def quoted(text: str) -> str:
    r"""A SOQL string literal.

    >>> print(quoted("O'Hara"))
    'O\'Hara'
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _listed(values: Iterable[str]) -> str:
    return "(" + ",".join(quoted(value) for value in values) + ")"


def statuses() -> str:
    """Ask for the statuses of Tasks; their labels are localised."""
    return "SELECT ApiName, MasterLabel, IsClosed, SortOrder FROM TaskStatus ORDER BY SortOrder"


def any_key(key_field: str) -> str:
    """Ask whether any Task keeps a key in that field."""
    return f"SELECT Id FROM Task WHERE {key_field} LIKE 'zgl:%' LIMIT 1"  # noqa: S608 - a fixed name


def tasks_by_key(key_fields: Sequence[str], fields: Sequence[str], keys: Sequence[str]) -> str:
    """Ask for the Tasks that carry these keys (queryAll: archived ones count, deleted don't)."""
    names = ", ".join(
        dict.fromkeys(("Id", "WhoId", "CreatedDate", "IsArchived", *key_fields, *fields))
    )
    found = " OR ".join(f"{name} IN {_listed(keys)}" for name in key_fields)
    where = f"IsDeleted = false AND ({found})"
    return f"SELECT {names} FROM Task WHERE {where}"  # noqa: S608 - the names come from describe


def people_by_id(sobject: str, ids: Iterable[str]) -> str:
    """Ask who these ids are today (queryAll: deleted rows tell who they were merged into)."""
    return f"{_BY_ID[sobject]} WHERE Id IN {_listed(ids)}"


def people_by_email(sobject: str, fields: Sequence[str], emails: Iterable[str]) -> str:
    """Ask for people with one of these e-mails; SOQL compares them without case."""
    return f"{_people(sobject, fields)} AND Email IN {_listed(emails)}"


def people_by_phone(
    sobject: str, fields: Sequence[str], phone_fields: Sequence[str], patterns: Iterable[str]
) -> str:
    """Ask for people whose phone fields may hold one of these numbers, in any notation."""
    likes = [f"{name} LIKE {quoted(pattern)}" for pattern in patterns for name in phone_fields]
    return f"{_people(sobject, fields)} AND ({' OR '.join(likes)})"


def _people(sobject: str, fields: Sequence[str]) -> str:
    names = ", ".join(dict.fromkeys(("Id", *fields)))
    only_open = "IsConverted = false" if sobject == "Lead" else "IsDeleted = false"
    return f"SELECT {names} FROM {sobject} WHERE {only_open}"  # noqa: S608 - names of describe


def phone_pattern(phone: Phone) -> str:
    """A LIKE pattern that finds a number however its digits are grouped.

    Its last digits in order, anything in between; whoever is found is compared afterwards.
    """
    digits = "".join(filter(str.isdigit, phone.e164))[-LAST_DIGITS:]
    return "%" + "%".join(digits) + "%"


def in_chunks(values: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """A sequence in pieces."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
