"""Is the vendor's own Salesforce connector off? Two connectors must not write to one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError, integrations_of

if TYPE_CHECKING:
    from zingle_operator.check.findings import Findings

AREA = "Vendor's connector"


def check_vendor(
    client: Zingle, service_id: str, findings: Findings, *, shown: str, allowed: bool
) -> None:
    """Ask what the service is connected to; one call.

    Args:
        client: The API.
        service_id: The service.
        findings: Where the finding goes.
        shown: The service as people read it.
        allowed: Whether the settings allow both to write.
    """
    try:
        found = [one for one in integrations_of(client, service_id) if one.is_salesforce]
    except ZingleError as error:
        unseen = "this log-in may not see it, or this instance does not show it"
        why = unseen if isinstance(error, ConfigurationError) else str(error)
        findings.note(
            AREA,
            f"Whether it is connected to service {shown} is not known: {why}.",
            "Look at Zingle > Settings > Integrations, and take care that only one of them writes.",
        )
        return
    plan = f"`zingle-sync takeover {service_id}` plans the switch."
    connected = [one for one in found if one.is_connected]
    asleep = [one for one in found if not one.is_connected and one.status != "disconnected"]
    for one in connected:
        told = f"{one.name or one.code} is connected to service {shown}: it writes to the same"
        if allowed:
            told = f"{told} contacts, which allow_vendor_connector allows."
            findings.warn(AREA, told, f"Each changes what the other wrote. {plan}")
        else:
            findings.problem(AREA, f"{told} contacts, so target-zingle writes nothing.", plan)
    for one in asleep:
        findings.warn(
            AREA,
            f"{one.name or one.code} is set up for service {shown} and says {one.status}: it may "
            "write again.",
            f"Switch it off in Zingle > Settings > Integrations. {plan}",
        )
    if not connected and not asleep:
        findings.ok(AREA, f"None is at work in service {shown}.")
