"""The environment variables that point our Meltano plugins at a sandbox."""

from __future__ import annotations

from zingle_sandbox import credentials


def plugin_environment(url: str) -> dict[str, str]:
    """Variables for the connection settings of the four plugins and the operator's commands."""
    salesforce = {
        "LOGIN_URL": url,
        "CLIENT_ID": credentials.SALESFORCE_CLIENT_ID,
        "CLIENT_SECRET": credentials.SALESFORCE_CLIENT_SECRET,
    }
    zingle = {
        "API_URL": url,
        "USERNAME": credentials.ZINGLE_USERNAME,
        "PASSWORD": credentials.ZINGLE_PASSWORD,
    }
    plugins = {
        "TAP_SALESFORCE_ZINGLE": salesforce,
        "TARGET_SALESFORCE_ACTIVITY": salesforce,
        "TAP_ZINGLE": zingle,
        "TARGET_ZINGLE": {**zingle, "SERVICE_ID": credentials.ZINGLE_SERVICE_ID},
    }
    variables = {
        f"{plugin}_{setting}": value
        for plugin, settings in plugins.items()
        for setting, value in settings.items()
    }
    return {"ZINGLE_SANDBOX_URL": url, **variables}
