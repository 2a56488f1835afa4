"""The values that the Salesforce client hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class QueryPage:
    """One page of a query's result.

    Attributes:
        records: Rows as Salesforce sent them, `attributes` included.
        total_size: Rows of the whole result.
        done: Whether this is the last page.
        next_url: Path of the next page, None on the last.
    """

    records: list[dict[str, Any]]
    total_size: int
    done: bool
    next_url: str | None


@dataclass(frozen=True, slots=True)
class RowError:
    """Why Salesforce refused one row.

    Attributes:
        code: Salesforce's status code, such as `REQUIRED_FIELD_MISSING`.
        message: Salesforce's sentence without the customer's values.
        fields: The fields it is about.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of an insert, update or upsert; results keep the order of the rows.

    Attributes:
        id: The record's id; None when Salesforce names none.
        success: Whether the row was written.
        created: True for a new record, False for a changed one, None when Salesforce does not say.
        errors: Why not, empty on success.
    """

    id: str | None
    success: bool
    created: bool | None = None
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """The org's daily API calls, from the header `Sforce-Limit-Info`.

    Attributes:
        used: Calls of the last 24 hours, those of everybody.
        limit: Calls that the org may make in 24 hours.
    """

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Login:
    """A session.

    Attributes:
        access_token: Bearer token.
        instance_url: Where every call goes, with scheme, without a trailing slash.
        org_id: 18-character organization id, None when the login does not name it.
        user_id: 18-character user id, None when the login does not name it.
        refresh_token: A new one, where the login brought one.
    """

    access_token: str
    instance_url: str
    org_id: str | None = None
    user_id: str | None = None
    refresh_token: str | None = field(default=None, repr=False)
