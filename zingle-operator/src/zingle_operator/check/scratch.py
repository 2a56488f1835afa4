"""The contact that the probe made for itself, and how its answers are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_operator.check.findings import Findings
    from zingle_sync.zingle import Zingle

AREA = "Probe"


@dataclass(frozen=True, slots=True)
class Scratch:
    """The contact that is tried on, and where the answers go.

    Attributes:
        external_id: What the scratch contact carries; nobody else does.
        created: Ids of all contacts that the probe created, the scratch contact's first.
        learnt: Facts for the runs that write to the service, by name.
    """

    zingle: Zingle
    service_id: str
    external_id: str
    phone: str
    other_phone: str
    findings: Findings
    created: list[str] = field(default_factory=list)
    learnt: dict[str, Any] = field(default_factory=dict)

    @property
    def contact_id(self) -> str:
        """The scratch contact."""
        return self.created[0]

    def create(self, phone: str) -> str:
        """Create a contact with the probe's external id.

        Raises:
            ZingleError: If Zingle refuses it.
        """
        body = {
            "firstName": "Probe",
            "lastName": "Scratch",
            "notes": "Made by zingle-sync check --probe, and to be deleted by it",
            "externalId": self.external_id,
            "channels": [{"type": "phone_number", "value": phone}],
        }
        found = self.zingle.create_contact(self.service_id, body)
        if found not in self.created:
            self.created.append(found)
        return found

    def read(self) -> dict[str, Any]:
        """The scratch contact as v1 shows it."""
        return {**self.zingle.contact(self.service_id, self.contact_id)}

    def set_value(self, definition: Mapping[str, Any], value: object) -> Mapping[str, Any]:
        """Write one field of the scratch contact, and give the contact that Zingle answers."""
        values = [{"custom_field_id": definition["id"], "value": value}]
        changes = {"custom_field_values": values}
        return self.zingle.update_contact(self.service_id, self.contact_id, changes)

    def tell(self, number: str, what: str, holds: bool, todo: str) -> None:
        """Note whether what the plugins assume holds here."""
        if holds:
            self.findings.ok(AREA, f"{number}: {what}.")
        else:
            self.findings.warn(AREA, f"{number}: not so here: {what}.", todo)

    def note(self, number: str, text: str) -> None:
        """Note which of several readings holds; the plugins are right under each of them."""
        self.findings.note(AREA, f"{number}: {text}.")


def channel_values(contact: Mapping[str, Any]) -> list[str]:
    """Phones, e-mails and other addresses of a v1 contact."""
    return [str(channel.get("value")) for channel in contact.get("channels") or ()]
