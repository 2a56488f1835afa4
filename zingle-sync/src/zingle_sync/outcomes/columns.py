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
    _Any = TypeDecorator[Any]
else:
    _Any = TypeDecorator

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


class _Fitted(_Any):
    """A column whose values are fitted by `fitted`; null stays null."""

    def fitted(self, value: Any) -> Any:  # noqa: ANN401 - any column's value
        raise NotImplementedError

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.fitted(value)


class Moment(_Fitted):
    """A UTC instant: aware in Python on every database (SQLite itself knows no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def fitted(self, value: datetime) -> datetime:
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Key(_Fitted):
    """A text that names something, of so many bytes: never cut into another name."""

    impl = Text
    cache_ok = True

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    @override
    def fitted(self, value: object) -> str:
        return fit_key(str(value), self.longest)


class Word(_Fitted):
    """A short text, cut where it is longer than so many characters, or as many bytes."""

    impl = String
    cache_ok = True

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.longest = longest

    @override
    def fitted(self, value: object) -> str:
        return fit(str(value), self.longest)


class Sentence(_Fitted):
    """A text of any length."""

    impl = Text
    cache_ok = True

    @override
    def fitted(self, value: str) -> str:
        return clean(value)


class Count(_Fitted):
    """A whole number, as big as the database knows."""

    impl = BigInteger
    cache_ok = True

    @override
    def fitted(self, value: int) -> int:
        return max(-_BIGGEST, min(int(value), _BIGGEST))


class Tree(_Fitted):
    """Any JSON."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    @override
    def fitted(self, value: Any) -> Any:
        return fit_tree(value)
