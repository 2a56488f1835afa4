"""Is every mapping legal? The target itself says so, on the tap's real schemas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_operator.check.findings import MissingField
from zingle_operator.fields.pairs import creatable_type
from zingle_operator.project.runs import last_words, temporary_log
from zingle_sync.outcomes.queries import newest_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Pipeline, Project

AREA = "Mapping"
# Keys of the mapping that go to Zingle's own contact fields.
_OWN_FIELDS = ("First Name", "Last Name", "Title")


def check_mapping(project: Project, pipeline: Pipeline, findings: Findings) -> bool:
    """Give the tap's SCHEMA messages to the target in a dry run, and collect its objections.

    Returns:
        Whether the pipeline's mapping and settings are legal.
    """
    schemas, told = project.schemas(pipeline)
    if told.code:
        findings.problem(AREA, f"{pipeline.tap}: {last_words(told)}", "Correct what it names.")
        return False
    lines = [line for line in schemas.splitlines() if b'"SCHEMA"' in line]
    problems = _objections(project, pipeline, lines)
    if problems and len(lines) > 1:
        # A target stops at the first stream that it refuses: ask about each of them.
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = pool.map(lambda line: _objections(project, pipeline, [line]), lines)
            problems = list(dict.fromkeys(one for some in found for one in some))
    if not problems:
        findings.ok(AREA, f"{pipeline.target} accepts the {len(lines)} streams of {pipeline.tap}.")
        return True
    for problem in problems:
        findings.problem(
            AREA,
            problem,
            "Correct the name, or let `zingle-sync check --fix` create the field."
            if "no contact field" in problem
            else "Correct it in the target's settings; `zingle-sync fields` lists what exists.",
        )
    return False


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


def missing_fields(
    settings: Mapping[str, Any],
    services: Mapping[str, Sequence[Mapping[str, Any]]],
    source_types: Mapping[str, Mapping[str, str]],
) -> Iterator[MissingField]:
    """The Zingle fields that the mapping names and a service lacks. Pure.

    Args:
        settings: target-zingle's settings.
        services: Contact fields of each service.
        source_types: Salesforce types by stream and field name.
    """
    for service_id, fields in services.items():
        present = {
            str(name).casefold()
            for one in fields
            for name in (one.get("display_name"), one.get("code"))
            if name
        } | {name.casefold() for name in _OWN_FIELDS}
        if settings.get("external_id_storage") == "custom_field":
            name = str(settings.get("external_id_field") or "Salesforce ID")
            if name.casefold() not in present:
                present.add(name.casefold())
                yield MissingField(service_id, name, "string", "external_id_storage: custom_field")
        for field in mapped_fields(settings, service_id):
            if field.name.casefold() in present:
                continue
            source = source_types.get(field.stream, {}).get(field.source, "string")
            data_type = creatable_type(source)
            if data_type is not None:
                present.add(field.name.casefold())
                yield MissingField(service_id, field.name, data_type, field.path)


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of a mapping's `fields`.

    Attributes:
        path: Where it stands in the settings.
        name: The Zingle field.
        source: The Salesforce field.
        stream: The stream.
        on_overflow: What it says of texts that are too long, or None.
    """

    path: str
    name: str
    source: str
    stream: str
    on_overflow: str | None = None


def mapped_fields(settings: Mapping[str, Any], service_id: str) -> Iterator[MappedField]:
    """The mapped fields of a service, in order. Pure."""
    mappings = [("contact_mapping", settings.get("contact_mapping"))]
    for place, entry in enumerate(settings.get("services") or ()):
        if isinstance(entry, dict) and str(entry.get("service_id")) == service_id:
            own = entry.get("contact_mapping")
            if own:
                mappings = [(f"services[{place}].contact_mapping", own)]
    for root, mapping in mappings:
        for stream, rules in (mapping or {}).items():
            fields = (rules.get("fields") or {}) if isinstance(rules, dict) else {}
            for name, rule in fields.items():
                own = rule if isinstance(rule, dict) else {"from": rule}
                yield MappedField(
                    f'{root}.{stream}.fields["{name}"]',
                    str(name),
                    str(own.get("from")),
                    str(stream),
                    own.get("on_overflow"),
                )
