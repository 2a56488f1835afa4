"""The page for users of other Salesforce taps says of ours what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tap_salesforce_zingle.plan.objects import STREAM_OF
from tap_salesforce_zingle.settings import CONFIG, FORMER_SETTINGS
from tap_salesforce_zingle.streams import SalesforceStream

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "coming-from-other-taps.md").read_text(encoding="utf-8")
OURS = CONFIG["properties"]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, its head aside."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(cell: str) -> list[str]:
    """Names in back-ticks."""
    return re.findall(r"`(\w+)`", cell)


SETTINGS = rows("Settings side by side")


def test_every_setting_of_ours_exists() -> None:
    """What the page tells users to write is a setting of this tap."""
    new = names(PAGE.partition("\nNew here: ")[2].partition("\n")[0])
    told = {name for _, here, _ in SETTINGS for name in names(here)}

    assert len(new) >= 3
    assert (told | set(new)) - OURS.keys() == set()


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row[0])
def test_every_setting_of_theirs_is_taken_or_refused_with_a_hint(row: list[str]) -> None:
    """A setting of the same name is taken; of any other the tap itself says what to write."""
    theirs, here, _ = row

    for name in names(theirs):
        hint = FORMER_SETTINGS.get(name)
        if name in names(here):
            assert name in OURS
        elif name not in OURS:
            assert hint is not None
            assert here == "-" or set(names(here)) & set(re.findall(r"\w+", hint))


def test_figures_are_those_of_the_declaration() -> None:
    """Defaults and names that the page repeats are the tap's own."""
    notes = {names(theirs)[0]: note for theirs, _, note in SETTINGS}
    streams = rows("Streams")[0]

    assert f"{OURS['lookback_seconds']['default']} here" in notes["lookback_window"]
    quota = [OURS[f"quota_percent_{part}"]["default"] for part in ("total", "per_run")]
    assert notes["quota_percent_total"].startswith(f"{quota[0]} and {quota[1]}")
    assert f"every {SalesforceStream.STATE_MSG_FREQUENCY:,} records" in PAGE
    assert [names(cell) for cell in streams] == [list(STREAM_OF), list(STREAM_OF.values())]


@pytest.mark.parametrize("page", ["README.md", "tap-salesforce-zingle/README.md"])
def test_the_page_is_linked(page: str) -> None:
    """Who reads a README finds the page."""
    assert "docs/coming-from-other-taps.md" in (ROOT / page).read_text(encoding="utf-8")
