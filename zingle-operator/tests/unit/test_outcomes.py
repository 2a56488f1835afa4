from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.outcomes.finding import region_of
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.sync_log import SyncLog


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A log with one run of four records."""
    url = f"sqlite:///{tmp_path}/log.db"
    run = SyncLog.open(url).start_run("target-zingle", environment="dev")
    run.record(
        [
            Outcome("contacts", "svc", "003A", "created", target_id="z1"),
            Outcome("contacts", "svc", "003B", "rejected", reason="no_usable_key"),
            Outcome("leads", "svc", "00QC", "skipped", reason="shared_channel", target_id="z9"),
            Outcome(
                "leads",
                "svc",
                "00QD",
                "rejected",
                reason="refused",
                error=OutcomeError("RecordError", 400, "3706", "wrong value", "Tier"),
            ),
        ],
        payloads={"003B": {"Id": "003B", "Phone": "(202) 555-0142"}},
    )
    run.finish(status="ok", api_calls={})
    return url


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SYNC_LOG_URL", "ZINGLE_SYNC_SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["outcomes", *arguments])


def keys(*arguments: str) -> list[str]:
    """The source keys that the command lists."""
    result = run("--json", *arguments)
    assert 0 == result.exit_code, result.output
    return [row["source_key"] for row in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("regions", "expected"),
    [(["US", None], "US"), (["US", "United States"], "US"), (["US", "GB"], None), ([None], None)],
)
def test_a_number_of_two_countries_is_nobodys(
    regions: list[str | None], expected: str | None
) -> None:
    """Where pipelines read numbers by different countries, one without a country is refused."""
    assert expected == region_of({"default_region": region} for region in regions)


def test_left_out_records_are_listed_with_reason_and_remedy(url: str) -> None:
    """By default every skipped and rejected record is on a line of its own, then what to do."""
    result = run("--sync-log-url", url)

    lines = result.stdout.splitlines()
    assert 0 == result.exit_code
    assert [
        ["003B", "rejected", "no_usable_key"],
        ["00QC", "skipped", "shared_channel"],
        ["00QD", "rejected", "refused"],
    ] == [line.split()[5:8] for line in lines[1:4]]
    assert "3706; Tier; wrong value" in lines[3]
    assert any("Complete the phone" in line for line in lines[4:])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["003B", "00QC", "00QD"]),
        (("--reason", "refused"), ["00QD"]),
        (("--kind", "created"), ["003A"]),
        (("--kind", "created", "--kind", "skipped"), ["003A", "00QC"]),
        (("--kind", "all"), ["003A", "003B", "00QC", "00QD"]),
        (("--key", "003A"), ["003A"]),
        (("--key", "z9"), ["00QC"]),
        (("--run", "1"), ["003B", "00QC", "00QD"]),
        (("--run", "last"), ["003B", "00QC", "00QD"]),
        (("--run", "2"), []),
        (("--environment", "prod"), []),
        (("--plugin", "target-other"), []),
    ],
)
def test_list_is_narrowed(url: str, arguments: tuple[str, ...], expected: list[str]) -> None:
    """Reason, kind, key, run, plugin and environment narrow the list."""
    assert expected == keys("--sync-log-url", url, *arguments)


def test_last_run_and_standing_differ(url: str) -> None:
    """A quiet later run hides nothing: records stand as their newest outcome left them."""
    later = SyncLog.open(url).start_run("target-zingle", environment="dev")
    later.record([Outcome("contacts", "svc", "003B", "created", target_id="z2")])

    assert ["00QC", "00QD"] == keys("--sync-log-url", url)
    assert [] == keys("--sync-log-url", url, "--run", "last")


def test_place_comes_from_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SYNC_LOG_URL names the log."""
    monkeypatch.setenv("SYNC_LOG_URL", url)

    assert ["003B", "00QC", "00QD"] == keys()


@pytest.mark.parametrize("word", ["--reason", "--kind", "--run"])
def test_unknown_words_are_refused(url: str, word: str) -> None:
    """A word that no table has is a usage error, not an empty list."""
    assert 2 == run("--sync-log-url", url, word, "nonsense").exit_code


def test_absent_log_is_one_sentence(tmp_path: Path) -> None:
    """Where no run wrote a log yet, the command says so, and makes no file."""
    result = run("--sync-log-url", f"sqlite:///{tmp_path}/none.db")

    assert (1, "") == (result.exit_code, result.stdout)
    assert "no run has written a sync log yet" in result.stderr
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("+1 202 555 0142", ["003B"]), ("2025550142", ["003B"]), ("+1 202 555 0199", [])],
)
def test_the_front_desk_asks_by_phone(url: str, asked: str, expected: list[str]) -> None:
    """A phone of a kept record leads to its story; one that is not kept to nobody else's."""
    assert expected == keys("--sync-log-url", url, "--key", asked)


ANA, GUEST = "0035g00000AbCdEAAV", "82f00113-ab12-4000-8000-00000000000a"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A configuration file, whose log knows one record and what was kept of it."""
    path = tmp_path / "sync.yml"
    path.write_text(
        f"sync_log_url: sqlite:///{tmp_path}/its.db\n"
        "pipelines: [{tap: {name: tap-salesforce-zingle}, target: {name: target-zingle}}]\n"
    )
    run = SyncLog.open(f"sqlite:///{tmp_path}/its.db").start_run("target-zingle")
    rejected = Outcome("contacts", "svc", ANA, "rejected", target_id=GUEST, reason="refused")
    run.record([rejected], payloads={ANA: {"Id": ANA}})
    run.finish(status="ok", api_calls={})
    return str(path)


@pytest.mark.parametrize(
    "key", [ANA, ANA[:15], f" {ANA}\n", ANA.lower(), ANA.upper(), GUEST, GUEST.upper()]
)
def test_an_id_is_found_however_people_write_it(file: str, key: str) -> None:
    """In 15 characters, with blanks around, in another case: as Salesforce and Zingle show it."""
    (row,) = json.loads(run("--config", file, "--json", "--key", key).stdout)
    replayed = CliRunner().invoke(
        app, ["replay", "--config", file, "--dry-run", "--json", "--key", key]
    )
    erased = CliRunner().invoke(app, ["forget", "--config", file, "--yes", "--json", key])

    assert ANA == row["source_key"]
    assert (len(json.loads(replayed.stdout)) == 1) == (key not in {GUEST, GUEST.upper()})
    assert 1 == sum(json.loads(erased.stdout)[name] for name in ("outcomes", "mentions"))


@pytest.mark.parametrize("key", [f"{ANA[:15]}AAX", "0035g00000AbCdF", ANA[:14], "", "%", ":"])
def test_another_id_is_nobodys(file: str, key: str) -> None:
    """A letter that is missing or wrong finds no neighbour, and erases none."""
    assert [] == [
        row for row in run("--config", file, "--key", key or " ").stdout.split() if ANA in row
    ]
    assert 1 == CliRunner().invoke(app, ["forget", "--config", file, "--yes", key]).exit_code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--sync-log-url", "nonsense"), 1),
        (("--sync-log-url", "sqlite:///{folder}"), 1),
        (("--sync-log-url", "sqlite:///{folder}/its.db", "--run", "9" * 30), 2),
        (("--sync-log-url", "sqlite:///{folder}/its.db", "--run", "-1"), 2),
    ],
)
def test_what_can_not_be_asked_is_a_sentence(
    file: str, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    """Neither a URL nor a number ends in a traceback."""
    result = run(*(one.format(folder=tmp_path) for one in arguments))

    assert (code, SystemExit) == (result.exit_code, type(result.exception)), file
