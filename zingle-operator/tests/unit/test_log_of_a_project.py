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
