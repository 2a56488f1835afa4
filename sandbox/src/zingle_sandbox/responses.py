"""Quick JSON answers for both services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from zingle_sandbox.odd_texts import with_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping

_encode = msgspec.json.Encoder().encode


def json_response(
    content: Any,  # noqa: ANN401 - anything that JSON can say
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """An answer with a JSON body, UTF-8, compact."""
    return Response(with_surrogates(_encode(content)), status, dict(headers or {}), media_type)


def decode_json(body: bytes) -> Any:  # noqa: ANN401 - anything that JSON can say
    """Parse a request body.

    Raises:
        ValueError: if the body is not JSON.
    """
    return msgspec.json.decode(body)
