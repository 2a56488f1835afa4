"""Can the sync log be written, and will it last?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url

from zingle_sync.outcomes.database import SyncLogError, connect, shown
from zingle_sync.outcomes.queries import is_waiting, kept_counts, recent_runs

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Project

AREA = "Sync log"
_RUNS_LOOKED_AT = 20
_PRODUCTION = ("prod", "production", "live")


def check_log(project: Project, findings: Findings) -> None:
    """Open the log, and warn where a container would forget it."""
    url = project.sync_log_url
    try:
        engine = connect(url)
    except SyncLogError as error:
        findings.problem(AREA, f"{error}.", "Correct sync_log_url, or the folder's rights.")
        return
    findings.ok(AREA, f"{shown(url)} can be written.")
    if make_url(url).get_backend_name() == "sqlite" and project.environment in _PRODUCTION:
        findings.warn(
            AREA,
            f"Environment {project.environment} keeps its log in a file: a container forgets its "
            "disk, and with it the rejected records.",
            "Set SYNC_LOG_URL to a PostgreSQL database.",
        )
    for pipeline in project.pipelines:
        rows = kept_counts(engine, pipeline.target, project.environment)
        kept = sum(row["count"] for row in rows if not is_waiting(row))
        if kept:
            findings.note(
                AREA,
                f"{kept:,} rejected records of {pipeline.target} wait.",
                "See `zingle-sync outcomes --kind rejected`; then `zingle-sync replay`.",
            )
        _tell_what_was_learnt(engine, pipeline.target, project.environment, findings)
    engine.dispose()


def _tell_what_was_learnt(
    engine: Engine, plugin: str, environment: str, findings: Findings
) -> None:
    """What the target noticed when it read its first creates back."""
    runs = recent_runs(engine, plugin, environment, _RUNS_LOOKED_AT)
    sources = {
        str(source)
        for run in runs
        for source in (run["facts"] or {}).get("zingle_locks_our_contacts") or ()
    }
    if sources:
        findings.warn(
            "Zingle",
            f"Zingle locks the contacts that we create, as source {', '.join(sorted(sources))}.",
            f"Set own_sources to [{', '.join(sorted(sources))}], so that they can be updated.",
        )
