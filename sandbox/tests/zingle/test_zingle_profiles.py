"""Each reading of each ambiguity, and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.zingle import PROFILES, every_reading

if TYPE_CHECKING:
    from .conftest import Api

PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL = "b71f3d91-da94-412b-8ff1-59a882b63024"
FIRST_NAME = "e01a3856-89b1-4db4-bf56-38d79454c921"
OLD, NEW = "+14155550132", "+14155550199"


def guest(api: Api, **row: Any) -> str:
    """A contact with a phone labelled HOME, a name, a room and a label."""
    phone = {"type": "phone", "value": OLD, "country": "US", "display_name": "HOME"}
    fields = {"First Name": "Ann", "Room": "12"}
    return api.insert(**{"channels": [phone], "fields": fields, "labels": ["VIP"], **row})


@pytest.mark.parametrize(
    ("value", "expected"), [("replace", [NEW]), ("append", [OLD, NEW]), ("ignore", [OLD])]
)
def test_reading_put_channels(api: Api, clean: None, value: str, expected: list[str]) -> None:
    """Channels in a v1 PUT replace the contact's channels, are added to them, or do nothing."""
    api.reading(put_channels=value)
    body = {"channels": [{"channel_type_id": PHONE, "value": NEW, "country": "US"}]}

    contact = api.result("PUT", f"/contacts/{guest(api)}", json=body)

    assert expected == [channel["value"] for channel in contact["channels"]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("merge", ("Ann", ["First Name", "Company", "Room"])), ("replace", (None, ["Company"]))],
)
def test_reading_put_fields(api: Api, clean: None, value: str, expected: tuple[Any, Any]) -> None:
    """Custom values that a v1 PUT leaves out stay, or are lost with the names."""
    api.reading(put_fields=value)
    body = {"custom_field_values": [{"custom_field_id": api.field_id("Company"), "value": "Acme"}]}

    contact = api.result("PUT", f"/contacts/{guest(api)}", json=body)

    names = [item["custom_field"]["display_name"] for item in contact["custom_field_values"]]
    assert expected == (contact["first_name"], names)


@pytest.mark.parametrize(
    ("value", "expected"), [("merge", ("Ann", ["VIP"], 1, 1)), ("replace", (None, [], 0, 0))]
)
def test_reading_v2_put(api: Api, clean: None, value: str, expected: tuple[Any, ...]) -> None:
    """What a v2 PUT leaves out stays, or is cleared: names, tags, channels and fields."""
    api.reading(v2_put=value)
    contact_id = guest(api, is_closed=True)

    api.v2("PUT", f"/contacts/{contact_id}", json={"externalId": "003"})

    contact = api.v2("GET", f"/contacts/{contact_id}").json()
    assert ("003", True) == (contact["externalId"], contact["conversationProperties"]["isClosed"])
    assert expected == (
        contact["firstName"],
        contact["tags"],
        len(contact["channels"]),
        len(contact["contactFields"]),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("error", (400, 1, "Ann")), ("upsert", (200, 1, "Bea")), ("duplicate", (200, 2, "Ann"))],
)
def test_reading_v2_duplicate_external(
    api: Api, clean: None, value: str, expected: tuple[int, int, str]
) -> None:
    """A v2 POST with a known externalId is refused, updates its holder, or makes a second one."""
    api.reading(v2_duplicate_external=value)
    contact_id = guest(api, external_id="003")

    response = api.v2("POST", "/contacts", json={"firstName": "Bea", "externalId": "003"})

    total = api.v1("GET", "/contacts").json()["status"]["total_records"]
    assert expected == (response.status_code, total, api.contact(contact_id)["first_name"])


@pytest.mark.parametrize(("value", "status"), [("error", 400), ("upsert", 400), ("duplicate", 200)])
def test_an_external_id_of_another_contact_in_a_v2_put(
    api: Api, clean: None, value: str, status: int
) -> None:
    """Only where duplicates exist can a PUT take the id of another contact."""
    api.reading(v2_duplicate_external=value)
    api.insert(external_id="003")

    response = api.v2("PUT", f"/contacts/{api.insert()}", json={"externalId": "003"})

    assert status == response.status_code


@pytest.mark.parametrize("value", ["array_all", "array_capped", "paged"])
def test_reading_v2_list(api: Api, clean: None, value: str) -> None:
    """The v2 contact list is a bare array, a capped one, or pages of fifty with links."""
    api.reading(v2_list=value)
    made = [api.insert() for _ in range(60)]

    body = api.v2("GET", "/contacts").json()

    if value == "paged":
        assert (60, 1, 50, 2) == (
            body["total"],
            body["currentPage"],
            len(body["items"]),
            body["lastPage"],
        )
        following = body["_links"]["next"]["href"].removeprefix(api.running.url)
        body = body["items"] + api.send("GET", following).json()["items"]
    expected = made[:50] if value == "array_capped" else made
    assert expected == [contact["id"] for contact in body]


@pytest.mark.parametrize("value", ["307_absolute", "307_relative", "200"])
def test_reading_ref_hit(api: Api, clean: None, value: str) -> None:
    """A hit is a redirect with an absolute or a relative address, or the record itself."""
    api.reading(ref_hit=value)
    contact_id = guest(api, external_id="003")

    response = api.v2("GET", "/contacts/ref/003")

    path = f"/v2/services/{api.service_id}/contacts/{contact_id}"
    if value == "200":
        assert (200, contact_id) == (response.status_code, response.json()["id"])
    else:
        address = path if value == "307_relative" else api.running.url + path
        assert (307, address) == (response.status_code, response.headers["Location"])


@pytest.mark.parametrize(
    ("value", "seconds", "milliseconds"),
    [
        ("seconds", [1_700_000_001], []),
        ("milliseconds", [1_600_000_000, 1_700_000_001], [1_700_000_001]),
    ],
)
def test_reading_filter_unit(
    api: Api, clean: None, value: str, seconds: list[int], milliseconds: list[int]
) -> None:
    """Bounds are seconds or milliseconds: a bound in the other unit finds all, or nothing."""
    api.reading(filter_unit=value)
    contact_id = guest(api)
    for at in (1_600_000_000, 1_700_000_001):
        api.insert_message(contact_id, at)

    for bound, expected in (("1700000000", seconds), ("1700000000000", milliseconds)):
        params = {"created_at": f"greater_than({bound})", "sort_fields": "created_at"}
        found = api.result("GET", "/messages", params=params)
        assert expected == [message["created_at"] for message in found]


@pytest.mark.parametrize("unit", ["seconds", "milliseconds"])
@pytest.mark.parametrize(("value", "expected"), [("strict", [1001]), ("inclusive", [1000, 1001])])
def test_reading_greater_than(
    api: Api, clean: None, value: str, expected: list[int], unit: str
) -> None:
    """The bound itself is a miss, or a hit."""
    api.reading(greater_than=value, filter_unit=unit)
    contact_id = guest(api)
    for at in (999, 1000, 1001):
        api.insert_message(contact_id, at)
    bound = "1000" if unit == "seconds" else "1000000"

    params = {"created_at": f"greater_than({bound})", "sort_fields": "created_at"}
    found = api.result("GET", "/messages", params=params)

    assert expected == [message["created_at"] for message in found]


@pytest.mark.parametrize(("value", "expected"), [("honoured", 1), ("ignored", 3)])
def test_reading_external_id_filter(api: Api, clean: None, value: str, expected: int) -> None:
    """The filter finds its contact, or everybody."""
    api.reading(external_id_filter=value)
    for external_id in ("003A", "003B", None):
        api.insert(external_id=external_id)

    response = api.v1("GET", "/contacts", params={"external_id": "003A"})

    assert expected == response.json()["status"]["total_records"]


@pytest.mark.parametrize(
    ("value", "found", "code"), [("sensitive", 0, None), ("insensitive", 1, 3104)]
)
def test_reading_email_case(
    api: Api, clean: None, value: str, found: int, code: int | None
) -> None:
    """Case tells e-mails apart, in the filter and for uniqueness, or it does not."""
    api.reading(email_case=value)
    api.insert(channels=[{"type": "email", "value": "Ann@Hotel.example"}])
    address = "ann@hotel.example"

    params = {"channel_type_id": EMAIL, "channel_value": address}
    listed = api.result("GET", "/contacts", params=params)
    body = {"channels": [{"channel_type_id": EMAIL, "value": address}]}
    created = api.v1("POST", "/contacts", json=body)

    assert found == len(listed)
    assert code == (api.code(created) if created.status_code != 200 else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("epoch_int", 1767225661),
        ("epoch_string", "1767225661"),
        ("text_utc", "2026-01-01 00:01:01"),
    ],
)
def test_reading_date_read(api: Api, clean: None, value: str, expected: object) -> None:
    """Dates are shown as a number, as text of it, or as a text in UTC."""
    api.reading(date_read=value)
    contact_id = guest(api, fields={"Last Stay": "1767225661"})

    assert expected == api.value(api.contact(contact_id), "Last Stay")


@pytest.mark.parametrize(("value", "expected"), [("int", [3, 2.5]), ("string", ["3", "2.5"])])
def test_reading_number_read(api: Api, clean: None, value: str, expected: list[object]) -> None:
    """Numbers are shown as numbers, or as text."""
    api.reading(number_read=value)
    contacts = [guest(api, channels=[], fields={"Nights Stayed": text}) for text in ("3", "2.5")]

    shown = [api.value(api.contact(contact), "Nights Stayed") for contact in contacts]

    assert expected == shown


@pytest.mark.parametrize("value", ["equal", "distinct"])
def test_reading_option_id(api: Api, clean: None, value: str) -> None:
    """An option's id is its value, or a UUID that alone is accepted as the id."""
    api.reading(option_id=value)
    fields = api.result("GET", "")["contact_custom_fields"]
    tier = next(field for field in fields if field["display_name"] == "Loyalty Tier")
    gold = next(option for option in tier["options"] if option["value"] == "Gold")
    path = f"/contacts/{guest(api)}/custom-field-values/{tier['id']}"

    by_id = api.result("POST", path, json={"custom_field_option_id": gold["id"]})
    by_name = api.v1("POST", path, json={"custom_field_option_id": "Gold"})

    item = next(v for v in by_id["custom_field_values"] if v["custom_field"]["id"] == tier["id"])
    selected = item["selected_custom_field_option_id"]
    assert "Gold" == item["value"]
    if value == "equal":
        assert ("Gold", None, 200) == (gold["id"], selected, by_name.status_code)
    else:
        assert (36, gold["id"]) == (len(gold["id"]), selected)
        assert (400, 3703) == (by_name.status_code, api.code(by_name))


@pytest.mark.parametrize("value", ["shuffled", "stable"])
def test_reading_tie_order(api: Api, clean: None, value: str) -> None:
    """Rows that sort alike keep their order, or lose and repeat rows at the pages' borders."""
    api.reading(tie_order=value)
    made = [api.insert(created_at=1000) for _ in range(60)]
    params = {"page_size": 10, "sort_fields": "created_at asc"}

    rows = [
        contact["id"]
        for page in range(1, 7)
        for contact in api.result("GET", "/contacts", params={**params, "page": page})
    ]

    assert 60 == len(rows)
    if value == "stable":
        assert made == rows
    else:
        assert len(set(rows)) < 60


def test_rows_without_a_sort_are_one_big_tie(api: Api, clean: None) -> None:
    """A list that sorts by nothing has no promised order at all."""
    made = [api.insert(created_at=1000 + at) for at in range(30)]

    found = [row["id"] for row in api.result("GET", "/contacts", params={"page_size": 30})]

    assert made != found
    assert set(made) == set(found)


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("value", "seen", "totals"),
    [
        ("off", "012 345 678", [9, 9, 9]),
        ("insert_between_pages", "012 234 456", [9, 10, 11]),
    ],
)
def test_reading_page_drift(
    api: Api, clean: None, *, value: str, seen: str, totals: list[int], direction: str
) -> None:
    """With drift, a row appears before the page just read, and the last row comes again."""
    api.reading(page_drift=value)
    contact_id = guest(api)
    made = [api.insert_message(contact_id, 1000 + at) for at in range(9)]
    made = made if direction == "asc" else made[::-1]
    params = {"page_size": 3, "sort_fields": f"created_at {direction},id {direction}"}

    pages = [
        api.v1("GET", "/messages", params={**params, "page": page}).json() for page in (1, 2, 3)
    ]

    names = {message: str(at) for at, message in enumerate(made)}
    assert seen == " ".join(
        "".join(names.get(message["id"], "+") for message in page["result"]) for page in pages
    )
    assert totals == [page["status"]["total_records"] for page in pages]


@pytest.mark.parametrize(("value", "expected"), [("int", 3000), ("string", "3000")])
def test_reading_error_code_type(api: Api, clean: None, value: str, expected: object) -> None:
    """error_code is a number, or text."""
    api.reading(error_code_type=value)

    status = api.v1("GET", "/contacts/x").json()["status"]

    assert expected == status["error_code"]


@pytest.mark.parametrize(("value", "expected"), [("present", True), ("absent", False)])
def test_reading_v1_external_id_key(api: Api, clean: None, value: str, expected: object) -> None:
    """v1 contacts have the key external_id, or lack it; the filter works either way."""
    api.reading(v1_external_id_key=value)
    guest(api, external_id="003")

    found = api.result("GET", "/contacts", params={"external_id": "003"})

    assert [expected] == ["external_id" in contact for contact in found]


@pytest.mark.parametrize("value", ["keep", "recreate"])
def test_reading_v2_put_channels(api: Api, clean: None, value: str) -> None:
    """A v2 PUT keeps the channels that it names, or makes them anew without label and blocks."""
    api.reading(v2_put_channels=value)
    blocked = {"type": "email", "value": "ann@hotel.example", "block_outbound": True}
    phone = {"type": "phone", "value": OLD, "country": "US", "display_name": "HOME"}
    contact_id = guest(api, channels=[phone, blocked])
    before = api.contact(contact_id)["channels"]
    record = api.v2("GET", f"/contacts/{contact_id}").json()

    assert 200 == api.v2("PUT", f"/contacts/{contact_id}", json=record).status_code

    after = api.contact(contact_id)["channels"]
    assert [channel["value"] for channel in before] == [channel["value"] for channel in after]
    if value == "keep":
        assert before == after
    else:
        assert not {c["id"] for c in before} & {c["id"] for c in after}
        assert [(None, False), (None, False)] == [
            (channel["display_name"], channel["block_outbound"]) for channel in after
        ]


@pytest.mark.parametrize(("value", "expected"), [("no", None), ("yes", "api")])
def test_reading_v2_create_locks(api: Api, clean: None, value: str, expected: str | None) -> None:
    """A contact that v2 creates is free, or locked by the API itself."""
    api.reading(v2_create_locks=value)

    api.v2("POST", "/contacts", json={"firstName": "Ann"})

    assert expected == api.result("GET", "/contacts")[0]["locked_by_source"]


@pytest.mark.parametrize(("value", "shown"), [("whole", True), ("short", False)])
def test_reading_service_list(api: Api, clean: None, value: str, shown: bool) -> None:
    """The list of services shows each whole, or without templates and automations."""
    api.reading(service_list=value)

    (listed,) = api.send("GET", "/v1/services").json()["result"]
    alone = api.result("GET", "")

    assert {"templates", "automations"} <= set(alone)
    assert shown is ({"templates", "automations"} <= set(listed))


@pytest.mark.parametrize(("value", "ticks"), [("milliseconds", 1_000), ("seconds", 1)])
def test_reading_calendar_times(api: Api, clean: None, value: str, ticks: int) -> None:
    """Stays count milliseconds, as the vendor's own app reads them, or seconds like the rest."""
    api.reading(calendar_times=value)
    stay = {"title": "Stay", "starts_at": 1_772_470_800, "ends_at": None}

    contact = api.result("GET", f"/contacts/{api.insert(calendar_events=[stay])}")

    (event,) = contact["calendar_events"]
    assert ("Stay", 1_772_470_800 * ticks, None) == (
        event["title"],
        event["starts_at"],
        event["ends_at"],
    )


@pytest.mark.parametrize(("value", "status"), [("allowed", 200), ("refused", 400)])
def test_reading_page_size_1000(api: Api, clean: None, value: str, status: int) -> None:
    """A page of exactly 1,000 rows is legal, or 2611; 999 always is."""
    api.reading(page_size_1000=value)

    response = api.v1("GET", "/contacts", params={"page_size": 1000})

    assert status == response.status_code
    assert 200 == api.v1("GET", "/contacts", params={"page_size": 999}).status_code


@pytest.mark.parametrize(("value", "status"), [("allowed", 200), ("refused", 400)])
def test_reading_id_sort(api: Api, clean: None, value: str, status: int) -> None:
    """Id is a sort field and can break ties, or it is refused with 2609."""
    api.reading(id_sort=value)

    tied = api.v1("GET", "/contacts", params={"sort_fields": "created_at asc,id asc"})
    plain = api.v1("GET", "/contacts", params={"sort_fields": "created_at asc"})

    assert (status, 200) == (tied.status_code, plain.status_code)
    assert status == 200 or api.code(tied) == 2609


@pytest.mark.parametrize(
    ("value", "status", "length"), [("reject", 400, 3), ("truncate", 200, 255)]
)
def test_reading_over_long(api: Api, value: str, status: int, length: int) -> None:
    """Text over the published limits is refused, or cut; sending it is a violation either way."""
    api.reading(over_long=value)
    contact_id = guest(api)
    name = {"custom_field_id": FIRST_NAME, "value": "A" * 256}

    v1 = api.v1("PUT", f"/contacts/{contact_id}", json={"custom_field_values": [name]})
    v2 = api.v2("PUT", f"/contacts/{contact_id}", json={"firstName": "A" * 256})

    assert (status, status) == (v1.status_code, v2.status_code)
    assert length == len(api.contact(contact_id)["first_name"])
    assert 2 == len(api.running.violations())


@pytest.mark.parametrize(("value", "expected"), [("violation", 1), ("lenient", 0)])
def test_reading_unknown_query(api: Api, value: str, expected: int) -> None:
    """A query key that no source names is ignored; by default the journal notes it."""
    api.reading(unknown_query=value)
    guest(api)

    found = api.result("GET", "/contacts", params={"created_at": "greater_than(9)"})

    assert (1, expected) == (len(found), len(api.running.violations()))


def test_every_reading_has_its_test() -> None:
    """For each row of PROFILES a test here goes through all its values."""
    for name, values in PROFILES.items():
        marks = globals()[f"test_reading_{name}"].pytestmark
        rows = next(mark.args[1] for mark in marks if "value" in mark.args[0])
        tested = {row if isinstance(row, str) else row[0] for row in rows}
        assert set(values) == tested, name


def test_a_connector_is_tested_under_each_value_alone_and_ten_mixes() -> None:
    """every_reading names the defaults, each other value, and the mixes, the same each time."""
    readings = every_reading()

    others = sum(len(values) - 1 for values in PROFILES.values())
    assert 1 + others + 10 == len(readings)
    assert readings == every_reading()
    assert readings["mix-3"].keys() == PROFILES.keys()
