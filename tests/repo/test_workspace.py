"""What must agree across the packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import distributions
import pytest
from distributions import PUBLISHED, facts
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (*PUBLISHED, "sandbox")
PLUGINS = PACKAGES[1:5]


def _project(folder: Path) -> dict[str, Any]:
    return dict(tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def test_all_published_packages_have_one_version() -> None:
    """The root and every package but the sandbox carry the same version."""
    published = [ROOT / package for package in PACKAGES if package != "sandbox"]

    assert len({_project(folder)["version"] for folder in (ROOT, *published)}) == 1


def test_the_sandbox_goes_its_own_way() -> None:
    """The sandbox refuses to be uploaded, and its version or what comes next is in its changelog."""
    project = _project(ROOT / "sandbox")
    headings = re.findall(
        r"^## \[(.+?)\]",
        (ROOT / "sandbox" / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert "Private :: Do Not Upload" in project["classifiers"]
    assert headings[0] in {"Unreleased", project["version"]}


@pytest.mark.parametrize("package", PLUGINS)
def test_each_plugin_pins_the_library_exactly(package: str) -> None:
    """A plugin works with the library of its own version and no other."""
    project = _project(ROOT / package)
    pins = [d for d in project["dependencies"] if d.startswith("zingle-sync")]

    assert [project["version"]] == [pin.partition("==")[2] for pin in pins]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_carries_the_licence(package: str) -> None:
    """Every copy of LICENSE is a file, the same to the letter, and named for the build."""
    copy = ROOT / package / "LICENSE"

    assert not copy.is_symlink()
    assert (ROOT / "LICENSE").read_bytes() == copy.read_bytes()
    assert ["LICENSE"] == _project(ROOT / package)["license-files"]


def test_only_the_sandbox_is_never_published() -> None:
    """What is published is the workspace without the sandbox, the library first."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert [*PUBLISHED, "sandbox"] == root["tool"]["uv"]["workspace"]["members"]


def test_workflows_pin_their_actions_by_commit() -> None:
    """No tag that somebody else can move decides what runs here."""
    used = [
        line.partition("uses:")[2].strip()
        for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]

    assert len(used) > 5
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [] == [one for one in used if not pinned.fullmatch(one)]


def test_only_the_publishing_job_may_speak_for_us() -> None:
    """A release is published by trust in one job, behind a build that was tried; no secret is kept."""
    path = ROOT / ".github" / "workflows" / "release.yml"
    workflow = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    jobs = workflow["jobs"]

    assert {"contents": "read"} == workflow["permissions"]
    assert {"publish": {"id-token": "write"}} == {
        name: job["permissions"] for name, job in jobs.items() if "permissions" in job
    }
    assert ("try", "build") == (jobs["publish"]["needs"], jobs["try"]["needs"])
    assert "secrets." not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--repository", "https://git.elsewhere.example/fork"),
        ("--tag", "v999.0.0"),
        ("--tag", facts().version),
    ],
)
def test_a_release_of_something_else_is_refused(
    option: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another repository than the packages name, or another tag than their version, ends it."""
    monkeypatch.setattr("sys.argv", ["distributions.py", "--only-judge", option, value])

    assert distributions.main() == 1
    assert value in capsys.readouterr().out


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_typed_and_explained(package: str) -> None:
    """Every package ships py.typed and has a README."""
    assert list((ROOT / package / "src").glob("*/py.typed"))
    assert (ROOT / package / "README.md").stat().st_size > 500


def test_generated_files_are_fresh() -> None:
    """meltano.yml, definitions and README tables say what the plugins' --about says."""
    answer = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.stdout == ""
    assert answer.returncode == 0


def test_each_plugin_is_installed_with_the_library() -> None:
    """Both packages are named in pip_url, so that either of Meltano's installers works."""
    project = YAML(typ="safe").load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    urls = {
        plugin["name"]: plugin["pip_url"]
        for kind in ("extractors", "loaders")
        for plugin in project["plugins"][kind]
    }

    assert {plugin: f"-e zingle-sync -e {plugin}" for plugin in PLUGINS} == urls


def test_the_environment_example_names_declared_settings() -> None:
    """Every variable of .env.example is one that Meltano or a declared setting reads."""
    project = YAML(typ="safe").load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    known = {"MELTANO_ENVIRONMENT", "SYNC_LOG_URL"} | {
        f"{plugin['name']}_{setting['name']}".replace("-", "_").upper()
        for kind in ("extractors", "loaders")
        for plugin in project["plugins"][kind]
        for setting in plugin["settings"]
    }
    named = re.findall(
        r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set() == set(named) - known


def test_every_decision_has_a_number_of_its_own() -> None:
    """The number in the name is the one in the heading, and no other page has it."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    headings = [page.read_text(encoding="utf-8").splitlines()[0] for page in pages]

    assert len(numbers) == len(set(numbers))
    assert [] == [
        page.name
        for page, number, heading in zip(pages, numbers, headings, strict=True)
        if not heading.startswith(f"# {number}.")
    ]
