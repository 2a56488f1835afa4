"""What is in the distributions, and what an index would show of them."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import distributions
import pytest
from distributions import PUBLISHED, ROOT, facts

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")


def _wheel(built: Path, package: str) -> zipfile.ZipFile:
    (path,) = built.glob(f"{package.replace('-', '_')}-*.whl")
    return zipfile.ZipFile(path)


def _metadata(built: Path, package: str) -> EmailMessage:
    with _wheel(built, package) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
        return message_from_bytes(wheel.read(name), policy=policy.default)


def test_six_packages_are_built_and_fit_to_publish(built: Path) -> None:
    """Library, four plugins and the operator's commands, each as sdist and wheel; no sandbox."""
    distributions.judge(built)

    version = facts().version
    names = {path.name for path in built.iterdir() if not path.name.startswith(".")}
    assert names == {
        f"{package.replace('-', '_')}-{version}{ending}"
        for package in PUBLISHED
        for ending in ("-py3-none-any.whl", ".tar.gz")
    }


@pytest.mark.parametrize("package", PUBLISHED)
def test_each_distribution_carries_the_licence(built: Path, package: str) -> None:
    """The text of the licence is in the wheel and in the sdist, to the letter."""
    text = (ROOT / "LICENSE").read_bytes()
    with _wheel(built, package) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith("/licenses/LICENSE"))
        assert text == wheel.read(name)
    (path,) = built.glob(f"{package.replace('-', '_')}-*.tar.gz")
    with tarfile.open(path) as sdist:
        held = sdist.extractfile(f"{path.name.removesuffix('.tar.gz')}/LICENSE")
        assert held is not None
        assert text == held.read()
    assert _metadata(built, package)["License-Expression"] == "Apache-2.0"


@pytest.mark.parametrize("package", PUBLISHED)
def test_every_file_of_the_sources_is_in_the_wheel(built: Path, package: str) -> None:
    """Templates, definitions and metadata travel with the code, and nothing else does."""
    source = ROOT / package / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    with _wheel(built, package) as wheel:
        assert files == {name for name in wheel.namelist() if ".dist-info/" not in name}


@pytest.mark.parametrize("package", PUBLISHED)
def test_links_work_on_an_index(built: Path, package: str) -> None:
    """No link of a README is relative, and those into the repository lead to files that exist."""
    page = str(_metadata(built, package).get_payload())
    links = LINK.findall(page)
    ours = [link for link in links if link.startswith(facts().repository)]

    assert "zingle" in page
    assert [] == [link for link in links if not re.match(r"https?://", link)]
    places = [link.removeprefix(f"{facts().tree}/").partition("#")[0] for link in ours]
    assert [] == [place for place in places if not (ROOT / place).exists()]


@pytest.mark.parametrize("package", PUBLISHED)
def test_an_index_shows_where_everything_is(built: Path, package: str) -> None:
    """Addresses, keywords and classifiers are there, all addresses in the one repository."""
    metadata = _metadata(built, package)
    addresses = dict(str(one).split(", ", 1) for one in metadata.get_all("Project-URL", []))

    assert {"Homepage", "Documentation", "Changelog", "Source", "Issues"} == set(addresses)
    assert all(one.startswith(facts().repository) for one in addresses.values())
    assert "Singer" in str(metadata["Keywords"]).split(",")
    assert len(metadata.get_all("Classifier", [])) >= 10
