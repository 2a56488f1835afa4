"""Read Singer messages fast, know where each stands, and never quote them in an error.

What a person can write into a text is read, however odd; what is no message ends the run with the
number of its line. Half a last line is the end: the tap was stopped while it wrote.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections import Counter
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecReader, decoder
from singer_sdk.exceptions import InvalidInputLine
from typing_extensions import override

from zingle_sync.texts import clean_tree, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Digits; Python makes no integer of more than 4,300.
_LONGEST_NUMBER = 1000
# What a text should not hold, as JSON writes it; looked for in lines that could hold it.
_ODD = re.compile(
    rb"\\[bf]|\\u00[01]|\\u007f|\\u00[89]|\\ud[89a-f]|\x7f|\xc2[\x80-\x9f]", re.IGNORECASE
)


class PlainReader(MsgSpecReader):
    """A msgspec reader whose errors carry no line of the input: lines hold personal data.

    Attributes:
        line: Number of the line that is being read, from 1.
    """

    line = 0

    @override
    def process_lines(
        self,
        file_input: IO[str] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Hand each message to its callback.

        Raises:
            InvalidInputLine: Naming the line that is no message.
        """
        counts: Counter[str] = Counter()
        for self.line, line in enumerate(_bytes_of(file_input or sys.stdin), start=1):
            text = line.removeprefix(_BYTE_ORDER_MARK).strip() if self.line == 1 else line.strip()
            if not text:
                continue
            try:
                message = self.deserialize_json(text)
                self.assert_line_requires(message, {"type"})
                kind = str(message["type"])
                if callback := callbacks.get(kind):
                    callback(message)
                elif not counts[kind]:
                    shown = one_line(kind, 30)
                    logger.warning("Messages of type %s mean nothing here: passed over", shown)
            except InvalidInputLine as error:
                if text.startswith(b"{") and not line.endswith(b"\n") and _is_half(text):
                    logger.warning("The input ends in the middle of line %d", self.line)
                    break
                raise InvalidInputLine(f"Line {self.line} of the input: {error}") from None
            counts[kind] += 1
        return counts

    @override
    def deserialize_json(self, line: str | bytes) -> dict[str, Any]:
        """Decode one line.

        Raises:
            InvalidInputLine: If it is not a JSON object.
        """
        encoded = line.encode(errors="replace") if isinstance(line, str) else line
        may_be_odd = b"\\" in encoded or b"\x7f" in encoded or not encoded.isascii()
        odd = may_be_odd and _ODD.search(encoded) is not None
        try:
            message = decoder.decode(encoded)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            message, odd = _leniently(encoded), True
        if not isinstance(message, dict):
            raise InvalidInputLine("it is not a JSON object")
        cleaned: dict[str, Any] = clean_tree(message) if odd else message
        return cleaned

    @override
    @staticmethod
    def assert_line_requires(line_dict: dict, requires: set[str]) -> None:  # type: ignore[type-arg] # the SDK's signature
        """Check that a message has its parts.

        Raises:
            InvalidInputLine: Naming the parts that are missing.
        """
        if not isinstance(line_dict, dict):
            raise InvalidInputLine(f"what should hold {', '.join(sorted(requires))} is no object")
        missing = requires.difference(line_dict)
        if missing:
            raise InvalidInputLine(f"it lacks {', '.join(sorted(missing))}")


def check_schema(message: dict[str, Any]) -> None:
    """Check what the SDK takes for granted of a SCHEMA.

    Raises:
        InvalidInputLine: Naming the part that is something else.
    """
    schema, keys = message.get("schema"), message.get("key_properties")
    if not isinstance(message.get("stream"), str):
        raise InvalidInputLine("it is a SCHEMA that names no stream")
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise InvalidInputLine("its SCHEMA has no properties")
    if any(not isinstance(part, dict | bool) for part in schema["properties"].values()):
        raise InvalidInputLine("a property of its SCHEMA is no object")
    if keys is not None and not (
        isinstance(keys, list) and all(isinstance(key, str) for key in keys)
    ):
        raise InvalidInputLine("its key_properties are no list of names")


def _bytes_of(file: IO[str]) -> Iterable[bytes]:
    """Lines as bytes: one that is no UTF-8 must not take the rest along."""
    if (buffer := getattr(file, "buffer", None)) is not None:
        return buffer  # type: ignore[no-any-return]
    return (line.encode(errors="replace") for line in file)


def _leniently(encoded: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Halves of characters, bytes that are no text, raw control characters: read all the same."""
    try:
        return json.loads(
            encoded.decode(errors="replace"),
            strict=False,
            parse_float=Decimal,
            parse_int=_whole,
            parse_constant=str,  # NaN is no number, and is refused as one where one is asked for
        )
    except (ValueError, RecursionError):
        raise InvalidInputLine("it is not JSON") from None


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else Decimal(digits)


def _is_half(text: bytes) -> bool:
    """Whether a line that is no message stops before its end."""
    try:
        json.loads(text.decode(errors="replace"), strict=False)
    except json.JSONDecodeError as error:
        return error.pos >= len(text.decode(errors="replace")) or "Unterminated" in error.msg
    except (ValueError, RecursionError):
        return False
    return False
