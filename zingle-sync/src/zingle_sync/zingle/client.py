"""The Zingle API in the domain's words: one thin method per remote call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zingle_sync import http
from zingle_sync.zingle import pages
from zingle_sync.zingle.calls import Caller, Expected, Reply
from zingle_sync.zingle.connecting import connected, new_token
from zingle_sync.zingle.errors import (
    ConfigurationError,
    GoneError,
    UnknownOutcomeError,
    ZingleError,
)
from zingle_sync.zingle.list_proof import each_row
from zingle_sync.zingle.lists import Listing, TieBreaker
from zingle_sync.zingle.pages import PAGE_SIZE, Page, has_items, has_result, is_object, is_page
from zingle_sync.zingle.paths import contact_path, contacts_path, id_in, record_id, segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import requests

    from zingle_sync.zingle.list_proof import PageOf
    from zingle_sync.zingle.lists import SortedBy

_LOOKUP_SIZE = 5

# JSON objects as API v1 and v2 show them (contract of the API, sections 5 and 6).
Row = dict[str, Any]


class Zingle:
    """A client for one log-in; safe to share between threads, silent until the first call.

    Everything goes through API v1, except writing external ids, which only v2 documents.
    """

    def __init__(
        self, caller: Caller, before_write: Callable[[Zingle], object] | None = None
    ) -> None:
        self._caller, self._before_write = caller, before_write
        self._ties = TieBreaker()

    @classmethod
    def from_settings(
        cls,
        settings: Mapping[str, Any],
        *,
        session: requests.Session | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        before_write: Callable[[Zingle], object] | None = None,
    ) -> Zingle:
        """Build a client from a plugin's settings.

        Args:
            settings: See `zingle_sync.zingle.settings.CONNECTION_SETTINGS`; absent ones have the
                defaults declared there.
            session: Carries connections, proxies and certificates; one is made when absent.
            sleep: Waits for that many seconds.
            clock: Seconds, monotonic.
            before_write: Called before every call that may change something; what it raises keeps
                the call from being sent.

        Raises:
            ConfigurationError: There is no log-in, or a secret or the address can't be sent.
        """
        caller = connected(settings, session=session, sleep=sleep, clock=clock)
        return cls(caller, before_write)

    @property
    def calls(self) -> int:
        """Requests sent so far, token requests excluded."""
        return self._caller.calls

    @property
    def server_now(self) -> datetime | None:
        """Zingle's own time, in UTC, as of the latest answer; None before the first."""
        return self._caller.server_date

    def pause(self, attempt: int) -> None:
        """Wait as long as before another try, for callers that look before they repeat."""
        self._caller.sleep(http.backoff(attempt, self._caller.jitter()))

    def close(self) -> None:
        """Close the connections."""
        self._caller.wire.close()

    def new_token(self) -> str:
        """A token for the log-in with username and password."""
        return new_token(self._caller)

    # Reading

    def whoami(self) -> Row:
        """The log-in behind the calls: id, names, `authorization_class`."""
        account = self._send("GET", "/v1/", accept=is_object).body.get("auth")
        return account if isinstance(account, dict) else {}

    def services(self) -> Iterator[Row]:
        """Every service that the log-in sees."""
        return each_row(self._page_of("services"))

    def service(self, service_id: str) -> Row:
        """One service with its time zone, channel types, labels and field definitions.

        Raises:
            ConfigurationError: There is no such service, or the log-in may not see it.
        """
        return self._result("GET", f"/v1/services/{segment(service_id)}")

    def contact_fields(self, service_id: str) -> list[Row]:
        """All contact field definitions of a service."""
        path = f"services/{segment(service_id)}/contact-custom-fields"
        return list(each_row(self._page_of(path)))

    def page(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        page: int = 1,
        page_size: int = PAGE_SIZE,
        shape: Any = None,  # noqa: ANN401 - a type
    ) -> Page:
        """One page of a v1 list.

        Args:
            path: Below `/v1/`, such as `services/<id>/contacts`.
            params: Filters and sorting; values are escaped here.
            page: From 1.
            page_size: At most 500 is safe everywhere.
            shape: A msgspec type of the whole answer, to keep only what is needed of it.
        """
        query = {**params, "page": str(page), "page_size": str(page_size)}
        body = self._send("GET", f"/v1/{path}", query, shape=shape, accept=is_page).body
        return pages.read_page(body, page=page, page_size=page_size)

    def contacts(self, service_id: str) -> Listing:
        """All contacts, oldest first; the listing says whether they are proved to be all."""
        return Listing(self._page_of(contacts_path(service_id)), ties=self._ties)

    def contact(self, service_id: str, contact_id: str) -> Row:
        """One contact.

        Raises:
            GoneError: It does not exist (any more).
        """
        return self._result("GET", contact_path(service_id, contact_id), about_contact=True)

    def find_contacts_by_external_id(self, service_id: str, external_id: str) -> Page:
        """Contacts that the external id filter returns.

        Old instances may ignore the filter: compare every row's own `external_id`.
        """
        params = {"external_id": external_id}
        return self.page(contacts_path(service_id), params, page_size=_LOOKUP_SIZE)

    def find_contacts_by_channel(self, service_id: str, channel_type_id: str, value: str) -> Page:
        """Contacts that the channel filter returns; compare every row's own channels.

        Raises:
            ValueError: The value holds a wildcard, which would match strangers.
        """
        if "*" in value:
            raise ValueError("a channel value with an asterisk is a wildcard")
        params = {"channel_type_id": channel_type_id, "channel_value": value}
        return self.page(contacts_path(service_id), params, page_size=_LOOKUP_SIZE)

    def contact_id_by_external_id(self, service_id: str, external_id: str) -> str | None:
        """Ask v2 which contact has an external id, without following its redirect.

        A redirect ends in the contact's id, 200 has the record, 404 and 400 are misses (U10).

        Raises:
            ConfigurationError: It names no contact, so that nobody knows.
        """
        try:
            path = f"/v2/{contacts_path(service_id)}/ref/{segment(external_id)}"
            reply = self._send("GET", path, about_contact=True, redirects=True)
        except GoneError:
            return None
        except ZingleError as error:
            if error.status == 400:  # noqa: PLR2004 - HTTP's own number
                return None
            raise
        redirects = reply.status >= 300  # noqa: PLR2004 - same
        found = id_in(reply.location, self._caller.root + path) or record_id(reply.body)
        if found is None and (redirects or reply.body):
            where = "redirects somewhere else" if redirects else "names no contact"
            raise ConfigurationError(f"GET {path}: the answer {where}; check api_url")
        return found

    def listing(
        self, service_id: str, name: str, by: SortedBy, since: int | None = None, **filters: str
    ) -> Listing:
        """A service's messages or events: by `created_at` from a time on, else latest first."""
        page_of = self._page_of(f"services/{segment(service_id)}/{name}")
        return Listing(page_of, by, by != "created_at", since, filters, self._ties)

    def _page_of(self, path: str) -> PageOf:
        return lambda params, number, size: self.page(path, params, page=number, page_size=size)

    def users(self, service_id: str) -> list[Row]:
        """The service's users (v2); take their id with `record_id`."""
        return self.listed_v2(f"services/{segment(service_id)}/users")

    def listed_v2(self, path: str) -> list[Row]:
        """All objects of a v2 list, paged or a bare array; `path` is below `/v2/`."""
        rows: list[Row] = []
        number, last = 1, 1
        while number <= last:
            page = {"page": str(number)} if number > 1 else None
            body = self._send("GET", f"/v2/{path}", page, accept=has_items).body
            came = [row for row in pages.items_of(body) if isinstance(row, dict)]
            if came and came == rows[-len(came) :]:
                break  # the server shows the same page again and again
            rows += came
            number, last = number + 1, pages.last_page(body) if pages.items_of(body) else 0
        return rows

    def shown_v2(self, path: str) -> object:
        """What v2 shows at a path below `/v2/`, in whatever shape."""
        return self._send("GET", f"/v2/{path}").body

    # Writing

    def create_contact(self, service_id: str, body: Mapping[str, Any]) -> str:
        """Create a contact through v2, the only documented way to write an external id.

        Returns:
            The new contact's id, from the Location header.

        Raises:
            UnknownOutcomeError: Look the contact up by every key before creating it again.
            ConflictError: A channel belongs to another contact: match again.
        """
        path = f"/v2/{contacts_path(service_id)}"
        reply = self._send("POST", path, body=body, redirects=True)
        contact_id = id_in(reply.location, self._caller.root + path) or record_id(reply.body)
        if contact_id is None:
            raise UnknownOutcomeError(f"POST {path}: the answer names no contact")
        return contact_id

    def create_contact_v1(
        self, service_id: str, body: Mapping[str, Any], *, return_existing: bool = False
    ) -> Row:
        """Create a contact through v1.

        Args:
            service_id: The service.
            body: `channels` and `custom_field_values`.
            return_existing: Find by the one channel given instead of failing; may be repeated.
        """
        params = {"return_existing": "1"} if return_existing else {}
        path = f"/v1/{contacts_path(service_id)}"
        return self._result("POST", path, params, body=body, repeatable=return_existing)

    def update_contact(self, service_id: str, contact_id: str, body: Mapping[str, Any]) -> Row:
        """Set values (v1 PUT) and return the whole contact as Zingle now has it."""
        path = contact_path(service_id, contact_id)
        return self._result("PUT", path, body=body, about_contact=True)

    def set_field(
        self, service_id: str, contact_id: str, field_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Set one contact field (`{value}` or `{custom_field_option_id}`), no other."""
        path = f"{contact_path(service_id, contact_id)}/custom-field-values/{segment(field_id)}"
        return self._result("POST", path, body=body, repeatable=True, about_contact=True)

    def contact_v2(self, service_id: str, contact_id: str) -> Row:
        """The contact as v2 shows it."""
        path = contact_path(service_id, contact_id, version="v2")
        return dict(self._send("GET", path, about_contact=True, accept=is_object).body)

    def set_external_id(self, service_id: str, contact_id: str, external_id: str | None) -> None:
        """Write the external id and nothing else (v2 PATCH); None takes it away.

        Older instances have no PATCH: they answer 404, 405 or 501 (contract, U8).
        """
        path, body = contact_path(service_id, contact_id, version="v2"), {"externalId": external_id}
        self._send("PATCH", path, body=body, repeatable=True, about_contact=True)

    def replace_contact_v2(
        self, service_id: str, contact_id: str, record: Mapping[str, Any]
    ) -> None:
        """Write a complete v2 record (PUT); what is left out may be lost (contract, U8)."""
        path = contact_path(service_id, contact_id, version="v2")
        self._send("PUT", path, body=record, about_contact=True)

    def add_channel(self, service_id: str, contact_id: str, body: Mapping[str, Any]) -> Row:
        """Add a channel; after `UnknownOutcomeError` read the contact before adding it again."""
        path = f"{contact_path(service_id, contact_id)}/channels"
        return self._result("POST", path, body=body, about_contact=True)

    def update_channel(
        self, service_id: str, contact_id: str, channel_id: str, body: Mapping[str, Any]
    ) -> Row:
        """Set a channel's `display_name`, `is_default` or `is_default_for_type`."""
        path = f"{contact_path(service_id, contact_id)}/channels/{segment(channel_id)}"
        return self._result("PUT", path, body=body, about_contact=True)

    def add_label(self, service_id: str, contact_id: str, label_id: str) -> Row:
        """Attach a label; attaching it twice is the same as once."""
        path = f"{contact_path(service_id, contact_id)}/labels/{segment(label_id)}"
        return self._result("POST", path, repeatable=True, about_contact=True)

    def create_contact_field(self, service_id: str, body: Mapping[str, Any]) -> Row:
        """Define a contact field (`display_name`, `data_type`)."""
        path = f"/v1/services/{segment(service_id)}/contact-custom-fields"
        return self._result("POST", path, body=body)

    def delete_scratch_contact(self, service_id: str, contact_id: str) -> None:
        """Delete a contact that the caller made to try something; nothing else is ever deleted.

        Only `zingle-sync check --probe` calls this.
        """
        self._send("DELETE", contact_path(service_id, contact_id), about_contact=True)

    def _result(
        self, method: str, path: str, params: Mapping[str, str] | None = None, **how: Any
    ) -> Row:
        """The `result` of a v1 answer."""
        return dict(self._send(method, path, params, accept=has_result, **how).body["result"])

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: object = None,
        repeatable: bool | None = None,
        **expected: Any,
    ) -> Reply:
        if method != "GET" and self._before_write is not None:
            self._before_write(self)
        return self._caller.send(
            method, path, params, body=body, repeatable=repeatable, expected=Expected(**expected)
        )
