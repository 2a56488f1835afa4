"""Packages as their users get them: built, and installed into clean environments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import distributions
import pytest
from distributions import ROOT, UV

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Backend = Literal["uv", "pip"]
Source = Literal["wheelhouse", "git"]
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give installations the time that they need on a busy machine."""
    item.add_marker(pytest.mark.timeout(900))


def interpreter(version: str) -> Path | None:
    """The path of a Python of that version, if this machine has one."""
    if version == THIS_PYTHON:
        return Path(sys.executable)
    answer = subprocess.run(
        [str(UV), "python", "find", "--no-project", "--system", version],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        return Path(answer.stdout.strip())
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return next(iter(sorted(pyenv.glob(f"{version}.*/bin/python"))), None)


def clean_environment() -> dict[str, str]:
    """What neither shows our environment to the packages nor theirs to us."""
    foreign = ("MELTANO", "TAP_", "TARGET_", "SYNC_LOG", "ZINGLE_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def must(*command: str | Path) -> str:
    """Run a command that must succeed; returns what it printed."""
    answer = subprocess.run(
        [str(part) for part in command],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, f"{command}\n{answer.stdout[-2000:]}{answer.stderr[-3000:]}"
    return answer.stdout


@dataclass(frozen=True)
class Installed:
    """An environment with one package of ours and what that package asks for."""

    folder: Path

    def program(self, name: str) -> Path:
        """The path of a program of the environment."""
        return self.folder / "bin" / name

    def run(self, name: str, *arguments: str | Path) -> str:
        """Run a program of the environment; returns what it printed."""
        return must(self.program(name), *arguments)


@dataclass(frozen=True)
class Installer:
    """One way to install, on one Python."""

    python: str
    backend: Backend
    source: Source
    wheelhouse: Path

    def requirements(self, package: str) -> list[str]:
        """What the installer is asked for."""
        if self.source == "wheelhouse":
            return ["--no-index", "--find-links", str(self.wheelhouse), package]
        # pip knows no workspaces: siblings have to be named too.
        needed = (
            distributions.PUBLISHED if package == "zingle-operator" else ("zingle-sync", package)
        )
        return [f"git+file://{ROOT}#subdirectory={name}" for name in needed]

    def install(self, package: str, folder: Path) -> Installed:
        """Make an environment and install one package."""
        if self.backend == "uv":
            must(UV, "venv", "--quiet", "--no-project", "--python", self.python, folder)
            pip: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", folder]
        else:
            must(self.python, "-m", "venv", folder)
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        must(*pip, *self.requirements(package))
        return Installed(folder)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist and a wheel of every published package."""
    given = os.environ.get("DISTRIBUTIONS")
    if given:
        return Path(given).absolute()
    folder = tmp_path_factory.mktemp("dist")
    distributions.build(folder)
    return folder


@dataclass(frozen=True)
class MeltanoProject:
    """An empty Meltano project whose installers find our wheels in a folder."""

    folder: Path
    wheelhouse: Path

    def __call__(self, backend: str, *arguments: str | Path, **variables: str) -> str:
        """Run a Meltano command that must succeed, with an installer; returns what it printed."""
        found = str(self.wheelhouse)
        environment = clean_environment() | {
            "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "MELTANO_VENV_BACKEND": backend,
            "UV_FIND_LINKS": found,
            "PIP_FIND_LINKS": found,
        }
        answer = subprocess.run(
            [str(Path(sys.executable).with_name("meltano")), *map(str, arguments)],
            cwd=self.folder,
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-3000:]
        return answer.stdout

    def from_git(self, plugin: str) -> None:
        """Change where the plugin is installed from, as the README says."""
        file = self.folder / "meltano.yml"
        text = file.read_text(encoding="utf-8")
        packages = ("zingle-sync", plugin)
        urls = " ".join(f"git+file://{ROOT}#subdirectory={one}" for one in packages)
        assert f"pip_url: {plugin}\n" in text
        file.write_text(
            text.replace(f"pip_url: {plugin}\n", f"pip_url: {urls}\n"), encoding="utf-8"
        )


@pytest.fixture
def meltano(wheelhouse_for: Callable[[str], Path], tmp_path: Path) -> MeltanoProject:
    """An empty project."""
    (tmp_path / "meltano.yml").write_text("project_id: 6f0f4b0e\n", encoding="utf-8")
    return MeltanoProject(tmp_path, wheelhouse_for(THIS_PYTHON))


@pytest.fixture(scope="session")
def wheelhouse_for(
    built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Path]]:
    """A wheelhouse for a Python, built once; skips where this machine lacks that Python."""
    made: dict[str, Path] = {}

    def of(version: str) -> Path:
        python = interpreter(version)
        if python is None:
            pytest.skip(f"no Python {version} on this machine")
        if version not in made:
            made[version] = tmp_path_factory.mktemp("wheelhouse")
            distributions.wheelhouse(made[version], str(python), built)
        return made[version]

    yield of
    for folder in made.values():
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def install(
    wheelhouse_for: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Backend, Source, str], Installed]:
    """Install one package alone, one way, on one Python."""

    def install_one(version: str, backend: Backend, source: Source, package: str) -> Installed:
        wheelhouse = wheelhouse_for(version)
        way = Installer(str(interpreter(version)), backend, source, wheelhouse)
        return way.install(package, tmp_path_factory.mktemp("env"))

    return install_one
