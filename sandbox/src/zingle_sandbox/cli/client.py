"""Talks to a running sandbox's control API."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit


class ControlError(Exception):
    """The sandbox refused a control call, or did not answer."""


def call(
    url: str, method: str, path: str, content: object = None, *, timeout: float | None = 30
) -> Any:  # noqa: ANN401 - whatever JSON says
    """Send one control call and return its JSON.

    Args:
        url: of the sandbox, such as `http://127.0.0.1:8765`.
        method: HTTP method.
        path: below `/_sandbox/`.
        content: sent as JSON, if given.
        timeout: seconds; None waits for as long as it takes.

    Raises:
        ControlError: saying what the sandbox said.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout)
    body = None if content is None else json.dumps(content)
    try:
        connection.request(method, f"/_sandbox/{path}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read() or b"null")
    except (OSError, HTTPException, ValueError) as error:
        raise ControlError(f"the sandbox at {url} does not answer: {error}") from error
    finally:
        connection.close()
    if response.status >= 400:  # noqa: PLR2004 - HTTP errors
        raise ControlError(str(answer.get("error", answer)))
    return answer
