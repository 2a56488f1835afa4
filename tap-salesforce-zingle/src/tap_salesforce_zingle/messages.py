"""Write Singer messages: quickly, and with what Salesforce knows beyond JSON Schema."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage, SchemaMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.messages import Message


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

    def write_message(self, message: Message) -> None:
        """Write a message to standard output."""
        output = sys.stdout.buffer
        if isinstance(message, RecordMessage):
            output.write(self.format_message(message))
            return
        if isinstance(message, SchemaMessage):
            message.schema = self.with_hints(message.stream, message.schema)
        output.write(self.format_message(message))
        sys.stdout.flush()

    def with_hints(self, stream: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a stream with the hints for those properties that it has."""
        hints = self.hints.get(stream, {})
        properties = {
            name: {**entry, "x-salesforce": hints[name]} if name in hints else entry
            for name, entry in schema.get("properties", {}).items()
        }
        org = {} if self.org_id is None else {"x-salesforce-org": self.org_id}
        return {**schema, "properties": properties, **org}
