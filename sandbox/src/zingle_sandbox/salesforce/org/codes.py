"""Codes of the web server flow that wait for their exchange."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What a code stands for, until it is used or 15 minutes have passed."""

    redirect_uri: str
    challenge: str
    given_at: float
