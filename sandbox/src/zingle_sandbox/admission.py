"""What a call is before anybody answers it: whose it is, how it is written, who sends it."""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request

from zingle_sandbox.credentials import SALESFORCE_CLIENT_ID

if TYPE_CHECKING:
    from starlette.types import Scope

    from zingle_sandbox.journal import System
    from zingle_sandbox.sandbox import Sandbox

_SECRET = re.compile(
    r"(?i)\b((?:access_|oauth_|refresh_|id_)?token|password|client_secret|assertion|sid)=[^&]*"
)
_CASED = {b"etag": b"ETag", b"www-authenticate": b"WWW-Authenticate"}


def system_of(path: str) -> System:
    """Which side a path belongs to."""
    if path.startswith(("/services/", "/id/")) or path == "/services":
        return "salesforce"
    if path.startswith(("/v1/", "/v2/")) or path in {"/v1", "/v2"}:
        return "zingle"
    return "sandbox"


def redact(query: str) -> str:
    """A raw query string without tokens and passwords."""
    return _SECRET.sub(r"\1=***", query) if query else ""


def as_routed(system: System, path: str) -> str:
    """Zingle takes a slash at the end of any path, as its own published requests have it."""
    has_more = len(path) > len("/v1/")
    return path.rstrip("/") if system == "zingle" and has_more else path


def cased(name: bytes) -> bytes:
    """A header's name as HTTP/1.1 servers write it."""
    return _CASED.get(name.lower()) or name.title()


def refusal(sandbox: Sandbox, method: str, scope: Scope) -> str | None:
    """Why the page or the control API does not serve this call, if it does not.

    A web page that is open in the same browser must neither steer nor read the sandbox: not
    from its own origin, and not through a name that it has pointed to this machine.
    """
    headers = Request(scope).headers
    host, origin = headers.get("host", ""), headers.get("origin")
    name = urlsplit(f"//{host}").hostname or ""
    ours = {urlsplit(url).hostname for url in (sandbox.base_url, sandbox.tls_url) if url}
    if name != "localhost" and name not in ours and not _is_address(name):
        return f"the sandbox does not answer to the name {name}"
    if method not in {"GET", "HEAD"} and origin and urlsplit(origin).netloc != host:
        return f"calls from {origin} change nothing here"
    return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_foreign(sandbox: Sandbox, system: System, path: str, scope: Scope) -> bool:
    """Whether the call carries an `Authorization` that this side could never have given out."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, value = header.partition(" ")
    if not header:
        return False
    if scheme.lower() != "basic":
        ours = "00D" if system == "salesforce" else "ey"
        return not value.strip().startswith(ours)
    try:
        name = base64.b64decode(value).decode("utf-8", "replace").partition(":")[0]
    except ValueError:
        return True
    if system == "salesforce":
        return path != "/services/oauth2/token" or name != SALESFORCE_CLIENT_ID
    known = sandbox.store.value("SELECT 1 FROM zg_users WHERE username = ?", (name,))
    return known is None
