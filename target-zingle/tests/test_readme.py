"""The README's example of another tap, as it stands there."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from target_zingle.wanted.mapping import _KEYS

if TYPE_CHECKING:
    from conftest import World

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Behind another tap")[2].partition("\n## ")[0]
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", SECTION, re.DOTALL))
LINES = [json.loads(line) for line in BLOCKS["json"].splitlines()]


def test_people_of_a_csv_file_arrive_from_the_readme_alone(world: World) -> None:
    """The configuration and the lines of the page give the guests that it promises."""
    config = yaml.safe_load(BLOCKS["yaml"])["config"]

    result = world.listen(LINES, **config)

    assert {"G-7": "created", "G-8": "created", "G-9": "skipped/filtered"} == result.kinds()
    guests = {contact["external_id"]: contact for contact in world.contacts().values()}
    assert ["+5511987654321", "ana@lima.com.br"] == [c[0] for c in guests["G-7"]["channels"]]
    assert (["VIP"], "Ms.") == (guests["G-7"]["labels"], guests["G-7"]["title"])
    assert "Acme" in guests["G-7"]["fields"].values()
    assert 3 == len(guests["G-8"]["channels"])
    assert 0 == world.listen(LINES, **config).writes


def test_the_lines_are_those_of_the_file() -> None:
    """The page's Singer lines say what its CSV file says."""
    rows = list(csv.DictReader(io.StringIO(BLOCKS["csv"])))

    assert rows == [line["record"] for line in LINES if line["type"] == "RECORD"]


def test_every_key_of_a_mapping_is_on_the_page() -> None:
    """The table names the keys that a mapping may have, and no others."""
    told = {
        name
        for cell in re.findall(r"^\| (`.+?) \|", SECTION, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", cell)
    }

    assert _KEYS == told
