"""Whether an address may be sent to, and a text in a header. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit


def address_problem(url: str) -> str | None:
    """What is wrong with an address that secrets would be sent to, as the end of a sentence.

    Plain `http://` is for a simulator on this machine alone.

    >>> address_problem("https://acme.my.salesforce.com"), address_problem("http://[::1]:8000")
    (None, None)
    >>> address_problem("http://acme.my.salesforce.com")
    'must start with https:// (http:// is for this machine alone)'
    """
    if not re.fullmatch(r"[!-~]+", url):
        return "must hold no blanks, line breaks or characters outside of ASCII"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no address"
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))
    problems = (
        (not safe, "must start with https:// (http:// is for this machine alone)"),
        (not host, "must name a host"),
        ("@" in parts.netloc, "must hold no user name or password"),
        (bool(parts.query or parts.fragment), "must end with its path"),
    )
    return next((text for wrong, text in problems if wrong), None)


def header_problem(secret: str) -> str | None:
    """Why a token can't travel in a header, as the end of a sentence that does not show it.

    >>> header_problem("two lines")
    'holds a blank, a line break or another character that no token has; copy it again'
    """
    if re.fullmatch(r"[!-~]+", secret):
        return None
    return "holds a blank, a line break or another character that no token has; copy it again"


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
