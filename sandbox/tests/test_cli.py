from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests
from typer.testing import CliRunner

from zingle_sandbox.cli import app
from zingle_sandbox.cli.state import is_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Cli:
    """Runs `zingle-sandbox` in a folder whose name has a space."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run one command in this process and return what it printed."""
        done = CliRunner().invoke(app, [*arguments, "--state-dir", str(self.folder / ".sandbox")])
        assert expect == done.exit_code, done.output
        return done.output.strip()

    def run_process(self, *arguments: str) -> str:
        """Run one command as a user does: in a process, in the folder, with the defaults."""
        done = subprocess.run(
            [sys.executable, "-m", "zingle_sandbox", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout.strip()

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        found: dict[str, Any] = json.loads(self.run("status", "--json"))
        return found


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A sandbox in the background, with the demo seed of a fixed day and TLS."""
    cli = Cli(tmp_path_factory.mktemp("with space"))
    url = cli.run_process(
        "start", "--seed", "demo", "--anchor", "2026-03-02", "--tls-port", "0", "--port", "0"
    )
    assert url == cli.status()["url"]
    yield cli
    assert "stopped" == cli.run_process("stop")


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Cli]:
    """A folder without a sandbox; whatever is started there is stopped."""
    cli = Cli(tmp_path)
    yield cli
    cli.run("stop")


def test_start_returns_when_the_sandbox_answers(started: Cli) -> None:
    """The address of `status` serves both sides at once."""
    status = started.status()

    assert (True, "demo", "2026-03-02") == (status["running"], status["seed"], status["anchor"])
    assert 200 == requests.get(f"{status['url']}/services/data", timeout=10).status_code
    assert 401 == requests.get(f"{status['url']}/v1/services", timeout=10).status_code


def test_status_names_the_environment_for_meltano(started: Cli) -> None:
    """`status --json` holds the variables that point the plugins here."""
    status = started.status()

    assert status["url"] == status["env"]["TAP_SALESFORCE_ZINGLE_LOGIN_URL"]
    assert status["url"] == status["env"]["TARGET_ZINGLE_API_URL"]
    assert {"TAP_ZINGLE_PASSWORD", "TARGET_SALESFORCE_ACTIVITY_CLIENT_SECRET"} <= set(status["env"])


def test_a_second_start_finds_the_first(started: Cli) -> None:
    """Starting twice is fine and prints the same address; a seed is sown again."""
    url = started.status()["url"]
    requests.post(f"{url}/_sandbox/reset", timeout=10)

    assert url == started.run("start")
    assert started.status()["seed"] is None
    assert url == started.run("start", "--seed", "demo", "--anchor", "2026-03-02")
    assert "demo" == started.status()["seed"]


def test_a_second_start_that_wants_something_else_is_refused(started: Cli) -> None:
    """Another port, or a reading that the running one was not started with."""
    assert "already" in started.run("start", "--port", "1", expect=1)
    assert "already" in started.run("start", "--profile", "put_channels=append", expect=1)


def test_a_second_server_in_the_same_folder_is_refused(started: Cli) -> None:
    """`serve` does not take over another process's files."""
    assert "already" in started.run("serve", expect=1)


def test_the_generated_ca_is_enough_for_https(started: Cli) -> None:
    """The TLS listener shows a certificate that the CA file vouches for."""
    status = started.status()

    answer = requests.get(
        f"{status['tls_url']}/services/data", verify=status["ca_file"], timeout=10
    )

    assert 200 == answer.status_code


def test_the_jwt_key_is_written_for_its_owner_only(started: Cli) -> None:
    """The private key of the JWT flow is in the state directory, mode 0600."""
    key = started.folder / ".sandbox" / "jwt-key.pem"

    assert key.read_text(encoding="ascii").startswith("-----BEGIN PRIVATE KEY-----")
    assert 0o600 == key.stat().st_mode & 0o777


def test_faults_are_added_from_the_command_line(started: Cli) -> None:
    """A rule added by `faults add` hits, is listed and goes away."""
    url = started.status()["url"]
    name = started.run("faults", "add", "status", "--path", "/services/data", "--status", "503")

    assert 503 == requests.get(f"{url}/services/data", timeout=10).status_code
    assert f"{name}: status on * /services/data, matched 1, hit 1" == started.run("faults", "list")

    started.run("faults", "clear")
    assert 200 == requests.get(f"{url}/services/data", timeout=10).status_code


def test_a_senseless_fault_is_refused_in_one_sentence(started: Cli) -> None:
    """No traceback, exit code 1."""
    message = started.run("faults", "add", "explode", expect=1)

    assert message.startswith("kind is one of status")
    assert 1 == len(message.splitlines())


def test_reset_empties_the_running_sandbox(started: Cli) -> None:
    """Without a seed nothing is left; with one everything is back."""
    url = started.status()["url"]
    started.run("reset")
    empty = requests.get(f"{url}/_sandbox/truth", timeout=10).json()
    started.run("reset", "--seed", "demo", "--anchor", "2026-03-02")

    assert [] == empty
    assert 1340 == len(requests.get(f"{url}/_sandbox/truth", timeout=30).json())


def test_state_outlives_the_process(idle: Cli) -> None:
    """A stopped sandbox starts again with the worlds and the day that it had."""
    idle.run("seed", "demo", "--anchor", "2026-03-02")
    idle.run("start")

    status = idle.status()

    assert ("demo", "2026-03-02") == (status["seed"], status["anchor"])
    assert status["clock"]["now"].startswith("2026-03-02T20:00")
    assert "stopped" == idle.run("stop")
    assert {"running": False} == json.loads(idle.run("status", "--json", expect=1))


def test_stop_without_a_sandbox_is_fine(idle: Cli) -> None:
    """Stopping is idempotent."""
    assert "no sandbox was running" == idle.run("stop")


def test_commands_say_that_nothing_runs(idle: Cli) -> None:
    """One sentence and exit code 1."""
    assert "no sandbox runs" in idle.run("reset", expect=1)
    assert "no sandbox runs" in idle.run("faults", "list", expect=1)


def test_a_stale_pid_of_a_stranger_is_left_alone(idle: Cli) -> None:
    """A process id that was given to somebody else since is not signalled."""
    state = idle.folder / ".sandbox"
    state.mkdir()
    # Its command line names the sandbox's files, as an editor's would.
    command = [sys.executable, "-c", "input()", "zingle_sandbox", "sandbox/zingle_sandbox/serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as stranger:
        (state / "server.json").write_text(
            json.dumps({"pid": stranger.pid, "url": "http://127.0.0.1:9"}), encoding="utf-8"
        )
        try:
            assert not is_sandbox(stranger.pid)
            assert "no sandbox was running" == idle.run("stop")
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_profiles_and_options_are_chosen_at_the_start(idle: Cli) -> None:
    """They are in force, and a reset brings them back."""
    chosen = ["--profile", "put_channels=append", "--option", "salesforce_daily_limit=9"]
    idle.run("start", *chosen, "--profile", "put_fields=replace")
    idle.run("reset")

    status = idle.status()

    assert ("append", "replace") == (
        status["profile"]["put_channels"],
        status["profile"]["put_fields"],
    )
    assert 9 == status["options"]["salesforce_daily_limit"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--profile", "put_channels"], "name=value"),
        (["--profile", "put_channels=often"], "put_channels is one of"),
        (["--profile", "put_canals=append"], "unknown profile 'put_canals'"),
        (["--option", "salesforce_daily_limit=many"], "could not convert"),
        (["--option", "salesforce_shuffle=maybe"], "true or false"),
        (["--option", "no_such_option=1"], "unknown options no_such_option"),
        (["--anchor", "2026-02-30", "--seed", "demo"], "day is out of range"),
    ],
)
def test_choices_that_do_not_exist_are_refused(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    """`serve` ends with exit code 1 and a sentence before it listens."""
    assert problem in Cli(tmp_path).run("serve", *arguments, expect=1)


def test_a_taken_port_is_named(started: Cli, idle: Cli) -> None:
    """The start fails with the reason from the log instead of hanging."""
    port = started.status()["url"].rpartition(":")[2]

    assert f"port {port} cannot be used" in idle.run("start", "--port", port, expect=1)


def test_an_unknown_seed_is_named(idle: Cli) -> None:
    """Exit code 1 and the reason."""
    assert "no seed 'dmo'" in idle.run("start", "--seed", "dmo", expect=1)
    assert "no seed 'dmo'" in idle.run("seed", "dmo", expect=1)


def test_serve_ends_on_sigterm(tmp_path: Path) -> None:
    """The foreground server stops with exit code 0 and takes its announcement back."""
    with subprocess.Popen(
        [sys.executable, "-m", "zingle_sandbox", "serve"], cwd=tmp_path, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"zingle-sandbox serves http://127.0.0.1:")
        process.terminate()
        assert 0 == process.wait(timeout=120)

    assert not (tmp_path / ".sandbox" / "server.json").exists()
