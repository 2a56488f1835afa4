"""`zingle-sync outcomes`: why is this guest not there?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from zingle_operator import options
from zingle_operator.console import add_row, out, plain_table, print_json, print_table, say
from zingle_operator.progress import watched
from zingle_operator.project.runs import log_of
from zingle_operator.services import names_in
from zingle_sync.identity import sobject_of
from zingle_sync.outcomes.erasure import find_person
from zingle_sync.outcomes.queries import (
    OutcomeFilter,
    list_outcomes,
    open_log,
)
from zingle_sync.outcomes.values import OUTCOME_KINDS
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, Word
from zingle_sync.zingle import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from zingle_operator.project.project import Project

_NOT_SYNCED = ("skipped", "rejected")
_ALL_KINDS = "all"
# A database's whole numbers have no more.
_DIGITS_OF_A_RUN = 18


def outcomes(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only these kinds, or `all`. Default: skipped and rejected."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Only this record: its id in Salesforce or Zingle; a phone or e-mail if kept."
        ),
    ] = None,
    find: Annotated[
        str | None,
        typer.Option(
            help="Whoever has this phone, e-mail or name now: both services are asked, and what "
            "you ask for is kept nowhere."
        ),
    ] = None,
    config: options.ConfigFile = None,
    run: Annotated[
        str,
        typer.Option(
            help="`standing`: where each record stands now. `last`: the last run of each plugin. "
            "`all`, or the number of a run."
        ),
    ] = "standing",
    plugin: Annotated[str | None, typer.Option(help="Only this plugin.")] = None,
    environment: Annotated[
        str | None, typer.Option(envvar="MELTANO_ENVIRONMENT", help="Only this environment.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """List what became of the records, and why."""
    wanted = OutcomeFilter(
        runs=_checked_run(run),
        kinds=_kinds(kind, key=key or find, reason=reason),
        reason=_checked_reason(reason),
        keys=options.forms_of(key) if key else (),
        plugin=plugin,
        environment=environment,
    )
    if find:
        _find(options.need_project(config, environment, sync_log), find, wanted, as_json=as_json)
        return
    engine = open_log(options.sync_log_url(sync_log, environment, config))
    rows = list(list_outcomes(engine, wanted))
    if key and not rows and ("@" in key or not any(map(str.isalpha, key))):
        # The front desk asks by phone or e-mail, which only the kept records hold.
        ids = tuple(find_person(engine, key).ids - {key})
        rows = list(list_outcomes(engine, replace(wanted, keys=ids))) if ids else []
    if as_json:
        print_json([dict(row) for row in rows])
    elif rows:
        _print(rows)
    elif key:
        say("Never seen. The log knows ids: look the person up, and ask by the id.")
    elif kind or reason:
        say("No record has such an outcome.")
    else:
        say("No outcome is listed: no record was left out.")


def _find(project: Project, text: str, wanted: OutcomeFilter, *, as_json: bool) -> None:
    # The plugins take a second to import, which no other question needs.
    from zingle_operator.outcomes.finding import find  # noqa: PLC0415 - see above

    with watched("asking both services"):
        seen = find(project, text)
    engine = log_of(project)
    rows: dict[int, RowMapping] = {}
    if engine and seen.ids:
        about = replace(wanted, ids=tuple(seen.ids), environment=project.environment)
        rows = {row["id"]: row for row in list_outcomes(engine, about)}
    if as_json:
        contacts = [
            {"contact_id": one, "service_id": service_id, "external_id": link}
            for one, (service_id, link) in seen.contacts.items()
        ]
        found = {
            "salesforce": list(seen.people),
            "zingle": contacts,
            "unknown": list(seen.unknown),
        }
        print_json({"found": found, "outcomes": [dict(row) for row in rows.values()]})
        return
    names = names_in(engine, project.environment)
    for one in seen.people:
        say(f"{sobject_of(one) or 'Id'} {one}.")
    for one, (service_id, link) in seen.contacts.items():
        linked = f", linked to {link}" if link else ", linked to nobody"
        say(f"Contact {one} in {named(service_id, names)}{linked}.")
    if rows:
        _print(list(rows.values()))
    elif seen.ids:
        say(
            "No run has met this person yet; "
            "`zingle-sync preview --key ID` shows what one would do."
        )
    elif not seen.unknown:
        say("Neither service knows anybody like that.")
    for sentence in seen.unknown:
        say(sentence)


def _kinds(kinds: list[str] | None, *, key: str | None, reason: str | None) -> tuple[str, ...]:
    if not kinds:
        # Who asks for one record wants its whole story.
        return () if key or reason else _NOT_SYNCED
    if _ALL_KINDS in kinds:
        return ()
    unknown = sorted(set(kinds) - set(OUTCOME_KINDS))
    if unknown:
        raise typer.BadParameter(f"unknown kind {', '.join(unknown)}; {', '.join(OUTCOME_KINDS)}")
    return tuple(kinds)


def _checked_reason(reason: str | None) -> str | None:
    known = sorted({*SKIP_REASONS, *REJECT_REASONS})
    if reason is not None and reason not in known:
        raise typer.BadParameter(f"unknown reason; one of {', '.join(known)}")
    return reason


def _checked_run(run: str) -> str:
    is_number = run.isdecimal() and len(run) <= _DIGITS_OF_A_RUN
    if run not in {"standing", "last", "all"} and not is_number:
        raise typer.BadParameter("standing, last, all or the number of a run")
    return run


def _print(rows: Sequence[RowMapping]) -> None:
    table = plain_table(
        "run", "when (UTC)", "plugin", "stream", "record", "outcome", "reason", "details"
    )
    for row in rows:
        add_row(
            table,
            str(row["run_id"]),
            f"{row['ts']:%Y-%m-%d %H:%M:%S}",
            row["plugin"],
            row["stream"],
            row["source_key"],
            row["outcome"],
            row["reason"] or "",
            _details(row),
        )
    print_table(table)
    _print_reasons(rows)


def _details(row: RowMapping) -> str:
    parts = [
        row["target_id"] and f"→ {row['target_id']}",
        row["matched_on"] != "none" and f"by {row['matched_on']}",
        row["changed_fields"] and f"fields {', '.join(row['changed_fields'])}",
        row["error_code"],
        row["error_field"],
        row["error_message"],
        *(row["warnings"] or ()),
    ]
    return "; ".join(str(part) for part in parts if part)


def _print_reasons(rows: Sequence[RowMapping]) -> None:
    words = {"skipped": SKIP_REASONS, "rejected": REJECT_REASONS}
    table = plain_table("outcome", "reason", "records", "meaning", "what to do")
    counts = Counter((row["outcome"], row["reason"] or "") for row in rows)
    for (kind, reason), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        word = words.get(kind, {}).get(reason, Word(""))
        add_row(table, kind, reason, f"{count:,}", word.meaning, word.remedy)
    out().print()
    print_table(table)
