"""Streams of lists that come inside a service, and what messages and contacts show beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.inside import INSIDE
from zingle_sandbox.zingle import ServiceSeed, TeamSeed, insert_services
from zingle_sync.zingle import client

if TYPE_CHECKING:
    from conftest import Tap

OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"
STREAMS = tuple(INSIDE)


def records(tap: Tap, stream: str) -> list[dict[str, Any]]:
    """The records of a stream in the last run."""
    return [
        line["record"]
        for line in tap.lines
        if line["type"] == "RECORD" and line["stream"] == stream
    ]


def activated(tap: Tap) -> set[str]:
    """Streams whose older rows may be removed now."""
    return {line["stream"] for line in tap.lines if line["type"] == "ACTIVATE_VERSION"}


def change_services(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Have Zingle show other lists inside its services; `...` leaves one out."""
    service, services = client.Zingle.service, client.Zingle.services

    def changed(row: dict[str, Any]) -> dict[str, Any]:
        return {key: each for key, each in {**row, **changes}.items() if each is not ...}

    monkeypatch.setattr(client.Zingle, "service", lambda self, key: changed(service(self, key)))
    monkeypatch.setattr(client.Zingle, "services", lambda self: map(changed, services(self)))


def test_all_lists_inside_a_service_cost_one_call(tap: Tap) -> None:
    """Seven streams and the services themselves come with the call that is made anyway."""
    tap.read("services", *STREAMS)

    assert tap.calls() == 1
    assert {stream: len(records(tap, stream)) for stream in STREAMS} == {
        "teams": 1,
        "labels": 3,
        "groups": 1,
        "automations": 2,
        "templates": 2,
        "channel_types": 4,
        "service_channels": 1,
    }
    assert {"services", *STREAMS} == activated(tap)


@pytest.mark.parametrize("service_list", ["whole", "short"])
def test_streams_that_are_not_selected_cost_nothing(tap: Tap, service_list: str) -> None:
    """A list of services that shows them short is good enough for whoever wants no more of them."""
    tap.sandbox.sandbox.choose_profile({"service_list": service_list})
    tap.message(tap.guest())
    tap.read("conversations", "services")
    tap.sandbox.clear_journal()
    tap.read("conversations", "services")

    assert tap.calls("services?") == 1
    assert tap.calls(f"services/{tap.sandbox.service_id}?") == 0


def test_a_service_that_the_list_shows_short_is_asked_for_once(tap: Tap) -> None:
    """Templates and automations that the list leaves out come with one call per service."""
    insert_services(tap.sandbox.sandbox, [ServiceSeed(OTHER_SERVICE, "Spa")])
    tap.sandbox.sandbox.choose_profile({"service_list": "short"})
    tap.read(*STREAMS)

    assert tap.calls() == 3
    assert len(records(tap, "templates")) == 2
    assert {*STREAMS} == activated(tap)


def test_a_list_that_is_shown_nowhere_is_asked_for_once(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams that miss their list share the one further call."""
    change_services(monkeypatch, teams=..., contact_groups=...)
    tap.read("teams", "groups", "labels")

    assert tap.calls() == 2
    assert {"labels"} == activated(tap)


def test_a_team_names_its_users(tap: Tap) -> None:
    """A team's row has the ids that the stream of users has."""
    seed = ServiceSeed(
        OTHER_SERVICE,
        "Spa",
        teams=(TeamSeed("Nights", None, ("ana.lopez@sandbox.zingle-hotels.net",)),),
    )
    insert_services(tap.sandbox.sandbox, [seed])
    tap.read("teams", "users", service_ids=[OTHER_SERVICE])
    (team,) = records(tap, "teams")
    names = {user["id"]: user["first_name"] for user in records(tap, "users")}

    assert (OTHER_SERVICE, "Nights") == (team["service_id"], team["display_name"])
    assert ["Ana"] == [names[each] for each in team["user_ids"]]


@pytest.mark.parametrize("odd", [..., None, {}, "x", [None], [{"display_name": "no id"}], [7, []]])
def test_nothing_is_told_gone_of_a_list_that_is_not_shown(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, odd: object
) -> None:
    """A service without its list, or with rows nobody can tell apart, removes no row anywhere."""
    change_services(monkeypatch, templates=odd)
    with caplog.at_level("INFO"):
        tap.read("templates", "teams")

    assert (records(tap, "templates"), {"teams"}) == ([], activated(tap))
    assert "shows no `templates`" in caplog.text


@pytest.mark.parametrize("odd", [[{"id": "t", "user_ids": "u", "created_at": "soon"}], [{"id": 5}]])
def test_odd_rows_stop_nothing(tap: Tap, monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:  # noqa: ANN401 - JSON
    """A row with nothing but an id is a row, whatever stands in its other columns."""
    lists = {key: odd for key, _ in INSIDE.values()}
    change_services(monkeypatch, **lists)
    tap.read(*STREAMS)

    assert {stream: [str(odd[0]["id"])] for stream in STREAMS} == {
        stream: [each["id"] for each in records(tap, stream)] for stream in STREAMS
    }


def test_an_empty_list_is_a_whole_list(tap: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last template went, loaders may remove it."""
    change_services(monkeypatch, templates=[])
    tap.read("templates")

    assert ([], {"templates"}) == (records(tap, "templates"), activated(tap))


def test_no_address_that_is_notified_reaches_a_warehouse(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses of a channel type may hold a secret."""
    kind = {"id": "k", "inbound_notification_url": "https://hook.hotel.com/?key=s3cret"}
    change_services(monkeypatch, channel_types=[kind], channels=[{"id": "c", "channel_type": kind}])
    tap.read("channel_types", "service_channels", "services")

    assert "s3cret" not in str(tap.lines)


def test_a_message_tells_why_it_failed_and_by_which_channel_it_went(tap: Tap) -> None:
    """Type, reason and time of each status, the guest's number and the service's own."""
    guest = tap.guest(channels=[{"type": "phone", "value": "+18585551212", "country": "US"}])
    tap.message(guest, direction="outbound", failed=True)
    tap.message(guest)
    tap.read("messages", "contacts", "service_channels")
    failed, arrived = sorted(records(tap, "messages"), key=lambda each: not each["is_failed"])
    ((channel,), (own,)) = (
        records(tap, "contacts")[0]["channels"],
        records(tap, "service_channels"),
    )

    (status,) = failed["statuses"]
    assert ("failed", "Undeliverable") == (status["type"], status["description"])
    assert status["created_at"] == failed["created_at"]
    assert arrived["statuses"] == []
    for message in (failed, arrived):
        assert (channel["id"], channel["value"], own["value"]) == (
            message["contact_channel_id"],
            message["contact_channel_value"],
            message["service_channel_value"],
        )


@pytest.mark.parametrize("reading", ["milliseconds", "seconds"])
def test_a_contact_shows_its_stays_and_groups(tap: Tap, reading: str) -> None:
    """Times of stays are right whether Zingle counts them in seconds or milliseconds."""
    tap.sandbox.sandbox.choose_profile({"calendar_times": reading})
    stays = [
        {"title": "Stay", "starts_at": 1_772_470_800, "ends_at": 1_772_740_800},
        {"title": "Spa", "description": "with Ann", "starts_at": None, "ends_at": None},
    ]
    tap.guest(calendar_events=stays, groups=["In House"])
    tap.read("contacts")
    (contact,) = records(tap, "contacts")

    assert ["In House"] == [each["display_name"] for each in contact["groups"]]
    assert [
        ("Spa", "with Ann", None, None),
        ("Stay", None, "2026-03-02T17:00:00Z", "2026-03-05T20:00:00Z"),
    ] == [
        (each["title"], each["description"], each["starts_at"], each["ends_at"])
        for each in contact["calendar_events"]
    ]


@pytest.mark.parametrize("dates", ["epoch_int", "epoch_string", "text_utc"])
@pytest.mark.parametrize("numbers", ["int", "string"])
def test_fields_have_the_types_that_the_service_declares(
    tap: Tap, dates: str, numbers: str
) -> None:
    """Numbers, flags and dates come as such beside their text, however Zingle writes them."""
    tap.sandbox.sandbox.choose_profile({"date_read": dates, "number_read": numbers})
    fields = {
        "Nights Stayed": 3,
        "Newsletter": "true",
        "Birthday": -14_182_940,
        "Last Stay": 1_772_470_800,
        "Room": "007",
        "Checkin Date": "next Monday",
    }
    tap.guest(fields=fields)
    tap.read("contacts")
    (contact,) = records(tap, "contacts")
    typed = {
        each["display_name"]: [
            value for key, value in each.items() if key.endswith("_value") and value is not None
        ]
        for each in contact["fields"]
    }

    assert typed == {
        "Nights Stayed": [3],
        "Newsletter": [True],
        "Birthday": ["1969-07-20"],
        "Last Stay": ["2026-03-02T17:00:00Z"],
        "Room": [],
        "Checkin Date": [],
    }
    texts = {each["display_name"]: each["value"] for each in contact["fields"]}
    assert ("007", "next Monday") == (texts["Room"], texts["Checkin Date"])


def test_new_columns_leave_the_bookmarks_of_old_runs(tap: Tap) -> None:
    """A state of the time before these streams is read on, and nothing is given out twice."""
    tap.message(tap.guest(), created_at=tap.now - 3_600)
    tap.read("messages")
    before = tap.state
    tap.read("messages", *STREAMS)

    assert records(tap, "messages") == []
    assert before is not None
    assert before["bookmarks"]["messages"].keys() == tap.state["bookmarks"]["messages"].keys()  # type: ignore[index] # read above
