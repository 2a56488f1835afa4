"""The gate in front of both services: journal, clock header, faults, unknown paths.

One plain ASGI application. For each call it decides which side is meant, asks the fault rules,
lets the router answer, and notes the call in the journal before the last byte leaves, so that a
client that has its answer finds the call in the journal.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Router

from zingle_sandbox import control, page
from zingle_sandbox.admission import (
    as_routed,
    cased,
    is_foreign,
    redact,
    refusal,
    system_of,
)
from zingle_sandbox.answers import fault_body, rewritten
from zingle_sandbox.connection import Connection, drain, recording
from zingle_sandbox.journal import Call, System

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import Message, Receive, Scope, Send

    from zingle_sandbox.faults import FaultRule
    from zingle_sandbox.sandbox import Sandbox

_TOKEN_PATH = re.compile(
    r"^/(services/(oauth2/(token|revoke|introspect)|Soap/)|v2/(token|oauth/exchange)\b)"
)
_PIECES = 8


@dataclass(slots=True)
class _Visit:
    """One call on its way through the gate."""

    number: int
    at: datetime
    started: float
    system: System
    method: str
    path: str
    query: str
    state: dict[str, Any]
    body: bytearray | None = None
    fault: FaultRule | None = None
    foreign: bool = False
    status: int = 0
    noted: bool = False
    held: list[Message] = field(default_factory=list)


class Gate:
    """The ASGI application of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._sides = dict(zip(("salesforce", "zingle"), sandbox.sides, strict=True))
        routes = [route for side in sandbox.sides for route in side.routes(sandbox)]
        routes += control.routes(sandbox) + page.routes(sandbox)
        self._router = Router(routes, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP call."""
        if scope["type"] != "http":
            return
        visit = self._admit(scope)
        scope["path"] = as_routed(visit.system, scope["path"])
        scope["raw_path"] = as_routed(visit.system, scope["raw_path"].decode("latin-1")).encode(
            "latin-1"
        )
        connection = Connection(send, receive)
        if visit.body is not None:
            receive = recording(receive, visit.body)
        if visit.system == "sandbox" and (reason := refusal(self.sandbox, visit.method, scope)):
            await drain(receive)
            answer = JSONResponse({"error": reason}, 403)
            await answer(scope, receive, self._sending(visit, send))
            return
        await self._answer(visit, connection, scope, receive, send)

    async def _answer(
        self, visit: _Visit, connection: Connection, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve an admitted call, with the fault that hits it."""
        fault = visit.fault
        kind = fault.kind if fault else None
        if fault is not None and kind == "drop_before":
            await drain(receive)
            self._note(visit)
            await connection.cut()
        elif fault is not None and (kind == "rate_limit" or _replaces(fault)):
            await drain(receive)
            await self._refuse(visit, fault, scope, receive, send)
        elif fault is not None and kind in {"drop_after", "rewrite", "status", "truncate"}:
            await self._serve(visit, scope, receive, _holding(visit))
            if kind == "drop_after":
                visit.status = 0
                self._note(visit)
                await connection.cut()
            elif kind == "truncate":
                await self._truncate(visit, send, connection)
            elif kind == "rewrite":
                await self._rewrite(visit, fault, send)
            else:
                await self._refuse(visit, fault, scope, receive, send)
        else:
            if fault is not None:
                await self._before(fault, scope)
            slow = fault.seconds if fault is not None and kind == "slow_body" else 0.0
            await self._serve(visit, scope, receive, self._sending(visit, send, slow))

    def _admit(self, scope: Scope) -> _Visit:
        sandbox = self.sandbox
        path: str = scope["path"]
        if path.startswith("//") and path.lstrip("/").startswith("services/"):
            # Real hosts take a second slash, which clients put between base address and path.
            path = scope["path"] = "/" + path.lstrip("/")
            scope["raw_path"] = b"/" + scope["raw_path"].lstrip(b"/")
        query = scope["query_string"].decode("latin-1")
        system = system_of(path)
        state = scope["state"] = {**scope.get("state", {}), "changed_rows": 0, "violations": []}
        scope["app"] = self
        visit = _Visit(
            number=sandbox.journal.next_number(system),
            at=sandbox.clock.now(),
            started=time.perf_counter(),
            system=system,
            method=scope["method"],
            path=path,
            query=query,
            state=state,
        )
        if system != "sandbox":
            visit.foreign = is_foreign(sandbox, system, path, scope)
            visit.fault = sandbox.faults.decide(system, visit.method, path, query, time.monotonic())
            if sandbox.journal.keep_bodies:
                visit.body = bytearray()
        return visit

    async def _before(self, fault: FaultRule, scope: Scope) -> None:
        """Faults that let the service answer after all."""
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "clock_jump":
            self.sandbox.clock.advance(fault.seconds)
        elif fault.kind == "expire_token":
            authorization = Request(scope).headers.get("authorization", "")
            for side in self._sides.values():
                side.expire_token(self.sandbox, authorization)

    async def _serve(self, visit: _Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the router answer; turn what it cannot answer into that side's refusal."""
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            visit.state["violations"].append(
                f"there is no such path here ({error.status_code})"
                if error.status_code in {404, 405}
                else f"answered {error.status_code}"
            )
            await drain(receive)
            await self._unknown(visit, scope, receive, error.status_code)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the sandbox must go on, and the test must hear of it
            traceback.print_exc(file=sys.stderr)
            visit.state["violations"].append(f"the sandbox itself failed: {error!r}")
            answer = JSONResponse({"sandbox_failure": repr(error)}, 500)
            await answer(scope, receive, send)

    def _unknown(self, visit: _Visit, scope: Scope, receive: Receive, status: int) -> Response:
        side = self._sides.get(visit.system)
        if side is not None:
            return side.not_found(Request(scope, receive))
        return JSONResponse({"error": f"the sandbox has no {visit.method} {visit.path}"}, status)

    async def _refuse(
        self, visit: _Visit, fault: FaultRule, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer in the service's place."""
        status = 429 if fault.kind == "rate_limit" else fault.status
        body, content_type = fault_body(fault, visit.system, visit.path, status)
        headers = {name: value for name, value in fault.headers.items() if value is not None}
        if fault.retry_after is not None:
            headers["Retry-After"] = (
                self.sandbox.clock.http_date(fault.retry_after)
                if fault.retry_after_date
                else str(fault.retry_after)
            )
        answer = Response(body, status, headers, content_type)
        await answer(scope, receive, self._sending(visit, send))

    async def _rewrite(self, visit: _Visit, fault: FaultRule, send: Send) -> None:
        """Send what the service answered, changed."""
        start = visit.held[0]
        body = b"".join(message.get("body", b"") for message in visit.held[1:])
        headers, body = rewritten(fault, list(start.get("headers", [])), body)
        sending = self._sending(visit, send)
        await sending({**start, "headers": headers})
        await sending({"type": "http.response.body", "body": body})

    async def _truncate(self, visit: _Visit, send: Send, connection: Connection) -> None:
        """Promise the whole body, send half of it, and close."""
        start = visit.held[0]
        body = b"".join(message.get("body", b"") for message in visit.held[1:])
        visit.status = start["status"]
        self._note(visit)
        await send(self._dated(start, length=len(body)))
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        await connection.close()

    def _sending(self, visit: _Visit, send: Send, slow: float = 0.0) -> Send:
        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                if _ends_with_its_headers(message):
                    self._note(visit)
                await send(self._dated(message))
                return
            if slow and message.get("body"):
                # The last piece goes the common way: a client that has it has the whole answer.
                body: bytes = message["body"]
                size = max(1, len(body) // _PIECES)
                while len(body) > size:
                    await asyncio.sleep(slow / _PIECES)
                    piece, body = body[:size], body[size:]
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(slow / _PIECES)
                message = {**message, "body": body}
            if not message.get("more_body", False):
                self._note(visit)
            await send(message)

        return forward

    def _dated(self, start: Message, *, length: int | None = None) -> Message:
        headers = [(cased(name), value) for name, value in start.get("headers", [])]
        headers.append((b"Date", self.sandbox.clock.http_date().encode("ascii")))
        if length is not None and not any(name == b"Content-Length" for name, _ in headers):
            headers.append((b"Content-Length", str(length).encode("ascii")))
        return {**start, "headers": headers}

    def _note(self, visit: _Visit) -> None:
        if visit.noted:
            return
        visit.noted = True
        self.sandbox.journal.add(
            Call(
                number=visit.number,
                at=visit.at,
                system=visit.system,
                method=visit.method,
                path=visit.path,
                query=redact(visit.query),
                status=visit.status,
                milliseconds=(time.perf_counter() - visit.started) * 1000,
                is_token=_TOKEN_PATH.match(visit.path) is not None,
                changed_rows=visit.state["changed_rows"],
                fault=visit.fault.id if visit.fault else None,
                arrived=visit.started,
                foreign_authorization=visit.foreign,
                violations=tuple(visit.state["violations"]),
                body=bytes(visit.body) if visit.body is not None else None,
            )
        )


def _ends_with_its_headers(start: Message) -> bool:
    lengths = [value for name, value in start.get("headers", []) if name == b"content-length"]
    return start["status"] in {204, 304} or lengths == [b"0"]


def _replaces(fault: FaultRule) -> bool:
    return fault.kind == "status" and not fault.after_effect


def _holding(visit: _Visit) -> Send:
    async def hold(message: Message) -> None:
        visit.held.append(message)

    return hold
