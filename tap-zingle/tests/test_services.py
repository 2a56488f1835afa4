"""One service, one stream, one row that fails stops only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.schemas import SCHEMAS
from zingle_sandbox.zingle import ServiceSeed, insert_services
from zingle_sync.zingle import ConfigurationError, TransientError, client

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Tap

DAY = 86_400
OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"
ALL_STREAMS = tuple(SCHEMAS)


def by_stream(tap: Tap, service_id: str) -> dict[str, int]:
    """How many records of a service came in each stream."""
    counts: dict[str, int] = {}
    for line in tap.lines:
        if line["type"] == "RECORD" and line["record"]["service_id"] == service_id:
            counts[line["stream"]] = counts.get(line["stream"], 0) + 1
    return counts


def activated(tap: Tap) -> list[str]:
    """Streams whose older rows may be removed now."""
    return [line["stream"] for line in tap.lines if line["type"] == "ACTIVATE_VERSION"]


FAULTS = [
    {"kind": "status", "status": 403, "path": f"*/services/{OTHER_SERVICE}*"},
    {"kind": "status", "status": 404, "path": f"*/services/{OTHER_SERVICE}/messages"},
    {"kind": "status", "status": 503, "path": f"*/services/{OTHER_SERVICE}*"},
    None,
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("bad_first", [True, False])
def test_a_failing_service_stops_no_other_in_any_stream(
    tap: Tap, fault: dict[str, Any] | None, bad_first: bool
) -> None:
    """Refused, unknown, away or without a zone: everything of the good service arrives."""
    zone = "Mars/Olympus" if fault is None else "Asia/Tokyo"
    insert_services(tap.sandbox.sandbox, [ServiceSeed(OTHER_SERVICE, "Spa", "Asia/Tokyo")])
    tap.message(tap.guest())
    tap.read(*ALL_STREAMS, service_ids=[tap.sandbox.service_id])
    expected = by_stream(tap, tap.sandbox.service_id)
    tap.state = None
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_services SET time_zone = ? WHERE id = ?", (zone, OTHER_SERVICE)
    )
    if fault:
        tap.sandbox.sandbox.faults.add(system="zingle", **fault)
    services = [tap.sandbox.service_id, OTHER_SERVICE]

    with pytest.raises((ConfigurationError, TransientError)):
        tap.read(*ALL_STREAMS, service_ids=services[:: -1 if bad_first else 1])

    assert expected == by_stream(tap, tap.sandbox.service_id)
    assert set(expected) >= {"conversations", "messages", "contacts", "users"}


def test_a_refused_stream_stops_no_other_of_its_service(tap: Tap) -> None:
    """A log-in that may not see users reads everything else, and the run says what failed."""
    tap.message(tap.guest())
    tap.sandbox.sandbox.faults.add(kind="status", status=403, path="*/users", system="zingle")

    with pytest.raises(ConfigurationError):
        tap.read("users", "conversations", "contacts")

    assert {"conversations", "contacts"} == set(by_stream(tap, tap.sandbox.service_id))
    assert ["contacts"] == activated(tap)


def test_a_service_that_is_away_is_given_up_once(tap: Tap) -> None:
    """What did not answer in one stream is not waited for again in the others."""
    tap.sandbox.sandbox.faults.add(kind="status", status=503, path="*/messages", system="zingle")
    with pytest.raises(TransientError):
        tap.read("conversations", "messages")

    assert tap.calls("/messages") == 6


def test_loaders_are_told_what_is_gone(tap: Tap) -> None:
    """After a stream was read whole its older rows may go; days and rows by time never go."""
    tap.message(tap.guest())
    tap.read(*ALL_STREAMS)

    by_time = {"conversations", "messages", "events"}
    assert set(ALL_STREAMS) - by_time == set(activated(tap))
    order = [line["type"] for line in tap.lines if line.get("stream") == "contacts"]
    assert order[-1] == "ACTIVATE_VERSION"
    versions = {
        line["version"]
        for line in tap.lines
        if line["type"] in {"RECORD", "ACTIVATE_VERSION"} and line.get("stream") == "contacts"
    }
    assert len(versions) == 1


@pytest.mark.parametrize(
    "config", [{"emit_activate_version_messages": False}, {"only_keys": ["s:c:2026-03-02"]}]
)
def test_nothing_is_told_gone_that_was_not_read(tap: Tap, config: dict[str, Any]) -> None:
    """Turned off, or in a run for single days, loaders keep what they have."""
    tap.read("contacts", "users", **config)

    assert activated(tap) == []


def test_nothing_is_told_gone_of_a_list_that_is_not_proved(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of contacts that may lack somebody removes nobody from a warehouse."""
    for number in range(5):
        tap.guest(created_at=tap.now - number)
    page = client.Zingle.page

    def torn(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on as it comes
        answer = page(*args, **kwargs)
        answer.rows.reverse()
        return answer

    monkeypatch.setattr(client.Zingle, "page", torn)
    assert len(tap.read("contacts")) == 5
    assert activated(tap) == []


@pytest.mark.parametrize("text", ["{a}\n\n  {b}  \r\n", "\ufeff{a}\n{b}"])
def test_keys_of_days_come_from_a_file(tap: Tap, tmp_path: Path, text: str) -> None:
    """A file of keys names days like only_keys does, and both together name all of theirs."""
    guest = tap.guest()
    for ago in range(4):
        tap.message(guest, created_at=tap.now - ago * DAY)
    prefix = f"{tap.sandbox.service_id}:{guest}"
    path = tmp_path / "keys"
    path.write_text(
        text.format(a=f"{prefix}:2026-03-01", b=f"zgl:{prefix}:2026-02-28:2"), encoding="utf-8"
    )
    records = tap.read(only_keys_file=str(path), only_keys=[f"{prefix}:2026-03-02"])

    assert ["2026-02-28", "2026-03-01", "2026-03-02"] == [each["date"] for each in records]


def test_thousands_of_keys_fit_into_a_file(tap: Tap, tmp_path: Path) -> None:
    """A file has no limit where an environment variable has one."""
    guest = tap.guest()
    tap.message(guest)
    path = tmp_path / "keys"
    days = [
        f"{tap.sandbox.service_id}:{guest}:{1900 + n // 12}-{n % 12 + 1:02}-01"
        for n in range(1_400)
    ]
    path.write_text(
        "\n".join([*days, f"{tap.sandbox.service_id}:{guest}:2026-03-02"]), encoding="utf-8"
    )

    assert ["2026-03-02"] == [each["date"] for each in tap.read(only_keys_file=str(path))]


def test_an_empty_file_of_keys_asks_for_nothing(tap: Tap, tmp_path: Path) -> None:
    """No key is no day; it is not every day."""
    tap.message(tap.guest())
    path = tmp_path / "keys"
    path.write_text("\n", encoding="utf-8")

    assert tap.read(*ALL_STREAMS, only_keys_file=str(path)) == []
    assert activated(tap) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"s:c:2026-01-01\nnonsense\n", "only_keys_file: line 2"),
        (b"\xff\xfe", "not UTF-8"),
        (None, "can't be read"),
    ],
)
def test_a_wrong_file_of_keys_is_a_problem_of_the_settings(
    tap: Tap, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """Before anything is read, what is wrong with the file is said."""
    from singer_sdk.exceptions import ConfigValidationError  # noqa: PLC0415 - used here alone

    path = tmp_path / "keys"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigValidationError) as raised:
        tap.read(only_keys_file=str(path))

    assert problem in " ".join(raised.value.errors)
    assert tap.calls() == 0


@pytest.mark.parametrize(("touched", "calls"), [(5, 5), (21, 2), (300, 2)])
def test_contacts_are_asked_for_in_the_cheaper_way(tap: Tap, touched: int, calls: int) -> None:
    """A few are asked for one by one; more are taken from the list, where it has fewer pages."""
    for _ in range(touched):
        tap.message(tap.guest())
    tap.sandbox.clear_journal()

    assert touched == len(tap.read())
    assert calls == tap.calls("/contacts")


def test_a_contact_without_an_id_stops_no_day(tap: Tap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is missing from the list of contacts is asked for alone."""
    for _ in range(30):
        tap.message(tap.guest())
    contacts = client.Zingle.contacts

    def nameless(*args: Any) -> Any:  # noqa: ANN401 - passed on as it comes
        yield {"external_id": None, "channels": []}
        yield from list(contacts(*args))[1:]

    monkeypatch.setattr(client.Zingle, "contacts", nameless)

    assert 30 == len(tap.read())


@pytest.mark.parametrize("name", ["features", "time_zone"])
def test_what_a_list_of_services_leaves_out_is_asked_for(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A short row of the list says nothing about privacy, nor about the zone."""
    tap.message(tap.guest())
    expected = tap.read("conversations", "services")
    tap.state = None
    services = client.Zingle.services

    def short(self: client.Zingle) -> Any:  # noqa: ANN401 - passed on as it comes
        for row in services(self):
            yield {key: value for key, value in row.items() if key != name}

    monkeypatch.setattr(client.Zingle, "services", short)
    tap.sandbox.clear_journal()

    assert expected == tap.read("conversations", "services")
    assert 1 == tap.calls(f"services/{tap.sandbox.service_id}?")


@pytest.mark.parametrize("stream", ["conversations", "messages", "events"])
def test_rows_by_time_are_never_told_gone(tap: Tap, stream: str) -> None:
    """Not even where a catalog wants them read whole: what is older than the start stays."""
    tap.message(tap.guest())
    tap.catalog = {stream: "FULL_TABLE"}
    tap.read(stream)

    assert "SCHEMA" in {line["type"] for line in tap.lines}
    assert [] == activated(tap)


ODD = {
    "body": [7, {"a": 1}, "\x00", "\u202e right to left"],
    "sender": [None, [], "x", {"id": None}],
    "attachments": ["https://a/b", {"url": "x"}, [None, 5]],
    "statuses": [{"type": "failed"}, "failed", [None]],
    "triggered_by_user": [[], "x", {"id": 5, "first_name": 7}],
    "communication_direction": ["INBOUND", 5, None, "sideways"],
    "is_delayed": ["false", 0, None],
    "created_at": ["1772470800", 1772470800.5],
    "updated_at": [-1, 10**15, "soon", []],
    "executed_at": [253_402_300_799, 253_402_000_000, "9" * 5_000, "2026-03-02T17:00:00Z"],
    "id": [None, ""],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in ODD.items() for v in vs], ids=repr)
def test_an_odd_message_stops_nothing(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """A value in another shape than documented costs at most its own message."""
    guest, other = tap.guest(), tap.guest()
    tap.message(guest, created_at=1_772_470_800)
    good = tap.message(other, created_at=1_772_470_800)
    page = client.Zingle.page

    def odd(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on as it comes
        answer = page(*args, **kwargs)
        for row in answer.rows:
            if row["id"] != good and "body" in row:
                row[name] = value
        return answer

    monkeypatch.setattr(client.Zingle, "page", odd)
    records = [each for each in tap.read("conversations", "messages") if "messages" in each]

    assert [[good]] == [
        [message["id"] for message in each["messages"]]
        for each in records
        if each["contact_id"] == other
    ]
    kinds = {"body": (str, type(None)), "attachments": (list,), "is_failed": (bool,)}
    for each in records:
        for message in each["messages"]:
            assert all(isinstance(message[key], types) for key, types in kinds.items())


def test_state_never_passes_records_that_wait_for_their_batch(tap: Tap, tmp_path: Path) -> None:
    """With batch files no STATE is written before the file that holds the records before it."""
    guest = tap.guest()
    for ago in range(5):
        tap.message(guest, created_at=tap.now - ago * DAY)
    storage = {"root": tmp_path.as_uri(), "prefix": "x-"}
    encoding = {"format": "jsonl", "compression": "gzip"}
    tap.read(batch_config={"encoding": encoding, "storage": storage})
    kinds = [line["type"] for line in tap.lines]

    assert "BATCH" in kinds
    partitions = [
        line["value"].get("bookmarks", {}).get("conversations", {}).get("partitions", [{}])
        for line in tap.lines[: kinds.index("BATCH")]
        if line["type"] == "STATE"
    ]
    assert all("activity_until" not in part for parts in partitions for part in parts)
