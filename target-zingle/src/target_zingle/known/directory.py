"""Finding a service's contacts: one by one, or all of them once, whichever costs less."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from target_zingle.known.candidates import Candidates
from target_zingle.known.claims import Claims
from target_zingle.known.contact import phones_of, read_contact, same_lines
from target_zingle.known.index import Index
from target_zingle.known.listing import Listing
from target_zingle.wanted.keys import EMAIL, EXTERNAL_ID, PHONE
from zingle_sync.identity import (
    email_forms,
    external_id_key,
    find_salesforce_id,
    phone_forms,
    phones_masked,
    same_external_id,
)
from zingle_sync.zingle import GoneError, RecordError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from target_zingle.known.contact import Contact
    from target_zingle.known.lineage import Lineage
    from target_zingle.known.remote import Remote
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import Person
    from zingle_sync.zingle import Page

logger = logging.getLogger(__name__)

_FEW_PAGES = 2
_FIRST = 50
_LOOKUPS_EACH = 3
_TOO_MANY = 429
# "Bad phone" and "bad e-mail" of v1 (contract, section 6).
_NO_VALUE = frozenset({"2606", "2607"})


class Directory:
    """The contacts of one service, as this run knows them.

    Args:
        remote: The service.
        mode: `auto`, `per_record` or `index`.
        lineage: Records that are gone.
        claims: Whose the contacts are that could not be linked.

    Attributes:
        index: The contacts that are known.
        complete: Whether all contacts were read.
        certain: Whether the list of contacts had no gaps.
        masked: Whether Zingle shows phones incompletely to this log-in.
    """

    def __init__(
        self,
        remote: Remote,
        *,
        mode: str,
        lineage: Lineage,
        claims: Claims | None = None,
    ) -> None:
        self.index = Index()
        self.claims = claims or Claims()
        self.complete = False
        self.certain = True
        self.masked = False
        self._remote, self._lineage = remote, lineage
        # Contact fields cannot be searched for.
        self._mode = "index" if remote.external_id_field is not None else mode
        self._listing = Listing(remote, self.index, self.read)
        self._lock = threading.Lock()
        self._building = threading.Lock()
        self._lookups = 0
        self._looked_up: set[tuple[str, str]] = set()
        self._phones: dict[str, list[str]] = {}
        # A filter was ignored, so that lookups prove nothing.
        self._distrusted = False
        # Whether v1 rows show external ids.
        self._shown = True

    # Deciding how to look

    def ensure(self, people: Sequence[Person]) -> None:
        """Make sure that every key of these people can be found in the index."""
        if not people:
            return
        if not self.complete:
            self._gather(people)
        if self.complete and not self._shown:
            # v1 shows no external ids here: v2 is asked about each person.
            list(self._remote.pool.map(self._reference, people))

    def _gather(self, people: Sequence[Person]) -> None:
        auto = self._mode == "auto"
        start = 0
        while start < len(people):
            chunk = self._remote.workers * 4
            if auto:
                # Looking up must not cost more than listing would have.
                pages = self._listing.total_pages
                left = 0 if pages <= _FEW_PAGES else pages - self._lookups
                chunk = min(chunk, max(1, left // _LOOKUPS_EACH)) if left > 0 else 0
            if chunk <= 0 or self._mode == "index" or self._distrusted:
                break
            list(self._remote.pool.map(self._look_up, people[start : start + chunk]))
            start += chunk
        if start < len(people) or self._distrusted:
            self._build(self._remote.pool)

    @property
    def has_links(self) -> bool:
        """Whether contacts may have been linked to records before this run."""
        return not (self.complete and self._shown) or self.index.has_links

    def candidates(self, person: Person) -> Candidates:
        """The contacts that the index knows behind a person's keys."""
        index = self.index
        earlier = self._lineage.predecessors(person.identity)
        before = {
            contact.id: contact for record in earlier for contact in index.by_external_id(record)
        }
        by_key = {key: self._holders(key) for key in person.keys}
        ids = {contact.id for contacts in by_key.values() for contact in contacts}
        return Candidates(
            external=index.by_external_id(person.identity),
            by_key=by_key,
            successor=index.by_external_id(person.successor) if person.successor else (),
            predecessors=tuple(before.values()) if person.fate == "living" else (),
            claimed={one: held for one in ids if (held := self.claims.holder(one)) is not None},
        )

    def _holders(self, key: Key) -> tuple[Contact, ...]:
        """Contacts that hold a channel in any of its forms."""
        held = {one.id: one for form in same_lines(key) for one in self.index.by_key(form)}
        return tuple(held.values())

    def refresh(self, person: Person) -> None:
        """Look every key of a person up anew, for somebody may have been faster."""
        with self._lock:
            self._looked_up -= {*person.keys, (EXTERNAL_ID, external_id_key(person.identity))}
        for contact_id in self.candidates(person).ids(person.keys):
            self._read_again(contact_id)
        self._look_up(person, everything=True)
        if self._distrusted:
            self.build_alone()

    def note_external_id(self, contact_id: str, external_id: str) -> None:
        """Somebody else linked the contact meanwhile."""
        contact = self.index.get(contact_id)
        if contact is not None:
            self.index.put_written(contact.linked_to(external_id))

    def build_alone(self) -> None:
        """Read all contacts in this thread, once; for workers, which must not wait for workers."""
        self._build(None)

    def _build(self, pool: Executor | None) -> None:
        with self._building:
            if not self.complete:
                self.certain = self._listing.read_all(pool)
                self.complete = True

    def read(self, row: Mapping[str, object]) -> Contact:
        """A v1 row as a contact."""
        field = self._remote.external_id_field
        contact = read_contact(row, external_id_field=field.id if field else None)
        self._shown = self._shown and contact.external_id_shown
        if not self.masked:
            self._look_for_masks(contact, row)
        return contact

    def _look_for_masks(self, contact: Contact, row: Mapping[str, Any]) -> None:
        """Judge the first phones of the service, each contact's once; a mask counts anywhere."""
        with self._lock:
            masked = False
            if len(self._phones) < _FIRST:
                self._phones[contact.id] = phones_of(row)
                masked = phones_masked([phone for held in self._phones.values() for phone in held])
            if not self.masked and (contact.masked or masked):
                self.masked = True
                logger.warning(
                    "Zingle shows masked phones to this log-in, so phones are not matched; "
                    "ask for a user without Contact Privacy"
                )

    def reveal(self, contact: Contact) -> None:
        """Ask v2 for the external id of a contact where v1 does not show it."""
        record = self._remote.client.contact_v2(self._remote.service_id, contact.id)
        present = record.get("externalId")
        self.index.put_written(contact.linked_to(str(present) if present else None))

    def _read_again(self, contact_id: str) -> None:
        try:
            row = self._remote.client.contact(self._remote.service_id, contact_id)
        except GoneError:
            self.index.remove(contact_id)
        else:
            self.index.put_written(self.read(row))

    # Looking one person up

    def _look_up(self, person: Person, *, everything: bool = False) -> None:
        contact = self._by_external_id(person)
        if contact is not None and not everything:
            held = contact.keys(PHONE) | contact.keys(EMAIL)
            if all(value in held for _, value in person.keys):
                return
        hits = contact is not None
        given = dict(zip(person.emails, person.emails_as_given, strict=True))
        # Channels that don't match must be known, too: a taken one is not sent.
        for key in person.keys:
            hits = self._by_channel(key, given.get(key[1])) or hits
        if not hits and person.external_id and (other := _other_form(person.external_id)):
            self._external_rows(other)

    def _by_external_id(self, person: Person) -> Contact | None:
        value = person.external_id
        if value is None:
            return None
        for wanted in self._records_of(person):
            if self._new((EXTERNAL_ID, external_id_key(wanted))):
                self._external_rows(wanted)
        contacts = self.index.by_external_id(value)
        return contacts[0] if len(contacts) == 1 else None

    def _external_rows(self, value: str) -> None:
        page = self._found(self._remote.client.find_contacts_by_external_id, value)
        if page is None:
            return
        contacts = self._rows(page)
        if not self._shown:
            self._by_reference(value)
            return
        if any(not same_external_id(contact.external_id, value) for contact in contacts):
            # The filter was ignored: what it returned proves nothing (contract, U20).
            self._distrusted = True
        self.index.put_read(contacts)

    def _by_reference(self, value: str) -> None:
        """v1 shows no external ids here: ask v2 which contact has this one."""
        contact_id = self._remote.client.contact_id_by_external_id(self._remote.service_id, value)
        with self._lock:
            self._lookups += 1
        if contact_id is not None:
            self._read_again(contact_id)
            self.index.claim(contact_id, value)

    def _reference(self, person: Person) -> None:
        for value in self._records_of(person):
            if self._new(("reference", value)):
                self._by_reference(value)

    def _records_of(self, person: Person) -> list[str]:
        """External ids under which a person may be known: the own, the heir's, and those before."""
        before = self._lineage.predecessors(person.identity)
        return [value for value in (person.external_id, person.successor, *before) if value]

    def _by_channel(self, key: Key, given: str | None) -> bool:
        if not self._new(key):
            return bool(self._holders(key))
        kind, value = key
        written = phone_forms(value) if kind == PHONE else email_forms(value)
        forms = dict.fromkeys((given or value, value, *sorted(written)))
        keys = set(same_lines(key))
        hits = False
        for form in forms:
            if "*" in form or kind not in self._remote.type_ids:
                continue
            find = self._remote.client.find_contacts_by_channel
            page = self._found(find, self._remote.type_ids[kind], form)
            if page is None and self._distrusted:
                return hits
            if page is None:
                continue
            contacts = self._rows(page)
            holders = [
                contact
                for contact in contacts
                if any((channel.kind, channel.key) in keys for channel in contact.channels)
            ]
            if contacts and not holders and page.total_records > len(contacts):
                self._distrusted = True
            self.index.put_read(holders)
            hits = hits or bool(holders)
        return hits

    def _found(self, find: Callable[..., Page], *wanted: str) -> Page | None:
        """What a filter returns; None where it fails, so that the whole list is read instead.

        If that fails, too, it is no matter of one person.
        """
        try:
            return find(self._remote.service_id, *wanted)
        except RecordError as error:
            if error.code in _NO_VALUE:
                # Nobody has what is no phone or e-mail to Zingle; nor is anybody created with it.
                return None
        except TransientError as error:
            if error.status in {None, _TOO_MANY}:
                raise
        self._distrusted = True
        return None

    def _new(self, key: tuple[str, str]) -> bool:
        with self._lock:
            if key in self._looked_up:
                return False
            self._looked_up.add(key)
            return True

    def _rows(self, page: Page) -> list[Contact]:
        with self._lock:
            self._lookups += 1
        return [self.read(row) for row in page.rows]


def _other_form(value: str) -> str | None:
    """An external id with its Salesforce id in the other length, as other tools write it."""
    if (longer := external_id_key(value)) != value:
        return longer
    record = find_salesforce_id(value)
    return value.replace(record, record[:-3]) if record else None
