"""A small client for the Zingle side, which knows nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox import zingle
from zingle_sandbox.credentials import ZINGLE_PASSWORD, ZINGLE_USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.testing import RunningSandbox

PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL = "b71f3d91-da94-412b-8ff1-59a882b63024"


@dataclass
class Api:
    """Calls to one service of a running sandbox."""

    running: RunningSandbox
    session: requests.Session
    service_id: str

    phone_type = PHONE
    email_type = EMAIL

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call to an absolute path."""
        url = f"{self.running.url}{path}"
        return self.session.request(method, url, timeout=10, allow_redirects=False, **more)

    def v1(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call to a path of the service in v1."""
        return self.send(method, f"/v1/services/{self.service_id}{path}", **more)

    def v2(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call to a path of the service in v2."""
        return self.send(method, f"/v2/services/{self.service_id}{path}", **more)

    def result(self, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 - whatever the call answers
        """The result of a v1 call that must succeed."""
        response = self.v1(method, path, **more)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def code(self, response: requests.Response) -> int:
        """The numeric code of a v1 refusal."""
        return int(response.json()["status"]["error_code"])

    def insert(self, **row: Any) -> str:
        """A contact put into the store; returns its id."""
        return zingle.insert_contacts(self.running.sandbox, [row])[0]

    def insert_message(self, contact_id: str, at: int = 1_772_000_000, **row: Any) -> str:
        """A message put into the store; returns its id."""
        message = {"direction": "inbound", "body": "Hello", **row}
        rows = [{"contact_id": contact_id, "created_at": at, **message}]
        return zingle.insert_messages(self.running.sandbox, rows)[0]

    def contact(self, contact_id: str) -> dict[str, Any]:
        """The contact in v1."""
        return self.result("GET", f"/contacts/{contact_id}")

    def value(self, contact: dict[str, Any], name: str) -> object:
        """The value of a contact's field, by the field's name; KeyError if it has none."""
        values = {
            v["custom_field"]["display_name"]: v["value"] for v in contact["custom_field_values"]
        }
        return values[name]

    def field_id(self, name: str) -> str:
        """The id of a contact field, by its name."""
        fields = self.result("GET", "/contact-custom-fields", params={"page_size": 500})
        return next(f["id"] for f in fields if f["display_name"] == name)

    def label_id(self, name: str) -> str:
        """The id of a contact label, by its name."""
        labels = self.result("GET", "/contact-labels", params={"page_size": 500})
        return next(label["id"] for label in labels if label["display_name"] == name)

    def reading(self, **readings: str) -> None:
        """Switch readings of ambiguous behaviour."""
        self.running.sandbox.choose_profile(readings)

    def option(self, **options: Any) -> None:
        """Set options, named without their prefix."""
        self.running.sandbox.set_options({f"zingle_{name}": v for name, v in options.items()})


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[Api]:
    """The base service of an empty world, logged in with Basic."""
    with requests.Session() as session:
        session.auth = (ZINGLE_USERNAME, ZINGLE_PASSWORD)
        yield Api(sandbox, session, sandbox.service_id)


@pytest.fixture
def clean(api: Api) -> Iterator[None]:
    """The test must cause no violation."""
    yield
    assert api.running.violations() == []
