from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer

from zingle_operator.app import app
from zingle_sync.outcomes import MATCHED_ON, OUTCOME_KINDS, REJECT_REASONS, SKIP_REASONS, WARNINGS
from zingle_sync.outcomes.words import Word

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Why a record was skipped", SKIP_REASONS),
        ("Why a record was rejected", REJECT_REASONS),
        ("Warnings", WARNINGS),
    ],
)
def test_tables_list_exactly_the_words_of_the_code(heading: str, words: Mapping[str, Word]) -> None:
    """Each documented word is in the code with the same sentences, and the other way round."""
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|(?: (.*?) ?\|)?$", section, re.MULTILINE)

    assert {
        name: (word.meaning, word.remedy if heading != "Warnings" else "")
        for name, word in words.items()
    } == {name: (meaning, remedy) for name, meaning, remedy in rows}


def test_every_kind_and_key_of_matching_is_documented() -> None:
    """Outcomes and keys of matching are named on the page."""
    assert [] == [word for word in (*OUTCOME_KINDS, *MATCHED_ON) if f"`{word}`" not in PAGE]


def test_every_command_is_documented_and_has_help() -> None:
    """Each command has its section on the page, and a first line of help."""
    group = typer.main.get_command(app)

    for name, command in group.commands.items():
        assert f"## {name}\n" in PAGE
        assert command.help
