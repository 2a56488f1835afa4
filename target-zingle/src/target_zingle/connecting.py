"""From settings to services that are ready: definitions, policies, clients. Talks to Zingle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from target_zingle.compiling import Definitions, definitions_of, find_target
from target_zingle.contacts import EMAIL, PHONE
from target_zingle.directory import Directory
from target_zingle.linking import Linker
from target_zingle.matching import Policy
from target_zingle.people import LONGEST_EXTERNAL_ID, Reading
from target_zingle.service import Service
from target_zingle.values import TargetField, TargetKind, target_field
from target_zingle.writing import Writer
from zingle_sync.identity import Phone, parse_phone, region_code
from zingle_sync.zingle import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from concurrent.futures import Executor

    from target_zingle.lineage import Lineage
    from zingle_sync.zingle import Zingle


@dataclass(frozen=True, slots=True)
class Connection:
    """What every service of a run shares.

    Attributes:
        client: The API.
        pool: Runs calls at the same time.
        workers: How many.
        lineage: Records known to be gone.
        org_id: The Salesforce organisation, if the tap told.
    """

    client: Zingle
    pool: Executor
    workers: int
    lineage: Lineage
    org_id: str | None


def check_login(client: Zingle) -> None:
    """Refuse a contact's log-in, which cannot write other contacts.

    Raises:
        ConfigurationError: The log-in is of the wrong class.
    """
    kind = client.whoami().get("authorization_class")
    if kind not in {None, "account"}:
        raise ConfigurationError(f"the Zingle log-in is of class {kind}; an account user is needed")


def read_definitions(client: Zingle, service_id: str, names: Collection[str]) -> Definitions:
    """What a service defines; one call, unless fields are missing from the embedded list.

    Args:
        client: The API.
        service_id: The service.
        names: Contact fields that are needed.
    """
    service = client.service(service_id)
    embedded = definitions_of(service, service.get("contact_custom_fields") or ())
    if all(find_target(name, embedded) is not None for name in names):
        return embedded
    # The embedded list may be cut short: ask for all before calling a field missing.
    return definitions_of(service, client.contact_fields(service_id))


def external_id_target(
    config: Mapping[str, Any], definitions: Definitions
) -> tuple[TargetField | None, list[str]]:
    """The contact field that holds external ids, if one does, and what is wrong with it."""
    if config.get("external_id_storage", "native") != "custom_field":
        return None, []
    name = str(config.get("external_id_field") or "Salesforce ID")
    definition = find_target(name, definitions)
    if definition is None:
        told = f'no contact field "{name}" in Zingle (zingle-sync check --fix creates it)'
        return None, [f"external_id_field: {told}"]
    target = target_field(definition)
    if target.kind is not TargetKind.TEXT:
        return None, [f'external_id_field: "{name}" must be a string field without options']
    return target, []


def build_service(
    connection: Connection,
    config: Mapping[str, Any],
    definitions: Definitions,
    external_id_field: TargetField | None,
) -> Service:
    """Put one service's parts together; sends nothing."""
    type_ids = {
        kind: found
        for kind, found in ((PHONE, definitions.phone_type), (EMAIL, definitions.email_type))
        if found is not None
    }
    native = external_id_field is None
    policy = policy_of(config, native=native)
    directory = Directory(
        connection.client,
        definitions.service_id,
        type_ids,
        mode=config.get("lookup", "auto"),
        match_keys=policy.match_keys,
        external_id_field=external_id_field.id if external_id_field else None,
        lineage=connection.lineage,
        pool=connection.pool,
        workers=connection.workers,
    )
    return Service(
        definitions=definitions,
        policy=policy,
        reading=reading_of(config, definitions, connection.org_id, external_id_field),
        directory=directory,
        writer=Writer(
            connection.client, definitions.service_id, directory, type_ids, native=native
        ),
        linker=Linker(connection.client, definitions.service_id, directory, policy),
        lineage=connection.lineage,
        dry_run=bool(config.get("dry_run", False)),
        pool=connection.pool,
        external_id_field=external_id_field,
    )


def policy_of(config: Mapping[str, Any], *, native: bool) -> Policy:
    """The settings that decide."""
    default = Policy()
    return Policy(
        match_keys=tuple(config.get("match_keys") or default.match_keys),
        sync_mode=config.get("sync_mode", default.sync_mode),
        link_matched=bool(config.get("link_matched", True)),
        link_by_v2=native,
        on_shared_phone=config.get("on_shared_phone", default.on_shared_phone),
        on_channel_conflict=config.get("on_channel_conflict", default.on_channel_conflict),
        on_locked=config.get("on_locked", default.on_locked),
        own_sources=frozenset(config.get("own_sources") or ()),
        on_source_delete=str(config.get("on_source_delete") or "ignore"),
    )


def reading_of(
    config: Mapping[str, Any],
    definitions: Definitions,
    org_id: str | None,
    external_id_field: TargetField | None,
) -> Reading:
    """The settings that records are read with."""
    region = region_code(config.get("default_region")) or definitions.country
    return Reading(
        zone=definitions.zone,
        default_region=region,
        ignore_phones=frozenset(
            form
            for raw in (*(config.get("ignore_phones") or ()), *definitions.own_phones)
            for form in _phone_forms(str(raw), region)
        ),
        ignore_emails=frozenset(
            str(address).strip().lower() for address in config.get("ignore_emails") or ()
        ),
        template=str(config.get("external_id_template") or "{id}"),
        org_id=org_id,
        external_id_field=external_id_field,
    )


def _phone_forms(raw: str, region: str | None) -> tuple[str, ...]:
    phone = parse_phone(raw, region)
    return (raw.strip(), phone.e164) if isinstance(phone, Phone) else (raw.strip(),)


def setting_problems(config: Mapping[str, Any]) -> list[str]:
    """Problems of single settings that the schema cannot express."""
    problems: list[str] = []
    if not config.get("token") and not (config.get("username") and config.get("password")):
        problems.append("username: set username and password, or token, for Zingle")
    if config.get("default_region") and region_code(config["default_region"]) is None:
        problems.append("default_region: not an ISO 3166 country such as US")
    template = str(config.get("external_id_template") or "{id}")
    rest = template.replace("{org_id}", "", 1).replace("{id}", "", 1)
    if "{id}" not in template or "{" in rest or "}" in rest:
        problems.append("external_id_template: use {id}, or {org_id}:{id}")
    elif (
        len(template.replace("{org_id}", "0" * 18).replace("{id}", "0" * 18)) > LONGEST_EXTERNAL_ID
    ):
        problems.append(
            f"external_id_template: longer than the {LONGEST_EXTERNAL_ID} characters Zingle keeps"
        )
    keys = cast("list[str]", config.get("match_keys") or [])
    if len(set(keys)) != len(keys):
        problems.append("match_keys: a key is listed twice")
    return problems
