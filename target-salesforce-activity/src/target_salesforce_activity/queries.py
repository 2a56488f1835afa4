"""The queries that the target asks, as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from target_salesforce_activity.vendor import VENDOR_FIELDS, VENDOR_TITLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from target_salesforce_activity.searches import PersonFields

Item = TypeVar("Item")


PATTERNS_PER_QUERY = 20
# Enough to meet one of the vendor's among Tasks that people have titled the same.
NEWEST = 50
# The statuses of Tasks; their labels are localised.
STATUSES = "SELECT ApiName, MasterLabel, IsClosed, SortOrder FROM TaskStatus ORDER BY SortOrder"


def quoted(text: str) -> str:
    r"""A SOQL string literal.

    >>> print(quoted("O'Hara"))
    'O\'Hara'
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def newest_vendor_tasks(key_fields: Sequence[str], fields: Sequence[str]) -> str:
    """Ask for the last Tasks that are titled as the vendor's are and carry no key of ours."""
    order = f"ORDER BY CreatedDate DESC LIMIT {NEWEST}"
    return f"{_vendor_tasks(key_fields, fields)} {order}"


def vendor_tasks_of(
    people: Iterable[str], days: tuple[str, str], key_fields: Sequence[str], fields: Sequence[str]
) -> str:
    """Ask for such Tasks of some people, from the first to the last of these days."""
    first, last = days
    when = f"ActivityDate >= {first} AND ActivityDate <= {last}"
    return f"{_vendor_tasks(key_fields, fields)} AND {when} AND WhoId IN {_listed(people)}"


def _vendor_tasks(key_fields: Sequence[str], fields: Sequence[str]) -> str:
    names = ", ".join(dict.fromkeys((*VENDOR_FIELDS, *key_fields, *fields)))
    titles = _listed((VENDOR_TITLE, f"{VENDOR_TITLE}."))
    no_key = "".join(f" AND {name} = null" for name in key_fields)
    return (
        f"SELECT {names} FROM Task WHERE Subject IN {titles} "  # noqa: S608 - described names
        f"AND IsDeleted = false{no_key}"
    )


def _listed(values: Iterable[str]) -> str:
    return "(" + ",".join(quoted(value) for value in values) + ")"


def any_key(key_field: str) -> str:
    """Ask whether any Task keeps a key in that field."""
    return f"SELECT Id FROM Task WHERE {key_field} LIKE 'zgl:%' LIMIT 1"  # noqa: S608 - a fixed name


def tasks_by_key(key_fields: Sequence[str], fields: Sequence[str], keys: Sequence[str]) -> str:
    """Ask for the Tasks that carry these keys (queryAll: archived ones count, deleted don't)."""
    names = ", ".join(dict.fromkeys(("Id", "WhoId", "CreatedDate", *key_fields, *fields)))
    found = " OR ".join(f"{name} IN {_listed(keys)}" for name in key_fields)
    where = f"IsDeleted = false AND ({found})"
    return f"SELECT {names} FROM Task WHERE {where}"  # noqa: S608 - the names come from describe


def people_by_id(sobject: str, fields: Iterable[str], ids: Iterable[str]) -> str:
    """Ask who these ids are today (queryAll: deleted rows tell who they were merged into)."""
    return f"SELECT {', '.join(fields)} FROM {sobject} WHERE Id IN {_listed(ids)}"  # noqa: S608 - ids


def people_by_email(kind: str, fields: PersonFields, emails: Iterable[str]) -> str:
    """Ask for people with one of these e-mails; SOQL compares them without case."""
    return _people(kind, fields, f"Email IN {_listed(emails)}")


def people_by_phone(kind: str, fields: PersonFields, patterns: Iterable[str]) -> str:
    """Ask for people whose phone fields may hold one of these numbers, in any notation."""
    phones = fields.searched_phones
    likes = [f"{name} LIKE {quoted(pattern)}" for pattern in patterns for name in phones]
    return _people(kind, fields, f"({' OR '.join(likes)})")


def _people(kind: str, fields: PersonFields, condition: str) -> str:
    where = f"{fields.open_only} AND {condition}" if fields.open_only else condition
    return f"SELECT {', '.join(fields.selected)} FROM {kind} WHERE {where}"  # noqa: S608 - describe


def in_chunks(values: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """A sequence in pieces."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
