"""One record from end to end: what came, what is wanted, who is meant, what would be written.

The record is read by the project's own tap, and decided by target-zingle's own rules, in a dry run
inside this process; a conversation's day goes through its target as in every preview.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tap_salesforce_zingle.plan.objects import STREAM_OF
from target_zingle.settings import read_settings
from target_zingle.sync import ContactSync
from target_zingle.target import TargetZingle
from target_zingle.wanted.person import Person, read_person
from zingle_operator.errors import OperatorError
from zingle_operator.preview.masks import masked, masked_row
from zingle_operator.project.processes import private_file
from zingle_operator.project.runs import last_words, log_of, run_of, temporary_log
from zingle_sync.identity import find_salesforce_id, sobject_of
from zingle_sync.outcomes import REJECT_REASONS, SKIP_REASONS, WARNINGS, Word
from zingle_sync.outcomes.lookups import facts_of_plugin
from zingle_sync.outcomes.masking import mask_text
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes
from zingle_sync.singer.plain import sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_zingle.service import Service
    from zingle_operator.project.project import Pipeline, Project
    from zingle_sync.outcomes import Outcome

_DAY = re.compile(r"[^:]+:[^:]+:\d{4}-\d\d-\d\d")
_EARLIEST = "1970-01-01T00:00:00Z"


def pipelines_for(key: str, pipelines: Iterable[Pipeline]) -> list[Pipeline]:
    """The pipelines that a key can belong to: a conversation's day, or somebody's record. Pure."""
    direction = "conversations" if _DAY.match(key) else "contacts"
    return [one for one in pipelines if one.direction == direction]


def look(project: Project, pipeline: Pipeline, key: str) -> dict[str, Any]:
    """What a run would do with one record, and why.

    Args:
        project: Whose settings are used.
        pipeline: The pipeline that reads it.
        key: A record's key in its stream, or `service:contact:day`.

    Returns:
        For programs and people: `record` with its values masked, and an entry for each service.

    Raises:
        OperatorError: If the record can't be read, or the target's settings are wrong.
    """
    if pipeline.direction == "conversations":
        return _day(project, pipeline, key)
    schema, record, notes = _read(project, pipeline, key)
    notes += _mappers_left_out(pipeline)
    document: dict[str, Any] = {"pipeline": pipeline.name, "key": key, "notes": notes}
    if record is None:
        return {**document, "stream": None, "record": {}, "services": []}
    return {
        **document,
        "stream": schema["stream"],
        "record": masked_row(record, schema["schema"].get("properties") or {}),
        "services": _decided(project, pipeline, schema, record),
    }


def _mappers_left_out(pipeline: Pipeline) -> list[str]:
    names = ", ".join(pipeline.mappers)
    return [f"In a run {names} changes it before; not in this look."] if names else []


def _read(
    project: Project, pipeline: Pipeline, key: str
) -> tuple[dict[str, Any], dict[str, Any] | None, list[str]]:
    """The record with its SCHEMA, and what is to be said about reading it."""
    settings = project.settings(pipeline.tap)
    sobject = sobject_of(key)
    if sobject not in STREAM_OF or not pipeline.own_tap:
        found = _found(_messages(project, pipeline, {}), key)
        return *found, [] if found[1] else [f"No stream of {pipeline.tap} has the record {key}."]
    record_id = find_salesforce_id(key)
    if record_id is None:
        raise OperatorError(
            f"{key} is no id of Salesforce: a letter is missing, or in another case"
        )
    conditions = settings.get("where") or {}
    own = conditions.get(sobject)
    only = f"Id = '{record_id}'"
    alone = {"objects": [sobject], "custom_queries": [], "start_date": _EARLIEST}
    notes = []
    if sobject not in (settings.get("objects") or STREAM_OF):
        notes.append(f"The tap does not read {sobject}s: `objects` leaves them out.")
    where = f"({own}) AND {only}" if own else only
    found = _found(_messages(project, pipeline, {**alone, "where": {sobject: where}}), record_id)
    if found[1] is None and own:
        found = _found(_messages(project, pipeline, {**alone, "where": {sobject: only}}), record_id)
        if found[1]:
            notes.append(f"The tap does not read it: `where.{sobject}` leaves it out.")
    if found[1] is None:
        notes.append(f"Salesforce has no {sobject} {record_id} that this user may see.")
    start = settings.get("start_date")
    stamp = str((found[1] or {}).get("SystemModstamp") or "")
    if start and stamp and stamp[:10] < str(start)[:10]:
        notes.append(f"A first load does not read it: it changed before start_date ({start}).")
    return *found, notes


def _messages(project: Project, pipeline: Pipeline, overrides: Mapping[str, Any]) -> bytes:
    with temporary_log() as (url, _):
        messages, done = project.read(pipeline, overrides, sync_log=url)
    if done.code:
        raise OperatorError(f"{pipeline.tap} can't read: {last_words(done)}")
    return messages


def _found(messages: bytes, key: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The SCHEMA and the RECORD of that key; the last one, as a target would keep it. Pure."""
    schemas: dict[str, dict[str, Any]] = {}
    schema: dict[str, Any] = {}
    record: dict[str, Any] | None = None
    for line in messages.splitlines():
        if not line.startswith(b"{"):
            continue
        message = msgspec.json.decode(line)
        if message.get("type") == "SCHEMA":
            schemas[message["stream"]] = message
        elif message.get("type") == "RECORD":
            its = schemas.get(message["stream"]) or {}
            row = message["record"]
            keys = [str(row.get(name)) for name in its.get("key_properties") or ()]
            if ":".join(keys) == key:
                schema, record = its, row
    return schema, record


def _decided(
    project: Project, pipeline: Pipeline, schema: Mapping[str, Any], record: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What target-zingle would do with a record, in each service."""
    config = {**project.settings(pipeline.target), "dry_run": True}
    if problems := TargetZingle.problems_of(config):
        raise OperatorError(
            f"{pipeline.target}: {problems[0].rstrip('.')}; see `zingle-sync check`"
        )
    engine = log_of(project)
    facts = facts_of_plugin(engine, pipeline.target, project.environment) if engine else {}
    sync = ContactSync(read_settings(config), lambda: facts)
    stream, keys = schema["stream"], schema.get("key_properties") or ()
    try:
        sync.preparation.register(stream, schema["schema"], keys)
        sync.preparation.prepare()
        key = ":".join(str(record.get(name)) for name in keys)
        outcomes = [*sync.settle(stream, [(key, record)]), *sync.finish()]
        services = {one.id: one for one in sync.preparation.services.values()}
        return [
            _service(outcome, services.get(outcome.service_id), stream, key, record)
            for outcome in outcomes
        ]
    except Exception as error:
        # What ends a run with a sentence ends this look with the same one.
        if not (sentences := sentences_of(error)):
            raise
        raise OperatorError(f"{pipeline.target}: {sentences[0].rstrip('.')}") from error
    finally:
        sync.preparation.close()


def _service(
    outcome: Outcome, service: Service | None, stream: str, key: str, record: Mapping[str, Any]
) -> dict[str, Any]:
    """One service's share, with the wanted values masked."""
    wanted: dict[str, Any] = {}
    person = read_person(record, key, service.plans[stream], service.rules) if service else None
    if service and isinstance(person, Person):
        kinds = {
            plan.target.id: plan.source.hint.get("type") for plan in service.plans[stream].fields
        }
        wanted = {
            "external_id": person.external_id,
            "phones": [masked(phone.e164) for phone in person.phones],
            "emails": [masked(email) for email in person.emails],
            "labels": [label.name for label in person.labels],
            "fields": {
                write.target.name: masked(write.value, kinds.get(write.target.id))
                for write in person.writes
            },
            "fate": person.fate,
        }
    return {"service_id": outcome.service_id, "wanted": wanted, **_told(_row(outcome))}


def _row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the sync log would hold it."""
    return {
        "outcome": outcome.kind,
        "target_id": outcome.target_id,
        "matched_on": outcome.matched_on,
        "reason": outcome.reason,
        "changed_fields": list(outcome.changed_fields),
        "warnings": [mask_text(warning) for warning in outcome.warnings],
        "error_message": outcome.error and mask_text(outcome.error.message),
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of outcomes with what its words mean. Pure."""
    words = {"skipped": SKIP_REASONS, "rejected": REJECT_REASONS}.get(row["outcome"], {})
    word = words.get(row["reason"] or "", Word(""))
    return {
        "outcome": row["outcome"],
        "target_id": row["target_id"],
        "matched_on": row["matched_on"],
        "changed_fields": row["changed_fields"] or [],
        "reason": row["reason"],
        "meaning": word.meaning,
        "todo": word.remedy,
        "error": row["error_message"],
        "warnings": [
            {"warning": warning, "meaning": WARNINGS[warning.partition(":")[0]].meaning}
            for warning in row["warnings"] or ()
        ],
    }


def _day(project: Project, pipeline: Pipeline, key: str) -> dict[str, Any]:
    """What target-salesforce-activity would do with a conversation's day."""
    with private_file(key) as path, temporary_log(project) as (url, engine):
        messages = _messages(project, pipeline, {"only_keys_file": str(path)})
        done = project.feed(pipeline.target, messages, {"dry_run": True, "sync_log_url": url})
        run = run_of(engine, pipeline.target, project.environment, done)
        rows = list(list_outcomes(engine, OutcomeFilter(runs=str(run["id"]))))
    schema, record = _record_of_day(messages)
    shown = masked_row(record or {}, schema.get("schema", {}).get("properties") or {})
    notes = [] if record else [f"Zingle has no message of {key}, or this log-in may not see it."]
    return {
        "pipeline": pipeline.name,
        "key": key,
        "notes": [
            *notes,
            *_mappers_left_out(pipeline),
            *([str(run["error"])] if run["error"] else []),
        ],
        "stream": schema.get("stream"),
        "record": shown,
        "services": [
            {"service_id": row["service_id"], "wanted": {}, **_told(dict(row))} for row in rows
        ],
    }


def _record_of_day(messages: bytes) -> tuple[dict[str, Any], dict[str, Any] | None]:
    schema: dict[str, Any] = {}
    record: dict[str, Any] | None = None
    for line in messages.splitlines():
        message = msgspec.json.decode(line) if line.startswith(b"{") else {}
        if message.get("type") == "SCHEMA":
            schema = message
        elif message.get("type") == "RECORD":
            record = message["record"]
    return schema, record
