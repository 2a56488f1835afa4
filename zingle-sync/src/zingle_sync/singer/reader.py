"""Read Singer messages fast, and never quote them in an error."""

from __future__ import annotations

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecReader, decoder
from singer_sdk.exceptions import InvalidInputLine
from typing_extensions import override


class PlainReader(MsgSpecReader):
    """A msgspec reader whose errors carry no line of the input: lines hold personal data."""

    @override
    def deserialize_json(self, line: str) -> dict:  # type: ignore[type-arg] # the SDK's signature
        """Decode one line.

        Raises:
            InvalidInputLine: If it is not JSON.
        """
        try:
            message = decoder.decode(line)
        except msgspec.DecodeError:
            raise InvalidInputLine("a line is not JSON") from None
        if not isinstance(message, dict):
            raise InvalidInputLine("a line is not a JSON object")
        return message

    @override
    @staticmethod
    def assert_line_requires(line_dict: dict, requires: set[str]) -> None:  # type: ignore[type-arg] # the SDK's signature
        """Check that a message has its parts.

        Raises:
            InvalidInputLine: Naming the parts that are missing.
        """
        missing = requires.difference(line_dict)
        if missing:
            raise InvalidInputLine(f"a message lacks {', '.join(sorted(missing))}")
