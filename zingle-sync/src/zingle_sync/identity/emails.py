"""E-mail addresses in the one form in which they are compared and written."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from zingle_sync.texts import INVISIBLE

_LONGEST = 255  # Zingle's published limit for a channel value
_LONGEST_TEXT = 1000
_NOBODYS_MAILBOXES = frozenset({"donotreply", "do-not-reply", "no-reply", "no_reply", "noreply"})
_DOTS = re.compile(r"\.{2,}")
# What is copied along with an address.
_AROUND = re.compile(r"^(?:mailto:\s*|[\s,;]+)+|(?:[\s.,;]|(?<=\s)\([^()@]*\))+$", re.IGNORECASE)
_EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org", "example", "invalid")


@dataclass(frozen=True, slots=True)
class UnusableEmail:
    """A text that is no usable address, and why."""

    reason: Literal["invalid", "ignored"]


@lru_cache(maxsize=8192)
def _normalise(text: str) -> str | UnusableEmail:
    try:
        address = _validated(text)
        local = address.local_part
    except EmailNotValidError:
        # Mailboxes such as a..b@ and a.@ exist, though no standard knows them.
        local, at, domain = text.rpartition("@")
        try:
            address = _validated(f"{_DOTS.sub('.', local).strip('.')}{at}{domain}")
        except EmailNotValidError:
            return UnusableEmail("invalid")
    value = f"{unicodedata.normalize('NFC', local.lower())}@{address.ascii_domain}"
    return value.lower() if len(value) <= _LONGEST else UnusableEmail("invalid")


def _validated(text: str) -> ValidatedEmail:
    return validate_email(
        text,
        check_deliverability=False,
        allow_quoted_local=True,
        allow_domain_literal=True,
        allow_display_name=True,
        # Only adds the reserved top-level domain "test" to what is accepted.
        test_environment=True,
    )


def normalise_email(
    raw: str | None, *, ignored: frozenset[str] = frozenset()
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
    if len(raw or "") > _LONGEST_TEXT:
        return UnusableEmail("invalid")
    text = _AROUND.sub("", unicodedata.normalize("NFC", INVISIBLE.sub("", raw or "")))
    if not text:
        return None
    # Addresses under example domains fail the validator, yet their reason is another one.
    domain = text.lower().removesuffix(">").rpartition("@")[2]
    if any(domain == one or domain.endswith(f".{one}") for one in _EXAMPLE_DOMAINS):
        return UnusableEmail("ignored")
    value = _normalise(text)
    if isinstance(value, str) and value.rpartition("@")[0] in _NOBODYS_MAILBOXES:
        return UnusableEmail("ignored")
    return UnusableEmail("ignored") if value in ignored else value


def email_forms(address: str) -> frozenset[str]:
    """Every text that a field may hold for a normalised address, case aside.

    >>> sorted(email_forms("ann@hotel.com")), "ann@bücher.de" in email_forms("ann@xn--bcher-kva.de")
    (['ann@hotel.com'], True)
    """
    forms = {address}
    local, _, domain = address.rpartition("@")
    if "xn--" in domain:
        with suppress(EmailNotValidError):
            forms.add(f"{local}@{_validated(f'a@{domain}').domain}")
    return frozenset(forms | {unicodedata.normalize("NFD", form) for form in forms})
