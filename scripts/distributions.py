"""Build and check the published packages: `dist/` for an index, `wheelhouse/` for no network.

What every package says of itself (version, addresses, classifiers, the pins of its siblings)
stands in the root `pyproject.toml` alone; `generate.py` writes it into each package.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

ROOT = Path(__file__).resolve().parent.parent
# In the order of their dependencies. The sandbox is not among them: nobody needs it to sync.
PUBLISHED = (
    "zingle-sync",
    "tap-salesforce-zingle",
    "target-zingle",
    "tap-zingle",
    "target-salesforce-activity",
    "zingle-operator",
)
DIST = ROOT / "dist"
WHEELHOUSE = ROOT / "wheelhouse"
UV = ROOT / ".tools" / "uv"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the root says for all packages.

    Attributes:
        version: The one version of everything that is published.
        repository: Address of the repository, without a trailing slash.
        classifiers: Of the package index.
    """

    version: str
    repository: str
    classifiers: tuple[str, ...]

    @property
    def tree(self) -> str:
        """Address of the files of this version."""
        return f"{self.repository}/blob/v{self.version}"


def facts() -> Facts:
    """Read what the root says."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = root["tool"]["zingle"]
    return Facts(
        root["project"]["version"], shared["repository"].rstrip("/"), tuple(shared["classifiers"])
    )


def readme_hook(package: str, said: Facts) -> dict[str, Any]:
    """Return the build's rules for a README: links lead to the repository's files.

    In a checkout README links are relative; on an index there is nothing beside the page, and
    headings have no anchors.
    """
    links = [
        (r"\]\(#", f"]({said.tree}/{package}/README.md#"),
        (r"\]\(\.\./", f"]({said.tree}/"),
        (r"\]\((?![a-z]+:)", f"]({said.tree}/{package}/"),
    ]
    return {
        "content-type": "text/markdown",
        "fragments": [{"path": "README.md"}],
        "substitutions": [{"pattern": old, "replacement": new} for old, new in links],
    }


def pyproject(package: str, said: Facts) -> str:
    """Return the `pyproject.toml` of a published package."""
    document: Any = tomlkit.parse((ROOT / package / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    project["version"] = said.version
    project["classifiers"] = tomlkit.array().multiline(multiline=True)
    project["classifiers"].extend(said.classifiers)
    for place, requirement in enumerate(project["dependencies"]):
        name, pinned, _ = requirement.partition("==")
        if pinned and name.partition("[")[0] in PUBLISHED:
            project["dependencies"][place] = f"{name}=={said.version}"
    project["urls"].update(
        {
            "Homepage": said.repository,
            "Documentation": f"{said.tree}/{package}/README.md",
            "Changelog": f"{said.tree}/CHANGELOG.md",
            "Source": f"{said.repository}/tree/v{said.version}/{package}",
            "Issues": f"{said.repository}/issues",
        }
    )
    hatch = document["tool"]["hatch"]
    hatch["metadata"] = {"hooks": {"fancy-pypi-readme": readme_hook(package, said)}}
    # tomlkit forgets the empty line behind a table that it writes anew.
    return re.sub(
        r"(?<=[^\n])\n(?=\[)(?!\[\[tool.hatch.metadata.hooks.fancy-pypi-readme)",
        "\n\n",
        tomlkit.dumps(document),
    )


def addressed(text: str, said: Facts) -> str:
    """Return a document in which what is installed from git comes from the repository."""
    return re.sub(r"git\+https://[^\s#@\"]+(?=#subdirectory=)", f"git+{said.repository}", text)


def generated() -> dict[Path, str]:
    """Return the files of the packages that say what the root says."""
    said = facts()
    files = {ROOT / package / "pyproject.toml": pyproject(package, said) for package in PUBLISHED}
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    # Real copies: a path upwards fails to build, a link gives a wheel without its licence.
    return files | {ROOT / package / "LICENSE": licence for package in (*PUBLISHED, "sandbox")}


class DistributionError(Exception):
    """What a builder or a judge said."""


def _run(*command: str | Path) -> None:
    answer = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        said = (" ".join(str(part) for part in command), answer.stdout, answer.stderr)
        raise DistributionError("\n".join(said))


def shape() -> str:
    """Return a digest of what decides whether distributions are fit: all but the code itself."""
    digest = hashlib.sha256()
    for package in PUBLISHED:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and not {"__pycache__", "tests"} & set(path.parts):
                content = b"" if path.suffix == ".py" else path.read_bytes()
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + content)
    return digest.hexdigest()


def build(folder: Path) -> None:
    """Build an sdist, and from it a wheel, of every published package.

    Raises:
        DistributionError: If one can't be built.
    """
    shutil.rmtree(folder, ignore_errors=True)
    commands = [
        (UV, "build", "--quiet", "--package", package, "--out-dir", folder) for package in PUBLISHED
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda command: _run(*command), commands))


def judge(folder: Path) -> None:
    """Judge the distributions as an index and an installer would.

    Raises:
        DistributionError: If one is not fit.
    """
    built = sorted(folder.glob("*.whl")) + sorted(folder.glob("*.tar.gz"))
    tools = Path(sys.executable).parent
    _run(tools / "twine", "check", "--strict", *built)
    _run(tools / "check-wheel-contents", *sorted(folder.glob("*.whl")))


def check() -> None:
    """Build and judge, unless nothing changed that the judges look at."""
    mark, wanted = ROOT / ".tools" / "distributions", shape()
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder))
            judge(Path(folder))
        mark.write_text(wanted, encoding="utf-8")
    print(f"distributions: {len(PUBLISHED)} packages are fit to publish")


def wheelhouse(folder: Path, python: str, built: Path) -> None:
    """Collect our wheels and those of all they need, as `uv.lock` pins them.

    Args:
        folder: Emptied first.
        python: The interpreter, and with it the system, that the wheels are for.
        built: Where our own wheels are.

    Raises:
        DistributionError: If a wheel can't be had.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for wheel in built.glob("*.whl"):
        shutil.copy(wheel, folder)
    locked = folder / "requirements.txt"
    export = (UV, "export", "--frozen", "--quiet", "--no-default-groups", "--no-emit-workspace")
    _run(*export, "--no-hashes", "--group", "published", "--output-file", locked)
    pip = (Path(sys.executable), "-m", "pip", "--quiet", "--python", python)
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, "--requirement", locked)
    locked.unlink()
    print(f"{len(list(folder.glob('*.whl')))} wheels in {folder}: "
          f"pip install --no-index --find-links {folder} zingle-operator")  # fmt: skip


def main() -> int:
    """Build `dist/`, with `--wheelhouse` the folder for no network, with `--check` neither."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only-judge", action="store_true", help="judge `dist/` as it is")
    parser.add_argument("--wheelhouse", action="store_true")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repository", help="refuse unless this is the repository's address")
    parser.add_argument("--tag", help="refuse unless this tag is the version's")
    asked = parser.parse_args()
    said = facts()
    for given, expected, what in (
        (asked.repository, said.repository, "repository"),
        (asked.tag, f"v{said.version}", "tag"),
    ):
        if given is not None and given != expected:
            print(f"The {what} is {given}, but pyproject.toml says {expected}.")
            return 1
    try:
        if asked.check:
            check()
            return 0
        if not asked.only_judge:
            build(DIST)
        judge(DIST)
        if asked.wheelhouse:
            wheelhouse(WHEELHOUSE, asked.python, DIST)
    except DistributionError as problem:
        print(problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
