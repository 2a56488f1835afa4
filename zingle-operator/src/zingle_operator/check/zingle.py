"""Can Zingle be reached, are its services there, and do they have the mapped fields?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_zingle.preparing import check_login
from target_zingle.wanted.definitions import definitions_of
from zingle_operator.project.services import wanted_services
from zingle_operator.services import other_services
from zingle_sync.identity import phones_masked
from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_zingle.wanted.definitions import Definitions
    from zingle_operator.check.findings import Findings

AREA = "Zingle"

LEAST_PRIVILEGES = (
    "An account user of its own (no guest), with access to every service that is named",
    "View and edit contacts and contact fields",
    "View conversations (for tap-zingle)",
    "Full phone numbers: a user to whom Contact Privacy shows masked phones can't match them",
)


def advice(error: ZingleError) -> str:
    """What to do about an error at the log-in, by its class and code."""
    if error.code == "token_expired":
        return (
            "Set a new token: a user's is in My Settings, an organisation's is made by its "
            "administrator. Username and password renew a token by themselves."
        )
    if isinstance(error, ConfigurationError):
        return "Zingle > Settings > Users: check the API user's log-in and its services."
    return "Check api_url; try again later."


def log_in(settings: Mapping[str, Any], findings: Findings, plugin: str) -> Zingle | None:
    """Log in with a plugin's settings, or say why that is impossible."""
    try:
        client = Zingle.from_settings(settings)
        check_login(client)
    except ZingleError as error:
        findings.root(AREA, plugin, error, advice(error))
        return None
    findings.ok(AREA, f"{plugin} logs in.")
    return client


def check_services(
    client: Zingle, settings: Mapping[str, Any], findings: Findings, *, plugin: str
) -> dict[str, Definitions]:
    """Look at every named service; with none named, at all that are visible.

    Returns:
        What each service that is there defines.
    """
    found: dict[str, Definitions] = {}
    try:
        names = wanted_services(settings) or tuple(str(one["id"]) for one in client.services())
    except ZingleError as error:
        findings.problem(AREA, f"{plugin}: the services can't be listed: {error}.")
        return found
    if not names:
        findings.problem(
            AREA, "The log-in sees no service.", "Zingle > Settings > Users > (user) > Services."
        )
    for service_id in names:
        try:
            service = client.service(service_id)
            fields = client.contact_fields(service_id)
        except ZingleError as error:
            others = other_services(client, service_id, settings, error)
            findings.problem(
                AREA,
                f"{plugin}: service {service_id}: {error}.",
                "Zingle > Settings > Users > (the API user) > Services; or correct the id."
                + (f" {others}" if others else ""),
            )
            continue
        found[service_id] = definitions = definitions_of(service, fields)
        findings.ok(
            AREA,
            f"Service {shown(definitions)} is there: time zone {service.get('time_zone')}, "
            f"{len(fields)} contact fields.",
        )
        _look_at_contacts(client, service_id, findings)
    return found


def shown(service: Definitions) -> str:
    """A service as people read it: its name, with the id that tells it from others."""
    return named(service.service_id, {service.service_id: service.name or ""})


def _look_at_contacts(client: Zingle, service_id: str, findings: Findings) -> None:
    """Count the contacts, and see whether phones are shown in full."""
    try:
        page = client.page(f"services/{service_id}/contacts", {}, page_size=50)
    except ZingleError as error:
        findings.problem(
            AREA,
            f"The contacts of {service_id} can't be read: {error}.",
            "Zingle > Settings > Users > (the API user): give access to contacts.",
        )
        return
    findings.facts[f"zingle contacts of {service_id}"] = page.total_records or len(page.rows)
    phones = [
        str(channel.get("value") or "")
        for contact in page.rows
        for channel in contact.get("channels") or ()
        if (channel.get("channel_type") or {}).get("type_class") == "PhoneNumber"
    ]
    if phones_masked(phones):
        findings.problem(
            AREA,
            f"Service {service_id} shows masked phones to this user, so nobody can be matched "
            "by phone.",
            "Zingle > Settings > Contact Privacy: exempt the API user.",
        )


def check_reading_messages(
    client: Zingle, services: Sequence[str], since: int | None, findings: Findings
) -> None:
    """May the user read conversations, and how many are there?

    Args:
        client: The API.
        services: Services to look at.
        since: Epoch seconds of the first day to be read.
        findings: Where the result goes.
    """
    for service_id in services:
        # The documented filter, in seconds, and nothing but a lower bound.
        params = {} if since is None else {"created_at": f"greater_than({since - 1})"}
        try:
            page = client.page(f"services/{service_id}/messages", params, page_size=1)
        except ZingleError as error:
            findings.problem(
                AREA,
                f"The conversations of {service_id} can't be read: {error}.",
                "Zingle > Settings > Users > (the API user): give access to the inbox.",
            )
            continue
        total = page.total_records or 0
        findings.facts[f"zingle messages of {service_id}"] = total
        findings.ok(AREA, f"Service {service_id} has {total:,} messages to read.")
