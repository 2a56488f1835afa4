"""What faults do to a connection, and what the gate does to a request on its way in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send


def recording(receive: Receive, into: bytearray) -> Receive:
    """A `receive` that keeps a copy of the body."""

    async def record() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            into.extend(message.get("body", b""))
        return message

    return record


async def drain(receive: Receive) -> None:
    """Read the request to its end, so that the client has sent it all."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


class Connection:
    """The transport below an ASGI call, for what ASGI cannot say: hang up without an answer.

    uvicorn's `send` is a method of its request cycle, which holds the transport; both of its HTTP
    implementations do so.
    """

    def __init__(self, send: Send, receive: Receive) -> None:
        self._transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]  # see above
        self._receive = receive

    async def cut(self) -> None:
        """Drop the connection at once, unsent bytes included."""
        self._transport.abort()
        await self._gone()

    async def close(self) -> None:
        """Close the connection after what has been sent."""
        self._transport.close()
        await self._gone()

    async def _gone(self) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._disconnected(), timeout=5)

    async def _disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
