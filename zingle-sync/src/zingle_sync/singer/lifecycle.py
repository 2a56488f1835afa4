"""How a run is called and how it ended, as values for the sync log."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from zingle_sync.files import path_of
from zingle_sync.outcomes.database import SyncLogError, why
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.singer.errors import StopRun
from zingle_sync.singer.plain import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.outcomes.run import Run, RunStatus

logger = logging.getLogger(__name__)


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


def mapping_change(run: Run, mapping: str | None) -> str | None:
    """The sentence for a run whose settings write something else than those of the last one."""
    if mapping is None or run.former_mapping in {None, mapping}:
        return None
    return (
        "The settings that shape what is written have changed since the last run: records that do "
        "not change keep what they have. To bring it to all of them once, run the pipeline with "
        "--full-refresh (without Meltano: without --state)"
    )


def record_failed_start(name: str, error: BaseException, settings: Mapping[str, Any]) -> None:
    """Leave a row in the sync log for a run whose settings, as they were given, were refused."""
    url = settings.get("sync_log_url")
    log = SyncLog.open(url if isinstance(url, str) and url else None)
    run = log.start_run(plugin_name(name, os.environ), environment=environment(os.environ))
    ending = run_ending(error)
    facts = run_facts(ending, {"problems": list(ending.problems)}, {}, os.environ)
    run.finish(api_calls={}, facts=facts, **ending.columns)


def beginning(environ: Mapping[str, str]) -> dict[str, str]:
    """What the row of a target's run tells from its beginning: Meltano names the tap before it."""
    return {"tap": environ.get("MELTANO_EXTRACTOR_NAME", "")}


def run_facts(
    ending: RunEnding,
    facts: Mapping[str, Any] | None,
    links: Mapping[str, str],
    environ: Mapping[str, str],
) -> dict[str, Any]:
    """What the row of a target's run tells the operator besides counts.

    Args:
        ending: How the run ended.
        facts: What the plugin tells.
        links: Where people look at records.
        environ: The environment.
    """
    several = {"problems": list(ending.problems)} if len(ending.problems) > 1 else {}
    return {**(facts or {}), **beginning(environ), "links": dict(links), **several}


def write_report(run: Run, file: str) -> None:
    """Write the page about the pipelines of the sync log; a page that fails fails no run."""
    # The template engine is imported by runs that write a page alone.
    from zingle_sync.report.page import known_pipelines, report_page, write_page  # noqa: PLC0415

    if run.engine is None:
        return  # the run has said that its log can't be written
    try:
        known = known_pipelines(run.engine, run.environment)
        write_page(report_page(run.engine, run.environment, known), path_of(file))
    except (OSError, SyncLogError, SQLAlchemyError) as error:
        reason = getattr(error, "strerror", None) or why(error)
        logger.warning("The report %s can't be written: %s", file, reason)
