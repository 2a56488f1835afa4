"""U8, asked by the rule that links: target-zingle's own linker, on the scratch contact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from target_zingle.decided.decisions import Policy
from target_zingle.known.directory import Directory
from target_zingle.known.lessons import Lessons
from target_zingle.known.lineage import Lineage
from target_zingle.known.linking import LINKING, Linking
from target_zingle.known.refusals import Refusals
from target_zingle.known.remote import Remote
from target_zingle.written.linker import Linker
from zingle_operator.check.scratch import AREA
from zingle_operator.project.services import wanted_services
from zingle_sync.outcomes.database import SyncLogError, connect
from zingle_sync.outcomes.facts import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_zingle.known.contact import Contact
    from zingle_operator.check.findings import Findings
    from zingle_operator.check.scratch import Scratch
    from zingle_operator.project.project import Pipeline, Project

_WHOLE = "a complete record is written instead, for ordinary contacts only"
_TOLD = {
    "absent": f"Zingle has no PATCH: {_WHOLE}, and that changes nothing else",
    "ignored": f"Zingle answers a PATCH and does nothing: {_WHOLE}, and that changes nothing else",
}


def link(scratch: Scratch) -> None:
    """U8: does writing the external id of a contact leave everything else alone?"""
    lock = scratch.read().get("locked_by_source")
    linking = Linking()
    policy = Policy(own_sources=frozenset({str(lock)} if lock else ()), linking=linking)
    with ThreadPoolExecutor(1) as pool:
        nothing = Lessons(), Refusals(datetime.now(UTC).date())
        remote = Remote(scratch.zingle, scratch.service_id, {}, {}, None, pool, 1, *nothing)
        directory = Directory(remote, mode="per_record", lineage=Lineage())
        with closing(directory.index):
            linker = Linker(remote, directory, policy)
            contact = _linked(directory, scratch)
            there = linker.link(contact, f"{scratch.external_id[:-1]}Y")
            if there.done and not linking.stopped:
                linker.link(there.contact, scratch.external_id)
    _tell(scratch, linking, " ".join(there.warnings))
    if linking:
        scratch.learnt[LINKING] = linking.stored()


def _linked(directory: Directory, scratch: Scratch) -> Contact:
    return directory.read(scratch.read()).linked_to(scratch.external_id)


def _tell(scratch: Scratch, linking: Linking, warnings: str) -> None:
    if linking.stopped:
        scratch.tell(
            "U8", "a link changes nothing else", False, "Nobody is linked; see the log above."
        )
    elif linking.patch == "safe":
        scratch.tell("U8", "a PATCH of the external id changes nothing else", True, "")
    elif linking.patch in _TOLD:
        scratch.note("U8", _TOLD[linking.patch])
    else:
        scratch.note("U8", f"could not be tried on the scratch contact ({warnings})")


def tell_the_runs(
    project: Project, pipelines: Sequence[Pipeline], scratch: Scratch, findings: Findings
) -> None:
    """Put what the probe found in place of what the runs that write to the service knew."""
    plugins = [
        one.target
        for one in pipelines
        if one.direction == "contacts"
        and scratch.service_id in wanted_services(project.settings(one.target))
    ]
    if not scratch.learnt or not plugins:
        return
    try:
        engine = connect(project.sync_log_url)
        with engine.begin() as connection:
            for plugin in plugins:
                for name, value in scratch.learnt.items():
                    place = (project.environment, plugin, scratch.service_id, name)
                    keep(connection, place, value)
        engine.dispose()
    except (SyncLogError, SQLAlchemyError) as error:
        findings.warn(AREA, f"The sync log did not take what was found: {type(error).__name__}.")
    else:
        findings.note(AREA, f"{', '.join(plugins)} will link as U8 says, from the next run on.")
