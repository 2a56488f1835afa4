"""Days without a person, tried again: only those are read whose person is there now."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.project.plain import PlainProject
from zingle_operator.replay.people import days_with_people
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import insert_contacts, insert_messages
from zingle_sync.outcomes.values import is_of_some

BIN = Path(sys.executable).parent


def guest(sandbox: RunningSandbox, number: int, **more: Any) -> str:
    """A guest of Zingle with a phone and an e-mail of its own; gives the id."""
    channels = [
        {"type": "phone", "value": f"+1202555{number:04d}"},
        {"type": "email", "value": f"guest{number}@lakeside-guests.net"},
    ]
    (contact_id,) = insert_contacts(sandbox.sandbox, [cast("Any", {"channels": channels, **more})])
    return contact_id


def key(sandbox: RunningSandbox, contact_id: str, day: str = "2026-03-02") -> str:
    """The key of a conversation day."""
    return f"{sandbox.service_id}:{contact_id}:{day}"


def found(sandbox: RunningSandbox, keys: list[str], **target: Any) -> list[str]:
    """The days whose person Salesforce has."""
    settings = {**sandbox.salesforce_settings(), **target}
    zingle = {**sandbox.zingle_settings(), "start_date": "2020-01-01", "requests_per_second": 0}
    return days_with_people(zingle, settings, keys)


@pytest.mark.parametrize(
    ("person", "more", "target", "there"),
    [
        ({"MobilePhone": "(202) 555-0001", "MailingCountry": "USA"}, {}, {}, True),
        ({"Email": "GUEST1@lakeside-guests.net"}, {}, {}, True),
        ({"Email": "somebody@lakeside-people.net"}, {}, {}, False),
        ({"Email": "guest1@lakeside-guests.net"}, {}, {"unlinked_match": "none"}, False),
        ({"Email": "guest1@lakeside-guests.net"}, {}, {"sync_to": "leads"}, False),
    ],
)
def test_a_day_is_wanted_when_its_person_can_be_found(
    sandbox: RunningSandbox,
    person: dict[str, Any],
    more: dict[str, Any],
    target: dict[str, Any],
    there: bool,
) -> None:
    """Who is found by what is the target's own rule, with its settings."""
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "One", **person}])
    days = [key(sandbox, guest(sandbox, 1, **more), f"2026-03-0{day}") for day in (1, 2)]

    assert (days if there else []) == found(sandbox, days, **target)


def test_a_link_is_followed_and_a_foreign_one_is_not(sandbox: RunningSandbox) -> None:
    """A linked guest is there when its record is; one of another organisation never is."""
    (record_id,) = insert_rows(sandbox.sandbox, "Contact", [{"LastName": "One"}])
    linked = key(sandbox, guest(sandbox, 1, external_id=record_id))
    gone = key(sandbox, guest(sandbox, 2, external_id="003Zs00000ZZZZZIAY"))
    foreign = key(sandbox, guest(sandbox, 3, external_id=f"00D000000000099EAA:{record_id}"))

    assert [linked] == found(sandbox, [linked, gone, foreign])


def test_a_link_to_a_company_is_no_link(sandbox: RunningSandbox) -> None:
    """Without person accounts a guest whose id is an Account's is searched, as the run does."""
    (company,) = insert_rows(sandbox.sandbox, "Account", [{"Name": "Acme"}])
    insert_rows(
        sandbox.sandbox, "Contact", [{"LastName": "One", "Email": "guest1@lakeside-guests.net"}]
    )
    days = [key(sandbox, guest(sandbox, number, external_id=company)) for number in (1, 2)]

    assert days[:1] == found(sandbox, days)


def test_many_days_cost_few_calls(sandbox: RunningSandbox) -> None:
    """Salesforce is asked for two hundred guests at a time, whatever the number of days."""
    guests = [guest(sandbox, number) for number in range(300)]
    insert_rows(
        sandbox.sandbox,
        "Lead",
        [{"LastName": "L", "Company": "C", "Email": "guest7@lakeside-guests.net"}],
    )
    days = [key(sandbox, one, f"2026-{month:02d}-03") for one in guests for month in range(1, 7)]
    sandbox.clear_journal()

    there = found(sandbox, days)

    assert [day for day in days if guests[7] in day] == there
    asked = [call for call in sandbox.journal() if "/composite" in call.path]
    assert len(asked) <= 20


def walk(folder: Path, *arguments: str) -> Result:
    """One of the commands on the folder's installation."""
    command = [arguments[0], "--config", str(folder / "sync.yml"), *arguments[1:]]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def standing(folder: Path, reason: str | None = None) -> dict[str, dict[str, Any]]:
    """Where each day stands, by key."""
    more = ["--kind", "all"] + (["--reason", reason] if reason else [])
    log = ["--sync-log-url", f"sqlite:///{folder}/log.db", "--json"]
    rows = json.loads(CliRunner().invoke(app, ["outcomes", *log, *more]).stdout)
    return {row["source_key"]: row for row in rows}


@pytest.mark.parametrize("on_unmatched", ["skip", "log_unlinked"])
def test_people_who_come_later_get_their_days(
    sandbox: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_unmatched: str,
) -> None:
    """The daily replay gives a new person the Tasks, and leaves those of nobody to age."""
    for name in ("SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    guests = [guest(sandbox, number) for number in (1, 2)]
    sent = int(sandbox.sandbox.clock.timestamp()) - 30 * 3600
    insert_messages(
        sandbox.sandbox,
        [
            cast(
                "Any", {"contact_id": one, "direction": "inbound", "body": "Hi", "created_at": sent}
            )
            for one in guests
        ],
    )
    zingle = {**sandbox.zingle_settings(), "start_date": "2020-01-01", "requests_per_second": 0}
    salesforce = {**sandbox.salesforce_settings(), "on_unmatched": on_unmatched}
    pipeline = {
        "name": "conversations",
        "tap": {"name": "tap-zingle", "executable": str(BIN / "tap-zingle"), "settings": zingle},
        "target": {
            "name": "target-salesforce-activity",
            "executable": str(BIN / "target-salesforce-activity"),
            "settings": salesforce,
        },
    }
    document = {"sync_log_url": f"sqlite:///{tmp_path}/log.db", "pipelines": [pipeline]}
    (tmp_path / "sync.yml").write_text(yaml.safe_dump(document))
    project = PlainProject(tmp_path / "sync.yml")
    assert 0 == project.run(project.pipelines[0], {}).code
    before = standing(tmp_path)
    assert 2 == len(before)

    person = {"LastName": "One", "MobilePhone": "+1 202 555 0001"}
    (who_id,) = insert_rows(sandbox.sandbox, "Contact", [person])
    sandbox.clear_journal()
    done = walk(tmp_path, "replay", "--waiting")

    assert 0 == done.exit_code, done.output
    with closing(sqlite3.connect(tmp_path / "log.db")) as log:
        runs = log.execute("SELECT full FROM runs WHERE plugin LIKE 'target-%' ORDER BY id")
        # A full run would end what `status` says of a changed mapping.
        assert [(1,), (0,)] == runs.fetchall()
        # Both rows of the replay say that it was about some days alone.
        begun = [row[0] for row in log.execute("SELECT state_before FROM runs ORDER BY id")]
        some = {"bookmarks": {"only_keys": {}}}
        assert [None, None, some, some] == [one and json.loads(one) for one in begun]
    after = standing(tmp_path)
    (mine,) = [name for name in after if guests[0] in name]
    (other,) = [name for name in after if guests[1] in name]
    assert after[mine]["outcome"] == ("created" if on_unmatched == "skip" else "updated")
    assert before[other] == after[other]
    tasks = sandbox.sandbox.store.all("SELECT WhoId FROM sf_Task WHERE WhoId IS NOT NULL")
    assert [who_id] == [row[0] for row in tasks]
    assert not [
        call for call in sandbox.journal() if guests[1] in call.path and "messages" in call.path
    ]
    assert "nothing to replay" in walk(tmp_path, "replay", "--waiting").stderr


def test_a_replay_cuts_days_as_the_runs_do(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a service has moved to another time zone, a replay moves no message to another day."""
    for name in ("SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    now = int(sandbox.sandbox.clock.timestamp())
    said = {"contact_id": guest(sandbox, 1), "direction": "inbound", "body": "Hi"}
    rows = [{**said, "created_at": now - hours * 3600} for hours in range(10, 90)]
    insert_messages(sandbox.sandbox, cast("Any", rows))
    zingle = {**sandbox.zingle_settings(), "start_date": "2020-01-01", "requests_per_second": 0}
    salesforce = {**sandbox.salesforce_settings(), "on_unmatched": "log_unlinked"}
    settings = {"tap-zingle": zingle, "target-salesforce-activity": salesforce}
    tap, target = (
        {"name": name, "executable": str(BIN / name), "settings": given}
        for name, given in settings.items()
    )
    pipeline = {"name": "conversations", "state": "state.json", "tap": tap, "target": target}
    document = {"sync_log_url": f"sqlite:///{tmp_path}/log.db", "pipelines": [pipeline]}
    (tmp_path / "sync.yml").write_text(yaml.safe_dump(document))
    project = PlainProject(tmp_path / "sync.yml")
    apart = f"sqlite:///{tmp_path}/apart.db"
    messages, _ = project.read(project.pipelines[0], {}, sync_log=apart)
    states = [line for line in map(json.loads, messages.splitlines()) if line["type"] == "STATE"]
    (tmp_path / "state.json").write_text(json.dumps(states[-1]["value"]))
    assert 0 == project.feed("target-salesforce-activity", messages, {}).code

    def tasks() -> list[tuple[Any, ...]]:
        query = "SELECT ActivityDate, Description FROM sf_Task"
        return sorted(map(tuple, sandbox.sandbox.store.all(query)))

    before = tasks()
    sandbox.sandbox.store.execute("UPDATE zg_services SET time_zone = 'Pacific/Auckland'")
    person = {"LastName": "One", "MobilePhone": "+1 202 555 0001"}
    insert_rows(sandbox.sandbox, "Contact", [person])
    done = walk(tmp_path, "replay", "--waiting")

    assert 0 == done.exit_code, done.output
    assert all(row["outcome"] == "updated" for row in standing(tmp_path).values())
    assert before == tasks()
    with sqlite3.connect(tmp_path / "log.db") as log:
        query = "SELECT full FROM runs WHERE plugin = ? ORDER BY started_at"
        whole = [bool(row[0]) for row in log.execute(query, ("target-salesforce-activity",))]
        begun = log.execute("SELECT state_before FROM runs ORDER BY id DESC LIMIT 2").fetchall()
    assert [True, False] == whole  # A few days are not everything.
    # Both of its rows say so, also where the tap was given the state of the runs.
    assert all(is_of_some(json.loads(state)) for (state,) in begun)
