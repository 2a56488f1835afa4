"""Inputs as files, each named after what it pins; persons are found by phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Pipeline

FILES = Path(__file__).with_name("singer_files")
EXPECTED = {
    "another_tap_with_the_least_properties": (["created"], 1),
    "bad_record_beside_a_good_one": (["created", "rejected/invalid_record"], 1),
    "day_without_messages": (["skipped/empty_day"], 0),
    "messages_out_of_order_and_twice": (["created"], 1),
    "other_streams_beside_conversations": (["created"], 1),
    "same_day_twice": (["created", "skipped/superseded"], 1),
    "state_after_every_day": (["created"] * 5, 5),
}


def read(name: str) -> list[dict[str, Any]]:
    """The messages of a file."""
    text = (FILES / f"{name}.singer").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def kinds(pipeline: Pipeline) -> list[str]:
    """What became of the records of the last run, with reasons."""
    return sorted("/".join(filter(None, (each.kind, each.reason))) for each in pipeline.outcomes)


def test_every_file_is_expected_to_do_something() -> None:
    """No input lies around unused."""
    assert sorted(EXPECTED) == sorted(path.stem for path in FILES.glob("*.singer"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_does_what_its_name_says(pipeline: Pipeline, name: str) -> None:
    """Each input ends as expected; a second time it writes nothing."""
    outcomes, tasks = EXPECTED[name]
    pipeline.person(Phone="858-555-1212")
    pipeline.target(read(name))

    assert outcomes == kinds(pipeline)
    assert tasks == len(pipeline.tasks())
    assert read(name)[-1]["value"] == pipeline.state
    pipeline.sandbox.clear_journal()
    pipeline.target(read(name))
    assert pipeline.sandbox.writes("salesforce") == 0


def test_the_last_version_of_a_day_wins(pipeline: Pipeline) -> None:
    """Of a day that comes twice in a batch, the later one is written."""
    pipeline.person(Phone="858-555-1212")
    pipeline.target(read("same_day_twice"))

    assert "Bye" in pipeline.tasks()[0]["Description"]


def test_messages_are_put_in_order(pipeline: Pipeline) -> None:
    """Whatever order a tap sends messages in, they are written as they were sent, each once."""
    pipeline.person(Phone="858-555-1212")
    pipeline.target(read("messages_out_of_order_and_twice"))

    text = pipeline.tasks()[0]["Description"]
    assert text.index("first") < text.index("second")
    assert text.count("second") == 1


def test_state_follows_every_checkpoint(pipeline: Pipeline) -> None:
    """State moves on as days are settled, so that a killed run loses little."""
    pipeline.person(Phone="858-555-1212")
    lines = read("state_after_every_day")
    pipeline.target(lines[:7], checkpoint_records=2)

    assert {"n": 3} == pipeline.state
    assert len(pipeline.tasks()) == 3
