"""Which pipelines a `meltano.yml` has, read from its jobs and schedules."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from zingle_operator.errors import OperatorError
from zingle_operator.options import chosen_pipelines
from zingle_operator.project.meltano import MeltanoProject
from zingle_operator.project.project import Finished

if TYPE_CHECKING:
    from pathlib import Path

PLUGINS = """
plugins:
  extractors:
  - {name: tap-salesforce-zingle}
  - {name: crm, inherit_from: tap-salesforce-zingle}
  - {name: tap-zingle}
  loaders:
  - {name: target-zingle}
  - {name: west, inherit_from: target-zingle}
  - {name: target-salesforce-activity}
"""
PEOPLE, TALK = "tap-salesforce-zingle target-zingle", "tap-zingle target-salesforce-activity"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def project(folder: Path, text: str) -> MeltanoProject:
    """A project with these jobs and schedules."""
    (folder / "meltano.yml").write_text(PLUGINS + text)
    return MeltanoProject(folder, "")


def test_what_stands_between_tap_and_target_runs_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preview or a replay without the job's mappers would write what no run writes."""
    job = "tap-zingle hide-names short target-salesforce-activity dbt:run crm west"
    found = project(tmp_path, f"jobs: [{{name: all, tasks: ['{job}']}}]")
    asked: list[str] = []

    def meltano(_self: object, _environ: object, *words: str) -> tuple[bytes, Finished]:
        asked.extend(words)
        return b"", Finished(0, "")

    monkeypatch.setattr(MeltanoProject, "_meltano", meltano)
    found.run(found.pipelines[0], {})

    assert [("hide-names", "short"), ()] == [one.mappers for one in found.pipelines]
    assert ["tap-zingle", "hide-names", "short", "target-salesforce-activity"] == asked[-4:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"jobs: [{{name: a, tasks: [{PEOPLE}]}}]", {"a": "contacts"}),
        (
            f"jobs: [{{name: all, tasks: [{PEOPLE}, {TALK}]}}]",
            {PEOPLE: "contacts", TALK: "conversations"},
        ),
        (
            f"jobs: [{{name: all, tasks: [{PEOPLE} {TALK}]}}]",
            {PEOPLE: "contacts", TALK: "conversations"},
        ),
        ("jobs: [{name: a, tasks: [crm west]}]", {"a": "contacts"}),
        ("jobs: [{name: a, tasks: [[crm, some-mapper, west]]}]", {"a": "contacts"}),
        ("jobs: [{name: a, tasks: ['dbt:run', 'crm target-jsonl']}]", {}),
        ("schedules: [{name: s, extractor: crm, loader: west}]", {"s": "contacts"}),
        ("jobs:\nschedules:\nenvironments:\ninclude_paths:", {}),
    ],
)
def test_each_pair_is_a_pipeline_with_a_name_of_its_own(
    tmp_path: Path, text: str, expected: dict[str, str]
) -> None:
    """Whatever the plugins are called, and however many a job runs."""
    found = {one.name: one.direction for one in project(tmp_path, text).pipelines}

    assert expected == found


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        (["* * * * *", "@hourly"], MINUTE),
        (["@hourly", "* * * * *"], MINUTE),
        (["@hourly", "@manual"], HOUR),
        (["@manual", "@hourly"], HOUR),
        (["@once"], None),
    ],
)
@pytest.mark.parametrize("jobs", [["a"], ["full", "a"], ["a", "full"]])
def test_the_shortest_gap_of_several_schedules_counts(
    tmp_path: Path, jobs: list[str], intervals: list[str], expected: timedelta | None
) -> None:
    """In whatever order they stand, and whatever other job runs the same pair by hand."""
    text = "".join(f"- {{name: {job}, tasks: [{PEOPLE}]}}\n" for job in jobs)
    schedules = "".join(
        f"- {{name: s{number}, job: a, interval: '{interval}'}}\n"
        for number, interval in enumerate(intervals)
    )
    (found,) = project(tmp_path, f"jobs:\n{text}schedules:\n{schedules}").pipelines

    assert expected == found.expected_interval


def test_a_job_of_several_pipelines_names_all_of_them(tmp_path: Path) -> None:
    """`--pipeline` takes the name of a job, of a plugin, or of the one pipeline."""
    found = project(tmp_path, f"jobs: [{{name: all, tasks: [{PEOPLE}, {TALK}]}}]")

    assert found.pipelines == chosen_pipelines(found, "all")
    assert found.pipelines[:1] == chosen_pipelines(found, PEOPLE)


@pytest.mark.parametrize(
    "text",
    [
        "[a, list]",
        "a sentence",
        "a: [",
        "a: b: c",
        "\tjobs: []",
        "jobs: {name: a}",
        "jobs: [{tasks: []}]",
        "jobs: [a]",
        "schedules: 3",
        "environments: [prod]",
        "plugins: [tap-zingle]",
        "plugins: {loaders: {name: a}}",
    ],
)
def test_a_file_that_is_no_project_is_one_sentence(tmp_path: Path, text: str) -> None:
    """With the file, or the place in it."""
    (tmp_path / "meltano.yml").write_text(text)
    found = MeltanoProject(tmp_path, "")

    with pytest.raises(OperatorError, match=r"meltano\.yml"):
        raise AssertionError(found.pipelines, found.environments, found.names)
