from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_operator.errors import OperatorError
from zingle_operator.options import chosen_pipelines
from zingle_operator.project.plain import PlainProject
from zingle_operator.project.project import Finished
from zingle_operator.project.runs import last_words
from zingle_operator.project.surroundings import default_environment

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
        (
            "2026-11-30 06:06:42,876 | ERROR    | tap-zingle   | Configuration: a | b\n",
            "Configuration: a | b",
        ),
        (
            "2026-03-02T08:05:25Z [error    ] tap-zingle  2026-03-02 08:05:24 | ERROR | x | no\n",
            "no",
        ),
        ("it failed to start\nsee the docs\n", "it failed to start"),
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

    for line in ("MELTANO_ENVIRONMENT='prod'", "export MELTANO_ENVIRONMENT = prod  # ours"):
        (tmp_path / ".env").write_text(f"A=b\n{line}\n")

        assert "prod" == default_environment(tmp_path)


ENTRY = "tap: {name: tap-zingle, settings: {password: '%s'}}, target: {name: target-x}"


def settings_with(folder: Path, password: str) -> object:
    """The password that a file of `--config` gives."""
    file = folder / "zingle-sync.yml"
    file.write_text("pipelines: [{" + ENTRY % password + "}]")
    return PlainProject(file).settings("tap-zingle")["password"]


@pytest.mark.parametrize("text", ["$NOT_SET", "${not_set}", "$not_set", "url://u:$NOT_SET@host"])
def test_a_variable_that_is_not_set_is_refused(tmp_path: Path, text: str) -> None:
    """The name of a missing variable is never sent as a secret."""
    with pytest.raises(OperatorError, match=r"(?i)no variable not_set"):
        settings_with(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$SET_ONE", "x$y"), ("a${SET_ONE}b", "ax$yb"), ("pa$$w$rd1", "pa$$w$rd1"), ("100$", "100$")],
)
def test_dollars_of_a_password_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """Variables are replaced once, and a dollar that names none is a character."""
    monkeypatch.setenv("SET_ONE", "x$y")

    assert expected == settings_with(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "sinc_log_url: a\npipelines: []",
            'sinc_log_url is not a known name; did you mean "sync_l',
        ),
        ("pipelines: [{nmae: a, %s}]" % (ENTRY % "x"), "pipelines[0].nmae is not a known name"),
        (
            "pipelines: [{tap: {name: a, setings: {}}, target: {name: b}}]",
            'pipelines[0].tap.setings is not a known name; did you mean "settings"?',
        ),
        ("pipelines:\n- a: [\n", "(line 3)"),
    ],
)
def test_a_name_or_a_line_that_nobody_understands_is_named(
    tmp_path: Path, text: str, told: str
) -> None:
    """The file is closed: a misspelt name is refused with the nearest, bad YAML with its line."""
    file = tmp_path / "zingle-sync.yml"
    file.write_text(text)

    with pytest.raises(OperatorError) as caught:
        _ = PlainProject(file).pipelines

    assert told in str(caught.value)
