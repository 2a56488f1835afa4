"""Whatever a client sends, the answer is the service's, never a crash of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from .conftest import Api

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["true", "Gold", "+14155550132", "ann@hotel.example", "HOME", "US", "2026-01-01"]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def objects(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of these keys, and anything in them."""
    return st.dictionaries(st.sampled_from(keys), JSON, max_size=len(keys))


def mostly(*texts: str) -> st.SearchStrategy[Any]:
    """One of these texts, and now and then anything else."""
    return st.sampled_from(texts) | st.sampled_from(texts) | st.sampled_from(texts) | JSON


@pytest.fixture
def ids(api: Api) -> dict[str, str]:
    """Ids that lead a body deeper into the rules."""
    return {
        "phone": api.phone_type,
        "email": api.email_type,
        "room": api.field_id("Room"),
        "date": api.field_id("Checkin Date"),
        "tier": api.field_id("Loyalty Tier"),
        "contact": api.insert(channels=[{"type": "email", "value": "a@hotel.example"}]),
    }


def never_crashes(api: Api, version: int, method: str, path: str, body: object) -> None:
    """Send it; the answer must be a success or a refusal in that version's shape."""
    api.running.clear_journal()

    response = (api.v1 if version == 1 else api.v2)(method, path, json=body)

    crashes = [text for text in api.running.violations() if "itself failed" in text]
    assert [] == crashes
    assert response.status_code in {200, 201, 400, 403, 404}
    answer = response.json()
    if version == 1:
        assert answer["status"]["status_code"] == response.status_code
    elif response.status_code >= 400:
        assert {"code", "description", "fieldErrors"} == answer.keys()


FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@FUZZ
@given(data=st.data())
def test_v1_contact_bodies(api: Api, ids: dict[str, str], data: st.DataObject) -> None:
    """POST and PUT contacts with any channels, values and flags."""
    type_ids = mostly(ids["phone"], ids["email"], "no")
    field_ids = mostly(ids["room"], ids["date"], ids["tier"])
    channel = st.fixed_dictionaries(
        {"channel_type_id": type_ids, "value": JSON},
        optional={"country": JSON, "display_name": JSON, "is_default": JSON},
    )
    value = st.fixed_dictionaries(
        {"custom_field_id": field_ids}, optional={"value": JSON, "custom_field_option_id": JSON}
    )
    body = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "channels": st.lists(channel | JSON, max_size=2) | JSON,
                "custom_field_values": st.lists(value | JSON, max_size=2) | JSON,
                "is_confirmed": JSON,
            },
        )
        | JSON
    )

    never_crashes(api, 1, "POST", "/contacts", body)
    never_crashes(api, 1, "POST", "/contacts?return_existing=1", body)
    never_crashes(api, 1, "PUT", f"/contacts/{ids['contact']}", body)


@FUZZ
@given(data=st.data())
def test_v2_contact_bodies(api: Api, ids: dict[str, str], data: st.DataObject) -> None:
    """POST and PUT contacts of v2 with anything under each key."""
    names = mostly("Room", "Checkin Date", "Last Stay", "Loyalty Tier", "Newsletter", "First Name")
    field = st.fixed_dictionaries({"contactFieldName": names, "value": JSON})
    types = mostly("phone_number", "email_address", "line")
    channel = st.fixed_dictionaries({"type": types, "value": JSON}, optional={"isActive": JSON})
    body = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "firstName": JSON,
                "externalId": JSON,
                "tags": JSON,
                "channels": st.lists(channel | JSON, max_size=2) | JSON,
                "contactFields": st.lists(field | JSON, max_size=2) | JSON,
                "conversationProperties": objects(
                    "isClosed", "assignedToUserId", "assignedToTeamId"
                )
                | JSON,
            },
        )
        | JSON
    )

    never_crashes(api, 2, "POST", "/contacts", body)
    never_crashes(api, 2, "PUT", f"/contacts/{ids['contact']}", body)


@FUZZ
@given(data=st.data())
def test_other_bodies(api: Api, ids: dict[str, str], data: st.DataObject) -> None:
    """Every other path that takes a body."""
    contact = f"/contacts/{ids['contact']}"
    path, keys = data.draw(
        st.sampled_from(
            [
                (f"{contact}/channels", ("channel_type_id", "value", "country", "display_name")),
                (
                    f"{contact}/custom-field-values/{ids['date']}",
                    ("value", "custom_field_option_id"),
                ),
                (
                    f"{contact}/custom-field-values/{ids['tier']}",
                    ("value", "custom_field_option_id"),
                ),
                (
                    "/contact-custom-fields",
                    ("display_name", "data_type", "options", "code", "is_global"),
                ),
                ("/contact-labels", ("display_name", "background_color", "text_color")),
            ]
        )
    )

    never_crashes(api, 1, "POST", path, data.draw(objects(*keys) | JSON))


@FUZZ
@given(
    path=st.sampled_from(["/contacts", "/messages", "/events", "/contact-custom-fields"]),
    key=st.sampled_from(
        ["page", "page_size", "sort_field", "sort_fields", "sort_direction", "created_at", "contact_id",
         "event_type", "external_id", "label_id", "is_closed", "query", "last_message_created_at",
         "contact_channel_value", "contact_channel_id", "template_id", "assigned_to_user_id"]
    ),
    value=st.text(max_size=20)
    | st.integers().map(str)
    | st.integers().map("greater_than({})".format)
    | st.sampled_from(["created_at asc,id desc", "*", "greater_than(1),less_than(2)", "desc", "id"]),
)  # fmt: skip
def test_queries(api: Api, path: str, key: str, value: str) -> None:
    """Any value under every query key of the lists."""
    never_crashes(api, 1, "GET", f"{path}?{key}={quote(value, safe='')}", None)


@FUZZ
@given(text=st.text(min_size=1, max_size=40))
def test_paths(api: Api, text: str) -> None:
    """Any text where an id belongs."""
    for version, path in (
        (1, "/contacts/{}"),
        (1, "/messages/{}"),
        (1, "/channel-types/{}"),
        (2, "/contacts/{}"),
        (2, "/contacts/ref/{}"),
    ):
        part = quote(text, safe="")
        response = (api.v1 if version == 1 else api.v2)("GET", path.format(part))
        assert response.status_code in {200, 307, 400, 404, 405, 501}
    assert not [text for text in api.running.violations() if "itself failed" in text]
