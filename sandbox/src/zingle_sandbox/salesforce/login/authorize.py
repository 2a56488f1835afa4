"""The web server flow with PKCE: the page where a user allows an app, and its codes.

Sources: Salesforce help, "OAuth 2.0 Web Server Flow for Web App Integration" (parameters, the
redirect, 15 minutes for a code) and RFC 7636 (PKCE).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from zingle_sandbox import credentials
from zingle_sandbox.salesforce.org.codes import AuthorizationCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from zingle_sandbox.salesforce.org.calls import Org


_LIFE = 15 * 60


async def authorize(org: Org, request: Request) -> Response:
    """`GET /services/oauth2/authorize`: the user is logged in already and clicks at once."""
    asked = request.query_params
    if asked.get("client_id") != credentials.SALESFORCE_CLIENT_ID:
        return PlainTextResponse("error=invalid_client_id", 400)
    callbacks = str(org.option("callback_urls")).split()
    if asked.get("redirect_uri") not in callbacks:
        return PlainTextResponse("error=redirect_uri_mismatch", 400)
    answer = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("response_type") != "code":
        answer |= {"error": "unsupported_response_type", "error_description": "not supported"}
    elif not org.option("user_allows_app"):
        answer |= {
            "error": "access_denied",
            "error_description": "end-user denied authorization",
        }
    elif asked.get("code_challenge_method", "S256") != "S256" or not asked.get("code_challenge"):
        answer |= {
            "error": "invalid_request",
            "error_description": "missing required code challenge",
        }
    else:
        code = f"aPrx{secrets.token_urlsafe(60)}=="
        org.codes[code] = AuthorizationCode(
            asked["redirect_uri"], asked["code_challenge"], org.sandbox.clock.timestamp()
        )
        answer |= {"code": code}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)


def use_code(org: Org, form: Mapping[str, str]) -> str | None:
    """Take a code out of use; gives what is wrong with it, or None."""
    known = org.codes.pop(form.get("code", ""), None)
    if known is None or org.sandbox.clock.timestamp() - known.given_at > _LIFE:
        return "expired authorization code"
    if form.get("redirect_uri") != known.redirect_uri:
        return "redirect_uri must match configuration"
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(challenge, known.challenge):
        return "invalid code verifier"
    return None
