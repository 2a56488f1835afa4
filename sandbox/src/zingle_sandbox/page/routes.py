"""The routes of the page: people, one person, calls, switches."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast, get_args
from urllib.parse import unquote_plus, urlencode

import jinja2
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zingle_sandbox.faults import KINDS, FaultRule
from zingle_sandbox.page.days import conversation_days
from zingle_sandbox.page.details import guest_details
from zingle_sandbox.page.queries import World
from zingle_sandbox.page.shapes import Show
from zingle_sandbox.truth import read_fact

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from zingle_sandbox.sandbox import Sandbox

PAIRS = 40
MOST_PAIRS = 2_000
CALLS = 200
_NUMBERS = ("status", "skip", "every", "times", "seconds", "per_second", "retry_after", "cut")
_USED_BY = {
    "status": {"status"},
    "retry_after": {"status", "rate_limit"},
    "seconds": {"latency", "slow_body", "clock_jump"},
    "per_second": {"rate_limit"},
    "cut": {"rewrite"},
}


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zingle_sandbox.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = unquote_plus
    return environment


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return (
        files("zingle_sandbox.page")
        .joinpath("templates")
        .joinpath(name)
        .read_text(encoding="utf-8")
    )


class Page:
    """The handlers of the page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def people(self, request: Request) -> Response:
        """Both worlds, person by person."""
        query = request.query_params
        search = query.get("q", "").strip()
        show = query.get("show", "all")
        if show not in get_args(Show):
            show = "all"
        limit = int(query["limit"]) if query.get("limit", "").isdecimal() else PAIRS
        limit = min(limit, MOST_PAIRS)
        world = World(self.sandbox.store)
        totals = world.totals()
        more = {"q": search, "show": show, "limit": str(min(limit + 100, MOST_PAIRS))}
        return self._html(
            "people.html",
            here="/",
            title="People",
            totals=totals,
            share=round(100 * totals.linked / totals.guests) if totals.guests else 0,
            summary=self.sandbox.journal.summary(),
            pairs=world.pairs(cast("Show", show), search, limit),
            search=search,
            show=show,
            limit=limit,
            more_query=urlencode(more) if limit < MOST_PAIRS else "",
        )

    async def person(self, request: Request) -> Response:
        """One person on both sides, with the conversation and its Tasks."""
        wanted = request.path_params["id"]
        world = World(self.sandbox.store)
        person = world.person(wanted)
        guest, join = world.guest_of(person) if person else (world.guest(wanted), "")
        if person is None and guest is not None:
            person = world.person_of(guest)
            join = "linked" if guest.external_id else ""
        if person is None and guest is None:
            return self._html("missing.html", 404, here="", title="Nobody", wanted=wanted)
        days, others, zone = conversation_days(
            self.sandbox.store,
            guest.number if guest else None,
            person.id if person else None,
        )
        return self._html(
            "person.html",
            here="",
            title=(person or guest).name or "no name",  # type: ignore[union-attr]  # one is there
            person=person,
            guest=guest,
            join=join,
            days=days,
            other_tasks=others,
            zone=zone,
            details=guest_details(self.sandbox.store, guest.number) if guest else [],
        )

    async def calls(self, request: Request) -> Response:
        """The last calls, newest first, faults marked."""
        only = request.query_params.get("only", "")
        calls = self.sandbox.journal.calls()
        if only in {"salesforce", "zingle"}:
            calls = [call for call in calls if call.system == only]
        elif only == "faults":
            calls = [call for call in calls if call.fault]
        elif only == "violations":
            calls = [call for call in calls if call.violations]
        return self._html(
            "calls.html",
            here="/calls",
            title="Calls",
            only=only,
            kept=CALLS,
            calls=calls[-CALLS:][::-1],
        )

    async def switches(self, _request: Request) -> Response:
        """Faults, profiles and options."""
        return self._switches()

    async def add_fault(self, request: Request) -> Response:
        """Add the fault rule of the form."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            self.sandbox.faults.add(FaultRule(**_rule(form)))
        except (TypeError, ValueError) as error:
            return self._switches(str(error))
        return RedirectResponse("/switches", 303)

    async def remove_fault(self, request: Request) -> Response:
        """Remove one fault rule; one that is gone already is fine."""
        name = str((await request.form()).get("id", ""))
        if any(rule.id == name for rule, _, _ in self.sandbox.faults.active()):
            self.sandbox.faults.remove(name)
        return RedirectResponse("/switches", 303)

    async def set_profile(self, request: Request) -> Response:
        """Switch the readings of the form."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            self.sandbox.choose_profile(form)
        except ValueError as error:
            return self._switches(str(error))
        return RedirectResponse("/switches", 303)

    async def set_options(self, request: Request) -> Response:
        """Change the options of the form."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            self.sandbox.set_options(
                {name: self.sandbox.parse_option(name, text) for name, text in form.items()}
            )
        except ValueError as error:
            return self._switches(str(error))
        return RedirectResponse("/switches", 303)

    async def css(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(_asset("page.css"), media_type="text/css")

    async def script(self, _request: Request) -> Response:
        """The few lines that refresh the page."""
        return Response(_asset("page.js"), media_type="text/javascript")

    def _switches(self, problem: str = "") -> Response:
        return self._html(
            "switches.html",
            400 if problem else 200,
            here="/switches",
            title="Switches",
            problem=problem,
            faults=self.sandbox.faults.active(),
            kinds=KINDS,
            profiles=self.sandbox.known_profiles,
            profile=self.sandbox.profile,
            defaults=self.sandbox.known_options,
            options=self.sandbox.options,
        )

    def _html(self, template: str, status: int = 200, /, **values: object) -> Response:
        clock = self.sandbox.clock
        text = (
            _templates()
            .get_template(template)
            .render(
                seed=read_fact(self.sandbox.store, "seed"),
                now=clock.now().isoformat(timespec="seconds"),
                frozen=clock.frozen,
                **values,
            )
        )
        return HTMLResponse(text, status)


def _rule(form: dict[str, str]) -> dict[str, Any]:
    """The fields of a fault rule that its kind uses."""
    fields: dict[str, Any] = {"cut": 0.5} if form.get("kind") == "rewrite" else {}
    for name, text in form.items():
        if not text or form["kind"] not in _USED_BY.get(name, {form["kind"]}):
            continue
        if name in _NUMBERS:
            fields[name] = float(text) if name in {"seconds", "per_second", "cut"} else int(text)
        else:
            fields[name] = text
    return fields


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The page and its assets."""
    page = Page(sandbox)
    return [
        Route("/", page.people),
        Route("/people/{id}", page.person),
        Route("/calls", page.calls),
        Route("/switches", page.switches),
        Route("/switches/faults", page.add_fault, methods=["POST"]),
        Route("/switches/faults/remove", page.remove_fault, methods=["POST"]),
        Route("/switches/profile", page.set_profile, methods=["POST"]),
        Route("/switches/options", page.set_options, methods=["POST"]),
        Route("/_sandbox/page.css", page.css),
        Route("/_sandbox/page.js", page.script),
    ]
