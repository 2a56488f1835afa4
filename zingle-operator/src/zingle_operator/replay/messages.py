"""Build what a replay of contacts sends: Singer messages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from zingle_sync.outcomes.values import KEPT_RECORDS
from zingle_sync.singer.replay import mapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A replay is no full run: the target must see a bookmark first, and this one is never kept.
_BOOKMARK = {"type": "STATE", "value": {"bookmarks": {KEPT_RECORDS: {}}}}


def replay_messages(
    schemas: bytes, payloads: Sequence[tuple[str, str]], settings: Mapping[str, Any]
) -> tuple[bytes, tuple[str, ...]]:
    """Put kept records back into the form in which they were kept.

    Args:
        schemas: SCHEMA messages of the tap, one a line; other lines are passed over.
        payloads: Stream and JSON text of each record, oldest first.
        settings: Those of the target, whose stream maps the records have gone through.

    Returns:
        The messages, and the streams that the tap does not have any more.
    """
    known: dict[str, dict[str, Any]] = {}
    for line in schemas.splitlines():
        if line.startswith(b"{"):
            message = msgspec.json.decode(line)
            if message.get("type") == "SCHEMA":
                known |= {one["stream"]: one for one in mapped(message, settings)}
    wanted = dict.fromkeys(stream for stream, _ in payloads)
    unknown = tuple(stream for stream in wanted if stream not in known)
    lines = [msgspec.json.encode(known[stream]) for stream in wanted if stream in known]
    if not lines:
        return b"", unknown
    for stream, payload in payloads:
        if stream in known:
            record = msgspec.json.encode(
                {"type": "RECORD", "stream": stream, "record": msgspec.Raw(payload.encode())}
            )
            lines.append(record)
    return b"\n".join([msgspec.json.encode(_BOOKMARK), *lines, b""]), unknown
