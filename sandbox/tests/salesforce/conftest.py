"""A small client for the Salesforce side, which knows nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox import salesforce
from zingle_sandbox.credentials import SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zingle_sandbox.testing import RunningSandbox


@dataclass
class Org:
    """Calls to the org of a running sandbox."""

    running: RunningSandbox
    session: requests.Session
    version: str = "62.0"

    def options(self, **changes: Any) -> None:
        """Change options, their names without `salesforce_`."""
        self.running.sandbox.set_options({f"salesforce_{k}": v for k, v in changes.items()})

    def profile(self, **changes: str) -> None:
        """Choose readings, their names without `salesforce_`."""
        self.running.sandbox.choose_profile({f"salesforce_{k}": v for k, v in changes.items()})

    def log_in(self) -> str:
        """Log in with client credentials and use the token from now on."""
        answer = self.token(
            grant_type="client_credentials",
            client_id=SALESFORCE_CLIENT_ID,
            client_secret=SALESFORCE_CLIENT_SECRET,
        )
        token = str(answer.json()["access_token"])
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def token(self, **form: str) -> requests.Response:
        """A call to the token endpoint."""
        return requests.post(f"{self.running.url}/services/oauth2/token", data=form, timeout=10)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call to an absolute path."""
        return self.session.request(method, f"{self.running.url}{path}", timeout=30, **more)

    def rest(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call to a path of the REST API."""
        return self.send(method, f"/services/data/v{self.version}{path}", **more)

    def page(self, soql: str, *, everything: bool = False) -> dict[str, Any]:
        """The first page of a query that must succeed."""
        answer = self.rest("GET", "/queryAll" if everything else "/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def query(self, soql: str, *, everything: bool = False) -> list[dict[str, Any]]:
        """All records of a query, without their attributes."""
        page = self.page(soql, everything=everything)
        records = page["records"]
        while not page["done"]:
            page = self.send("GET", page["nextRecordsUrl"]).json()
            records += page["records"]
        return [_bare(record) for record in records]

    def values(self, soql: str, *, everything: bool = False) -> list[Any]:
        """The one selected field of all records."""
        return [next(iter(record.values())) for record in self.query(soql, everything=everything)]

    def refusal(self, soql: str) -> tuple[int, str, str]:
        """Status, code and the last line of the message of a query that must fail."""
        answer = self.rest("GET", "/query", params={"q": soql})
        (error,) = answer.json()
        return answer.status_code, error["errorCode"], error["message"].splitlines()[-1]

    def insert(self, sobject: str, *rows: Mapping[str, Any], **more: Any) -> list[str]:
        """Rows put into the org behind the API's back; their ids."""
        return salesforce.insert_rows(self.running.sandbox, sobject, rows, **more)

    def create(self, sobject: str, **fields: Any) -> str:
        """A record made through the API; its id."""
        answer = self.rest("POST", f"/sobjects/{sobject}", json=fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def read(self, sobject: str, record_id: str, *fields: str) -> dict[str, Any]:
        """A record's fields."""
        params = {"fields": ",".join(fields)} if fields else {}
        answer = self.rest("GET", f"/sobjects/{sobject}/{record_id}", params=params)
        assert answer.status_code == 200, answer.text
        return _bare(answer.json())

    def collection(
        self,
        method: str,
        path: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        sobject: str = "Task",
        **more: Any,
    ) -> list[dict[str, Any]]:
        """A collections call that must be well-formed; the results."""
        records = [{"attributes": {"type": sobject}, **row} for row in rows]
        body = {"records": records, **more}
        answer = self.rest(method, f"/composite/sobjects{path}", json=body)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()
        return results


def _bare(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "attributes"}


@pytest.fixture
def org(sandbox: RunningSandbox) -> Iterator[Org]:
    """An empty org, logged in."""
    with requests.Session() as session:
        one = Org(sandbox, session)
        one.log_in()
        sandbox.clear_journal()
        yield one
