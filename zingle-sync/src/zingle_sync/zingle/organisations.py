"""Which services there are, for who named a wrong one: v1 and v2 know different ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sync.texts import name_of
from zingle_sync.zingle.errors import TransientError, ZingleError
from zingle_sync.zingle.paths import segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zingle_sync.zingle.client import Zingle

# Staff of the vendor may see any number of organisations.
_ORGANISATIONS = 20


@dataclass(frozen=True, slots=True)
class SeenService:
    """A service that a log-in sees.

    Attributes:
        name: What people call it; never accepted as its id.
        accessible: Whether the log-in may work in it, as far as is known.
        status: `active`, `inactive`, `cancelled`, or "" where nobody says.
    """

    id: str
    name: str
    accessible: bool = True
    status: str = ""


def visible_services(client: Zingle) -> tuple[SeenService, ...]:
    """Every service that the log-in sees, by name.

    v1 lists those that the log-in works in. An administrator of an organisation sees all of its
    services through v2 (`GET services?org=`, `organizations/{o}/services`); others are refused
    there, and are told what v1 lists.

    Raises:
        ZingleError: Not even v1 lists any.
    """
    found = {one.id: one for one in map(_of_v1, client.services()) if one.id}
    for one in _of_organisations(client):
        known = found.get(one.id)
        found[one.id] = (
            one if known is None else SeenService(one.id, known.name or one.name, status=one.status)
        )
    return tuple(sorted(found.values(), key=lambda one: (one.name.casefold(), one.id)))


def _of_organisations(client: Zingle) -> Iterator[SeenService]:
    rows = _tried(client, "services")
    organisations = list(dict.fromkeys(filter(None, (name_of(row.get("org")) for row in rows))))
    statuses: dict[str, str] = {}
    for organisation in organisations[:_ORGANISATIONS]:
        for row in _tried(client, f"organizations/{segment(organisation)}/services"):
            statuses[name_of(row.get("uuid"))] = name_of(row.get("status")).lower()
    for row in rows:
        service_id = name_of(row.get("serviceUuid"))
        if service_id:
            accessible = row.get("accessible") is not False
            name = name_of(row.get("name"))
            yield SeenService(service_id, name, accessible, statuses.get(service_id, ""))


def _tried(client: Zingle, path: str) -> list[dict[str, Any]]:
    try:
        return client.listed_v2(path)
    except TransientError:
        raise
    except ZingleError:
        return []  # not for this log-in, or not at this instance


def _of_v1(row: Mapping[str, Any]) -> SeenService:
    return SeenService(name_of(row.get("id")), service_name(row) or "")


def service_name(service: Mapping[str, Any]) -> str | None:
    """What people call a v1 service, in one line."""
    return name_of(service.get("display_name")) or name_of(service.get("business_name")) or None


def named(service_id: str, names: Mapping[str, str]) -> str:
    """A service as people read it: its name, with the id that tells it from others.

    >>> named("5d0c", {"5d0c": "Harbor Lights"}), named("5d0c", {})
    ('Harbor Lights (5d0c)', '5d0c')
    """
    name = names.get(service_id)
    return f"{name} ({service_id})" if name else service_id


def to_paste(services: Iterable[SeenService], setting: str) -> list[str]:
    """The line of meltano.yml for each service that the log-in may work in."""
    value = "[{}]" if setting == "service_ids" else "{}"
    return [
        f"{setting}: {value.format(one.id)}" + (f"  # {one.name}" if one.name else "")
        for one in services
        if one.accessible
    ]
