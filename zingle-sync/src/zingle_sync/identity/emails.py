"""E-mail addresses in the one form in which they are compared and written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from email_validator import EmailNotValidError, validate_email

_NOBODY: frozenset[str] = frozenset()
_LONGEST = 255  # Zingle's published limit for a channel value
_NOBODYS_MAILBOXES = frozenset({"donotreply", "do-not-reply", "no-reply", "no_reply", "noreply"})
_EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org", "example", "invalid")


@dataclass(frozen=True, slots=True)
class UnusableEmail:
    """A text that is no usable address, and why."""

    reason: Literal["invalid", "ignored"]


@lru_cache(maxsize=8192)
def _normalise(text: str) -> str | UnusableEmail:
    try:
        # test_environment only adds the reserved top-level domain "test" to what is accepted.
        address = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return UnusableEmail("invalid")
    value = f"{unicodedata.normalize('NFC', address.local_part.lower())}@{address.ascii_domain}"
    return value.lower() if len(value) <= _LONGEST else UnusableEmail("invalid")


def normalise_email(
    raw: str | None, *, ignored: frozenset[str] = _NOBODY
) -> str | UnusableEmail | None:
    """Normalise an e-mail address: stripped, NFC, lower case, domain in IDNA.

    The shape is checked, the network is never asked.

    Args:
        raw: The address as typed.
        ignored: Addresses, in lower case, that belong to nobody in particular.

    Returns:
        The address, why it is unusable, or None for a blank.

    >>> normalise_email("  Ann.Lee@Bücher.DE ")
    'ann.lee@xn--bcher-kva.de'
    >>> normalise_email("noreply@hotel.com")
    UnusableEmail(reason='ignored')
    """
    text = unicodedata.normalize("NFC", raw or "").strip()
    if not text:
        return None
    # Addresses under example domains fail the validator, yet their reason is another one.
    mailbox, _, domain = text.lower().rpartition("@")
    if mailbox in _NOBODYS_MAILBOXES or any(
        domain == example or domain.endswith(f".{example}") for example in _EXAMPLE_DOMAINS
    ):
        return UnusableEmail("ignored")
    value = _normalise(text)
    return UnusableEmail("ignored") if value in ignored else value
