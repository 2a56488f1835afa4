"""simple-salesforce on our own session; imported only when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from simple_salesforce.api import Salesforce
from typing_extensions import override

from zingle_sync.http import Authorization, Request

if TYPE_CHECKING:
    from simple_salesforce.metadata import SfdcMetadataApi

    from zingle_sync.salesforce.calls import Caller


def simple_client(caller: Caller) -> Salesforce:
    """A `simple_salesforce.Salesforce` whose requests go through a caller.

    Raises:
        SalesforceError: If Salesforce refuses the login or cannot be reached.
    """
    login = caller.log_in()
    return _Simple(
        session_id=login.access_token,
        instance_url=login.instance_url,
        version=caller.connection.api_version,
        session=_Session(caller),
    )


class _Simple(Salesforce):
    """simple-salesforce without the credentials that zeep's own session would look up."""

    @property
    @override
    def mdapi(self) -> SfdcMetadataApi:
        api = super().mdapi
        api._client.transport.session.auth = Authorization(None)  # noqa: SLF001 - no other way in
        return api


class _Session(requests.Session):
    """Sends what simple-salesforce asks for by the caller's one way of sending."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self._caller = caller

    @override
    def request(  # type: ignore[override]  # of requests' arguments, those that it uses
        self, method: str, url: str, **given: Any
    ) -> requests.Response:
        headers = {
            name: value
            for name, value in (given.get("headers") or {}).items()
            if name.lower() != "authorization"
        }
        body = given.get("data")
        path = url.split("/", 3)[3]  # simple-salesforce writes https:// before every host
        request = Request(
            method,
            f"{self._caller.instance_url}/{path}",
            f"{method} of simple-salesforce",
            headers=headers,
            params=given.get("params"),
            body=body.encode() if isinstance(body, str) else body,
            repeatable=method == "GET",
        )
        return self._caller.pass_on(request)
