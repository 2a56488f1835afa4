"""The Salesforce connection settings, declared once for every plugin."""

from __future__ import annotations

from typing import Any

DEFAULT_API_VERSION = "62.0"
OLDEST_API_VERSION = 60.0


def _text(title: str, description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "title": title, "description": description}


def _secret(title: str, description: str) -> dict[str, Any]:
    return {**_text(title, description), "secret": True, "writeOnly": True}


def _percent(title: str, description: str, default: int) -> dict[str, Any]:
    return {
        "type": "integer",
        "title": title,
        "description": description,
        "default": default,
        "minimum": 1,
        "maximum": 100,
    }


CONNECTION_SETTINGS: dict[str, dict[str, Any]] = {
    "domain": {
        **_text(
            "Domain",
            "`login` (production), `test` (sandboxes) or a My Domain host such as "
            "`acme.my.salesforce.com`.",
        ),
        "type": "string",
        "default": "login",
    },
    "login_url": _text("Login URL", "Where to log in, instead of the domain's host."),
    "instance_url": _text(
        "Instance URL", "Where to send the calls, instead of what the login answers."
    ),
    "client_id": _text("Client id", "Consumer key of the connected app."),
    "client_secret": _secret("Client secret", "Consumer secret of the connected app."),
    "refresh_token": _secret("Refresh token", "For the refresh token flow."),
    "private_key": _secret("Private key", "RSA key in PEM form, for the JWT bearer flow."),
    "private_key_file": _text("Private key file", "File with that key, instead of the key."),
    "username": _text("Username", "For the JWT bearer and password flows."),
    "password": _secret("Password", "For the password flow."),
    "security_token": _secret(
        "Security token", "Added to the password where the caller's network is not trusted."
    ),
    "access_token": _secret(
        "Access token", "A ready session, used with `instance_url`; cannot be renewed."
    ),
    "token_store": _text(
        "Token store",
        "File that keeps rotated refresh tokens (mode 0600); needed where the connected app "
        "rotates refresh tokens.",
    ),
    "api_version": {
        "type": "string",
        "title": "API version",
        "description": f"Version of the REST API, {OLDEST_API_VERSION} or later.",
        "default": DEFAULT_API_VERSION,
    },
    "quota_percent_total": _percent(
        "Total quota",
        "Stop, with the state kept, when the org's API calls of the last 24 hours, those of "
        "everybody, pass this share of its daily limit.",
        80,
    ),
    "quota_percent_per_run": _percent(
        "Quota per run",
        "Stop, with the state kept, when this run's API calls pass this share of the org's "
        "daily limit.",
        25,
    ),
    "user_agent": _text(
        "User agent",
        "Name of this program in Salesforce's login history and API logs; python-requests and its "
        "version by default.",
    ),
    "request_timeout": {
        "type": "integer",
        "title": "Request timeout",
        "description": "Seconds to wait for Salesforce to connect or to go on answering.",
        "default": 60,
        "minimum": 1,
    },
}

# What belongs together: one group per way to log in, `domain` where its default will not do.
LOGIN_GROUPS: tuple[tuple[str, ...], ...] = (
    ("domain", "client_id", "client_secret"),
    ("client_id", "username", "private_key"),
    ("client_id", "username", "private_key_file"),
    ("client_id", "refresh_token"),
    ("client_id", "client_secret", "username", "password"),
    ("username", "password"),
    ("access_token", "instance_url"),
)
