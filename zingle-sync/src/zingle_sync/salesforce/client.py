"""The Salesforce client: REST queries, describes, composite and sObject collections."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from zingle_sync.files import path_of
from zingle_sync.http import Request
from zingle_sync.salesforce.answers import (
    composite_reader,
    is_path,
    object_reader,
    page_reader,
    without_attributes,
)
from zingle_sync.salesforce.bulk import BulkJob
from zingle_sync.salesforce.calls import Caller
from zingle_sync.salesforce.errors import (
    ConfigurationError,
    NotFoundError,
    RowsMissingError,
    TransientError,
)
from zingle_sync.salesforce.flows import Connection, SoapLogin, connection_from
from zingle_sync.salesforce.token_store import STORED, holds_grant
from zingle_sync.salesforce.writes import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import requests
    from simple_salesforce.api import Salesforce as SimpleSalesforce

    from zingle_sync.salesforce.values import QueryPage, RowResult, Usage

# Bytes of an address sent as GET. Salesforce's limit is 16,384 for address and headers together,
# and access tokens may be 2,000 long.
LONGEST_URL = 12_000
# Salesforce's own limit of queries in a composite request.
QUERIES_PER_CALL = 5


class Salesforce:
    """One org, seen by one user. Nothing is sent before the first use; thread-safe.

    What sends a call raises a `SalesforceError` when there is no value in the end.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._identity: dict[str, Any] | None = None
        self._describes: dict[str, dict[str, Any]] = {}

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], *, session: requests.Session | None = None
    ) -> Salesforce:
        """Make a client from the settings of `CONNECTION_SETTINGS`.

        Args:
            settings: Values by name; absent and empty ones count as not given.
            session: Carries connections, proxies and certificates; one is made when absent.

        Raises:
            ConfigurationError: If the settings contradict each other or are incomplete; its
                `problems` lists every problem.
        """
        given, problems = _with_files(settings)
        read = connection_from(given)
        if not isinstance(read, Connection):
            problems += read
        if problems or not isinstance(read, Connection):
            raise ConfigurationError(" ".join(problems), problems=problems)
        if isinstance(read.flow, SoapLogin):
            warnings.warn(
                "Logging in with username and password through SOAP ends with Salesforce's "
                "Summer '27 release; add client_id and client_secret, or use another flow.",
                FutureWarning,
                stacklevel=2,
            )
        return cls(Caller(read, session=session))

    @property
    def calls(self) -> int:
        """Calls sent so far, token requests excluded."""
        return self._caller.calls

    @property
    def usage(self) -> Usage | None:
        """The org's daily API usage as of the latest answer, None before the first."""
        return self._caller.usage

    @property
    def api_version(self) -> str:
        """Version of the REST API in use, such as `62.0`."""
        return self._caller.connection.api_version

    @property
    def org_id(self) -> str:
        """The 18-character organization id."""
        return self._caller.log_in().org_id or str(self._who()["organization_id"])

    @property
    def user_id(self) -> str:
        """The 18-character id of the user whose session this is."""
        return self._caller.log_in().user_id or str(self._who()["user_id"])

    @property
    def instance_url(self) -> str:
        """Where the calls go, without a trailing slash."""
        return self._caller.instance_url

    @property
    def server_now(self) -> datetime:
        """Salesforce's own time, in UTC, as of the latest answer: never later than now."""
        if self._caller.server_date is None:
            self._caller.versions()
        if self._caller.server_date is None:
            raise TransientError("Salesforce's answers have no Date header.")
        return self._caller.server_date

    def _who(self) -> dict[str, Any]:
        if self._identity is None:
            url = f"{self.instance_url}/services/oauth2/userinfo"
            read = object_reader(organization_id=str, user_id=str)
            self._identity = self._caller.call(Request("GET", url, "GET userinfo"), read)
        return self._identity

    def describe(self, sobject: str) -> dict[str, Any]:
        """The object's describe as Salesforce answers it, asked once per client.

        Raises:
            NotFoundError: If the object does not exist or the user may not see it.
            ConfigurationError: If nothing is found, because the org lacks the API's version.
        """
        if sobject in {".", ".."}:
            raise NotFoundError(f"There is no object {sobject}.")
        if sobject not in self._describes:
            path = f"sobjects/{quote(sobject, safe='')}/describe"
            what = f"GET describe of {sobject}"
            try:
                answer = self._caller.get(path, what=what, name=str, fields=list)
            except NotFoundError:
                if not self._describes:
                    self._caller.check_version()
                raise
            if not all(
                isinstance(field, dict) and {"name", "type"} <= field.keys()
                for field in answer["fields"]
            ):
                raise TransientError(
                    f"Salesforce's answer to {what} has fields without name or type."
                )
            self._describes[sobject] = answer
        return self._describes[sobject]

    def describe_global(self) -> dict[str, Any]:
        """The list of all objects that the user may see (`sobjects`)."""
        return self._caller.get("sobjects", what="GET sobjects", sobjects=list)

    def limits(self) -> dict[str, Any]:
        """The org's limits; needs the permission "View Setup and Configuration"."""
        return self._caller.get("limits", what="GET limits")

    def record_counts(self, sobjects: Sequence[str]) -> dict[str, int]:
        """Cached estimates of the number of rows; objects without an estimate are absent."""
        names = {"sObjects": ",".join(sobjects)}
        what = "GET recordCount"
        answer = self._caller.get("limits/recordCount", names, what=what, sObjects=list)
        return {
            row["name"]: row["count"]
            for row in answer["sObjects"]
            if isinstance(row, dict) and isinstance(row.get("count"), int) and "name" in row
        }

    def query(self, soql: str, *, include_deleted: bool = False) -> Iterator[QueryPage]:
        """Run a query, page by page.

        Args:
            soql: The query. A text too long for an address is sent in a composite request.
            include_deleted: Whether deleted rows and archived activities count (queryAll).

        Yields:
            The pages in order; the next one is asked for when the caller wants it.

        Raises:
            QueryError: If Salesforce refuses the text.
            TooLargeError: If the query takes too long or asks for too much.
            LocatorLostError: If the server forgot the result midway; query again from the last row.
            RowsMissingError: If fewer rows came than were announced; query again from the first.
            QuotaError: If the daily limit or the allowed share of it is used up.
            TransientError: If the bounded tries are over.
        """
        yield from self._from(self._first_page(soql, include_deleted=include_deleted))

    def _from(self, page: QueryPage) -> Iterator[QueryPage]:
        announced, rows = page.total_size, len(page.records)
        yield page
        for following in self.following_pages(page.next_url):
            rows += len(following.records)
            yield following
        if rows < announced:
            # Rows were deleted meanwhile, or pages lost: asking again brings what is there.
            raise RowsMissingError(announced, rows)

    def following_pages(self, next_url: str | None) -> Iterator[QueryPage]:
        """The pages from a `nextRecordsUrl` on, those of a subquery's children too."""
        read: set[str] = set()
        while next_url:
            if next_url in read or not is_path(next_url):
                raise TransientError("The address of the next page is none, or leads in a circle.")
            read.add(next_url)
            url = self.instance_url + next_url
            page = self._caller.call(
                Request("GET", url, "GET query page"), page_reader(whole=False)
            )
            yield page
            next_url = page.next_url

    def rows(self, soql: str, *, include_deleted: bool = False) -> Iterator[dict[str, Any]]:
        """Run a query, row by row, without `attributes` on the row, its parents and children."""
        for page in self.query(soql, include_deleted=include_deleted):
            for record in page.records:
                yield without_attributes(record)

    def count(self, soql: str, *, include_deleted: bool = False) -> int:
        """The number of rows that a `SELECT COUNT()` query finds."""
        return self._first_page(soql, include_deleted=include_deleted, counts=True).total_size

    def rows_of_each(
        self, queries: Sequence[str], *, include_deleted: bool = False
    ) -> list[list[dict[str, Any]]]:
        """The rows of each query as Salesforce sent them, five queries in a call.

        Raises:
            QueryError: If Salesforce refuses one of them.
            LocatorLostError: If rows were deleted, or the result was lost, between two pages.
        """
        paths = [self._path(soql, include_deleted=include_deleted) for soql in queries]
        pages = [
            page
            for start in range(0, len(paths), QUERIES_PER_CALL)
            for page in self._composite(paths[start : start + QUERIES_PER_CALL])
        ]
        return [[row for page in self._from(first) for row in page.records] for first in pages]

    def _path(self, soql: str, *, include_deleted: bool) -> str:
        resource = "queryAll" if include_deleted else "query"
        return f"{self._caller.data_path}/{resource}?{urlencode({'q': soql}, quote_via=quote)}"

    def _first_page(
        self, soql: str, *, include_deleted: bool = False, counts: bool = False
    ) -> QueryPage:
        path = self._path(soql, include_deleted=include_deleted)
        if len(path) > LONGEST_URL:
            return self._composite([path], counts=counts)[0]
        what = f"GET {'queryAll' if include_deleted else 'query'}"
        request = Request("GET", self.instance_url + path, what)
        return self._caller.call(request, page_reader(whole=not counts))

    def _composite(self, paths: Sequence[str], *, counts: bool = False) -> list[QueryPage]:
        parts = [
            {"method": "GET", "url": path, "referenceId": f"query{number}"}
            for number, path in enumerate(paths)
        ]
        return self._caller.send_json(
            "POST",
            "composite",
            {"allOrNone": False, "compositeRequest": parts},
            composite_reader(len(parts), whole=not counts),
            what="POST composite",
        )

    def bulk_query(self, soql: str, *, include_deleted: bool = False) -> BulkJob:
        """Start a Bulk API 2.0 query job; wait for it, read its pages, then delete it.

        Raises:
            BulkRefusedError: If Bulk API 2.0 does not serve this object or query.
        """
        return BulkJob.create(self._caller, soql, include_deleted=include_deleted)

    def bulk_job(self, job_id: str) -> BulkJob:
        """A Bulk API 2.0 query job that was started before."""
        return BulkJob(self._caller, job_id)

    def insert(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Create rows, 200 in a call; results are in the order of the rows.

        Raises:
            OutcomeUnknownError: If an answer was lost: look before inserting again.
        """
        return write(self._caller, "POST", sobject, rows)

    def update(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Change rows by their `Id`, 200 in a call; results are in the order of the rows."""
        return write(self._caller, "PATCH", sobject, rows)

    def upsert(
        self, sobject: str, external_id_field: str, rows: Sequence[Mapping[str, Any]]
    ) -> list[RowResult]:
        """Create or change rows by a key field, 200 in a call; results in the order of the rows.

        Rows of one call must have different keys: Salesforce refuses every copy of a doubled one.
        """
        return write(self._caller, "PATCH", sobject, rows, key=external_id_field)

    def simple_salesforce(self) -> SimpleSalesforce:
        """The same session as a logged-in `simple_salesforce.Salesforce`, for scripts of yours.

        It works with every login flow, and with `http://` of the simulator. Its calls have this
        client's time limit, tries, quota and count, and a session that ends is renewed, for it and
        for this client at once. Refusals are simple-salesforce's own exceptions, which repeat what
        Salesforce said: not for logs. What cannot be reached is a `SalesforceError`. The typed
        calls of its `mdapi` go through zeep with the session of that moment; `mdapi.deploy` goes
        the way of all others.

        The import costs about 0.3 seconds of CPU, here and not before.
        """
        from zingle_sync.salesforce.simple import simple_client  # noqa: PLC0415 - slow to import

        return simple_client(self._caller)


# Settings that say whose session it is to be.
_USERS = ("refresh_token", "private_key", "private_key_file", "username", "access_token")


def _with_files(settings: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Replace `private_key_file` by the key it holds; gives what is wrong with it, too.

    A grant that `zingle-sync login` has put into `token_store` is the log-in of settings that name
    no other user.
    """
    given = dict(settings)
    store = given.get("token_store")
    if store and not any(given.get(name) for name in _USERS) and holds_grant(str(store)):
        given["refresh_token"] = STORED
    path = given.pop("private_key_file", None)
    if path and not given.get("private_key"):
        try:
            given["private_key"] = path_of(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not a text file"
            given["private_key"] = "unread"  # which flow it belongs to is known all the same
            return given, (f"private_key_file {path} cannot be read: {reason}.",)
    return given, ()
