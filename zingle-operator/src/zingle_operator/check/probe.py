"""Try on a scratch contact what no public source settles, and print the profile."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from zingle_operator.check.questions import AREA, QUESTIONS, Scratch, channel_values
from zingle_sync.zingle import GoneError, Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_operator.check.findings import Findings
    from zingle_operator.check.questions import Question
    from zingle_operator.project.project import Project

# A range that is reserved for fiction in the North American plan.
_PHONE_PREFIX, _PHONES, _TRIED = "+1202555", range(100, 200), 10


def probe_service(project: Project, service_id: str, findings: Findings) -> None:
    """Create a scratch contact, look how the service behaves, and delete it again.

    Nothing but contacts that the probe itself created is written or deleted; messages are read.

    Args:
        project: Whose settings log in.
        service_id: The service, best a test service.
        findings: Where the profile goes.
    """
    target = next((one.target for one in project.pipelines if one.direction == "contacts"), None)
    if target is None:
        findings.problem(AREA, "No pipeline writes contacts, so there is no log-in to probe with.")
        return
    zingle = Zingle.from_settings(project.settings(target))
    try:
        phones = _free_phones(zingle, service_id)
        if phones is not None:
            phone, other = phones
            _probe(Scratch(zingle, service_id, _unused_id(), phone, other, findings))
        else:
            findings.problem(
                AREA,
                f"The phones that the probe may use, from {_PHONE_PREFIX}{_PHONES[0]:04d} on, "
                "belong to contacts here; it was not started.",
                "Delete those test contacts in Zingle.",
            )
    except ZingleError as error:
        findings.problem(AREA, f"The probe was not started: {error}.")
    finally:
        zingle.close()


def _unused_id() -> str:
    """An external id in the form of a Salesforce id that no org hands out."""
    return f"003{secrets.token_hex(6)}ZZZ"


def _free_phones(zingle: Zingle, service_id: str) -> tuple[str, str] | None:
    """Two phones of nobody: a contact that exists must never become the scratch contact."""
    service = zingle.service(service_id)
    kinds = {str(one["type_class"]): str(one["id"]) for one in service.get("channel_types") or ()}
    free: list[str] = []
    for number in secrets.SystemRandom().sample(_PHONES, _TRIED):
        phone = f"{_PHONE_PREFIX}{number:04d}"
        page = zingle.find_contacts_by_channel(service_id, kinds["PhoneNumber"], phone)
        if not any(phone in channel_values(row) for row in page.rows):
            free.append(phone)
        if len(free) == 2:  # noqa: PLR2004 - one for each contact
            return free[0], free[1]
    return None


def _probe(scratch: Scratch) -> None:
    try:
        scratch.create(scratch.phone)
        for number, ask in QUESTIONS.items():
            _ask(number, ask, scratch)
    except ZingleError as error:
        scratch.findings.problem(AREA, f"The probe ended early: {error}.")
    finally:
        _clean_up(scratch)


def _ask(number: str, ask: Question, scratch: Scratch) -> None:
    """Ask one question; a refusal leaves the others to be asked."""
    try:
        ask(scratch)
    except ZingleError as error:
        scratch.findings.note(AREA, f"{number}: could not be tried: {error}.")


def _clean_up(scratch: Scratch) -> None:
    """Delete what the probe created, contacts of whose creation no answer came included."""
    ids = list(dict.fromkeys([*scratch.created, *_found_by_external_id(scratch)]))
    deleted = sum([_delete(scratch, contact_id) for contact_id in ids])
    if deleted:
        many = deleted > 1
        scratch.findings.ok(
            AREA, f"{deleted} scratch contact{'s were' if many else ' was'} deleted."
        )


def _delete(scratch: Scratch, contact_id: str) -> bool:
    try:
        scratch.zingle.delete_scratch_contact(scratch.service_id, contact_id)
    except GoneError:
        return False
    except ZingleError as error:
        scratch.findings.problem(
            AREA,
            f"The scratch contact {contact_id} could not be deleted: {error}.",
            "Delete it in Zingle.",
        )
        return False
    return True


def _found_by_external_id(scratch: Scratch) -> Iterator[str]:
    """Contacts that carry the probe's own external id, which nobody else has."""
    zingle, service_id, external_id = scratch.zingle, scratch.service_id, scratch.external_id
    try:
        for row in zingle.find_contacts_by_external_id(service_id, external_id).rows:
            # The filter may be ignored: only the row's own id counts.
            if row.get("external_id") == external_id:
                yield str(row["id"])
        if found := zingle.contact_id_by_external_id(service_id, external_id):
            yield found
    except ZingleError:
        return  # what was created for certain is deleted all the same
