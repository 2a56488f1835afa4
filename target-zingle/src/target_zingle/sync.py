"""The run: every record goes to its services, is settled there, or waits.

Read this first: `settle` is the walk of a record from its batch to its outcome.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from target_zingle.create_cap import CreateCap
from target_zingle.decided.groups import newest_rows
from target_zingle.known.claims import CLAIMS
from target_zingle.known.linking import LINKING
from target_zingle.known.refusals import REFUSED
from target_zingle.preparing import GONE, LESSONS, Preparation
from target_zingle.state_gate import BECAUSE_OF_OTHERS, MOST, WaitingRoom
from target_zingle.vendor import VendorGate
from target_zingle.wanted.person import LeftOut, Person, Unreadable, read_person
from target_zingle.wanted.records import flatten
from target_zingle.wanted.routes import routes_for
from target_zingle.wanted.types import source_kind
from zingle_sync.outcomes import SERVICE_NAME, Outcome, OutcomeError
from zingle_sync.singer.errors import StopRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from target_zingle.preparing import Facts
    from target_zingle.service import Service
    from target_zingle.settings import Settings
    from target_zingle.wanted.person import Row


class ContactSync:
    """Settles people of all streams in all services."""

    def __init__(self, settings: Settings, facts: Callable[[], Facts]) -> None:
        self._settings = settings
        self.gate = VendorGate(self.service_ids, facts, allowed=settings.allow_vendor_connector)
        self.preparation = Preparation(settings, facts, self.gate)
        self._kept: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.waiting = WaitingRoom(CreateCap(0 if settings.dry_run else settings.max_creates))

    @property
    def service_ids(self) -> list[str]:
        """The services that contacts go to."""
        return [route.service_id for route in self._settings.routes]

    @property
    def facts(self) -> dict[str, Any]:
        """What the run learnt about the services, for `zingle-sync status` and `report`."""
        services = self.preparation.services.values()
        return {
            "mapping": [
                {
                    "stream": plan.stream,
                    "source": field.source.path,
                    "source_type": field.source.hint.get("type") or source_kind(field.source).value,
                    "field": field.target.name,
                    "field_type": field.target.kind.value,
                }
                for service in services
                for plan in service.plans.values()
                for field in plan.fields
            ],
            "zingle_services": [service.id for service in services],
            "zingle_locks_our_contacts": sorted(
                {source for service in services for source in service.writer.locks_seen}
            ),
            "linking_stopped": any(service.policy.linking.stopped for service in services),
        }

    def settle(self, stream: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Outcome]:
        """Settle a batch of one stream: source keys and records, in order of arrival.

        Returns:
            Outcomes of the records that are settled; the others wait.

        Raises:
            StopRun: More contacts would be created than allowed.
            ZingleError: Nothing more can be written in this run.
        """
        self.preparation.prepare()
        outcomes: list[Outcome] = []
        people: dict[str, list[Person]] = defaultdict(list)
        left_out: dict[str, set[Row]] = defaultdict(set)
        for key, record in rows:
            services = self._services_for(record)
            if not services:
                outcomes.append(_skipped(stream, "", key, "unrouted"))
            for service in services:
                read = _read(stream, key, record, service)
                if isinstance(read, Person):
                    self.preparation.lineage.note(read)
                    people[service.id].append(read)
                    left_out[service.id].discard(read.row)
                else:
                    if read.identity is not None:
                        self.preparation.lineage.lives(read.identity)
                        left_out[service.id].add((stream, read.identity, key))
                    outcomes.append(_unread(stream, key, read, service))
        for service in self.preparation.services.values():
            out, came = left_out[service.id], people[service.id]
            gone = self.waiting.withdraw(service.id, out)
            service.forget_pending(gone)
            older = [person for person in came if person.row in out] if out else []
            outcomes += _superseded(service, [*gone, *older])
            if came:
                outcomes += self._settle_in(service, [one for one in came if one.row not in out])
        return outcomes

    def _services_for(self, record: Mapping[str, Any]) -> list[Service]:
        routes = self._settings.routes
        conditional = any(route.when is not None for route in routes)
        flat = flatten(record) if conditional else {}
        services = self.preparation.services
        return [services[route.path] for route in routes_for(flat, routes, self._settings.route)]

    def _settle_in(self, service: Service, people: Iterable[Person]) -> list[Outcome]:
        waiting = self.waiting
        again, others = waiting.split(service.id, people)
        latest, superseded = newest_rows(others)
        cap = waiting.cap
        batch = service.settle(latest, hold=not cap.exceeded, hold_creates=cap.holds_creates)
        if cap.exceeded:
            cap.counted += sum(outcome.kind == "would_create" for _, outcome in batch.settled)
            return []
        for person, outcome in batch.settled:
            waiting.remember(service.id, person, outcome)
            self._note(service, person, outcome)
        outcomes = [*_superseded(service, superseded), *(outcome for _, outcome in batch.settled)]
        held = [*again, *batch.held]
        waiting.to_the_end = waiting.to_the_end or batch.to_the_end
        if waiting.hold(service.id, held, batch.creates):
            self._stop_creating()
        elif held and waiting.opens:
            outcomes += self._release(service)
        return outcomes

    def _note(self, service: Service, person: Person, outcome: Outcome) -> None:
        """Keep what replay and later runs need.

        Later runs give the guests of records that are gone to whoever comes for them.
        """
        if outcome.kept:
            self._kept[person.stream, person.source_key] = person.record
        gone = service.gone
        gone.pop(person.identity, None)
        stays = outcome.target_id is not None and outcome.kind != "linked"
        if person.fate != "living" and stays and len(gone) < MOST:
            gone[person.identity] = person.successor

    def _stop_creating(self) -> None:
        """Nothing is written from here on; where it costs no calls, the rest is counted."""
        services = self.preparation.services.values()
        if not all(service.directory.complete for service in services):
            raise StopRun(self.waiting.cap.sentence(complete=False), code="too_many_creates")
        for service in services:
            service.only_tell()

    def _release(self, service: Service, *, end: bool = False) -> list[Outcome]:
        """Settle who waits; at the end, look again at those who were left out, too."""
        people, superseded = self.waiting.release(service.id)
        told = self.waiting.remembered(service.id) if end else {}
        service.forget_pending([*people, *superseded])
        batch = service.settle([*told.values(), *people])
        self.waiting.cap.created += sum(outcome.kind == "created" for _, outcome in batch.settled)
        outcomes = _superseded(service, superseded)
        for person, outcome in batch.settled:
            if person.subject not in told or outcome.reason not in BECAUSE_OF_OTHERS:
                outcomes.append(outcome)
            self._note(service, person, outcome)
            if not end:
                self.waiting.remember(service.id, person, outcome)
        return outcomes

    def finish(self) -> list[Outcome]:
        """Outcomes of those who were held back, and better ones of those who were left out.

        Raises:
            StopRun: More contacts would be created than allowed; none was.
        """
        if self.waiting.cap.exceeded:
            raise StopRun(self.waiting.cap.sentence(complete=True), code="too_many_creates")
        outcomes: list[Outcome] = []
        for service in self.preparation.services.values():
            outcomes += self._release(service, end=True)
        return outcomes

    def learnt(self) -> Iterator[tuple[str, str, Any]]:
        """What the next run should know: service, name, and JSON."""
        yield from self.gate.learnt()
        for service in self.preparation.services.values():
            if service.definitions.name:
                yield service.id, SERVICE_NAME, service.definitions.name
            if service.lessons:
                yield service.id, LESSONS, service.lessons.stored(self._settings.fingerprint)
            # A record may be there again, whether or not its person may be written.
            gone = self.preparation.lineage.gone
            yield service.id, GONE, {one: service.gone[one] for one in service.gone if one in gone}
            yield service.id, CLAIMS, service.directory.claims.stored()
            refused = service.remote.refusals.stored(self._settings.fingerprint)
            yield service.id, REFUSED, refused
        yield from self.proven()

    def proven(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """What is known about linking, which is told however the run ends."""
        for service in self.preparation.services.values():
            if service.policy.linking:
                yield service.id, LINKING, service.policy.linking.stored()

    def kept(self, outcomes: Iterable[Outcome]) -> dict[str, Mapping[str, Any]]:
        """Records of one stream, by source key, that are kept for replay; asked once."""
        keys = {(outcome.stream, outcome.source_key) for outcome in outcomes}
        return {key[1]: self._kept.pop(key) for key in keys if key in self._kept}


def _skipped(stream: str, service_id: str, key: str, reason: str) -> Outcome:
    return Outcome(stream, service_id, key, "skipped", reason=reason, attempts=0)


def _superseded(service: Service, people: Iterable[Person]) -> list[Outcome]:
    return [
        _skipped(person.stream, service.id, person.source_key, "superseded") for person in people
    ]


def _read(
    stream: str, key: str, record: Mapping[str, Any], service: Service
) -> Person | LeftOut | Unreadable:
    read = read_person(record, key, service.plans[stream], service.rules)
    if isinstance(read, Person) and not key:
        return Unreadable("invalid_record", "neither a key nor an external id")
    return read


def _unread(stream: str, key: str, read: LeftOut | Unreadable, service: Service) -> Outcome:
    """What becomes of a record at once that says nothing about its person."""
    match read:
        case LeftOut(reason=reason):
            return _skipped(stream, service.id, key, reason)
        case Unreadable(reason=reason):
            error = OutcomeError("RecordError", message=read.message, field=read.field)
            return Outcome(
                stream, service.id, key, "rejected", reason=reason, error=error, attempts=0
            )
