"""The how-to pages name commands, jobs, files and headings that exist."""

from __future__ import annotations

import ast
import re
import shlex
import textwrap
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from zingle_operator.app import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [*sorted((DOCS / "how-to").glob("*.md")), DOCS / "containers.md"]
RECIPES = [page for page in PAGES if page.name != "README.md"]
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(text) for _, kind, text in found if kind == language]


def test_the_dag_runs_the_jobs_of_the_project_at_their_times() -> None:
    """Airflow's example is Python, and names jobs and times of the shipped project."""
    (text,) = blocks(DOCS / "how-to" / "airflow.md", "python")
    constants = {each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)}
    project = yaml.safe_load((DOCS.parent / "meltano.yml").read_text(encoding="utf-8"))
    times = {each["job"]: each["interval"] for each in project["schedules"]}
    jobs = {"contacts-to-zingle", "conversations-to-salesforce"}

    assert jobs <= constants & times.keys()
    assert {times[job] for job in jobs} <= constants


def commands() -> list[tuple[str, list[str]]]:
    """Every `zingle-sync` command of the pages."""
    return [
        (page.name, shlex.split(command))
        for page in RECIPES
        for command in re.findall(
            r"^ *zingle-sync (.+)$|`zingle-sync ([^`]+)`", page.read_text("utf-8"), re.MULTILINE
        )
        for command in filter(None, command)
    ]


@pytest.mark.parametrize(("page", "words"), commands(), ids=str)
def test_every_command_exists(page: str, words: list[str]) -> None:
    """A page names commands and options that the program has."""
    answer = CliRunner().invoke(app, [words[0], "--help"], env={"COLUMNS": "200"})

    assert answer.exit_code == 0, page
    assert [] == [word for word in words if word.startswith("--") and word not in answer.output]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links of the pages are files of the repository, and their headings are there."""
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        path, _, heading = link.partition("#")
        there = (page.parent / path).resolve()
        assert there.is_file(), link
        titles = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in titles}
        assert not heading or heading in anchors, link


def test_the_index_names_every_page() -> None:
    """Who reads the index finds every recipe."""
    index = (DOCS / "how-to" / "README.md").read_text(encoding="utf-8")

    assert [] == [page.name for page in RECIPES if f"{page.name})" not in index]


def test_the_page_shows_the_dockerfile_as_it_is() -> None:
    """The recipe in the page is the file."""
    (shown,) = blocks(DOCS / "containers.md", "dockerfile")

    assert shown == (DOCS.parent / "containers" / "Dockerfile").read_text(encoding="utf-8")
