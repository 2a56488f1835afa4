"""Try on a scratch contact what no public source settles, and print the profile."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from zingle_sync.zingle import Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.cli.checks.findings import Findings
    from zingle_sync.cli.project import Project

AREA = "Probe"
# A range that is reserved for fiction in the North American plan.
_PHONE_PREFIX = "+1202555"


def probe_service(project: Project, service_id: str, findings: Findings) -> None:
    """Create a scratch contact, look how the service behaves, and delete it again.

    Args:
        project: Whose settings log in.
        service_id: The service, best a test service.
        findings: Where the profile goes.
    """
    target = next(one.target for one in project.pipelines if one.direction == "contacts")
    zingle = Zingle.from_settings(project.settings(target))
    # The form of a Salesforce id that no org hands out.
    external_id = f"003{secrets.token_hex(6)}ZZZ"
    phone = f"{_PHONE_PREFIX}{secrets.randbelow(100) + 100:04d}"
    contact_id: str | None = None
    try:
        contact_id = zingle.create_contact(
            service_id,
            {
                "firstName": "Probe",
                "lastName": "Scratch",
                "externalId": external_id,
                "channels": [{"type": "phone_number", "value": phone}],
            },
        )
        _look(zingle, service_id, contact_id, external_id, phone, findings)
    except ZingleError as error:
        findings.problem(AREA, f"The probe ended early: {error}.")
    finally:
        if contact_id is not None:
            _clean_up(zingle, service_id, contact_id, findings)
        zingle.close()


def _look(  # noqa: PLR0913, PLR0917 # what a contact is
    zingle: Zingle,
    service_id: str,
    contact_id: str,
    external_id: str,
    phone: str,
    findings: Findings,
) -> None:
    contact: dict[str, Any] = {**zingle.contact(service_id, contact_id)}
    _tell(
        findings,
        "U6",
        "v1 shows the external id that v2 wrote",
        contact.get("external_id") == external_id,
        "Set external_id_storage to custom_field if links are not found.",
    )
    _tell(
        findings,
        "U30",
        "a contact created by API stays unlocked",
        not contact.get("locked_by_source"),
        f"Set own_sources to [{contact.get('locked_by_source')}].",
    )
    values = [channel.get("value") for channel in contact.get("channels") or ()]
    _tell(findings, "U34", "phones come back in E.164", phone in values, "Phones are rewritten.")
    page = zingle.find_contacts_by_external_id(service_id, external_id)
    found = {row.get("id") for row in page.rows}
    _tell(
        findings,
        "U20",
        "the external id filter is honoured",
        found == {contact_id},
        "lookup: index is used by itself; nothing to do.",
    )
    _probe_partial_update(zingle, service_id, contact, findings)
    _probe_full_replacement(zingle, service_id, contact_id, findings)


def _probe_partial_update(
    zingle: Zingle, service_id: str, contact: Mapping[str, Any], findings: Findings
) -> None:
    """U1: does an update of one value keep the others?"""
    fields = {str(field.get("display_name")): field for field in zingle.contact_fields(service_id)}
    first_name = fields.get("First Name")
    if first_name is None:
        findings.note(AREA, "U1: the service shows no field First Name, so it was not tried.")
        return
    changed = zingle.update_contact(
        service_id,
        str(contact["id"]),
        {"custom_field_values": [{"custom_field_id": first_name["id"], "value": "Probed"}]},
    )
    kept = _names(changed).get("Last Name") == "Scratch"
    _tell(
        findings,
        "U1",
        "an update keeps the fields that it does not name",
        kept,
        "Don't run target-zingle on this service: report this.",
    )


def _probe_full_replacement(
    zingle: Zingle, service_id: str, contact_id: str, findings: Findings
) -> None:
    """U8: does a complete v2 record come back as it was sent?"""
    before = zingle.contact_v2(service_id, contact_id)
    zingle.replace_contact_v2(
        service_id, contact_id, {key: value for key, value in before.items() if value is not None}
    )
    after = zingle.contact_v2(service_id, contact_id)
    same = all(after.get(key) == value for key, value in before.items() if key != "updatedAt")
    _tell(
        findings,
        "U8",
        "a complete v2 record survives being written back",
        same,
        "Set link_matched to false.",
    )


def _names(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str((value.get("custom_field") or {}).get("display_name")): value.get("value")
        for value in contact.get("custom_field_values") or ()
    }


def _tell(findings: Findings, number: str, what: str, holds: bool, todo: str) -> None:
    if holds:
        findings.ok(AREA, f"{number}: {what}.")
    else:
        findings.warn(AREA, f"{number}: not so here: {what}.", todo)


def _clean_up(zingle: Zingle, service_id: str, contact_id: str, findings: Findings) -> None:
    try:
        zingle.delete_scratch_contact(service_id, contact_id)
    except ZingleError as error:
        findings.problem(
            AREA,
            f"The scratch contact {contact_id} could not be deleted: {error}.",
            "Delete it in Zingle.",
        )
    else:
        findings.ok(AREA, "The scratch contact was deleted.")
