"""Two connectors must not work on the same contacts: the gate before the first write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.singer.errors import StopRun

if TYPE_CHECKING:
    from conftest import Make, World

PHONES = ["+18585551212", "+18585551313", "+18585551414"]


@pytest.fixture
def people(make: Make) -> list[dict[str, Any]]:
    """Three people who are not in Zingle."""
    return [make.person(n, MobilePhone=phone) for n, phone in enumerate(PHONES, 1)]


def connect(world: World, status: str = "connected", **options: Any) -> None:
    """Set the vendor's connector of every service."""
    world.running.sandbox.set_options({"zingle_integration": status, **options})


def looks(world: World) -> int:
    """How often the service was asked what it is connected to."""
    return sum(call.path.endswith("/integrations") for call in world.running.journal())


@pytest.mark.parametrize("code", ["salesforce", "sfdc-v2", "crm"])
@pytest.mark.parametrize("matched", [False, True], ids=["create", "link"])
def test_nothing_is_written_while_the_vendors_connector_is_connected(
    world: World, people: list[dict[str, Any]], code: str, *, matched: bool
) -> None:
    """The run stops before its first write, with one sentence that says what to do."""
    if matched:
        world.contact(phones=PHONES[:1])
    connect(world, zingle_integration_code=code)

    with pytest.raises(StopRun, match="`zingle-sync takeover") as caught:
        world.sync(people)

    result = caught.value.result  # type: ignore[attr-defined]  # what the run did all the same
    assert (0, [], []) == (result.writes, result.outcomes, result.states)
    assert 1 == looks(world)


def test_the_user_may_let_both_write(world: World, people: list[dict[str, Any]]) -> None:
    """With `allow_vendor_connector` nobody is asked, and everything is written."""
    connect(world)

    result = world.sync(people, allow_vendor_connector=True)

    assert (0, ["created"] * 3) == (looks(world), [one.kind for one in result.outcomes])


@pytest.mark.parametrize("status", ["absent", "disconnected"])
def test_that_none_is_connected_is_learnt_once(
    world: World, people: list[dict[str, Any]], status: str
) -> None:
    """The first run that writes costs one call, later ones none."""
    connect(world, status)

    for one in people:
        assert "created" == world.sync([one]).of(one["Id"]).kind

    assert 1 == looks(world)


def test_without_a_sync_log_each_run_that_writes_asks(
    world: World, people: list[dict[str, Any]]
) -> None:
    """What is not kept is asked again."""
    for number, one in enumerate(people):
        log = f"sqlite:///{world.running.state_dir}/log.db.{number}"
        world.sync([one], sync_log_url=log)

    assert 3 == looks(world)


def test_a_run_without_writes_asks_nothing(world: World, people: list[dict[str, Any]]) -> None:
    """Quiet runs and dry runs may stand beside the vendor's connector, and cost nothing more."""
    world.sync(people)
    connect(world)
    before = looks(world)

    quiet = world.sync(people, sync_log_url=f"sqlite:///{world.running.state_dir}/log.db.other")
    dry = world.sync([{**people[0], "FirstName": "Zoe"}], dry_run=True)

    assert {"unchanged"} == {one.kind for one in quiet.outcomes}
    assert ["would_update"] == [one.kind for one in dry.outcomes]
    assert before == looks(world)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_list_that_cannot_be_read_is_no_reason_to_stop(
    world: World, people: list[dict[str, Any]], status: int
) -> None:
    """An older instance or a log-in without the right goes on as before."""
    connect(world, zingle_integrations_refused=status)

    assert ["created"] * 3 == [one.kind for one in world.sync(people).outcomes]


def test_an_outage_is_no_answer(world: World, people: list[dict[str, Any]]) -> None:
    """Where it can't be told just now, nothing is written and nobody is rejected."""
    world.running.faults.add(kind="status", path="*/integrations", status=503, system="zingle")

    with pytest.raises(StopRun, match="the next run asks again") as caught:
        world.sync(people)

    result = caught.value.result  # type: ignore[attr-defined]  # what the run did all the same
    assert (0, []) == (result.writes, result.outcomes)
    world.running.faults.clear()
    assert ["created"] * 3 == [one.kind for one in world.sync(people).outcomes]


def test_a_connector_that_needs_attention_is_asked_about_again(
    world: World, people: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """It may come back by itself: the run goes on with a warning, and nothing is remembered."""
    connect(world, "needs_attention")
    world.sync(people[:1])
    assert "says needs_attention" in caplog.text
    connect(world)

    with pytest.raises(StopRun):
        world.sync(people[1:])


def test_no_secret_of_the_vendors_settings_gets_anywhere(
    world: World, people: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """The gate reads names and statuses; neither log nor sync log ever holds a secret."""
    from zingle_sandbox.zingle.connector import CONNECTOR_SECRETS  # noqa: PLC0415 - after the world

    caplog.set_level("DEBUG")
    connect(world)
    with pytest.raises(StopRun) as caught:
        world.sync(people)

    log = b"".join(Path(path).read_bytes() for path in world.running.state_dir.glob("log.db*"))
    told = caplog.text + str(caught.value) + json.dumps(repr(caught.value.__dict__))
    assert not [secret for secret in CONNECTOR_SECRETS if secret in told or secret.encode() in log]


def test_the_services_name_is_remembered(world: World, people: list[dict[str, Any]]) -> None:
    """The sync log knows what people call the service, from the call that is made anyway."""
    from zingle_sync.outcomes.queries import open_log, service_names  # noqa: PLC0415 - used here

    world.sync(people)

    engine = open_log(f"sqlite:///{world.running.state_dir}/log.db")
    names = service_names(engine, "")
    engine.dispose()
    called = world.running.sandbox.store.one("SELECT display_name FROM zg_services")
    assert {world.service_id: called["display_name"]} == names
