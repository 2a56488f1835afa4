"""Who the caller is: `/services/oauth2/userinfo` and the identity URL of a token answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from zingle_sandbox.responses import json_response
from zingle_sandbox.salesforce.org.calls import ApiError, Org
from zingle_sandbox.salesforce.org.sessions import find_session
from zingle_sandbox.salesforce.org.storage import org_id

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request

_SOAP = {
    "enterprise": "Soap/c",
    "metadata": "Soap/m",
    "partner": "Soap/u",
    "tooling_soap": "Soap/T",
}
_REST = {
    "rest": "",
    "sobjects": "sobjects/",
    "search": "search/",
    "query": "query/",
    "recent": "recent/",
    "tooling_rest": "tooling/",
    "feeds": "chatter/feeds",
    "groups": "chatter/groups",
    "users": "chatter/users",
    "feed_items": "chatter/feed-items",
    "feed_elements": "chatter/feed-elements",
}


def _urls(org: Org, base: str, user_id: str) -> dict[str, str]:
    urls = {
        name: f"{base}/services/{path}/{{version}}/{org_id(org.sandbox)[:15]}"
        for name, path in _SOAP.items()
    }
    urls |= {name: f"{base}/services/data/v{{version}}/{path}" for name, path in _REST.items()}
    return urls | {"profile": f"{base}/{user_id}", "custom_domain": base}


def _user(org: Org, request: Request) -> sqlite3.Row | None:
    """The calling user's row, or None without a valid session."""
    try:
        session = find_session(org, request.headers.get("authorization"))
    except ApiError:
        return None
    return org.sandbox.store.one("SELECT * FROM sf_User WHERE Id = ?", (session.user_id,))


async def userinfo(org: Org, request: Request) -> Response:
    """`GET /services/oauth2/userinfo`: OpenID Connect claims; a bad token is 403 in plain text."""
    user = _user(org, request)
    if user is None:
        return PlainTextResponse("Bad_OAuth_Token", 403)
    base = org.sandbox.url_for(request)
    picture, thumbnail = f"{base}/profilephoto/005/F", f"{base}/profilephoto/005/T"
    return json_response(
        {
            "sub": f"{base}/id/{org_id(org.sandbox)}/{user['Id']}",
            "user_id": user["Id"],
            "organization_id": org_id(org.sandbox),
            "preferred_username": user["Username"],
            "nickname": user["CommunityNickname"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "photos": {"picture": picture, "thumbnail": thumbnail},
            "profile": f"{base}/{user['Id']}",
            "picture": picture,
            "address": {"country": "US"},
            "is_salesforce_integration_user": False,
            "urls": _urls(org, base, user["Id"]),
            "active": bool(user["IsActive"]),
            "user_type": "STANDARD",
            "language": user["LanguageLocaleKey"],
            "locale": user["LocaleSidKey"],
            "utcOffset": -18_000_000,
            "updated_at": user["LastModifiedDate"].replace(".000+0000", "Z"),
        }
    )


async def identity(org: Org, request: Request) -> Response:
    """`GET /id/{org}/{user}`: the `id` of a token answer."""
    user = _user(org, request)
    if user is None:
        return PlainTextResponse("Bad_OAuth_Token", 403)
    base = org.sandbox.url_for(request)
    body: dict[str, Any] = {
        "id": f"{base}/id/{org_id(org.sandbox)}/{user['Id']}",
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": org_id(org.sandbox),
        "username": user["Username"],
        "nick_name": user["CommunityNickname"],
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "photos": {
            "picture": f"{base}/profilephoto/005/F",
            "thumbnail": f"{base}/profilephoto/005/T",
        },
        "addr_street": None,
        "addr_city": None,
        "addr_state": None,
        "addr_country": "US",
        "addr_zip": None,
        "mobile_phone": None,
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": _urls(org, base, user["Id"]),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": -18_000_000,
        "last_modified_date": user["LastModifiedDate"],
        "is_app_installed": True,
    }
    return json_response(body)
