"""The Zingle API in the domain's words: one thin method per remote call."""

from __future__ import annotations

import time
import urllib.parse
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from zingle_sync.zingle.errors import (
    ClientBugError,
    ConfigurationError,
    GoneError,
    TransientError,
    ZingleError,
)
from zingle_sync.zingle.pages import PAGE_SIZE, Page, read_page
from zingle_sync.zingle.rate import Rate
from zingle_sync.zingle.settings import DEFAULT_API_URL
from zingle_sync.zingle.tokens import BasicLogin, TokenLogin, basic_header, token_from
from zingle_sync.zingle.transport import Call, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import requests

    from zingle_sync.zingle.types import Channel, Contact, ContactField, Message, Service

_OK, _REDIRECTS = 200, frozenset({301, 302, 303, 307, 308})
_LOOKUP_SIZE = 5


class Zingle:
    """A client for one log-in; safe to share between threads, silent until the first call.

    Everything goes through API v1, except writing external ids, which only v2 documents.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def from_settings(
        cls,
        settings: Mapping[str, Any],
        *,
        session: requests.Session | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> Zingle:
        """Build a client from a plugin's settings.

        Args:
            settings: See `zingle_sync.zingle.settings.CONNECTION_SETTINGS`.
            session: Sends everything, if given; else each thread gets a session of its own.
            sleep: Waits for that many seconds.
            clock: Seconds, monotonic.

        Raises:
            ConfigurationError: Neither a token nor username and password are given.
        """
        rate = Rate(_number(settings, "requests_per_second", 10), clock=clock, sleep=sleep)
        transport = Transport(
            root_of(settings.get("api_url") or DEFAULT_API_URL),
            rate=rate,
            timeout=_number(settings, "request_timeout", 60),
            session=session,
            sleep=sleep,
        )
        client = cls(transport)
        username, password = settings.get("username"), settings.get("password")
        token = settings.get("token")
        if token:
            transport.login = TokenLogin(
                token,
                refresh=client.refresh_token,
                renew=(lambda: client.new_token(username, password))
                if username and password
                else None,
                clock=clock,
            )
        elif username and password:
            transport.login = BasicLogin(username, password)
        else:
            raise ConfigurationError("set username and password, or token, for Zingle")
        return client

    @property
    def calls(self) -> int:
        """Requests sent so far, token requests excluded."""
        return self._transport.calls

    @property
    def server_now(self) -> datetime | None:
        """Zingle's own time, in UTC, as of the latest answer; None before the first."""
        date = self._transport.server_date
        return parsedate_to_datetime(date) if date else None

    def pause(self, attempt: int) -> None:
        """Wait as long as before another try, for callers that look before they repeat."""
        self._transport.pause(attempt)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    # Logging in

    def new_token(self, username: str, password: str) -> str:
        """Get a token with username and password (``POST /v2/token``)."""
        header = basic_header(username, password)
        call = Call("POST", "/v2/token", repeatable=True, authorization=header)
        return token_from(self._transport.send(call).body)

    def refresh_token(self, token: str) -> str:
        """Trade a token for a fresh one (``GET /v2/token/refresh``)."""
        call = Call("GET", "/v2/token/refresh", authorization=f"Bearer {token}")
        return token_from(self._transport.send(call).body)

    # Reading

    def whoami(self) -> dict[str, Any]:
        """The log-in behind the calls: id, names, ``authorization_class``."""
        body = self._transport.send(Call("GET", "/v1/")).body
        found = body.get("auth") if isinstance(body, dict) else None
        return found if isinstance(found, dict) else {}

    def services(self) -> Iterator[Service]:
        """Every service that the log-in sees."""
        return cast("Iterator[Service]", self.rows("services", {}))

    def service(self, service_id: str) -> Service:
        """One service with its time zone, channel types, labels and field definitions.

        Raises:
            ConfigurationError: There is no such service, or the log-in may not see it.
        """
        path = f"/v1/services/{_segment(service_id)}"
        return cast("Service", _result(self._transport.send(Call("GET", path)).body, path))

    def contact_fields(self, service_id: str) -> list[ContactField]:
        """All contact field definitions of a service."""
        path = f"services/{_segment(service_id)}/contact-custom-fields"
        return cast("list[ContactField]", list(self.rows(path, {})))

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
            path: Below ``/v1/``, such as ``services/<id>/contacts``.
            params: Filters and sorting; values are escaped here.
            page: From 1.
            page_size: At most 500 is safe everywhere.
            shape: A msgspec type of the whole answer, to keep only what is needed of it.

        Raises:
            TransientError: The answer is no list.
        """
        query = {**params, "page": str(page), "page_size": str(page_size)}
        body = self._transport.send(Call("GET", f"/v1/{path}", query, shape=shape)).body
        found = read_page(body, page=page, page_size=page_size)
        if found is None:
            raise TransientError(f"GET /v1/{path}: the answer is no list")
        return found

    def rows(
        self, path: str, params: Mapping[str, str], *, page_size: int = PAGE_SIZE
    ) -> Iterator[dict[str, Any]]:
        """All rows of a v1 list, each once, by id.

        Lists are offset-based, so rows shift while they are read: when fewer rows arrive than
        the first page announced, everything is read once more for those that slipped through.
        A sort by ``id`` as tie-breaker is left out where the server refuses it (contract, U15).
        """
        seen: set[str] = set()
        announced, params = None, dict(params)
        for _ in range(2):
            number = 1
            while True:
                try:
                    found = self.page(path, params, page=number, page_size=page_size)
                except ClientBugError:
                    plain = params.get("sort_fields", "").removesuffix(",id asc")
                    if number > 1 or plain == params.get("sort_fields", ""):
                        raise
                    params["sort_fields"] = plain
                    continue
                announced = found.total_records if announced is None else announced
                for row in found.rows:
                    key = str(row.get("id"))
                    if key not in seen:
                        seen.add(key)
                        yield row
                if found.last or (not announced):
                    break
                number += 1
            if len(seen) >= (announced or 0):
                return

    def contacts(self, service_id: str, **filters: str) -> Iterator[Contact]:
        """Contacts, oldest first unless ``sort_fields`` says otherwise."""
        params = {"sort_fields": "created_at asc,id asc", **filters}
        return cast("Iterator[Contact]", self.rows(_contacts(service_id), params))

    def contact(self, service_id: str, contact_id: str) -> Contact:
        """One contact.

        Raises:
            GoneError: It does not exist (any more).
        """
        return self._contact_call(Call("GET", _contact(service_id, contact_id), about_contact=True))

    def find_contacts_by_external_id(self, service_id: str, external_id: str) -> Page:
        """Contacts that the external id filter returns.

        Old instances may ignore the filter: compare every row's own ``external_id``.
        """
        return self.page(
            _contacts(service_id), {"external_id": external_id}, page_size=_LOOKUP_SIZE
        )

    def find_contacts_by_channel(self, service_id: str, channel_type_id: str, value: str) -> Page:
        """Contacts that the channel filter returns; compare every row's own channels.

        Raises:
            ValueError: The value holds a wildcard, which would match strangers.
        """
        if "*" in value:
            raise ValueError("a channel value with an asterisk is a wildcard")
        params = {"channel_type_id": channel_type_id, "channel_value": value}
        return self.page(_contacts(service_id), params, page_size=_LOOKUP_SIZE)

    def contact_id_by_external_id(self, service_id: str, external_id: str) -> str | None:
        """Ask v2 which contact has an external id, without following its redirect.

        Any redirect names the contact in its last path segment, 200 carries the record,
        404 and 400 are misses (contract, U10).
        """
        path = f"/v2/services/{_segment(service_id)}/contacts/ref/{_segment(external_id)}"
        try:
            reply = self._transport.send(Call("GET", path, about_contact=True))
        except GoneError:
            return None
        except ZingleError as error:
            if error.status == 400:  # noqa: PLR2004 - HTTP's own number
                return None
            raise
        if reply.status in _REDIRECTS:
            return self._id_from(reply.location, path)
        return record_id(reply.body)

    def messages(self, service_id: str, **filters: str) -> Iterator[Message]:
        """Messages; see `zingle_sync.zingle.pages.not_before` for ``created_at``."""
        path = f"services/{_segment(service_id)}/messages"
        params = {"sort_fields": "created_at asc,id asc", **filters}
        return cast("Iterator[Message]", self.rows(path, params))

    def events(self, service_id: str, **filters: str) -> Iterator[dict[str, Any]]:
        """Events such as notes, assignments, opening and closing."""
        path = f"services/{_segment(service_id)}/events"
        return self.rows(path, {"sort_fields": "created_at asc,id asc", **filters})

    def users(self, service_id: str) -> list[dict[str, Any]]:
        """The service's users (v2); take their id with `record_id`."""
        path = f"/v2/services/{_segment(service_id)}/users"
        body = self._transport.send(Call("GET", path)).body
        items = body.get("items") if isinstance(body, dict) else body
        return [user for user in items or [] if isinstance(user, dict)]

    # Writing

    def create_contact(self, service_id: str, body: Mapping[str, Any]) -> str:
        """Create a contact through v2, the only documented way to write an external id.

        Returns:
            The new contact's id, from the Location header.

        Raises:
            UnknownOutcomeError: Look the contact up by every key before creating it again.
            ConflictError: A channel belongs to another contact: match again.
        """
        path = f"/v2/services/{_segment(service_id)}/contacts"
        reply = self._transport.send(Call("POST", path, body=body))
        found = self._id_from(reply.location, path) or record_id(reply.body)
        if found is None:
            raise TransientError(f"POST {path}: the answer names no contact")
        return found

    def create_contact_v1(
        self, service_id: str, body: Mapping[str, Any], *, return_existing: bool = False
    ) -> Contact:
        """Create a contact through v1.

        Args:
            service_id: The service.
            body: ``channels`` and ``custom_field_values``.
            return_existing: Find by the one channel given instead of failing; may be repeated.
        """
        params = {"return_existing": "1"} if return_existing else {}
        path = f"/v1/{_contacts(service_id)}"
        return self._contact_call(Call("POST", path, params, body=body, repeatable=return_existing))

    def update_contact(self, service_id: str, contact_id: str, body: Mapping[str, Any]) -> Contact:
        """Set values (v1 PUT) and return the whole contact as Zingle now has it."""
        path = _contact(service_id, contact_id)
        return self._contact_call(Call("PUT", path, body=body, about_contact=True))

    def set_field(
        self, service_id: str, contact_id: str, field_id: str, body: Mapping[str, Any]
    ) -> Contact:
        """Set one contact field (``{value}`` or ``{custom_field_option_id}``), no other."""
        path = f"{_contact(service_id, contact_id)}/custom-field-values/{_segment(field_id)}"
        return self._contact_call(
            Call("POST", path, body=body, repeatable=True, about_contact=True)
        )

    def contact_v2(self, service_id: str, contact_id: str) -> dict[str, Any]:
        """The contact as v2 shows it."""
        path = _contact(service_id, contact_id, version="v2")
        body = self._transport.send(Call("GET", path, about_contact=True)).body
        return body if isinstance(body, dict) else {}

    def replace_contact_v2(
        self, service_id: str, contact_id: str, record: Mapping[str, Any]
    ) -> None:
        """Write a complete v2 record (PUT); what is left out may be lost (contract, U8)."""
        path = _contact(service_id, contact_id, version="v2")
        self._transport.send(Call("PUT", path, body=record, about_contact=True))

    def add_channel(self, service_id: str, contact_id: str, body: Mapping[str, Any]) -> Channel:
        """Add a channel; after `UnknownOutcomeError` read the contact before adding it again."""
        path = f"{_contact(service_id, contact_id)}/channels"
        reply = self._transport.send(Call("POST", path, body=body, about_contact=True))
        return cast("Channel", _result(reply.body, path))

    def update_channel(
        self, service_id: str, contact_id: str, channel_id: str, body: Mapping[str, Any]
    ) -> Channel:
        """Set a channel's ``display_name``, ``is_default`` or ``is_default_for_type``."""
        path = f"{_contact(service_id, contact_id)}/channels/{_segment(channel_id)}"
        reply = self._transport.send(Call("PUT", path, body=body, about_contact=True))
        return cast("Channel", _result(reply.body, path))

    def add_label(self, service_id: str, contact_id: str, label_id: str) -> Contact:
        """Attach a label; attaching it twice is the same as once."""
        path = f"{_contact(service_id, contact_id)}/labels/{_segment(label_id)}"
        return self._contact_call(Call("POST", path, repeatable=True, about_contact=True))

    def create_contact_field(self, service_id: str, body: Mapping[str, Any]) -> ContactField:
        """Define a contact field (``display_name``, ``data_type``)."""
        path = f"/v1/services/{_segment(service_id)}/contact-custom-fields"
        return cast(
            "ContactField",
            _result(self._transport.send(Call("POST", path, body=body)).body, path),
        )

    def delete_scratch_contact(self, service_id: str, contact_id: str) -> None:
        """Delete a contact that the caller made to try something; nothing else is ever deleted.

        Only `zingle-sync check --probe` calls this.
        """
        self._transport.send(Call("DELETE", _contact(service_id, contact_id), about_contact=True))

    def _contact_call(self, call: Call) -> Contact:
        return cast("Contact", _result(self._transport.send(call).body, call.path))

    def _id_from(self, location: str | None, path: str) -> str | None:
        """The last segment of a Location that points into our own host, else None."""
        if not location:
            return None
        target = urllib.parse.urlsplit(urllib.parse.urljoin(self._transport.root + path, location))
        here = urllib.parse.urlsplit(self._transport.root)
        if target.netloc != here.netloc or "/contacts/" not in target.path:
            return None
        last = urllib.parse.unquote(target.path.rstrip("/").rsplit("/", 1)[-1])
        return last or None


def root_of(api_url: str) -> str:
    """The address from which v1 and v2 are derived.

    >>> root_of("https://api.zingle.me/v1/")
    'https://api.zingle.me'
    """
    root = api_url.rstrip("/")
    for version in ("/v1", "/v2"):
        root = root.removesuffix(version)
    return root.rstrip("/")


def record_id(payload: object) -> str | None:
    """The id of a v2 record: ``uuid`` if present, else ``id`` if it is a UUID (contract, U11)."""
    if not isinstance(payload, dict):
        return None
    for key in ("uuid", "id"):
        value = payload.get(key)
        if isinstance(value, str) and len(value) == 36:  # noqa: PLR2004 - a UUID's length
            return value
    return None


def _contacts(service_id: str) -> str:
    return f"services/{_segment(service_id)}/contacts"


def _contact(service_id: str, contact_id: str, *, version: str = "v1") -> str:
    return f"/{version}/{_contacts(service_id)}/{_segment(contact_id)}"


def _segment(value: str) -> str:
    return urllib.parse.quote(value, safe="")


def _number(settings: Mapping[str, Any], name: str, default: float) -> float:
    value = settings.get(name)
    return float(default if value is None else value)


def _result(body: object, path: str) -> dict[str, Any]:
    result = body.get("result") if isinstance(body, dict) else None
    if not isinstance(result, dict):
        raise TransientError(f"{path}: the answer holds no result")
    return result
