"""How a run is called and how it ended, as values for the sync log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.singer.errors import StopRun
from zingle_sync.singer.plain import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.outcomes.run import RunStatus


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How a run ended.

    Attributes:
        status: `ok`; `failed` by an error; `stopped` on purpose; `terminated` by a signal.
        error: One sentence, without personal data.
        error_class: Name of the error's class.
        error_code: The service's own code, where the error has one.
        problems: Every single problem, where the error found several.
    """

    status: RunStatus
    error: str | None = None
    error_class: str | None = None
    error_code: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What the run's row holds of it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "problems"}


def run_ending(error: BaseException | None) -> RunEnding:
    """Describe the end of a run by what was raised."""
    match error:
        case None:
            return RunEnding("ok")
        case SystemExit() | KeyboardInterrupt():
            return RunEnding("terminated", "The run was stopped from outside.")
        case _:
            name = type(error).__name__
            sentences = sentences_of(error) or [f"Unexpected {name}; see the log of the run."]
            code = getattr(error, "code", None)
            return RunEnding(
                "stopped" if isinstance(error, StopRun) else "failed",
                " ".join(sentences),
                name,
                None if code is None else str(code),
                tuple(sentences),
            )


def quota_of(system: str, usage: Any) -> dict[str, dict[str, int]] | None:  # noqa: ANN401 - of any client
    """A service's limit for the sync log; None before its first answer."""
    return None if usage is None else {system: {"used": usage.used, "max": usage.limit}}


def plugin_name(own_name: str, environ: Mapping[str, str]) -> str:
    """The plugin's name in the Meltano project, such as `target-zingle--west`, else its own."""
    kind = "MELTANO_EXTRACTOR_NAME" if own_name.startswith("tap-") else "MELTANO_LOADER_NAME"
    return environ.get(kind) or own_name


def environment(environ: Mapping[str, str]) -> str:
    """The Meltano environment, or "" outside Meltano."""
    return environ.get("MELTANO_ENVIRONMENT", "")


def record_failed_start(name: str, error: BaseException, settings: Mapping[str, Any]) -> None:
    """Leave a row in the sync log for a run whose settings, as they were given, were refused."""
    url = settings.get("sync_log_url")
    log = SyncLog.open(url if isinstance(url, str) and url else None)
    run = log.start_run(plugin_name(name, os.environ), environment=environment(os.environ))
    ending = run_ending(error)
    run.finish(api_calls={}, facts={"problems": list(ending.problems)}, **ending.columns)
