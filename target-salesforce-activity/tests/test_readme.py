"""What the README says of the input is what the target reads."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_salesforce_activity import days
from target_salesforce_activity.templates import TEMPLATE_NAMES

if TYPE_CHECKING:
    from conftest import Pipeline

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
READ = re.compile(r'values\.(?:id|text|texts|needed|flag|listed|raw)\("(\w+)"\)')


def table(title: str) -> dict[str, str]:
    """The rows of a table, by the names in its first column."""
    head = README.index(f"| {title} |")
    rows = README[head:].split("\n\n", 1)[0].splitlines()[2:]
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {name: kind for names, kind, *_ in cells for name in re.findall(r"`(\w+)`", names)}


def example() -> list[dict[str, Any]]:
    """The Singer lines of the README."""
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    return [json.loads(line) for line in block.strip().splitlines()]


def test_the_tables_name_what_is_read_and_nothing_else() -> None:
    """Each property that the reader knows stands in a table, and each row is read."""
    message = {*READ.findall(inspect.getsource(days._message)), "at"}
    every = set(READ.findall(inspect.getsource(days)))

    assert message == set(table("property of a message"))
    assert every - message == set(table("property of a day"))


def test_the_tables_name_what_is_required() -> None:
    """What the tables call required is what a record can't lack."""
    required = {name for name, kind in table("property of a day").items() if "required" in kind}

    assert days.REQUIRED_PROPERTIES == required


def test_the_templates_table_is_complete() -> None:
    """Every name that a template may have is explained."""
    head = README.index("| name | what it is |")
    rows = README[head:].split("\n\n", 1)[0]

    assert TEMPLATE_NAMES == set(re.findall(r"{(\w+)}", rows))


def test_the_example_becomes_the_task_that_the_readme_shows(pipeline: Pipeline) -> None:
    """Another tap's lines, copied from the README, make a Task on the person with that phone."""
    who = pipeline.person(FirstName="Jane", Phone="858-555-1212")
    pipeline.target(example())

    (task,) = pipeline.tasks()
    assert (who, "2026-03-02") == (task["WhoId"], task["ActivityDate"])
    shown = re.search(r"\[9:41 AM\].*?\n\n", README, re.DOTALL)
    assert shown is not None
    assert shown.group().strip() in task["Description"]
    assert "WhatsApp" in task["Description"]
    assert pipeline.state == example()[-1]["value"]
    pipeline.target(example())
    assert ["unchanged"] == [each.kind for each in pipeline.outcomes]


@pytest.mark.parametrize("missing", ["service_id", "contact_id", "date", "messages"])
def test_a_stream_without_a_required_property_is_passed_over(
    pipeline: Pipeline, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream that can't hold days is named once, with what it would need."""
    schema, *rest = example()
    del schema["schema"]["properties"][missing]
    schema["key_properties"] = []
    pipeline.target([schema, *rest])

    assert pipeline.outcomes == []
    assert "service_id, contact_id, date, messages" in caplog.text
