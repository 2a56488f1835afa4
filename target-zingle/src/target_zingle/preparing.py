"""Before the first write: streams and their mappings, the log-in, the services.

Every problem of the configuration is found here, and all of them are told at once.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigValidationError

from target_zingle.known.claims import CLAIMS, Claims
from target_zingle.known.directory import Directory
from target_zingle.known.lessons import Lessons
from target_zingle.known.lineage import Lineage
from target_zingle.known.linking import LINKING, Linking
from target_zingle.known.refusals import REFUSED, Refusals
from target_zingle.known.remote import Remote
from target_zingle.service import Service
from target_zingle.wanted.definitions import Definitions, definitions_of, external_id_target
from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.mapping import (
    NAMES,
    configured,
    missing_defaults,
    read_mapping,
    source_problems,
)
from target_zingle.wanted.plan import compile_mapping, external_id_source, target_problems
from target_zingle.wanted.problems import suggestion
from target_zingle.wanted.records import Stream, schema_fields, value_at
from target_zingle.wanted.routes import unknown_names
from target_zingle.wanted.values import is_blank
from target_zingle.written.writer import Writer
from zingle_sync.identity import to_18
from zingle_sync.texts import key_text
from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from target_zingle.settings import Settings
    from target_zingle.vendor import VendorGate
    from target_zingle.wanted.mapping import StreamMapping
    from target_zingle.wanted.routes import Route
    from target_zingle.wanted.types import TargetField

    # What earlier runs learnt, by service and name.
    Facts = Mapping[tuple[str, str], Any]

LESSONS, GONE = "lessons", "gone"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Destination:
    """A route and, once connected, its service."""

    route: Route
    mappings: dict[str, StreamMapping] = field(default_factory=dict)
    service: Service | None = None


class Preparation:
    """Brings settings, schemas and services together; silent until it must ask Zingle.

    Attributes:
        lineage: Records that this run knows to be gone.
    """

    def __init__(self, settings: Settings, facts: Callable[[], Facts], gate: VendorGate) -> None:
        self.lineage = Lineage()
        self._settings, self._facts, self._gate = settings, facts, gate
        self._client: Zingle | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._destinations = [_Destination(route) for route in settings.routes]
        self._streams: dict[str, Stream] = {}
        self._org_id: str | None = None
        self._connected = False

    @property
    def calls(self) -> int:
        """Requests sent to Zingle so far."""
        return self._client.calls if self._client else 0

    @property
    def services(self) -> dict[str, Service]:
        """Connected services by their route's path."""
        return {
            destination.route.path: destination.service
            for destination in self._destinations
            if destination.service is not None
        }

    def close(self) -> None:
        """Stop the workers and close connections."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        for service in self.services.values():
            service.directory.index.close()
        if self._client is not None:
            self._client.close()

    def tell_unseen(self) -> None:
        """Warn of mappings whose stream never came, and of conditions on fields of none."""
        paths = {
            f"{one.route.mapping_path}.{name}": name
            for one in self._destinations
            for name in one.route.contact_mapping
            if self._streams and name not in self._streams
        }
        for path, name in paths.items():
            near = suggestion(name, self._streams)
            logger.warning("%s: no stream of this name came%s", path, near)
        routes = self._settings.routes if self._streams else ()
        for told in unknown_names(routes, self._streams.values()):
            logger.warning("%s", told)

    # SCHEMA

    def register(
        self, stream: str, schema: Mapping[str, Any], key_properties: Sequence[str]
    ) -> None:
        """Take a stream's schema, and check every mapping that concerns it.

        What the configuration and the schema tell is checked at once; Zingle is asked before
        the first record is written, or now if there are problems already, to list all of them.

        Raises:
            ConfigValidationError: All problems at once.
        """
        org = schema.get("x-salesforce-org")
        org_id, problems = _org_id(org)
        problems += self._org_problems(org_id)
        known = Stream(stream, schema_fields(schema), tuple(key_properties), org_id)
        self._streams[stream] = known
        for destination in self._destinations:
            problems += _read(destination, known)
        if self._connected:
            problems += self._compile([known])
        elif problems:
            try:
                problems += self._connect()
            except ZingleError as error:
                problems.append(str(error))
        _refuse(problems)

    def _org_problems(self, org_id: str | None) -> list[str]:
        namespaced = "{org_id}" in self._settings.template
        if org_id is None:
            told = "the tap does not tell its organisation's id"
            return [f"external_id_template: {told}"] if namespaced else []
        if self._org_id not in {None, org_id} and not namespaced:
            told = f"records of two Salesforce organisations ({self._org_id}, {org_id}) in one run"
            return [f"external_id_template: {told}; use {{org_id}}:{{id}}"]
        self._org_id = org_id
        return []

    def record_id(self, stream: str, record: Mapping[str, Any]) -> str | None:
        """The value that tells a record from others where its stream has no key."""
        known = self._streams[stream]
        for destination in self._destinations:
            path = external_id_source(destination.mappings[stream], known)
            value = value_at(record, path)[1] if path else None
            if not is_blank(value):
                return key_text(value)
        return None

    # Zingle's definitions

    def prepare(self) -> None:
        """Log in and check the mappings against Zingle's definitions, once.

        Raises:
            ConfigValidationError: All problems at once.
            ZingleError: The log-in, the service or the rights are not as they must be.
        """
        if not self._connected:
            _refuse(self._connect())

    def _connect(self) -> list[str]:
        if self._client is None:
            self._client = Zingle.from_settings(self._settings.connection, before_write=self._gate)
            self._pool = ThreadPoolExecutor(self._settings.workers, thread_name_prefix="zingle")
        check_login(self._client)
        connected = [self._connect_to(one, self._client) for one in self._destinations]
        problems = [problem for part in connected for problem in part]
        self._connected = True
        return problems + self._compile(self._streams.values())

    def _connect_to(self, destination: _Destination, client: Zingle) -> list[str]:
        unseen = self._unseen(destination.route)
        names = {
            name
            for mapping in (*destination.mappings.values(), *unseen)
            for name in (*mapping.fields, *(NAMES[key] for key in mapping.names))
        }
        definitions = read_definitions(client, destination.route.service_id, names)
        target, problems = external_id_target(self._settings.external_id_field, definitions)
        for mapping in unseen:
            problems += target_problems(mapping, definitions)
        action, _, label = self._settings.policy.on_source_delete.partition(":")
        if action == "label" and definitions.label(label) is None:
            problems.append(definitions.no_label("on_source_delete", label))
        destination.service = self._service(client, definitions, target)
        return problems

    def _unseen(self, route: Route) -> list[StreamMapping]:
        """Mappings of streams whose schema has not come yet: their Zingle side can be checked."""
        return [
            read_mapping(stream, *given, root=route.mapping_path)[0]
            for stream in route.contact_mapping
            if stream not in self._streams
            and (given := configured(route.contact_mapping, stream)) is not None
        ]

    def _compile(self, streams: Iterable[Stream]) -> list[str]:
        problems: list[str] = []
        for destination in self._destinations:
            service = destination.service
            for stream in streams if service else ():
                mapping = destination.mappings.get(stream.name)
                if service is None or mapping is None:
                    continue
                service.plans[stream.name], unfit = compile_mapping(
                    mapping,
                    stream,
                    service.definitions,
                    on_overflow=self._settings.on_overflow,
                    external_id_field=service.rules.external_id_field,
                )
                problems += unfit
        return problems

    def _service(
        self, client: Zingle, definitions: Definitions, external_id_field: TargetField | None
    ) -> Service:
        """Put one service's parts together; sends nothing."""
        settings, service_id = self._settings, definitions.service_id
        facts = self._facts()
        lessons = Lessons.read(facts.get((service_id, LESSONS)), settings.fingerprint)
        refused, today = facts.get((service_id, REFUSED)), datetime.now(UTC).date()
        action, _, label = settings.policy.on_source_delete.partition(":")
        policy = replace(
            settings.policy,
            enforced_locks=lessons.enforced_locks,
            linking=Linking.read(self._facts().get((service_id, LINKING))),
            on_source_delete=f"{action}:{definitions.label(label)}" if label else action,
        )
        assert self._pool is not None  # noqa: S101 - made with the client
        kinds = ((PHONE, definitions.phone_type), (EMAIL, definitions.email_type))
        remote = Remote(
            client,
            service_id,
            {kind: type_id for kind, type_id in kinds if type_id is not None},
            definitions.labels,
            external_id_field,
            self._pool,
            settings.workers,
            lessons,
            Refusals.read(refused, settings.fingerprint, today),
        )
        directory = Directory(
            remote,
            mode=settings.lookup,
            lineage=self.lineage,
            claims=Claims.read(self._facts().get((service_id, CLAIMS))),
        )
        writer = Writer(remote, directory, policy)
        service = Service(
            remote=remote,
            definitions=definitions,
            policy=policy,
            rules=settings.rules(definitions, external_id_field),
            directory=directory,
            writer=writer,
            lineage=self.lineage,
            hand=writer,
            gone=dict(facts.get((service_id, GONE)) or {}),
        )
        for record, heir in service.gone.items():
            self.lineage.departed(record, heir)
        if settings.dry_run:
            service.only_tell()
        return service


def _read(destination: _Destination, stream: Stream) -> list[str]:
    route = destination.route
    given = configured(route.contact_mapping, stream.name)
    if given is None:
        told = "no mapping for this stream; only contacts and leads have a default"
        return [f"{route.mapping_path}.{stream.name}: {told}"]
    mapping, problems = read_mapping(stream.name, *given, root=route.mapping_path)
    destination.mappings[stream.name] = mapping
    problems += source_problems(mapping, stream)
    if missing := missing_defaults(mapping, stream):
        logger.warning(
            "Stream %s has no %s, which the default mapping takes; a user who may not see a field, "
            "or did not select it, syncs people without it",
            stream.name,
            ", ".join(missing),
        )
    if not stream.key_properties and external_id_source(mapping, stream) is None:
        told = (
            "the stream has no key, so its records cannot be told apart; name the field that does"
        )
        problems.append(f"{mapping.root}.external_id: {told}, or give the stream a primary key")
    return problems


def _org_id(org: object) -> tuple[str | None, list[str]]:
    try:
        return (to_18(str(org)) if org else None), []
    except ValueError:
        return None, ["x-salesforce-org: the tap names an organisation by what is no id"]


def _refuse(problems: Iterable[str]) -> None:
    if unique := list(dict.fromkeys(problems)):
        raise ConfigValidationError("The configuration is not valid", errors=unique)


def check_login(client: Zingle) -> None:
    """Refuse a contact's log-in, which cannot write other contacts.

    Raises:
        ConfigurationError: The log-in is of the wrong class.
    """
    kind = client.whoami().get("authorization_class")
    if kind not in {None, "account"}:
        raise ConfigurationError(f"the Zingle log-in is of class {kind}; an account user is needed")


def read_definitions(client: Zingle, service_id: str, names: Collection[str]) -> Definitions:
    """What a service defines; one call, unless needed fields are missing from the embedded list."""
    service = client.service(service_id)
    embedded = definitions_of(service, service.get("contact_custom_fields") or ())
    if all(embedded.field(name) is not None for name in names):
        return embedded
    # The embedded list may be cut short: ask for all before calling a field missing.
    return definitions_of(service, client.contact_fields(service_id))
