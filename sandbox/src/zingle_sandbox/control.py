"""The control API below `/_sandbox/`: journal, clock, faults, profiles, options, reset."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from zingle_sandbox.clock import parse_instant
from zingle_sandbox.faults import FaultRule
from zingle_sandbox.responses import decode_json, json_response
from zingle_sandbox.truth import read_fact, read_truths, truths_to_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from zingle_sandbox.journal import Call
    from zingle_sandbox.sandbox import Sandbox

    Handler = Callable[[Request], Awaitable[Response]]


def call_to_json(call: Call) -> dict[str, Any]:
    """A journal entry as the control API shows it; bodies stay inside."""
    entry = asdict(call)
    del entry["body"]
    entry["at"] = call.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    entry["milliseconds"] = round(call.milliseconds, 3)
    return entry


def summary_to_json(sandbox: Sandbox) -> dict[str, Any]:
    """Totals per service, token requests left out of calls and writes."""
    return {
        system: {**asdict(side), "burst": sandbox.journal.burst(system)}
        for system, side in sandbox.journal.summary().items()
    }


def status_to_json(sandbox: Sandbox) -> dict[str, Any]:
    """What runs here."""
    return {
        "url": sandbox.base_url,
        "tls_url": sandbox.tls_url,
        "seed": read_fact(sandbox.store, "seed"),
        "anchor": read_fact(sandbox.store, "anchor"),
        "clock": _clock(sandbox),
        "summary": summary_to_json(sandbox),
        "profile": dict(sandbox.profile),
        "options": dict(sandbox.options),
        "faults": len(sandbox.faults.active()),
    }


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    now = sandbox.clock.now().isoformat(timespec="microseconds")
    return {"now": now.replace("+00:00", "Z"), "frozen": sandbox.clock.frozen}


def _faults(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        {**asdict(rule), "matched": matched, "fired": fired}
        for rule, matched, fired in sandbox.faults.active()
    ]


class _BadRequestError(Exception):
    """The control call makes no sense; its text is the answer."""


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        content = decode_json(body) if body else {}
    except ValueError as error:
        raise _BadRequestError("the body is not JSON") from error
    if not isinstance(content, dict):
        raise _BadRequestError("the body must be a JSON object")
    return content


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (_BadRequestError, ValueError, TypeError, KeyError) as error:
            return json_response({"error": str(error)}, 400)

    return guarded


class Control:
    """The handlers of the control API."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def status(self, _request: Request) -> Response:
        """What runs here, with the totals."""
        return json_response(status_to_json(self.sandbox))

    async def journal(self, request: Request) -> Response:
        """The calls, oldest first; `?system=`, `?last=n`, `?faults=1`, `?violations=1`."""
        query = request.query_params
        last = int(query.get("last", "0"))
        system = query.get("system")
        if system not in {None, "salesforce", "zingle", "sandbox"}:
            raise _BadRequestError("system is salesforce, zingle or sandbox")
        calls = self.sandbox.journal.calls(system)  # type: ignore[arg-type]  # checked above
        if query.get("faults"):
            calls = [call for call in calls if call.fault]
        if query.get("violations"):
            calls = [call for call in calls if call.violations]
        calls = calls[-last:] if last else calls
        return json_response([call_to_json(call) for call in calls])

    async def clear_journal(self, _request: Request) -> Response:
        """Forget the calls and start the totals at 0."""
        self.sandbox.journal.clear()
        return json_response({})

    async def summary(self, _request: Request) -> Response:
        """Calls and writes per service."""
        return json_response(summary_to_json(self.sandbox))

    async def truth(self, _request: Request) -> Response:
        """Who is whom in the seeded worlds."""
        return json_response(truths_to_json(read_truths(self.sandbox.store)))

    async def reset(self, request: Request) -> Response:
        """Empty both worlds, or seed them anew: `{"seed": "demo", "anchor": "2026-03-02"}`."""
        content = await _object(request)
        self.sandbox.reset()
        await self._seed(content)
        return json_response(status_to_json(self.sandbox))

    async def seed(self, request: Request) -> Response:
        """Fill the worlds: `{"seed": name, "anchor": date}` or `{"people": n, "contacts": n}`."""
        await self._seed(await _object(request))
        return json_response(status_to_json(self.sandbox))

    async def _seed(self, content: dict[str, Any]) -> None:
        from zingle_sandbox.seeds import apply_seed  # noqa: PLC0415 - word lists, only when needed

        unknown = set(content) - {"seed", "anchor", "people", "contacts"}
        if unknown:
            raise _BadRequestError(f"unknown keys {', '.join(sorted(unknown))}")
        apply_seed(
            self.sandbox,
            content.get("seed"),
            anchor=content.get("anchor"),
            people=int(content.get("people", 0)),
            contacts=int(content.get("contacts", 0)),
        )

    async def tick(self, request: Request) -> Response:
        """Let the vendor's connector work once: `{"everybody": true}` for all people."""
        from zingle_sandbox.connector import tick  # noqa: PLC0415 - both sides, only when needed

        content = await _object(request)
        if unknown := set(content) - {"everybody"}:
            raise _BadRequestError(f"unknown keys {', '.join(sorted(unknown))}")
        return json_response(asdict(tick(self.sandbox, everybody=bool(content.get("everybody")))))

    async def get_clock(self, _request: Request) -> Response:
        """The clock."""
        return json_response(_clock(self.sandbox))

    async def set_clock(self, request: Request) -> Response:
        """Any of `{"set": instant or "real", "advance": seconds, "frozen": bool}`."""
        content = await _object(request)
        clock = self.sandbox.clock
        if unknown := set(content) - {"set", "advance", "frozen"}:
            raise _BadRequestError(f"unknown keys {', '.join(sorted(unknown))}")
        if content.get("set") == "real":
            clock.use_real_time()
        elif "set" in content:
            clock.set(parse_instant(str(content["set"])))
        if "advance" in content:
            clock.advance(float(content["advance"]))
        if "frozen" in content:
            clock.freeze() if content["frozen"] else clock.resume()
        return json_response(_clock(self.sandbox))

    async def list_faults(self, _request: Request) -> Response:
        """The rules with how many calls they matched and hit."""
        return json_response(_faults(self.sandbox))

    async def add_fault(self, request: Request) -> Response:
        """Add one rule, given by the fields of `FaultRule`."""
        content = await _object(request)
        if "remove" in content:
            content["remove"] = tuple(content["remove"])
        name = self.sandbox.faults.add(FaultRule(**content))
        return json_response({"id": name}, 201)

    async def clear_faults(self, _request: Request) -> Response:
        """Remove every rule."""
        self.sandbox.faults.clear()
        return json_response([])

    async def remove_fault(self, request: Request) -> Response:
        """Remove one rule."""
        try:
            self.sandbox.faults.remove(request.path_params["id"])
        except KeyError:
            return json_response({"error": "there is no such fault rule"}, 404)
        return json_response(_faults(self.sandbox))

    async def get_profile(self, _request: Request) -> Response:
        """Every ambiguity with its reading and the readings it could have."""
        return json_response(
            {
                name: {"value": self.sandbox.profile[name], "values": values}
                for name, values in self.sandbox.known_profiles.items()
            }
        )

    async def set_profile(self, request: Request) -> Response:
        """Switch readings: `{"put_channels": "append"}`."""
        self.sandbox.choose_profile(await _object(request))
        return json_response(self.sandbox.profile)

    async def get_options(self, _request: Request) -> Response:
        """Every option with its value and its default."""
        return json_response(
            {
                name: {"value": self.sandbox.options[name], "default": default}
                for name, default in self.sandbox.known_options.items()
            }
        )

    async def set_options(self, request: Request) -> Response:
        """Change options."""
        self.sandbox.set_options(await _object(request))
        return json_response(self.sandbox.options)


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The control API."""
    control = Control(sandbox)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/_sandbox/status", control.status),
        ("GET", "/_sandbox/journal", control.journal),
        ("DELETE", "/_sandbox/journal", control.clear_journal),
        ("GET", "/_sandbox/summary", control.summary),
        ("GET", "/_sandbox/truth", control.truth),
        ("POST", "/_sandbox/reset", control.reset),
        ("POST", "/_sandbox/seed", control.seed),
        ("POST", "/_sandbox/connector", control.tick),
        ("GET", "/_sandbox/clock", control.get_clock),
        ("POST", "/_sandbox/clock", control.set_clock),
        ("GET", "/_sandbox/faults", control.list_faults),
        ("POST", "/_sandbox/faults", control.add_fault),
        ("DELETE", "/_sandbox/faults", control.clear_faults),
        ("DELETE", "/_sandbox/faults/{id}", control.remove_fault),
        ("GET", "/_sandbox/profile", control.get_profile),
        ("POST", "/_sandbox/profile", control.set_profile),
        ("GET", "/_sandbox/options", control.get_options),
        ("POST", "/_sandbox/options", control.set_options),
    ]
    return [Route(path, _guarded(handler), methods=[method]) for method, path, handler in table]
