from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_operator.errors import OperatorError
from zingle_operator.options import chosen_pipelines
from zingle_operator.project.meltano import default_environment
from zingle_operator.project.plain import PlainProject
from zingle_operator.project.project import Finished
from zingle_operator.project.runs import last_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "2026-03-02T08:05:25.206700Z [info     ] meltano      Configuration: a is required\n",
            "Configuration: a is required",
        ),
        ("2026-03-02T08:05:25Z [error    ] meltano  it broke\nbye\n", "it broke"),
        ("[what it is] stays\n", "[what it is] stays"),
        ("", "exit code 1"),
    ],
)
def test_last_words_are_those_of_the_program(log: str, words: str) -> None:
    """The time, level and name that Meltano puts before a line are left out."""
    assert words == last_words(Finished(1, log))


def test_a_project_without_pipelines_is_told_how_to_name_one(tmp_path: Path) -> None:
    """Where no job joins a tap with a target, the error says how to add one."""
    file = tmp_path / "zingle-sync.yml"
    file.write_text("pipelines: []")

    with pytest.raises(OperatorError) as caught:
        chosen_pipelines(PlainProject(file), None)

    assert "meltano job add" in str(caught.value)


def test_the_environment_of_dotenv_comes_before_the_default(tmp_path: Path) -> None:
    """The commands look at the environment that Meltano itself would run in."""
    (tmp_path / "meltano.yml").write_text("default_environment: sandbox\n")
    assert "sandbox" == default_environment(tmp_path)

    (tmp_path / ".env").write_text("A=b\nMELTANO_ENVIRONMENT='prod'\n")

    assert "prod" == default_environment(tmp_path)
