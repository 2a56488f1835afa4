"""Options that several commands share, and the project that they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from target_zingle.wanted.problems import suggestion
from zingle_operator.errors import OperatorError
from zingle_operator.project.meltano import MeltanoProject
from zingle_operator.project.plain import PlainProject
from zingle_operator.project.surroundings import default_environment, find_root
from zingle_sync.identity import external_id_key
from zingle_sync.outcomes.database import default_url
from zingle_sync.outcomes.masking import mask_key
from zingle_sync.report.links import CONTACT_ID

if TYPE_CHECKING:
    from zingle_operator.project.project import Pipeline, Project

SyncLogUrl = Annotated[
    str | None,
    typer.Option(
        "--sync-log-url",
        envvar=["SYNC_LOG_URL", "ZINGLE_SYNC_SYNC_LOG_URL"],
        help="SQLAlchemy URL of the sync log. Default: the project's own.",
    ),
]
Environment = Annotated[
    str | None,
    typer.Option(envvar="MELTANO_ENVIRONMENT", help="Meltano environment. Default: meltano.yml's."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="ZINGLE_SYNC_CONFIG",
        help="Configuration file of an installation without Meltano.",
    ),
]
OnlyPipeline = Annotated[str | None, typer.Option("--pipeline", help="Only this pipeline or job.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def forms_of(key: str) -> tuple[str, ...]:
    """How the log may have written a key that a person types: whole, in the case of its kind.

    >>> forms_of(" 0035g00000AbCdE"), forms_of("82F00113-0000-4000-8000-00000000000A")[-1]
    (('0035g00000AbCdE', '0035g00000AbCdEAAV'), '82f00113-0000-4000-8000-00000000000a')
    """
    typed = key.strip()
    forms = [typed, mask_key(typed), external_id_key(typed)]
    if CONTACT_ID.fullmatch(lower := typed.lower()):
        forms.append(lower)
    return tuple(dict.fromkeys(forms))


def sync_log_url(
    given: str | None, environment: str | None = None, config: Path | None = None
) -> str:
    """The sync log that is meant: the given one, or the project's."""
    if given:
        return given
    project = find_project(config, environment, None)
    return project.sync_log_url if project else default_url(os.environ, Path.cwd())


def find_project(
    config: Path | None, environment: str | None, sync_log: str | None
) -> Project | None:
    """The installation that is meant, or None where there is none around."""
    if config is not None:
        return PlainProject(config.absolute(), sync_log)
    root = find_root(os.environ, Path.cwd())
    if root is None:
        return None
    chosen = default_environment(root) if environment is None else environment
    project = MeltanoProject(root, chosen, sync_log)
    if chosen and chosen not in project.environments:
        known = ", ".join(project.environments) or "none"
        near = suggestion(chosen, project.environments)
        raise OperatorError(f"the project has no environment {chosen}{near}; it has: {known}")
    return project


def need_project(config: Path | None, environment: str | None, sync_log: str | None) -> Project:
    """The installation that is meant.

    Raises:
        OperatorError: If there is none.
    """
    project = find_project(config, environment, sync_log)
    if project is None:
        raise OperatorError(
            "here is no Meltano project: go to its folder, or name a file with --config"
        )
    return project


def chosen_pipelines(project: Project, name: str | None) -> tuple[Pipeline, ...]:
    """The pipelines that are meant.

    Raises:
        OperatorError: If the project has none of that name.
    """
    chosen = tuple(
        one for one in project.pipelines if name in {None, one.name, one.tap, one.target, *one.jobs}
    )
    if not chosen:
        if not project.pipelines:
            raise OperatorError(
                "the project has no pipeline between Salesforce and Zingle yet: name one, as in "
                "`meltano job add contacts-to-zingle --tasks 'tap-salesforce-zingle target-zingle'`"
            )
        known = ", ".join(one.name for one in project.pipelines)
        raise OperatorError(f"no such pipeline; the project has: {known}")
    return chosen
