"""The image of docs/containers.md, built by its own steps in an empty folder, and run.

Docker is not needed: the Dockerfile's commands are carried out with `/opt`, `/project` and
`/var/lib` below a folder of the test's own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from demo import ROOT
from dotenv import dotenv_values
from postgresql import new_database

from tests.e2e.conftest import (
    BIN,
    CONTACTS,
    CONVERSATIONS,
    Project,
    clean_environment,
    run_hotel,
)
from zingle_sandbox import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.testing import RunningSandbox

CONTAINERS = ROOT / "containers"
# What the image has of its own; everything else is the machine's.
OWN = re.compile(r"(?<![\w./])(?=/(?:opt|project|var/lib)(?:/|\b))")
PEOPLE = 30


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


@dataclass
class Image:
    """What a Dockerfile makes, below a folder."""

    root: Path
    context: Path
    env: dict[str, str] = field(default_factory=clean_environment)
    folder: Path = Path("/")
    user: str | None = None
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    files: frozenset[Path] = frozenset()

    def here(self, text: str) -> str:
        """A text with the image's own paths below the folder."""
        return OWN.sub(str(self.root), text)

    def build(self) -> None:
        """Carry out every instruction; an unknown one is an error."""
        for word, rest in instructions((CONTAINERS / "Dockerfile").read_text(encoding="utf-8")):
            getattr(self, f"_{word.lower()}")(rest)
        self.files = frozenset(self._files())

    def _files(self) -> Iterator[Path]:
        """The files that a run may write to: programs are left alone."""
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in {"opt", "venv"}]
            yield from (Path(folder, name) for name in names)

    def _from(self, rest: str) -> None:
        assert re.fullmatch(r"python:3\.\d+-slim", rest)

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.env[name] = self.here(value).replace("$PATH", self.env["PATH"])

    def _run(self, rest: str) -> None:
        command = self.here(re.sub(r"--mount=\S+\s+", "", rest))
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]

    def _workdir(self, rest: str) -> None:
        self.folder = Path(self.here(rest))
        self.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        assert rest == ". /project"
        left_out = (CONTAINERS / ".dockerignore").read_text(encoding="utf-8").split()
        shutil.copytree(
            self.context,
            self.folder,
            ignore=shutil.ignore_patterns(*left_out),
            dirs_exist_ok=True,
        )

    def _volume(self, rest: str) -> None:
        assert Path(self.here(rest)).is_dir()

    def _user(self, rest: str) -> None:
        self.user = rest

    def _entrypoint(self, rest: str) -> None:
        self.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    @contextmanager
    def container(self, given: dict[str, str], *command: str) -> Iterator[subprocess.Popen[str]]:
        """Start a container with a disk of its own: what earlier ones wrote is gone."""
        for path in [*self._files()]:
            if path not in self.files:
                path.unlink()
        with subprocess.Popen(
            [*self.entrypoint, *(command or self.command)],
            cwd=self.folder,
            env=self.env | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._owner(),
        ) as process:
            yield process

    def run(self, given: dict[str, str], *command: str) -> tuple[int, str]:
        """Run a container to its end."""
        with self.container(given, *command) as process:
            output, _ = process.communicate(timeout=600)
        return process.returncode, output

    def _owner(self) -> dict[str, Any]:
        """The image's user, where this machine lets us be that one and see the checkout."""
        uid, gid = map(int, (self.user or "0:0").split(":"))
        owner = {"user": uid, "group": gid, "extra_groups": []}
        try:
            seen = subprocess.run(
                [sys.executable, "-c", "import tap_zingle"],
                cwd=ROOT,
                check=False,
                capture_output=True,
                **owner,
            )
        except PermissionError:
            return {}
        return owner if seen.returncode == 0 else {}


@pytest.fixture(scope="module")
def hotel() -> Iterator[RunningSandbox]:
    """People who are all guests, and wrote on two days."""
    with run_hotel(people=PEOPLE, guests=PEOPLE, days=2) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def project(hotel: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that `zingle-sync init` made, with the driver for PostgreSQL."""
    folder = tmp_path_factory.mktemp("container") / "guests"
    done = subprocess.run(
        [
            *(str(BIN / "zingle-sync"), "init", str(folder), "--yes", "--no-install"),
            *("--login-url", hotel.url, "--client-id", credentials.SALESFORCE_CLIENT_ID),
            *("--api-url", hotel.url, "--username", credentials.ZINGLE_USERNAME),
            *("--service", hotel.service_id, "--start-date", "2026-01-01"),
            *("--install-from", str(ROOT)),
        ],
        env=clean_environment()
        | {
            "SALESFORCE_CLIENT_SECRET": credentials.SALESFORCE_CLIENT_SECRET,
            "ZINGLE_PASSWORD": credentials.ZINGLE_PASSWORD,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    path = folder / "meltano.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for plugin in (one for kind in document["plugins"].values() for one in kind):
        plugin["pip_url"] += " psycopg[binary]>=3.2"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def image(project: Path) -> Iterator[Image]:
    """The built image."""
    with tempfile.TemporaryDirectory(prefix="image-") as root:
        Path(root).chmod(0o755)
        made = Image(Path(root), project)
        made.build()
        yield made


@pytest.fixture
def given(project: Path, postgresql_socket: Path) -> dict[str, str]:
    """What a container is started with: the project's log-ins, and two databases."""
    secrets = {name: value or "" for name, value in dotenv_values(project / ".env").items()}
    state, log = (
        new_database(postgresql_socket, name).replace("postgresql:", "postgresql+psycopg:")
        for name in ("meltano", "zingle_sync")
    )
    return secrets | {"MELTANO_DATABASE_URI": state, "SYNC_LOG_URL": log}


def writes(hotel: RunningSandbox) -> int:
    """How many writes both services have seen."""
    return hotel.writes("salesforce") + hotel.writes("zingle")


def test_containers_without_a_disk_go_on_where_the_last_one_stopped(
    image: Image, given: dict[str, str], hotel: RunningSandbox, tmp_path: Path
) -> None:
    """State and log are in PostgreSQL: a second container writes nothing, a stopped one is resumed."""
    worlds = Project(hotel, tmp_path)
    assert not (image.folder / ".env").exists()

    code, output = image.run(given)
    assert code == 0, output[-4000:]
    assert image.command == ["run", CONTACTS]
    assert sum(bool(each["external_id"]) for each in worlds.contacts()) == PEOPLE

    done = writes(hotel)
    code, output = image.run(given)
    assert (0, done) == (code, writes(hotel)), output[-4000:]

    # Calls that take long, so that no machine is too slow to send the signal in the midst of a run.
    hotel.faults.add(kind="latency", system="zingle", seconds=3)
    hotel.clear_journal()
    with image.container(given, "run", CONVERSATIONS) as process:
        while not any(call.system == "zingle" for call in hotel.journal()):
            assert process.poll() is None, process.stdout and process.stdout.read()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=300)
    assert process.returncode == 128 + signal.SIGTERM
    hotel.faults.clear()

    code, output = image.run(given, "run", CONVERSATIONS)
    assert code == 0, output[-4000:]
    assert len(worlds.tasks()) == 2 * PEOPLE

    code, output = image.run(given, "invoke", "zingle-sync:status")
    assert (0, True) == (code, "Connected" in output), output[-4000:]


def test_no_secret_is_in_the_image(image: Image, project: Path) -> None:
    """Log-ins come with each start; nothing that was built holds one."""
    secrets = [
        value
        for name, value in dotenv_values(project / ".env").items()
        if value and name.endswith(("PASSWORD", "SECRET"))
    ]
    own = [path for path in image.folder.iterdir() if path.name != ".meltano"]
    files = [file for path in own for file in (path, *path.rglob("*")) if file.is_file()]

    assert len(secrets) >= 4
    assert files
    assert [] == [
        file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)
    ]
