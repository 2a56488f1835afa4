"""`zingle-sync init` against the sandbox; installing is for the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_sandbox import credentials
from zingle_sandbox.testing import RunningSandbox

SECRETS = {
    "SALESFORCE_CLIENT_SECRET": credentials.SALESFORCE_CLIENT_SECRET,
    "ZINGLE_PASSWORD": credentials.ZINGLE_PASSWORD,
}


def init(sandbox: RunningSandbox, folder: Path, *options: str, given: str | None = None) -> Result:
    """Run the command for the sandbox's log-ins."""
    return CliRunner().invoke(
        app,
        [
            *("init", str(folder), "--no-install", "--login-url", sandbox.url),
            *("--client-id", credentials.SALESFORCE_CLIENT_ID, "--api-url", sandbox.url),
            *("--username", credentials.ZINGLE_USERNAME, *options),
        ],
        input=given,
        env=SECRETS,
    )


def test_an_empty_folder_becomes_a_project(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Secrets are in `.env` alone, which git ignores, and none was printed."""
    result = init(sandbox, tmp_path / "new", "--yes", "--service", sandbox.service_id)

    assert result.exit_code == 0, result.output
    document = yaml.safe_load((tmp_path / "new" / "meltano.yml").read_text())
    assert len(document["jobs"]) == 3
    env = tmp_path / "new" / ".env"
    values = dotenv_values(env)
    assert values["TARGET_ZINGLE_PASSWORD"] == credentials.ZINGLE_PASSWORD
    assert values["TARGET_ZINGLE_SERVICE_ID"] == sandbox.service_id
    assert env.stat().st_mode & 0o777 == 0o600
    assert ".env" in (tmp_path / "new" / ".gitignore").read_text().splitlines()
    others = "".join(
        file.read_text() for file in (tmp_path / "new").rglob("*") if file.is_file() and file != env
    )
    assert [] == [secret for secret in SECRETS.values() if secret in result.output + others]
    assert "TARGET_ZINGLE_PASSWORD=(hidden)" in result.output


def test_again_changes_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A second run with the same answers shows and writes nothing."""
    options = ("--yes", "--service", sandbox.service_id)
    init(sandbox, tmp_path, *options)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    result = init(sandbox, tmp_path, *options)

    assert result.exit_code == 0, result.output
    assert "+++" not in result.output
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}


def test_an_upgrade_brings_the_new_settings(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A lock file that an earlier release wrote is replaced; `meltano.yml` stays."""
    options = ("--yes", "--service", sandbox.service_id)
    init(sandbox, tmp_path, *options)
    lock = tmp_path / "plugins" / "loaders" / "target-zingle--zingle-sync.lock"
    now, project = lock.read_text(), (tmp_path / "meltano.yml").read_text()
    lock.write_text("{}")
    init(sandbox, tmp_path, *options)

    assert (lock.read_text(), (tmp_path / "meltano.yml").read_text()) == (now, project)


def test_the_service_is_chosen_by_name_from_those_of_the_log_in(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The list shows names, and the number is worth the id."""
    given = "contacts\nclient-credentials\nContact\n1\ny\n"
    result = init(sandbox, tmp_path, given=given)

    assert result.exit_code == 0, result.output
    assert dotenv_values(tmp_path / ".env")["TARGET_ZINGLE_SERVICE_ID"]
    assert dotenv_values(tmp_path / ".env")["TAP_SALESFORCE_ZINGLE_OBJECTS"] == '["Contact"]'


def test_a_person_who_says_no_finds_nothing_written(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The changes were shown before."""
    given = "contacts\nclient-credentials\nContact,Lead\nn\n"
    result = init(sandbox, tmp_path, "--service", sandbox.service_id, given=given)

    assert result.exit_code == 1
    assert "+++" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_the_log_in_does_not_see_is_answered_with_those_it_sees(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """A name is no id."""
    result = init(sandbox, tmp_path, "--yes", "--service", "Harbor Lights")

    assert result.exit_code == 1
    assert sandbox.service_id in result.output
    assert not (tmp_path / "meltano.yml").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"SALESFORCE_CLIENT_SECRET": "wrong"}, "client_secret"),
        ({"ZINGLE_PASSWORD": "wrong"}, "Zingle"),
    ],
)
def test_a_refused_log_in_is_told_before_anything_is_written(
    sandbox: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    words: str,
) -> None:
    """With what to correct."""
    monkeypatch.setitem(SECRETS, *next(iter(wrong.items())))
    result = init(sandbox, tmp_path, "--yes", "--service", sandbox.service_id)

    assert result.exit_code == 1
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--start-date", "tomorrow"), "tomorrow is no day"),
        (("--start-date", "2026-02-30"), "2026-02-30 is no day"),
    ],
)
def test_an_answer_that_is_none_is_refused_before_anything_is_asked(
    sandbox: RunningSandbox, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """Neither service is asked, and nothing is written."""
    result = init(sandbox, tmp_path / "new", "--yes", *options)

    assert (1, SystemExit) == (result.exit_code, type(result.exception))
    assert words in result.output
    assert not (tmp_path / "new").exists()


def test_a_file_is_no_folder(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """It is a sentence."""
    (tmp_path / "file").write_text("")
    result = init(sandbox, tmp_path / "file", "--yes")

    assert (1, SystemExit) == (result.exit_code, type(result.exception))
    assert "can't be a project's folder" in result.output


def test_what_is_missing_is_named_at_once(tmp_path: Path) -> None:
    """With --yes nobody is asked."""
    result = CliRunner().invoke(app, ["init", str(tmp_path), "--yes"])

    assert result.exit_code == 1
    for option in ("--domain", "--client-id", "CLIENT_SECRET", "--username", "ZINGLE_PASSWORD"):
        assert option in result.output
