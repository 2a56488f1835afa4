"""Values of Zingle's JSON in the shape they should have, so that an odd one stops nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zingle_sync.texts import read_flag

Json = Mapping[str, Any]


def an_object(value: object) -> Json:
    """An object; empty for anything else.

    >>> an_object({"id": 1}), an_object([]), an_object(None)
    ({'id': 1}, {}, {})
    """
    return value if isinstance(value, Mapping) else {}


def a_list(value: object) -> list[Any]:
    """A list; empty for null and objects, and a single value stands for itself.

    >>> a_list([1]), a_list("x"), a_list(None), a_list({})
    ([1], ['x'], [], [])
    """
    if isinstance(value, list):
        return value
    return [] if value is None or isinstance(value, Mapping) else [value]


def a_text(value: object) -> str | None:
    """A text; numbers as they are written, nothing for what is no text.

    >>> a_text("x"), a_text(101), a_text(True), a_text({})
    ('x', '101', 'true', None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def a_flag(value: object) -> bool | None:
    """Whether a flag is set, however it is written; `None` where nothing tells.

    >>> a_flag(True), a_flag("Yes"), a_flag("false"), a_flag(None), a_flag(1)
    (True, True, False, None, True)
    """
    try:
        return read_flag(value)
    except ValueError:
        return None


def id_of(value: object) -> str | None:
    """The id of an embedded object, which may be `{}` or full of nulls."""
    return a_text(an_object(value).get("id")) or None
