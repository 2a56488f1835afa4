"""Run singer-io's tap-salesforce against a simulator: its login host is fixed, so it is rewritten.

Runs in the peer's own environment; ``SANDBOX_URL`` says where the simulator is.
"""

from __future__ import annotations

import os
from typing import Any

import requests
import tap_salesforce

_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
_send = requests.Session.request


def _request(self: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
    for host in _HOSTS:
        url = url.replace(host, os.environ["SANDBOX_URL"])
    return _send(self, method, url, **more)


requests.Session.request = _request
tap_salesforce.main()
