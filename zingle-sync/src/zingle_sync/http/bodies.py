"""What an answer carries: its bytes, and the JSON in them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# Bytes, decompressed. The largest honest answers, pages of 2,000 rows, stay below a tenth of it.
LARGEST_BODY = 256 << 20
_CHUNK = 1 << 20
# An escaped character of JSON; a half of a surrogate pair without its other half is no character.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)

# What no text should hold, as JSON writes it (see `zingle_sync.texts`); an escaped backslash first,
# so that what stands behind it is left alone.
_CONTROL = re.compile(
    rb"(\\\\)|\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|8[0-46-9a-f]|9[0-9a-f])|\\[bf]"
    rb"|\x7f|\xc2[\x80-\x84\x86-\x9f]",
    re.IGNORECASE,
)
_MAY_HOLD_CONTROL = (b"\\u00", b"\\b", b"\\f", b"\x7f", b"\xc2")


class TooLongError(requests.exceptions.RequestException):
    """An answer that no memory should hold."""


class UnreadableError(Exception):
    """A body that is not the JSON that was expected."""


def body_of(response: requests.Response) -> bytes:
    """The whole body, read once.

    requests' own `content` reads 10 KB at a time, which doubles the CPU time of a page of rows.

    Raises:
        requests.exceptions.RequestException: If it breaks off, or is larger than `LARGEST_BODY`.
    """
    chunks, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLongError
    return b"".join(chunks)


def load(response: requests.Response) -> bytes:
    """Read the whole body into the response, for those who take it from there.

    Raises:
        requests.exceptions.RequestException: As `body_of`.
    """
    response._content = body_of(response)  # noqa: SLF001 - its own reading has no bound
    return response.content


def decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The JSON of a body.

    One character that is none (half an emoji, bytes that are not UTF-8, a raw line break) or one
    number beyond all bounds must not lose a page: where the strict decoder stops, a lenient one
    replaces the character by U+FFFD and the number by null. Control characters are left out.

    Raises:
        UnreadableError: If it is no JSON, of another shape, or nested too deep.
    """
    if any(part in body for part in _MAY_HOLD_CONTROL):
        body = _CONTROL.sub(rb"\1", body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if "out of range" not in str(error):
            raise UnreadableError from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise UnreadableError from None
    try:
        return msgspec.convert(_lenient(body, decoder.float_hook), decoder.type)
    except (ValueError, RecursionError):
        raise UnreadableError from None


def _lenient(body: bytes, float_of: Callable[[str], Any] | None) -> object:
    text = body.decode("utf-8-sig", "replace")
    whole = _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)

    def number(digits: str) -> object:
        value = float(digits)
        return None if value in (float("inf"), float("-inf")) else (float_of or float)(digits)

    return json.loads(
        whole, strict=False, parse_float=number, parse_int=_whole, parse_constant=lambda _: None
    )


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= 40 else None  # noqa: PLR2004 - longer than any id
