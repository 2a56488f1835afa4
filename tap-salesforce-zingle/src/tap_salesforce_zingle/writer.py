"""Write Singer messages: quickly, and with what Salesforce knows beyond JSON Schema."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage, SchemaMessage
from typing_extensions import override

from zingle_sync.singer.errors import StopRun
from zingle_sync.singer.writer import whole_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib.messages import Message


# Bytes of records that are written at once.
_BUFFER = 1 << 16
_encode = encoder.encode
# JSON allows these raw, but readers that split at Unicode's line ends take them for the end of one.
_LINE_ENDS = (
    (b"\xc2\x85", b"\\u0085"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)


class HintWriter(MsgSpecWriter):
    """Adds `x-salesforce` to properties and `x-salesforce-org` to schemas.

    The SDK's catalog drops keywords that it does not know, so they are added when SCHEMA is
    written. Records are collected and written together; every other message comes after them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hints: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self.org_id: str | None = None
        self._after_record = b""
        self._records = bytearray()

    @override
    def write_message(self, message: Message) -> None:
        """Write a message to standard output."""
        if isinstance(message, RecordMessage):
            self._collect(self.format_message(message))
            return
        now = datetime.now(tz=UTC)
        self._after_record = b',"time_extracted":"%s"}\n' % now.isoformat().encode()
        if isinstance(message, SchemaMessage):
            message.schema = self.with_hints(message.stream, message.schema)
        self._records += self.format_message(message)
        self.flush()

    def flush(self) -> None:
        """Write what has been collected; needed at the end of a stream, where no STATE may come.

        Raises:
            StopRun: If nobody reads any more.
        """
        records, self._records = self._records, bytearray()
        for raw, escaped in _LINE_ENDS:
            if raw in records:
                records = records.replace(raw, escaped)
        try:
            with whole_lines():
                sys.stdout.buffer.write(records)
                sys.stdout.flush()
        except BrokenPipeError as error:
            # Python would try once more when it ends, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise StopRun("The loader has ended before the tap; its own log says why.") from error

    def _collect(self, line: bytes | bytearray) -> None:
        self._records += line
        if len(self._records) >= _BUFFER:
            self.flush()

    def write_record(self, before: bytes, record: dict[str, Any]) -> None:
        """Write a RECORD message that nothing else looks at.

        Args:
            before: What `before_record` gave for the stream.
            record: The record. Its time of extraction is that of the last other message, which
                is at most a thousand records ago.
        """
        self._collect(b"".join((before, _encode(record), self._after_record)))

    @staticmethod
    def before_record(stream: str, version: int | None) -> bytes:
        """What stands before the record in a stream's RECORD messages."""
        of_version = b"" if version is None else b'"version":%d,' % version
        return b'{"type":"RECORD","stream":%s,%s"record":' % (_encode(stream), of_version)

    def with_hints(self, stream: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a stream with the hints for those properties that it has."""
        hints = self.hints.get(stream, {})
        properties = {
            name: {**entry, "x-salesforce": hints[name]} if name in hints else entry
            for name, entry in schema.get("properties", {}).items()
        }
        org = {} if self.org_id is None else {"x-salesforce-org": self.org_id}
        return {**schema, "properties": properties, **org}


def leaves_records_alone(maps: Sequence[StreamMap]) -> bool:
    """Whether a stream's maps hand records on as they are."""
    first = maps[0]
    return len(maps) == 1 and type(first) is SameRecordTransform and not first.flattening_enabled
