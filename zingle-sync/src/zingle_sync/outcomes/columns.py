"""Columns of the sync log that take any value: what does not fit is fitted here, and only here.

SQLite takes everything, PostgreSQL stops at a NUL, half a character, a long text or a big number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, String, Text, TypeDecorator
from typing_extensions import override

from zingle_sync.texts import clean, clean_tree

if TYPE_CHECKING:
    _Moment = TypeDecorator[datetime]
    _Text = TypeDecorator[str]
    _Number = TypeDecorator[int]
    _Any = TypeDecorator[Any]
else:
    _Moment = _Text = _Number = _Any = TypeDecorator

_BIGGEST = 2**63 - 1
# Bytes of a key; an index of PostgreSQL takes rows of about 2,700.
LONGEST_NAME, LONGEST_KEY = 255, 1000


def fit(text: str, longest: int) -> str:
    """A text of at most so many bytes of UTF-8."""
    encoded = clean(text).encode()
    return encoded[:longest].decode(errors="ignore") if len(encoded) > longest else clean(text)


def fit_key(key: str, longest: int) -> str:
    """A key of at most so many bytes, different for different keys."""
    if fit(key, longest) == key:
        return key
    digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{fit(key, longest - len(digest) - 1)}~{digest}"


def fit_tree(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON with every text cleaned; numbers beyond 64 bits become decimals."""
    match value:
        case int() if abs(value) > _BIGGEST:
            return Decimal(value)
        case Mapping():
            return {clean(str(name)): fit_tree(item) for name, item in value.items()}
        case list() | tuple():
            return [fit_tree(item) for item in value]
        case _:
            return clean_tree(value)


class Moment(_Moment):
    """A UTC instant: aware in Python on every database (SQLite itself knows no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Key(_Text):
    """A text that names something: never cut into another name."""

    impl = Text
    cache_ok = True

    def __init__(self, longest: int) -> None:
        """Take so many bytes."""
        super().__init__()
        self.longest = longest

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Fit it."""
        return None if value is None else fit_key(str(value), self.longest)


class Word(_Text):
    """A short text, cut where it is longer than its column."""

    impl = String
    cache_ok = True

    def __init__(self, longest: int) -> None:
        """Take so many characters, and as many bytes."""
        super().__init__(longest)
        self.longest = longest

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Fit it."""
        return None if value is None else fit(str(value), self.longest)


class Sentence(_Text):
    """A text of any length."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean it."""
        return None if value is None else clean(value)


class Count(_Number):
    """A whole number, as big as the database knows."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Fit it."""
        return None if value is None else max(-_BIGGEST, min(int(value), _BIGGEST))


class Tree(_Any):
    """Any JSON."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Clean every text in it."""
        return None if value is None else fit_tree(value)
