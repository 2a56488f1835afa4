"""One run of the target: streams, services, routing, and the cap on creates."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import ConfigValidationError

from target_zingle.compiling import compile_mapping, target_problems
from target_zingle.connecting import (
    Connection,
    build_service,
    check_login,
    external_id_target,
    read_definitions,
)
from target_zingle.creates import CreateLimit
from target_zingle.groups import newest_rows
from target_zingle.lineage import Lineage
from target_zingle.mapping import NAMES, configured, read_mapping, source_problems
from target_zingle.people import LeftOut, Person, Unreadable, read_person
from target_zingle.records import flatten, schema_fields
from target_zingle.routing import Route, read_routes, routes_for
from target_zingle.values import source_kind
from zingle_sync.identity import find_salesforce_id, to_18
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.singer import StopRun
from zingle_sync.zingle import Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_zingle.mapping import StreamMapping
    from target_zingle.records import SourceField
    from target_zingle.service import Service

logger = logging.getLogger(__name__)

_LONGEST_WAIT_LIST = 10_000
_HASHED = ("contact_mapping", "services", "match_keys", "external_id_template", "default_region")


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as its SCHEMA described it."""

    name: str
    fields: Mapping[str, SourceField]
    key_properties: tuple[str, ...]


@dataclass(slots=True)
class _Destination:
    """A route and, once connected, its service."""

    route: Route
    mappings: dict[str, StreamMapping]
    service: Service | None = None


class ContactSync:
    """Settles people of all streams in all services; silent until the first record.

    Args:
        config: The target's settings.
        client: The API, if it is not to be built from the settings.
    """

    def __init__(self, config: Mapping[str, Any], client: Zingle | None = None) -> None:
        self._config = config
        self._client = client
        self._pool: ThreadPoolExecutor | None = None
        routes, problems = read_routes(config)
        if problems:
            raise ConfigValidationError("The configuration is not valid", errors=problems)
        self._destinations = [_Destination(route, {}) for route in routes]
        self._streams: dict[str, Stream] = {}
        self._lineage = Lineage()
        self._waiting: dict[str, list[tuple[Service, Person, Outcome]]] = {}
        self._org_id: str | None = None
        self._connected = False
        limit = 0 if config.get("dry_run") else int(config.get("max_creates_per_run", 500))
        self.limit = CreateLimit(limit)

    @property
    def calls(self) -> int:
        """Requests sent to Zingle so far."""
        return self._client.calls if self._client else 0

    @property
    def mapping_hash(self) -> str:
        """Changes when the configuration changes what is written."""
        decides = {key: self._config.get(key) for key in _HASHED}
        encoded = msgspec.json.encode(decides, order="deterministic")
        return hashlib.sha256(encoded).hexdigest()

    @property
    def facts(self) -> dict[str, Any]:
        """What the run learnt about the services, for `zingle-sync status` and `report`."""
        services = [found.service for found in self._destinations if found.service]
        return {
            "mapping": [
                {
                    "stream": compiled.stream,
                    "source": plan.source.path,
                    "source_type": plan.source.hint.get("type") or source_kind(plan.source).value,
                    "field": plan.target.name,
                    "field_type": plan.target.kind.value,
                }
                for service in services
                for compiled in service.compiled.values()
                for plan in compiled.fields
            ],
            "zingle_services": [service.id for service in services],
            "zingle_locks_our_contacts": sorted(
                {source for service in services for source in service.writer.locks_seen}
            ),
            "linking_stopped": any(service.linker.stopped for service in services),
        }

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
        problems = self._note_org(schema.get("x-salesforce-org"))
        known = Stream(stream, schema_fields(schema), tuple(key_properties))
        self._streams[stream] = known
        for destination in self._destinations:
            problems += self._read(destination, known)
        if self._connected:
            problems += self._compile([known])
        elif problems:
            try:
                problems += self._connect()
            except ZingleError as error:
                problems.append(str(error))
        self._refuse(problems)

    def _note_org(self, org: object) -> list[str]:
        template = str(self._config.get("external_id_template") or "{id}")
        if not org:
            if "{org_id}" in template:
                return ["external_id_template: the tap does not tell its organisation's id"]
            return []
        org_id = to_18(str(org))
        if self._org_id not in {None, org_id} and "{org_id}" not in template:
            told = f"records of two Salesforce organisations ({self._org_id}, {org_id}) in one run"
            return [f"external_id_template: {told}; use {{org_id}}:{{id}}"]
        self._org_id = org_id
        for destination in self._destinations:
            if destination.service is not None:
                service = destination.service
                service.reading = replace(service.reading, org_id=org_id)
        return []

    def _read(self, destination: _Destination, stream: Stream) -> list[str]:
        route = destination.route
        found = configured(route.contact_mapping, stream.name)
        if found is None:
            told = "no mapping for this stream; only contacts and leads have a default"
            return [f"{route.mapping_path}.{stream.name}: {told}"]
        mapping, problems = read_mapping(stream.name, *found, root=route.mapping_path)
        destination.mappings[stream.name] = mapping
        return problems + source_problems(mapping, stream.fields)

    @staticmethod
    def _refuse(problems: Iterable[str]) -> None:
        unique = list(dict.fromkeys(problems))
        if unique:
            raise ConfigValidationError("The configuration is not valid", errors=unique)

    # Zingle's definitions

    def prepare(self) -> None:
        """Log in and check the mappings against Zingle's definitions, once.

        Raises:
            ConfigValidationError: All problems at once.
            ZingleError: The log-in, the service or the rights are not as they must be.
        """
        if not self._connected:
            self._refuse(self._connect())

    def _connect(self) -> list[str]:
        if self._client is None:
            self._client = Zingle.from_settings(self._config)
        workers = int(self._config.get("concurrency") or 4)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(workers, thread_name_prefix="zingle")
        check_login(self._client)
        connection = Connection(self._client, self._pool, workers, self._lineage, self._org_id)
        problems: list[str] = []
        for destination in self._destinations:
            unseen = self._unseen(destination)
            names = {
                name
                for mapping in (*destination.mappings.values(), *unseen)
                for name in (*mapping.fields, *(NAMES[key] for key in mapping.names))
            }
            definitions = read_definitions(self._client, destination.route.service_id, names)
            target, found = external_id_target(self._config, definitions)
            problems += found
            for mapping in unseen:
                problems += target_problems(mapping, definitions)
            action, _, label = str(self._config.get("on_source_delete") or "").partition(":")
            if action == "label" and label not in definitions.labels:
                problems.append(f'on_source_delete: no label "{label}" in Zingle')
            destination.service = build_service(connection, self._config, definitions, target)
        self._connected = True
        return problems + self._compile(self._streams.values())

    def _unseen(self, destination: _Destination) -> list[StreamMapping]:
        """Mappings of streams whose schema has not come yet: their Zingle side can be checked."""
        route = destination.route
        return [
            read_mapping(stream, *found, root=route.mapping_path)[0]
            for stream in route.contact_mapping
            if stream not in self._streams
            and (found := configured(route.contact_mapping, stream)) is not None
        ]

    def _compile(self, streams: Iterable[Stream]) -> list[str]:
        problems: list[str] = []
        for destination in self._destinations:
            service = destination.service
            if service is None:
                continue
            for stream in streams:
                mapping = destination.mappings.get(stream.name)
                if mapping is None:
                    continue
                compiled, found = compile_mapping(
                    mapping,
                    stream.fields,
                    stream.key_properties,
                    service.definitions,
                    on_overflow=str(self._config.get("on_overflow") or "error"),
                    external_id_field=service.external_id_field,
                )
                service.compiled[stream.name] = compiled
                problems += found
        return problems

    # RECORD

    def settle(self, stream: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Outcome]:
        """Settle a batch of one stream.

        Args:
            stream: Its name.
            rows: Source keys and records, in order of arrival.

        Returns:
            Outcomes of the records that are settled; the others are held until `finish`.

        Raises:
            StopRun: More contacts would be created than allowed.
            ZingleError: Nothing more can be written in this run.
        """
        self.prepare()
        outcomes: list[Outcome] = []
        people: dict[str, list[Person]] = {}
        records: dict[str, Mapping[str, Any]] = {}
        conditional = any(found.route.when is not None for found in self._destinations)
        services = {found.route.path: found.service for found in self._destinations}
        for key, record in rows:
            taken = routes_for(
                flatten(record) if conditional else {},
                [found.route for found in self._destinations],
                self._config.get("route", "first"),
            )
            if not taken:
                outcomes.append(_plain(stream, "", key, "skipped", "unrouted"))
            for route in taken:
                service = services[route.path]
                if service is None:
                    continue
                match read_person(record, key, service.compiled[stream], service.reading):
                    case LeftOut():
                        outcomes.append(_plain(stream, service.id, key, "skipped", "filtered"))
                    case Unreadable() as problem:
                        outcomes.append(_unreadable(stream, service.id, key, problem))
                    case Person() as person:
                        people.setdefault(service.id, []).append(person)
                        records[key] = record
        self._note_gone(person for batch in people.values() for person in batch)
        for service in services.values():
            if service is not None and service.id in people:
                outcomes += self._settle_in(service, people[service.id], records)
        return outcomes

    def _note_gone(self, people: Iterable[Person]) -> None:
        for person in people:
            if person.salesforce_id is None:
                continue
            if person.fate == "living":
                self._lineage.lives(person.salesforce_id)
            else:
                self._lineage.departed(person.salesforce_id, person.successor)

    def _settle_in(
        self,
        service: Service,
        people: Sequence[Person],
        records: Mapping[str, Mapping[str, Any]],
    ) -> list[Outcome]:
        latest, superseded = newest_rows([*self._no_longer_blocked(service), *people])
        outcomes = [
            _plain(person.stream, service.id, person.source_key, "skipped", "superseded")
            for person in superseded
        ]
        batch = service.settle(latest, hold_creates=self.limit.active)
        if self.limit.exceeded:
            self.limit.counted += sum(one.kind == "would_create" for _, one in batch.settled)
            return []
        outcomes += self._kept_waiting(service, batch.settled)
        if batch.held:
            too_many = self.limit.hold(service.id, batch.held, batch.creates)
            self.limit.records.update(
                {person.source_key: records.get(person.source_key, {}) for person in batch.held}
            )
            if too_many:
                self._stop_creating()
            elif not self.limit.whole_run:
                outcomes += self._release(service)
        return outcomes

    def _stop_creating(self) -> None:
        """Nothing is written from here on; where it costs no calls, the rest is counted."""
        services = [found.service for found in self._destinations if found.service]
        if not all(service.directory.complete for service in services):
            raise StopRun(self.limit.sentence(complete=False), code="too_many_creates")
        for service in services:
            service.dry_run = True

    def _release(self, service: Service) -> list[Outcome]:
        people, superseded = newest_rows(self.limit.release(service.id))
        service.forget_pending([*people, *superseded])
        batch = service.settle(people, hold_creates=False)
        self.limit.created += sum(one.kind == "created" for _, one in batch.settled)
        self.limit.counted = 0
        return [
            *(
                _plain(person.stream, service.id, person.source_key, "skipped", "superseded")
                for person in superseded
            ),
            *self._kept_waiting(service, batch.settled),
        ]

    # People whose contact belongs to a record that may turn out to be gone

    def _kept_waiting(
        self, service: Service, settled: Iterable[tuple[Person, Outcome]]
    ) -> list[Outcome]:
        """Hold back who was skipped for a sharer: a later row may tell that the sharer is gone."""
        outcomes: list[Outcome] = []
        for person, outcome in settled:
            blocker = None
            if outcome.reason == "shared_channel" and outcome.target_id:
                contact = service.directory.index.get(outcome.target_id)
                blocker = find_salesforce_id(contact.external_id) if contact else None
            if blocker is None or len(self._waiting) >= _LONGEST_WAIT_LIST:
                outcomes.append(outcome)
            else:
                self._waiting.setdefault(blocker, []).append((service, person, outcome))
        return outcomes

    def _no_longer_blocked(self, service: Service) -> list[Person]:
        people: list[Person] = []
        for blocker in [name for name in self._waiting if name in self._lineage.gone]:
            kept = []
            for entry in self._waiting.pop(blocker):
                if entry[0] is service:
                    people.append(entry[1])
                else:
                    kept.append(entry)
            if kept:
                self._waiting[blocker] = kept
        return people

    # The end

    @property
    def holds_state(self) -> bool:
        """Whether records that came are not settled, so that STATE must not move past them."""
        return self.limit.waiting

    def finish(self) -> tuple[list[Outcome], dict[str, Mapping[str, Any]]]:
        """Settle who was held back.

        Returns:
            Outcomes, and the records by source key.

        Raises:
            StopRun: More contacts would be created than allowed; none was.
        """
        if self.limit.exceeded:
            raise StopRun(self.limit.sentence(complete=True), code="too_many_creates")
        outcomes: list[Outcome] = []
        for destination in self._destinations:
            if destination.service is not None:
                outcomes += self._release(destination.service)
        outcomes += [entry[2] for waiting in self._waiting.values() for entry in waiting]
        self._waiting.clear()
        return outcomes, dict(self.limit.records)

    def close(self) -> None:
        """Stop the workers and close connections."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        for destination in self._destinations:
            if destination.service is not None:
                destination.service.directory.index.close()
        if self._client is not None:
            self._client.close()


def _plain(stream: str, service_id: str, key: str, kind: Any, reason: str) -> Outcome:  # noqa: ANN401 - a word of OutcomeKind
    return Outcome(stream, service_id, key, kind, reason=reason, attempts=0)


def _unreadable(stream: str, service_id: str, key: str, problem: Unreadable) -> Outcome:
    return Outcome(
        stream,
        service_id,
        key,
        "rejected",
        reason=problem.reason,
        error=OutcomeError("RecordError", message=problem.message, field=problem.field),
        attempts=0,
    )
