"""`zingle-sync check`: is everything ready, and what would it cost?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from zingle_operator import options
from zingle_operator.check.estimate import estimate
from zingle_operator.check.findings import Findings, Level
from zingle_operator.check.fix import fix
from zingle_operator.check.log import check_log
from zingle_operator.console import add_row, plain_table, print_json, print_table, say
from zingle_operator.progress import watched
from zingle_sync.status.verdict import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_operator.check.estimate import Estimate
    from zingle_operator.project.project import Pipeline, Project

STYLES: Mapping[Level, str] = {
    "ok": "green",
    "note": "cyan",
    "warning": "yellow",
    "problem": "bold red",
}


def check(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    fix_it: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Create missing Zingle fields, and deploy the key field and permission set to "
            "Salesforce, after showing them.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fix: don't ask.")] = False,
    probe: Annotated[
        str | None,
        typer.Option(
            metavar="SERVICE",
            help="Try how this Zingle service behaves, on a scratch contact that is deleted again.",
        ),
    ] = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Search Tasks for keys that occur twice.")
    ] = False,
    rights: Annotated[
        bool, typer.Option("--rights", help="List the rights that are needed.")
    ] = False,
    json: options.AsJson = False,
) -> None:
    """Look at everything that a run needs, and name all that is wrong at once.

    Exit code 0: ready. 1: there are problems.
    """
    if rights:
        _print_rights()
        return
    project = options.need_project(config, environment, sync_log)
    pipelines = options.chosen_pipelines(project, pipeline)
    findings = look(project, pipelines, duplicates=duplicates)
    if fix_it and mend(project, findings, ask=not yes):
        findings = look(project, pipelines, duplicates=duplicates)
    if probe:
        from zingle_operator.check.probe import probe_service  # noqa: PLC0415 - as in look

        probe_service(project, pipelines, probe, findings)
    show(findings, as_json=json)
    raise typer.Exit(1 if findings.problems else 0)


def mend(project: Project, findings: Findings, *, ask: bool) -> bool:
    """Mend what may be mended, after showing it; gives whether anything has changed."""
    # Slow to import, as the plugins are.
    from zingle_operator.check.deploy import deploy  # noqa: PLC0415 - see above

    missing = findings.missing_fields
    changed = [bool(missing) and fix(project, missing, ask=ask)]
    changed += [deploy(project, plugin, ask=ask) for plugin in findings.undeployed]
    return any(changed)


def look(project: Project, pipelines: Sequence[Pipeline], *, duplicates: bool = False) -> Findings:
    """Look at everything that a run of these pipelines needs."""
    # The plugins take a second to import, which no other command needs.
    from zingle_operator.check.pipeline import check_pipeline  # noqa: PLC0415 - see above

    findings = Findings()
    with watched("looking at the sync log"):
        check_log(project, findings)
    for one in pipelines:
        with watched(f"looking at {one.name}"):
            check_pipeline(project, one, findings, duplicates=duplicates)
    return findings


def show(findings: Findings, *, as_json: bool = False) -> None:
    """Print the findings and what a run would cost."""
    # Of half of the numbers no sum is made: it would be too small.
    cost = None if findings.cut_short else estimate(findings.facts, findings.pace)
    if as_json:
        print_json(
            {
                "ready": findings.problems == 0,
                "findings": [asdict(finding) for finding in findings.found],
                "missing_fields": [asdict(field) for field in findings.missing_fields],
                "facts": findings.facts,
                "estimate": cost and asdict(cost),
            }
        )
        return
    table = plain_table("", "about", "finding", "what to do")
    for finding in findings.found:
        add_row(
            table,
            Text(finding.level, STYLES[finding.level]),
            finding.area,
            finding.text,
            finding.todo,
        )
    print_table(table)
    if cost:
        _say_cost(cost)
    say("Ready." if not findings.problems else f"{findings.problems} problem(s) to solve.")


def _say_cost(cost: Estimate) -> None:
    loads = []
    if cost.people:
        loads.append(
            f"A first load reads {cost.people:,} people and creates at most "
            f"{cost.creates_at_most:,} contacts."
        )
    if cost.tasks:
        loads.append(
            f"A backfill of conversations creates about {cost.tasks:,} Tasks "
            f"({cost.task_megabytes:,} MB of storage)."
        )
    if loads:
        say(
            f"{' '.join(loads)} At most {cost.zingle_calls:,} calls to Zingle and "
            f"{cost.salesforce_calls:,} to Salesforce, about "
            f"{spoken(timedelta(minutes=cost.minutes))}. "
            "`zingle-sync preview --full` counts exactly."
        )
    if cost.people:
        say(
            "Zingle's automations for new contacts may text every guest that is created: switch "
            "them off for the first load, or try a test service first."
        )


def _print_rights() -> None:
    from zingle_operator.check import salesforce, zingle  # noqa: PLC0415 - as in look

    table = plain_table("system", "right")
    for area, needed in (
        (salesforce.AREA, salesforce.LEAST_PRIVILEGES),
        (zingle.AREA, zingle.LEAST_PRIVILEGES),
    ):
        for right in needed:
            add_row(table, area, right)
    print_table(table)
