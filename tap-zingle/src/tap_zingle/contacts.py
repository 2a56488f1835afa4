"""What is known of the contacts whose days are given out: each is asked for once per run.

Change here how contacts are fetched; what a record tells of one is decided in `conversations`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import ContactDetails, contact_details
from zingle_sync.zingle.errors import GoneError
from zingle_sync.zingle.pages import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from zingle_sync.zingle import Zingle

# Contacts asked for one by one before it is asked what the whole list costs.
FEW_CONTACTS = 20

# Contacts of a service that are kept in memory; of larger ones, only those that are asked for.
LARGEST_LIST = 200_000


class ContactBook:
    """The contacts of one service.

    Args:
        zingle: Sends the calls.
        service_id: The service.
        pool: Asks for several contacts at a time.
        external_id_field: Name of the contact field that holds the external id, `None` for
            Zingle's own.
    """

    def __init__(
        self, zingle: Zingle, service_id: str, pool: Executor, external_id_field: str | None
    ) -> None:
        self._zingle = zingle
        self._service_id = service_id
        self._pool = pool
        self._field = external_id_field
        self._known: dict[str, ContactDetails] = {}
        self._pages = 0  # So many calls the list costs, once that is known.

    def look_up(self, contact_ids: Iterable[str]) -> Mapping[str, ContactDetails]:
        """What is known of contacts; a deleted one has no details."""
        missing = self._missing(contact_ids)
        if len(missing) > max(FEW_CONTACTS, self._pages):
            self._read_list(missing)
            missing = self._missing(missing)
        self._known.update(zip(missing, self._pool.map(self._read, missing), strict=True))
        return self._known

    def _missing(self, contact_ids: Iterable[str]) -> list[str]:
        return [each for each in dict.fromkeys(contact_ids) if each not in self._known]

    def _read_list(self, missing: Sequence[str]) -> None:
        """The whole list, where it costs less than asking for these contacts one by one."""
        path = f"services/{self._service_id}/contacts"
        total = self._zingle.page(path, {}, page_size=1).total_records
        self._pages = -(-total // PAGE_SIZE)
        if total > LARGEST_LIST or self._pages >= len(missing):
            return
        for contact in self._zingle.contacts(self._service_id):
            if not self._needed <= contact.keys():
                break  # rows of the list may be shorter, as those of services are
            self._known[str(contact.get("id"))] = contact_details(contact, self._field)
        # Who is not in the list is asked for: once is enough.
        self._pages = LARGEST_LIST

    def _read(self, contact_id: str) -> ContactDetails:
        try:
            contact: dict[str, Any] = dict(self._zingle.contact(self._service_id, contact_id))
        except GoneError:
            return ContactDetails()
        if self._field is None and "external_id" not in contact:
            # Some instances show the external id in v2 only (contract, U6); some have no such page.
            with suppress(GoneError):
                record = self._zingle.contact_v2(self._service_id, contact_id)
                contact["external_id"] = record.get("externalId")
        return contact_details(contact, self._field)

    @property
    def _needed(self) -> set[str]:
        """What tells who a contact is."""
        return {"channels", "external_id" if self._field is None else "custom_field_values"}
