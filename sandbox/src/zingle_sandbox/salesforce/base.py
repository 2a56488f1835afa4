"""What exists in an empty org: organisation, users, a queue, the values of Task.Status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox import credentials
from zingle_sandbox.salesforce.catalogue.ids import make_id
from zingle_sandbox.salesforce.catalogue.lists import LISTS
from zingle_sandbox.salesforce.org.sessions import add_refresh_token
from zingle_sandbox.salesforce.org.storage import (
    CONNECTOR_USER_ID,
    INACTIVE_USER_ID,
    ORG_ID,
    OTHER_USER_ID,
    QUEUE_ID,
    USER_ID,
    insert_rows,
)

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox

_SINCE = "2025-11-03T09:00:00.000+0000"
_STAMPS = {"CreatedDate": _SINCE, "LastModifiedDate": _SINCE, "SystemModstamp": _SINCE}
_USER = {
    "IsActive": True,
    "TimeZoneSidKey": "America/New_York",
    "LocaleSidKey": "en_US",
    "LanguageLocaleKey": "en_US",
    "EmailEncodingKey": "UTF-8",
    "ProfileId": make_id("00e", 1),
    "UserType": "Standard",
    **_STAMPS,
}


def add_connector_user(sandbox: Sandbox) -> None:
    """Insert the user that the vendor's connector has alone, unless the org has it."""
    if sandbox.store.one("SELECT 1 FROM sf_User WHERE Id = ?", (CONNECTOR_USER_ID,)) is not None:
        return
    username = "zingle-connector@sandbox.zingle-hotels.net"
    row = {
        **_USER,
        "Id": CONNECTOR_USER_ID,
        "Username": username,
        "FirstName": "Zingle",
        "LastName": "Connector",
        "Alias": "zconn",
        "CommunityNickname": "zingle.connector",
        "Email": username,
    }
    insert_rows(sandbox, "User", [row])


def insert_base(sandbox: Sandbox) -> None:
    """Insert the organisation, three users (one inactive), a queue and the Task statuses."""
    add_refresh_token(sandbox, credentials.SALESFORCE_REFRESH_TOKEN, "grant-1")
    insert_rows(
        sandbox,
        "Organization",
        [
            {
                "Id": ORG_ID,
                "Name": "Sandbox Hotels",
                "Country": "US",
                "PrimaryContact": "Ada Admin",
                "DefaultLocaleSidKey": "en_US",
                "TimeZoneSidKey": "America/New_York",
                "LanguageLocaleKey": "en_US",
                "PreferencesLightningLoginEnabled": True,
                "FiscalYearStartMonth": 1,
                "DefaultAccountAccess": "Edit",
                "DefaultContactAccess": "ControlledByParent",
                "DefaultOpportunityAccess": "Edit",
                "DefaultLeadAccess": "ReadEditTransfer",
                "OrganizationType": "Enterprise Edition",
                "InstanceName": "SBX1",
                "IsSandbox": False,
                **_STAMPS,
            }
        ],
    )
    insert_rows(
        sandbox,
        "User",
        [
            {
                **_USER,
                "Id": USER_ID,
                "Username": credentials.SALESFORCE_USERNAME,
                "FirstName": "Integration",
                "LastName": "User",
                "Alias": "integ",
                "CommunityNickname": "integration",
                "Email": credentials.SALESFORCE_USERNAME,
            },
            {
                **_USER,
                "Id": OTHER_USER_ID,
                "Username": "ada@sandbox.zingle-hotels.net",
                "FirstName": "Ada",
                "LastName": "Admin",
                "Alias": "ada",
                "CommunityNickname": "ada",
                "Email": "ada@sandbox.zingle-hotels.net",
            },
            {
                **_USER,
                "Id": INACTIVE_USER_ID,
                "Username": "former@sandbox.zingle-hotels.net",
                "FirstName": "Former",
                "LastName": "Colleague",
                "Alias": "former",
                "CommunityNickname": "former",
                "Email": "former@sandbox.zingle-hotels.net",
                "IsActive": False,
            },
        ],
    )
    insert_rows(
        sandbox,
        "Group",
        [{"Id": QUEUE_ID, "Name": "Front Desk", "DeveloperName": "Front_Desk", "Type": "Queue"}],
    )
    insert_rows(
        sandbox,
        "TaskStatus",
        [
            {
                "Id": make_id("01T", number),
                "MasterLabel": value,
                "ApiName": value,
                "SortOrder": number,
                "IsDefault": number == 1,
                "IsClosed": value == "Completed",
                **_STAMPS,
            }
            for number, value in enumerate(LISTS["TASK_STATUS"], start=1)
        ],
    )
