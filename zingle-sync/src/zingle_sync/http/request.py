"""What to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without its authorization.

    Attributes:
        url: Whole address.
        what: The request in words for messages, without data or queries.
        body: Bytes of the body, or a form.
        repeatable: Whether carrying it out twice does no harm.
    """

    method: str
    url: str
    what: str
    headers: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    body: bytes | Mapping[str, str] | None = None
    repeatable: bool = True
