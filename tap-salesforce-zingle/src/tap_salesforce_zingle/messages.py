"""Write Singer messages: quickly, and with what Salesforce knows beyond JSON Schema."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage, SchemaMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.messages import Message


_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class HintWriter(MsgSpecWriter):
    """Adds ``x-salesforce`` to properties and ``x-salesforce-org`` to schemas.

    The SDK's catalog drops keywords that it does not know, so they are added when SCHEMA is
    written. Records are not flushed one by one; every other message flushes those before it.
    """

    def __init__(self) -> None:
        """Begin without hints."""
        super().__init__()
        self.hints: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self.org_id: str | None = None
        self._after_record = b""

    def write_message(self, message: Message) -> None:
        """Write a message to standard output."""
        output = sys.stdout.buffer
        if isinstance(message, RecordMessage):
            output.write(self.format_message(message))
            return
        now = datetime.now(tz=timezone.utc)
        self._after_record = b',"time_extracted":"%s"}\n' % now.isoformat().encode()
        if isinstance(message, SchemaMessage):
            message.schema = self.with_hints(message.stream, message.schema)
        output.write(self.format_message(message))
        sys.stdout.flush()

    def write_record(self, before: bytes, record: dict[str, Any]) -> None:
        """Write a RECORD message that nothing else looks at.

        Args:
            before: What ``before_record`` gave for the stream.
            record: The record. Its time of extraction is that of the last other message, which
                is at most a thousand records ago.
        """
        sys.stdout.buffer.write(b"".join((before, _encode(record), self._after_record)))

    @staticmethod
    def before_record(stream: str) -> bytes:
        """What stands before the record in a stream's RECORD messages."""
        return b'{"type":"RECORD","stream":%s,"record":' % _encode(stream)

    def with_hints(self, stream: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a stream with the hints for those properties that it has."""
        hints = self.hints.get(stream, {})
        properties = {
            name: {**entry, "x-salesforce": hints[name]} if name in hints else entry
            for name, entry in schema.get("properties", {}).items()
        }
        org = {} if self.org_id is None else {"x-salesforce-org": self.org_id}
        return {**schema, "properties": properties, **org}
