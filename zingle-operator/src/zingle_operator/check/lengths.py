"""Are mapped texts longer than a Zingle field holds? Only reading them can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_operator.check.mapping import mapped_fields
from zingle_operator.fields.pairs import legal_types
from zingle_operator.fields.suggestions import LONGEST_TEXT, source_fields
from zingle_sync.salesforce import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zingle_operator.check.findings import Findings
    from zingle_sync.salesforce import Salesforce

AREA = "Mapping"
# SOQL can neither filter, sort nor aggregate long texts, so rows are read, one to ten pages.
ROWS_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class LongText:
    """A mapped Salesforce field that may hold more than a Zingle field does.

    Attributes:
        sobject: Its object.
        name: Its API name.
        truncate: Whether the mapping cuts what is too long; else such a record is rejected.
    """

    sobject: str
    name: str
    truncate: bool


def long_texts(
    settings: Mapping[str, Any],
    services: Iterable[str],
    lengths: Mapping[str, tuple[str, Mapping[str, int]]],
) -> list[LongText]:
    """The mapped fields that may overflow, each once. Pure.

    Args:
        settings: target-zingle's settings.
        services: The services that are written to.
        lengths: By stream its object, and the longest text of each field.
    """
    cut: dict[tuple[str, str], bool] = {}
    usual = settings.get("on_overflow")
    for service_id in services:
        for field in mapped_fields(settings, service_id):
            sobject, longest = lengths.get(field.stream, ("", {}))
            if longest.get(field.source, 0) > LONGEST_TEXT:
                key = (sobject, field.source)
                # One rule that rejects is enough for the record to be rejected.
                truncate = (field.on_overflow or usual) == "truncate"
                cut[key] = cut.get(key, True) and truncate
    return [LongText(sobject, name, truncate) for (sobject, name), truncate in cut.items()]


def check_lengths(
    client: Salesforce,
    settings: Mapping[str, Any],
    services: Iterable[str],
    streams: Mapping[str, str],
    findings: Findings,
) -> None:
    """Tell how long mapped texts really are, of the rows that changed last.

    Texts are counted and forgotten: neither shown nor kept.

    Args:
        client: The org.
        settings: target-zingle's settings.
        services: The services that are written to.
        streams: Object by stream; objects that can't be seen are left out.
        findings: Where the lengths go.
    """
    lengths = {
        stream: (
            sobject,
            {
                field.name: field.length
                for field in source_fields(client.describe(sobject))
                if "string" in legal_types(field.type)
            },
        )
        for stream, sobject in streams.items()
    }
    wanted: dict[str, list[LongText]] = {}
    for one in long_texts(settings, services, lengths):
        wanted.setdefault(one.sobject, []).append(one)
    for sobject, fields in wanted.items():
        _read(client, sobject, fields, findings)


def _read(client: Salesforce, sobject: str, fields: Sequence[LongText], findings: Findings) -> None:
    names = ", ".join(field.name for field in fields)
    # Names that a describe answered are no injection.
    soql = (
        f"SELECT {names} FROM {sobject} "  # noqa: S608 - SOQL, of described names
        f"ORDER BY SystemModstamp DESC LIMIT {ROWS_LOOKED_AT}"
    )
    found: dict[str, list[int]] = {field.name: [] for field in fields}
    rows = 0
    try:
        for row in client.rows(soql):
            rows += 1
            for name, sizes in found.items():
                sizes.append(len(row.get(name) or ""))
    except SalesforceError as error:
        findings.note(AREA, f"The texts of {names} could not be looked at: {error}")
        return
    for field in fields:
        _tell(field, found[field.name], rows, findings)


def _tell(field: LongText, sizes: Sequence[int], rows: int, findings: Findings) -> None:
    longest, over = max(sizes, default=0), sum(size > LONGEST_TEXT for size in sizes)
    text = (
        f"{field.sobject}.{field.name}: of the {rows:,} rows that changed last the longest has "
        f"{longest:,} characters"
    )
    if not over:
        findings.ok(AREA, f"{text}; Zingle holds {LONGEST_TEXT}.")
    elif field.truncate:
        findings.note(AREA, f"{text}; {over:,} are longer than {LONGEST_TEXT} and will be cut.")
    else:
        findings.warn(
            AREA,
            f"{text}; {over:,} are longer than {LONGEST_TEXT}, and these records are rejected.",
            f"Set on_overflow: truncate for {field.name} in the mapping, or shorten the texts.",
        )
