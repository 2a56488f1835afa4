"""The vendor's own Salesforce connector, as a service's settings know it; no record is read here.

Its objects, intervals and rules are those of the vendor's FAQ; names of settings are nobody's
publication and made up, some of them secrets: log-ins are kept beside them.
"""

from __future__ import annotations

from .seed_rows import IntegrationSeed, SettingSeed

# What must never leave the sandbox through a client: every secret value of the configuration.
CONNECTOR_SECRETS = (
    "canary-password-Tr1ton",
    "canary-security-token-9XkQ",
    "canary-refresh-token-5Aep",
    "canary-client-secret-77231",
    "canary-unnamed-b64-c2VjcmV0",
)
_PASSWORD, _SECURITY_TOKEN, _REFRESH_TOKEN, _CLIENT_SECRET, _UNNAMED = CONNECTOR_SECRETS

WEBHOOKS = IntegrationSeed(
    "Webhooks",
    "webhooks",
    "disconnected",
    (SettingSeed("url", "URL", "text", None), SettingSeed("secret", "Secret", "password", None)),
)

SALESFORCE_CONNECTOR = IntegrationSeed(
    "Salesforce",
    "salesforce",
    "absent",
    (
        SettingSeed("environment", "Environment", "select", "production"),
        SettingSeed("username", "User name", "text", "zingle-connector@sandbox.zingle-hotels.net"),
        SettingSeed("password", "Password", "password", _PASSWORD),
        SettingSeed("security_token", "Security token", "text", _SECURITY_TOKEN),
        SettingSeed("refreshToken", "Refresh token", "text", _REFRESH_TOKEN),
        SettingSeed("client_secret", "Consumer secret", "text", _CLIENT_SECRET),
        # Only its type tells that this is one.
        SettingSeed("option_17", "Connection", "password", _UNNAMED),
        SettingSeed("objects", "Objects to sync", "select", "contacts_and_leads"),
        SettingSeed("contact_interval", "Contact sync, minutes", "number", 5),
        SettingSeed("sync_conversations", "Sync conversations", "boolean", value=True),
        SettingSeed("conversation_objects", "Log conversations on", "select", "contacts_and_leads"),
        SettingSeed("conversation_interval", "Conversation sync, minutes", "number", 60),
        SettingSeed("custom_query", "Custom SOQL query", "text", None),
    ),
    (
        ("FirstName", "First Name"),
        ("LastName", "Last Name"),
        ("MobilePhone", "phone"),
        ("Email", "email"),
        ("Account.Name", "Account"),
        ("Loyalty_Tier__c", "Loyalty Tier"),
        ("Company", "Company"),
    ),
)
