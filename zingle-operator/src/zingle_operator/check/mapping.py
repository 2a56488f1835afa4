"""Is every mapping legal? The target itself says so, on the tap's real schemas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from target_zingle.wanted.definitions import Definitions
from target_zingle.wanted.mapping import (
    DEFAULTS,
    NAMES,
    configured,
    missing_defaults,
    read_mapping,
)
from target_zingle.wanted.problems import suggestion
from target_zingle.wanted.records import Stream, schema_fields
from target_zingle.wanted.routes import read_routes, unknown_names
from zingle_operator.check.findings import MissingField
from zingle_operator.errors import OperatorError
from zingle_operator.fields.suggestions import SalesforceField, creatable_type
from zingle_operator.project.runs import last_words, temporary_log
from zingle_sync.outcomes.queries import newest_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_zingle.wanted.mapping import FieldRule
    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Pipeline, Project

AREA = "Mapping"


def check_mapping(project: Project, pipeline: Pipeline, findings: Findings) -> bool:
    """Give the tap's SCHEMA messages to the target in a dry run, and collect its objections.

    Returns:
        Whether the pipeline's mapping and settings are legal.
    """
    schemas, told = project.schemas(pipeline)
    if told.code and not pipeline.own_tap:
        findings.note(
            AREA,
            f"{pipeline.tap} does not tell its streams without reading, so its mapping is unknown.",
            "See what a dry run says: `zingle-sync preview --full`.",
        )
        return True
    if told.code:
        findings.problem(AREA, f"{pipeline.tap}: {last_words(told)}", "Correct what it names.")
        return False
    lines = _schema_lines(schemas)
    unsent, unknown = _unsent(project, pipeline, lines)
    for mapping, stops in unsent:
        told_as = findings.problem if stops else findings.warn
        told_as(AREA, f"{mapping} ({pipeline.tap})", "Correct the name, or take the mapping out.")
    for name in unknown:
        findings.problem(
            AREA,
            f"{name} ({pipeline.tap})",
            "Correct the name: what nobody sends counts as empty.",
        )
    try:
        problems = _objections(project, pipeline, lines)
    except OperatorError as error:
        # A run may do well all the same: only the question can't be asked here.
        findings.warn(AREA, f"{error}.", "Then check again: the mapping was not tried.")
        return True
    if problems and len(lines) > 1:
        # A target stops at the first stream that it refuses: ask about each of them.
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = pool.map(lambda line: _objections(project, pipeline, [line]), lines)
            problems = list(dict.fromkeys(one for some in found for one in some))
    if not problems:
        findings.ok(AREA, f"{pipeline.target} accepts the {len(lines)} streams of {pipeline.tap}.")
    for problem in problems:
        findings.problem(
            AREA,
            problem,
            "Correct the name, or let `zingle-sync check --fix` create the field."
            if "no contact field" in problem
            else "Correct it in the target's settings; `zingle-sync fields` lists what exists.",
        )
    return not problems


def _schema_lines(messages: bytes) -> list[bytes]:
    return [line for line in messages.splitlines() if b'"SCHEMA"' in line]


def _stream(line: bytes) -> Stream:
    message = msgspec.json.decode(line)
    return Stream(str(message["stream"]), schema_fields(message["schema"]))


def _unsent(
    project: Project, pipeline: Pipeline, lines: Sequence[bytes]
) -> tuple[list[tuple[str, bool]], list[str]]:
    """What no tap sends to the target, as far as all of them tell.

    Returns:
        The mappings of streams, each with whether it stops a run, and the names in conditions of
        services.
    """
    settings, sent = project.settings(pipeline.target), [_stream(line) for line in lines]
    # The target's stream maps may make fields that no tap sends.
    routes = () if settings.get("stream_maps") else read_routes(settings)[0]

    def missing() -> tuple[list[tuple[str, bool]], list[str]]:
        streams = [stream.name for stream in sent]
        return list(unsent_streams(settings, streams)), list(unknown_names(routes, sent))

    found = missing()
    for other in project.pipelines:
        if any(found) and other.target == pipeline.target and other.tap != pipeline.tap:
            schemas, told = project.schemas(other)
            if told.code:
                return [], []
            sent += map(_stream, _schema_lines(schemas))
            found = missing()
    return found if sent else (found[0], [])


def _objections(project: Project, pipeline: Pipeline, schemas: Sequence[bytes]) -> list[str]:
    """What a target says against some streams, in a dry run of its own."""
    with temporary_log() as (url, engine):
        done = project.feed(
            pipeline.target,
            b"".join(line + b"\n" for line in schemas),
            {"dry_run": True, "sync_log_url": url},
        )
        run = newest_run(engine, pipeline.target, project.environment)
    if done.code == 0:
        return []
    told = ((run["facts"] or {}).get("problems") or [run["error"]]) if run else []
    problems = [str(one).removeprefix("Configuration: ") for one in told if one]
    return problems or [last_words(done)]


def unsent_streams(
    settings: Mapping[str, Any], streams: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    """Mappings of streams that the tap does not send, and whether the name is unknown. Pure."""
    for route in read_routes(settings)[0]:
        for stream in route.contact_mapping:
            if stream not in streams:
                hint = suggestion(stream, streams)
                yield (
                    f"{route.mapping_path}.{stream}: the tap sends no stream of this name{hint}",
                    stream.casefold() not in DEFAULTS,
                )


def hidden_defaults(
    settings: Mapping[str, Any], sources: Mapping[str, Mapping[str, SalesforceField]]
) -> dict[str, list[str]]:
    """Fields that are mapped by default and that the user can't see, by stream. Pure."""
    hidden: dict[str, list[str]] = {}
    for route in read_routes(settings)[0]:
        for stream, fields in sources.items():
            given = configured(route.contact_mapping, stream)
            mapping, _ = read_mapping(stream, *(given or ({}, {})), root=route.mapping_path)
            known = Stream(stream, {name: field.source for name, field in fields.items()})
            missing = missing_defaults(mapping, known)
            # The code is there only where states have codes.
            if all(rule.default and rule.source not in fields for rule in mapping.region):
                missing += [rule.source for rule in mapping.region[-1:]]
            hidden[stream] = list(dict.fromkeys([*hidden.get(stream, ()), *missing]))
    return {stream: names for stream, names in hidden.items() if names}


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of a mapping's `fields`: where it stands, the Zingle field, and its rule."""

    path: str
    name: str
    stream: str
    rule: FieldRule


def mapped_fields(settings: Mapping[str, Any], service_id: str) -> Iterator[MappedField]:
    """The mapped fields of a service, in order. Pure."""
    for route in read_routes(settings)[0]:
        for stream in route.contact_mapping if route.service_id == service_id else ():
            given = configured(route.contact_mapping, stream)
            mapping, _ = read_mapping(stream, *(given or ({}, {})), root=route.mapping_path)
            for name, rule in mapping.fields.items():
                yield MappedField(f'{mapping.root}.fields["{name}"]', name, stream, rule)


def missing_fields(
    plugin: str,
    settings: Mapping[str, Any],
    services: Mapping[str, Definitions],
    sources: Mapping[str, Mapping[str, SalesforceField]],
) -> Iterator[MissingField]:
    """The Zingle fields that the mapping names and a service lacks. Pure.

    Args:
        plugin: Whose settings they are.
        settings: target-zingle's settings, with their defaults.
        services: What each service defines.
        sources: Salesforce fields by stream and name.
    """
    own = {name.casefold() for name in NAMES.values()}
    for service_id, definitions in services.items():
        wanted: list[tuple[str, str | None, str]] = []
        if settings.get("external_id_storage") == "custom_field":
            why = "external_id_storage: custom_field"
            wanted.append((settings["external_id_field"], "string", why))
        for field in mapped_fields(settings, service_id):
            source = sources.get(field.stream, {}).get(field.rule.source)
            data_type = creatable_type(source) if source else "string"
            wanted.append((field.name, data_type, field.path))
        seen = set(own)
        for name, data_type, why in wanted:
            if data_type and name.casefold() not in seen and definitions.field(name) is None:
                seen.add(name.casefold())
                yield MissingField(plugin, service_id, name, data_type, why)
