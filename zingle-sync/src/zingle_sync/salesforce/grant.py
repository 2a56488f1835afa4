"""Getting a grant in a browser: the web server flow with PKCE.

Sources: Salesforce help, "OAuth 2.0 Web Server Flow for Web App Integration"; RFC 7636 (PKCE);
RFC 8252 (loopback addresses of programs that have no server of their own).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from zingle_sync.salesforce.calls import Caller
from zingle_sync.salesforce.errors import ConfigurationError, LoginError
from zingle_sync.salesforce.flows import AuthorizationCode, Connection, connection_from
from zingle_sync.salesforce.messages import clean_message
from zingle_sync.salesforce.token_store import STORED, TokenStore

if TYPE_CHECKING:
    from collections.abc import Mapping

SCOPES = "api refresh_token"


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """What a user is asked to allow.

    Attributes:
        connection: Where the page is; its flow is an `AuthorizationCode` without its code.
        state: Comes back with the answer; another answer is somebody else's.
    """

    connection: Connection = field(repr=False)
    state: str = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], redirect_uri: str) -> GrantRequest:
        """The request that the connection settings mean, with a state and verifier of its own.

        Args:
            settings: `client_id`, and what else there is of `CONNECTION_SETTINGS`.
            redirect_uri: Where the browser goes; the app must know it as a callback URL.

        Raises:
            ConfigurationError: If they can't be used; its `problems` lists every problem.
        """
        client_id, secret = (
            str(settings.get(name) or "").strip() for name in ("client_id", "client_secret")
        )
        flow = AuthorizationCode(client_id, secret or None, redirect_uri, secrets.token_urlsafe(48))
        read = connection_from(settings, flow)
        problems = read if isinstance(read, tuple) else ()
        if not client_id:
            problems += ("client_id is missing: set it to the consumer key of the connected app.",)
        if problems or isinstance(read, tuple):
            raise ConfigurationError(" ".join(problems), problems=problems)
        return cls(read, secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        """The page to open in a browser; there is no secret in it."""
        digest = hashlib.sha256(self._flow.code_verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._flow.client_id,
            "redirect_uri": self._flow.redirect_uri,
            "scope": SCOPES,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.connection.login_url}/services/oauth2/authorize?{urlencode(asked)}"

    @property
    def _flow(self) -> AuthorizationCode:
        return cast("AuthorizationCode", self.connection.flow)

    def is_answer(self, address: str) -> bool:
        """Whether the browser was sent to an address for this request, not by somebody else."""
        state = _query(address).get("state", "")
        return hmac.compare_digest(state.encode(), self.state.encode())

    def keep(self, address: str, token_store: str) -> str:
        """Exchange the code in an address, and keep the grant where the plugins find it.

        Args:
            address: Where the browser was sent.
            token_store: Path of the file, as in the setting of that name.

        Returns:
            The address of the org.

        Raises:
            ConfigurationError: If the user did not allow it, Salesforce refuses, or the file can't
                be written.
            TransientError: If Salesforce can't be reached.
        """
        if not self.is_answer(address):
            raise LoginError("This address does not answer the request; start again.")
        answer = _query(address)
        if "code" not in answer:
            reason = clean_message(answer.get("error_description") or "no reason given")
            raise LoginError(f"Salesforce gave no grant ({answer.get('error')}): {reason}.")
        flow = replace(self._flow, code=answer["code"])
        login = Caller(replace(self.connection, flow=flow)).log_in()
        if not login.refresh_token:
            raise LoginError(
                "Salesforce answered no refresh token: give the app the scope `refresh_token`, and "
                "start again."
            )
        # Not earlier: the grant that is there is kept until another one is in hand.
        store = TokenStore(token_store, STORED)
        with store.locked():
            store.save(login.refresh_token)
        return login.instance_url


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
