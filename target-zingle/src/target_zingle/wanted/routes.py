"""Which services a record goes to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from target_zingle.wanted.conditions import Condition, ConditionError, condition
from target_zingle.wanted.problems import suggestion

if TYPE_CHECKING:
    from target_zingle.wanted.records import Stream

_KEYS = frozenset({"service_id", "when", "contact_mapping"})


@dataclass(frozen=True, slots=True)
class Route:
    """One service, the condition for it, and its own mapping.

    Attributes:
        path: Where it is configured, for problems.
        when: None takes everybody.
        contact_mapping: Configured mappings by stream.
        mapping_path: Where the mapping is configured, for problems.
    """

    path: str
    service_id: str
    when: Condition | None
    contact_mapping: Mapping[str, Any]
    mapping_path: str


def read_routes(config: Mapping[str, Any]) -> tuple[tuple[Route, ...], list[str]]:
    """The routes in `service_id` or `services`, in order, and the problems found."""
    common = config.get("contact_mapping") or {}
    services = config.get("services") or []
    service_id = config.get("service_id")
    if bool(service_id) == bool(services):
        return (), ["service_id: set either service_id or services"]
    if service_id:
        return (Route("service_id", str(service_id), None, common, "contact_mapping"),), []
    routes: list[Route] = []
    problems: list[str] = []
    for place, item in enumerate(services):
        path = f"services[{place}]"
        if not isinstance(item, Mapping) or not item.get("service_id"):
            problems.append(f"{path}.service_id: is required")
            continue
        problems += [
            f"{path}.{key}: unknown key{suggestion(str(key), _KEYS)}"
            for key in item
            if key not in _KEYS
        ]
        when = None
        if item.get("when") is not None:
            try:
                when = condition(str(item["when"]))
            except ConditionError as error:
                problems.append(f"{path}.when: {error}")
        own = item.get("contact_mapping")
        routes.append(
            Route(
                path,
                str(item["service_id"]),
                when,
                common if own is None else own,
                "contact_mapping" if own is None else f"{path}.contact_mapping",
            )
        )
    ids = [route.service_id for route in routes]
    problems += [
        f"services: {service} is listed {ids.count(service)} times"
        for service in sorted(set(ids))
        if ids.count(service) > 1
    ]
    return tuple(routes), problems


def unknown_names(routes: Iterable[Route], streams: Iterable[Stream]) -> Iterator[str]:
    """Findings about names in the conditions of services that are a field of no stream."""
    known = frozenset[str]().union(*(stream.names for stream in streams))
    for route in routes:
        for name in sorted((route.when.names if route.when else frozenset()) - known):
            told = f'no stream has a field "{name}", which counts as empty'
            yield f"{route.path}.when: {told}{suggestion(name, known)}"


def routes_for(
    flat: Mapping[str, Any], routes: Sequence[Route], route: Literal["first", "all"]
) -> tuple[Route, ...]:
    """The routes that take a flattened record; none means that it is unrouted."""
    taken = [one for one in routes if one.when is None or one.when.holds(flat)]
    return tuple(taken[:1] if route == "first" else taken)
