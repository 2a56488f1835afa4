"""The shape of the house: short modules, and documents that name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("*/src/**/*.py"))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# What is written as `folder/file.py` (or .md, .yml) is a place in the repository.
PLACE = re.compile(r"`([\w./-]+/[\w.-]+\.\w+)(?:::(\w+))?`")


def _section(document: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, _, rest = document.partition(f"\n## {heading}\n")
    assert rest, f"no section {heading!r}"
    return rest.partition("\n## ")[0]


def _stops(walk: str) -> list[str]:
    """The numbered lines of a walk."""
    return re.findall(r"^\d+\. .*$", walk, re.MULTILINE)


def _missing(text: str) -> list[str]:
    """Places of a text that the repository does not have."""
    return [
        f"{path}::{name}" if name else path
        for path, name in PLACE.findall(text)
        if not (ROOT / path).exists()
        or (name and not re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8")))
    ]


def test_no_module_has_more_than_350_lines() -> None:
    """A module that grows beyond 350 lines holds two things."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }

    assert {} == long


@pytest.mark.parametrize("walk", ["The walk of a record", "The walk of a message"])
def test_a_walk_has_at_most_twelve_stops(walk: str) -> None:
    """From tap to write, a record and a message are in at most twelve places, one file each."""
    stops = _stops(_section(ARCHITECTURE, walk))

    assert 2 < len(stops) <= 12
    assert [] == [stop for stop in stops if not PLACE.search(stop)]


def test_every_place_of_the_architecture_exists() -> None:
    """docs/architecture.md names no file, and no name in a file, that is gone."""
    assert [] == _missing(ARCHITECTURE)


def test_each_law_names_its_module_and_its_proof() -> None:
    """Every law says which module upholds it and which test or contract holds it there."""
    rows = [row for row in _section(ARCHITECTURE, "The laws").splitlines() if row.startswith("| ")]
    laws = [row for row in rows if re.match(r"\| \d+ ", row)]

    assert [str(n) for n in range(1, len(laws) + 1)] == [law.split()[1] for law in laws]
    assert len(laws) >= 15
    assert [] == [law for law in laws if len(PLACE.findall(law)) < 2]


def test_the_ten_questions_of_a_newcomer_have_an_answer() -> None:
    """CONTRIBUTING.md answers ten questions, each with a file that exists."""
    rows = [row for row in _section(CONTRIBUTING, "Where is …").splitlines() if "?" in row]

    assert len(rows) == 10
    assert [] == [row for row in rows if not PLACE.search(row)]
    assert [] == _missing(CONTRIBUTING)
