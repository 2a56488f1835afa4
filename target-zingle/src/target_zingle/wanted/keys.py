"""The kinds of key by which people are found. Pure."""

from __future__ import annotations

EXTERNAL_ID, PHONE, EMAIL = "external_id", "phone", "email"
# Kind (`PHONE` or `EMAIL`) and normalised value of a channel.
Key = tuple[str, str]
