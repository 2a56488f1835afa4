"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from zingle_sync.outcomes.database import default_url

SyncLogUrl = Annotated[
    str | None,
    typer.Option(
        "--sync-log-url",
        envvar=["SYNC_LOG_URL", "ZINGLE_SYNC_SYNC_LOG_URL"],
        help="SQLAlchemy URL of the sync log. Default: .meltano/zingle-sync.db in the project.",
        show_envvar=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def sync_log_url(given: str | None) -> str:
    """The sync log that is meant: the given one, or the Meltano project's."""
    return given or default_url(os.environ, Path.cwd())
