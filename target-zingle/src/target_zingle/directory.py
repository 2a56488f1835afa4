"""Finding a service's contacts: one by one, or all of them once, whichever costs less."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from target_zingle.contacts import EMAIL, PHONE, Known, known_contact
from target_zingle.index import Index, external_key
from target_zingle.matching import EXTERNAL_ID, Found
from zingle_sync.identity import same_record
from zingle_sync.zingle import ClientBugError, GoneError, Page, SlimContacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from target_zingle.lineage import Lineage
    from target_zingle.people import Key, Person
    from zingle_sync.zingle import Zingle

_Contacts = tuple[int, list[Known]]
"""Pages in all, as the page told, and its contacts."""

logger = logging.getLogger(__name__)

_FEW_PAGES = 2
_MANY_PAGES = 20
_PASSES = 3
_LOOKUPS_EACH = 3
_SORTS = ("created_at asc,id asc", "created_at asc")


class Directory:
    """The contacts of one service, as this run knows them.

    Args:
        client: The API.
        service_id: The service.
        type_ids: Channel type ids by kind.
        mode: `auto`, `per_record` or `index`.
        match_keys: The keys that are looked up.
        external_id_field: Field that holds external ids; such fields cannot be searched for.
        lineage: Records that are gone.
        pool: Runs calls at the same time.
        workers: How many.
    """

    def __init__(  # noqa: PLR0913 - one argument per thing that a lookup needs
        self,
        client: Zingle,
        service_id: str,
        type_ids: Mapping[str, str],
        *,
        mode: str,
        match_keys: Sequence[str],
        external_id_field: str | None,
        lineage: Lineage,
        pool: Executor,
        workers: int,
    ) -> None:
        self.index = Index()
        self.complete = False
        self.certain = True
        self._client, self._service_id = client, service_id
        self._type_ids = type_ids
        self._mode = "index" if external_id_field is not None else mode
        self._match_keys = match_keys
        self._field = external_id_field
        self._lineage = lineage
        self._pool, self._workers = pool, workers
        self._path = f"services/{service_id}/contacts"
        self._first: Page | None = None
        self._sort = _SORTS[0]
        self._lock = threading.Lock()
        self._building = threading.Lock()
        self._lookups = 0
        self._looked_up: set[tuple[str, str]] = set()
        self._distrusted = False
        self._shown = True

    # Deciding how to look

    def ensure(self, people: Sequence[Person]) -> None:
        """Make sure that every key of these people can be found in the index."""
        if not people:
            return
        self._gather(people)
        if self.complete and not self._shown:
            # v1 shows no external ids here: v2 is asked about each person.
            list(self._pool.map(self._reference, people))

    def _gather(self, people: Sequence[Person]) -> None:
        if self.complete:
            return
        if self._mode == "index" or self._must_list():
            self.build()
            return
        if self._mode == "auto" and self._total_pages() <= _FEW_PAGES:
            self.build()
            return
        start = 0
        while start < len(people):
            chunk = self._workers * 4
            if self._mode == "auto":
                # Looking up must not cost more than listing would have.
                left = self._total_pages() - self._lookups
                chunk = min(chunk, max(1, left // _LOOKUPS_EACH)) if left > 0 else 0
            if chunk <= 0 or self._must_list():
                self.build()
                return
            list(self._pool.map(self._look_up, people[start : start + chunk]))
            start += chunk
        if self._must_list():
            self.build()

    def _must_list(self) -> bool:
        """Whether a filter was ignored, so that lookups prove nothing."""
        return self._distrusted

    def found(self, person: Person) -> Found:
        """What the index knows about a person's keys."""
        index = self.index
        earlier = self._lineage.predecessors(person.salesforce_id) if person.salesforce_id else ()
        before = {
            contact.id: contact for record in earlier for contact in index.by_external_id(record)
        }
        return Found(
            external=index.by_external_id(person.identity),
            by_key={key: index.by_key(key) for key in person.keys},
            successor=index.by_external_id(person.successor) if person.successor else (),
            predecessors=tuple(before.values()) if person.fate == "living" else (),
        )

    def refresh(self, person: Person) -> None:
        """Look every key of a person up anew, for somebody may have been faster."""
        with self._lock:
            self._looked_up -= {*person.keys, (EXTERNAL_ID, external_key(person.identity))}
        for contact in self._known_holders(person):
            self._read_again(contact)
        self._look_up(person, everything=True)
        if self._must_list():
            self.build_alone()

    def note_external_id(self, contact_id: str, external_id: str) -> None:
        """Somebody else linked the contact meanwhile."""
        contact = self.index.get(contact_id)
        if contact is not None:
            self.index.put_written(msgspec.structs.replace(contact, external_id=external_id))

    def build_alone(self) -> None:
        """Read all contacts in this thread, once; for workers, which must not wait for workers."""
        with self._building:
            if not self.complete:
                self._build(self._read_pages_alone)

    def _known_holders(self, person: Person) -> Iterable[str]:
        found = self.found(person)
        return [
            *(contact.id for contact in found.external),
            *(contact.id for contact in found.predecessors),
            *(found.holders(person.keys)),
        ]

    def _read_again(self, contact_id: str) -> None:
        try:
            row = self._client.contact(self._service_id, contact_id)
        except GoneError:
            self.index.remove(contact_id)
        else:
            self.index.put_written(self.read(row))

    # Reading all of them

    def read(self, row: Mapping[str, object]) -> Known:
        """A v1 row as a known contact."""
        return known_contact(row, external_id_field=self._field)

    def _first_page(self) -> Page:
        """The first page, whose rows are kept in the index; what remains are its totals."""
        if self._first is None:
            try:
                first = self._page(1)
            except ClientBugError:
                # Not every server sorts by id as a tie-breaker (contract, U15).
                self._sort = _SORTS[1]
                first = self._page(1)
            self._keep([self.read(row) for row in first.rows])
            self._first = dataclasses.replace(first, rows=[])
        return self._first

    def _page(self, number: int) -> Page:
        query = {"sort_fields": self._sort}
        return self._client.page(self._path, query, page=number, shape=SlimContacts)

    def _total_pages(self) -> int:
        return self._first_page().total_pages

    def _keep(self, contacts: list[Known]) -> None:
        self._shown = self._shown and all(contact.external_id_shown for contact in contacts)
        self.index.put_read(contacts)

    def build(self) -> None:
        """Read all contacts, several pages at a time."""
        with self._building:
            if not self.complete:
                self._build(self._read_pages)

    def _build(self, read_pages: Callable[[int, int], None]) -> None:
        """Read all contacts, again if some slipped through.

        Lists are offset-based: rows shift while they are read, so the number of contacts is
        compared with the total that the first page announced.
        """
        first = self._first_page()
        total = first.total_records
        if first.total_pages > _MANY_PAGES:
            logger.info("Reading all %d contacts, %d calls", total, first.total_pages)
        for _ in range(_PASSES):
            read_pages(2, first.total_pages)
            if len(self.index) >= total:
                break
            self._keep(self._contacts_of_page(1)[1])
        self.certain = len(self.index) >= total
        self.complete = True
        if not self.certain:
            logger.warning(
                "Zingle announced %d contacts and listed %d; creates are looked up one by one",
                total,
                len(self.index),
            )

    def _read_pages_alone(self, start: int, end: int) -> None:
        number, last = start, end
        while number <= last:
            total_pages, contacts = self._contacts_of_page(number)
            last = max(last, total_pages)
            self._keep(contacts)
            number += 1

    def _read_pages(self, start: int, end: int) -> None:
        waiting: deque[Future[_Contacts]] = deque()
        number, last = start, end
        while number <= last or waiting:
            while number <= last and len(waiting) <= self._workers:
                waiting.append(self._pool.submit(self._contacts_of_page, number))
                number += 1
            total_pages, contacts = waiting.popleft().result()
            last = max(last, total_pages)
            self._keep(contacts)

    def _contacts_of_page(self, number: int) -> _Contacts:
        """Read a page in a worker, so that only what is needed of it waits for its turn."""
        page = self._page(number)
        return page.total_pages if page.rows else 0, [self.read(row) for row in page.rows]

    # Looking one person up

    def _look_up(self, person: Person, *, everything: bool = False) -> None:
        contact = self._by_external_id(person) if EXTERNAL_ID in self._match_keys else None
        if self._must_list():
            return
        if contact is not None and not everything:
            held = contact.keys(PHONE) | contact.keys(EMAIL)
            if all(value in held for _, value in person.keys):
                return
        hits = contact is not None
        given = dict(zip(person.emails, person.emails_as_given, strict=True))
        for key in person.keys if everything else person.match_keys:
            if not everything and key[0] not in self._match_keys:
                continue
            found = self._by_channel(key, given.get(key[1]))
            hits = hits or found
            if self._must_list():
                return
        if not hits and person.salesforce_id and person.external_id:
            # Other tools write the id in 15 characters.
            short = person.external_id.replace(person.salesforce_id, person.salesforce_id[:15])
            self._external_rows(short)

    def _by_external_id(self, person: Person) -> Known | None:
        value = person.external_id
        if value is None:
            return None
        for wanted in (value, person.successor):
            if wanted is not None and self._new((EXTERNAL_ID, external_key(wanted))):
                self._external_rows(wanted)
        found = self.index.by_external_id(value)
        return found[0] if len(found) == 1 else None

    def _external_rows(self, value: str) -> None:
        page = self._count(self._client.find_contacts_by_external_id(self._service_id, value))
        contacts = [self.read(row) for row in page.rows]
        if any(not contact.external_id_shown for contact in contacts):
            self._shown = False
        if not self._shown:
            self._by_reference(value)
            return
        if any(not same_record(contact.external_id, value) for contact in contacts):
            # The filter was ignored: what it returned proves nothing (contract, U20).
            self._distrusted = True
        self.index.put_read(contacts)

    def _by_reference(self, value: str) -> None:
        """v1 shows no external ids here: ask v2 which contact has this one."""
        contact_id = self._client.contact_id_by_external_id(self._service_id, value)
        with self._lock:
            self._lookups += 1
        if contact_id is not None:
            self._read_again(contact_id)
            self.index.claim(contact_id, value)

    def _reference(self, person: Person) -> None:
        for value in (person.external_id, person.successor):
            if value is not None and self._new(("reference", value)):
                self._by_reference(value)

    def _by_channel(self, key: Key, given: str | None) -> bool:
        if not self._new(key):
            return bool(self.index.by_key(key))
        kind, value = key
        forms = [value]
        if given is not None and given != value:
            forms.insert(0, given)
        if kind == PHONE and value.startswith("+52"):
            forms.append("+521" + value.removeprefix("+52"))
        for form in forms:
            if "*" in form or kind not in self._type_ids:
                continue
            page = self._count(
                self._client.find_contacts_by_channel(self._service_id, self._type_ids[kind], form)
            )
            contacts = [self.read(row) for row in page.rows]
            matching = [contact for contact in contacts if value in contact.keys(kind)]
            if contacts and not matching and page.total_records > len(contacts):
                self._distrusted = True
            self.index.put_read(matching)
            if matching:
                return True
        return False

    def _new(self, key: tuple[str, str]) -> bool:
        with self._lock:
            if key in self._looked_up:
                return False
            self._looked_up.add(key)
            return True

    def _count(self, page: Page) -> Page:
        with self._lock:
            self._lookups += 1
        return page
