"""`zingle-sync forget`: erase one person from the sync log."""

from __future__ import annotations

from typing import Annotated

import typer

from zingle_operator import options
from zingle_operator.console import print_json, say
from zingle_operator.errors import OperatorError
from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.erasure import erase, find_person
from zingle_sync.outcomes.queries import open_log


def forget(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    person: Annotated[
        str, typer.Argument(help="A Salesforce id, a Zingle contact id, a phone or an e-mail.")
    ],
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: options.AsJson = False,
) -> None:
    """Erase one person from the sync log: outcomes, rejected records, and mentions by others.

    Nothing is changed in Salesforce or Zingle. The person comes back into the log when a run meets
    them again.
    """
    url = options.sync_log_url(sync_log, environment, config)
    open_log(url)  # says so where there is none yet
    engine = connect(url)
    found = find_person(engine, *options.forms_of(person))
    if not found.any():
        raise OperatorError("the sync log holds nothing about this person")
    say(
        f"{len(found.outcome_ids):,} outcomes, {len(found.rejected_ids):,} rejected records and "
        f"{len(found.mention_ids):,} mentions were found."
    )
    if found.behind_mask > 1:
        say(
            f"Some of these outcomes are known by a masked key alone, which {found.behind_mask} "
            "contacts share: the others' rows go, too."
        )
    if not yes:
        typer.confirm("Erase them for good?", abort=True, err=True)
    erase(engine, found)
    say("Erased.")
    if json:
        print_json(
            {
                "outcomes": len(found.outcome_ids),
                "rejected": len(found.rejected_ids),
                "mentions": len(found.mention_ids),
            }
        )
