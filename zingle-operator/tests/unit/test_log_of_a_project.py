"""Which sync log a Meltano project's commands read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_operator.project.meltano import MeltanoProject

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("dotenv", "given", "expected"),
    [
        ("SYNC_LOG_URL='sqlite:///there.db'\n", None, "sqlite:///there.db"),
        ("SYNC_LOG_URL=sqlite:///there.db\n", "sqlite:///named.db", "sqlite:///named.db"),
        ("OTHER=1\n", None, "sqlite:///{root}/.meltano/zingle-sync.db"),
        (None, None, "sqlite:///{root}/.meltano/zingle-sync.db"),
    ],
)
def test_the_variable_in_dotenv_is_the_plugins_own(
    tmp_path: Path, dotenv: str | None, given: str | None, expected: str
) -> None:
    """Commands read the log that `.env` names for the plugins, unless the caller names another."""
    (tmp_path / "meltano.yml").write_text("{}\n")
    if dotenv is not None:
        (tmp_path / ".env").write_text(dotenv)
    project = MeltanoProject(tmp_path, "prod", given)

    assert expected.format(root=tmp_path) == project.sync_log_url


BOTH = """
env: {SYNC_LOG_URL: 'sqlite:///all.db'}
environments: [{name: prod, env: {SYNC_LOG_URL: 'sqlite:///p.db'}}]
"""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("env: {SYNC_LOG_URL: 'sqlite:///all.db'}", "sqlite:///all.db"),
        ("env: {SYNC_LOG_URL: 'sqlite:///$NAME.db'}", "sqlite:///of-dotenv.db"),
        ("environments: [{name: dev, env: {SYNC_LOG_URL: 'sqlite:///d.db'}}]", "sqlite:///env.db"),
        (BOTH, "sqlite:///p.db"),
    ],
)
def test_variables_of_the_project_are_the_plugins_own(
    tmp_path: Path, document: str, expected: str
) -> None:
    """The environment's `env` comes before the project's, and both before `.env`."""
    (tmp_path / "meltano.yml").write_text(document)
    (tmp_path / ".env").write_text("SYNC_LOG_URL=sqlite:///env.db\nNAME=of-dotenv\n")

    assert expected == MeltanoProject(tmp_path, "prod").sync_log_url
