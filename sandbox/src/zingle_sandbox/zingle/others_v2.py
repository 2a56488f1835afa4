"""Tokens, users, tags, contact fields, events and the contact log in v2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .auth import issue_token

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call


def new_token(call: Call) -> Response:
    """A JWT for the login."""
    return json_response({"token": issue_token(call.sandbox, call.login)})


def me(call: Call) -> Response:
    """The login's user."""
    return json_response(_user(call.login))


def list_users(call: Call) -> Response:
    """The users of a service, a plain array; `id` is a number, `uuid` the id of v1."""
    rows = call.store.all(
        "SELECT u.* FROM zg_users u JOIN zg_user_services ON user = u.number WHERE service = ?"
        " ORDER BY u.number",
        (call.service_number,),
    )
    return json_response([_user(row) for row in rows])


def _user(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["number"],
        "uuid": row["id"],
        "username": row["username"],
        "email": row["email"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "title": row["title"],
        "avatarUrl": None,
    }
