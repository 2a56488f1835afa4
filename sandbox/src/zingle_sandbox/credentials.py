"""The log-ins that both simulated services know. Public on purpose: nothing real is behind them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

# Salesforce: one Connected App and one integration user.
SALESFORCE_CLIENT_ID = "3MVG9sandboxConnectedApp.zingle"
SALESFORCE_CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - a public constant of a simulation
SALESFORCE_USERNAME = "integration@sandbox.zingle-hotels.net"
SALESFORCE_PASSWORD = "sandbox-password"  # noqa: S105 - a public constant of a simulation
SALESFORCE_SECURITY_TOKEN = "SandboxSecurityToken24ab"  # noqa: S105 - a public constant of a simulation
SALESFORCE_REFRESH_TOKEN = "5Aep861SandboxRefreshToken.0001"  # noqa: S105 - a public constant of a simulation

# Zingle: one account-class user.
ZINGLE_USERNAME = "integration@sandbox.zingle-hotels.net"
ZINGLE_PASSWORD = "sandbox-password"  # noqa: S105 - a public constant of a simulation

# A token of the whole organisation, of the role that administers it: 128 characters.
ZINGLE_ORGANIZATION_ID = "7e1d9a52-3c84-4f0b-9b6e-1a5c2d8f4e70"
ZINGLE_ORGANIZATION_TOKEN = "sandboxOrganizationToken" + "0123456789abcdef" * 6 + "zingle20"

# The first service of the account, the one that the demo seed fills.
ZINGLE_SERVICE_ID = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
ZINGLE_ACCOUNT_ID = "0b2f4c66-1f0e-4c0a-8d55-7f3a9a1c2e10"


@lru_cache(maxsize=1)
def jwt_private_key() -> rsa.RSAPrivateKey:
    """The key that the Connected App's certificate belongs to; new in every process."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - slow to import

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    """A private key as PKCS#8 PEM text."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
