"""Try on a scratch contact what no public source settles, and print the profile."""

from __future__ import annotations

import secrets
from itertools import islice
from typing import TYPE_CHECKING

from zingle_operator.check.linking import tell_the_runs
from zingle_operator.check.questions import QUESTIONS
from zingle_operator.check.scratch import AREA, Scratch, channel_values
from zingle_operator.project.services import wanted_services
from zingle_sync.zingle import GoneError, Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Pipeline, Project

# A range that is reserved for fiction in the North American plan.
PHONE_PREFIX, PHONES, TRIED = "+1202555", range(100, 200), 10


def probe_service(
    project: Project, pipelines: Sequence[Pipeline], service_id: str, findings: Findings
) -> None:
    """Create a scratch contact, look how the service behaves, and delete it again.

    Nothing but contacts that the probe itself created is written or deleted; messages are read.

    Args:
        project: Whose settings log in.
        pipelines: Those that are meant; the one that writes to the service logs in.
        service_id: The service, best a test service.
        findings: Where the profile goes.
    """
    targets = [one.target for one in pipelines if one.direction == "contacts"]
    if not targets:
        findings.problem(AREA, "No pipeline writes contacts, so there is no log-in to probe with.")
        return
    settings = [project.settings(target) for target in targets]
    owner = next((one for one in settings if service_id in wanted_services(one)), settings[0])
    try:
        zingle = Zingle.from_settings(owner)
    except ZingleError as error:
        findings.problem(AREA, f"The probe was not started: {error}.")
        return
    try:
        match _free_phones(zingle, service_id):
            case [phone, other]:
                # An external id in the form of a Salesforce id that no org hands out.
                unused = f"003{secrets.token_hex(6)}ZZZ"
                scratch = Scratch(zingle, service_id, unused, phone, other, findings)
                _probe(scratch)
                tell_the_runs(project, pipelines, scratch, findings)
            case _:
                findings.problem(
                    AREA,
                    f"The phones that the probe may use, from {PHONE_PREFIX}{PHONES[0]:04d} on, "
                    "belong to contacts here; it was not started.",
                    "Delete those test contacts in Zingle.",
                )
    except ZingleError as error:
        findings.problem(AREA, f"The probe was not started: {error}.")
    finally:
        zingle.close()


def _free_phones(zingle: Zingle, service_id: str) -> list[str]:
    """Two phones of nobody: a contact that exists must never become the scratch contact."""
    service = zingle.service(service_id)
    kinds = {str(one["type_class"]): str(one["id"]) for one in service.get("channel_types") or ()}
    numbers = secrets.SystemRandom().sample(PHONES, TRIED)
    free = (
        phone
        for phone in (f"{PHONE_PREFIX}{number:04d}" for number in numbers)
        for page in [zingle.find_contacts_by_channel(service_id, kinds["PhoneNumber"], phone)]
        if not any(phone in channel_values(row) for row in page.rows)
    )
    return list(islice(free, 2))


def _probe(scratch: Scratch) -> None:
    try:
        scratch.create(scratch.phone)
        for number, ask in QUESTIONS.items():
            try:
                ask(scratch)
            except ZingleError as error:  # a refusal leaves the other questions to be asked
                scratch.note(number, f"could not be tried: {error}")
    except ZingleError as error:
        scratch.findings.problem(AREA, f"The probe ended early: {error}.")
    finally:
        _clean_up(scratch)


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
