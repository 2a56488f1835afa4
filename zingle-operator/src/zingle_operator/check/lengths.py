"""Are mapped texts longer than a Zingle field holds? Only reading them can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_zingle.wanted.types import LONGEST_TEXT, SourceKind, source_kind
from zingle_operator.check.mapping import AREA, mapped_fields
from zingle_sync.salesforce import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zingle_operator.check.findings import Findings
    from zingle_operator.fields.suggestions import SalesforceField
    from zingle_sync.salesforce import Salesforce

# SOQL can neither filter, sort nor aggregate long texts, so rows are read, one to ten pages.
ROWS_LOOKED_AT = 2000


def long_texts(
    settings: Mapping[str, Any],
    services: Iterable[str],
    sources: Mapping[str, Mapping[str, SalesforceField]],
) -> dict[str, dict[str, bool]]:
    """The mapped fields that may hold more than Zingle does, by stream. Pure.

    Args:
        settings: target-zingle's settings, with their defaults.
        services: The services that are written to.
        sources: Salesforce fields by stream and name.

    Returns:
        Whether the mapping cuts what is too long; else such a record is rejected.
    """
    cut: dict[str, dict[str, bool]] = {}
    for service_id in services:
        for field in mapped_fields(settings, service_id):
            source = sources.get(field.stream, {}).get(field.rule.source)
            if source is None or source.length <= LONGEST_TEXT:
                continue
            if source_kind(source.source) is SourceKind.TEXT:
                fields = cut.setdefault(field.stream, {})
                # One rule that rejects is enough for the record to be rejected.
                truncate = (field.rule.on_overflow or settings["on_overflow"]) == "truncate"
                fields[source.name] = fields.get(source.name, True) and truncate
    return cut


def check_lengths(
    client: Salesforce, sobject: str, fields: Mapping[str, bool], findings: Findings
) -> None:
    """Tell how long mapped texts really are, of the rows that changed last.

    Texts are counted and forgotten: neither shown nor kept.

    Args:
        client: The org.
        sobject: The object.
        fields: Its fields that may be too long, and whether they are cut.
        findings: Where the lengths go.
    """
    names = ", ".join(fields)
    # Names that a describe answered are no injection.
    soql = (
        f"SELECT {names} FROM {sobject} "  # noqa: S608 - SOQL, of described names
        f"ORDER BY SystemModstamp DESC LIMIT {ROWS_LOOKED_AT}"
    )
    try:
        rows = [{name: len(row.get(name) or "") for name in fields} for row in client.rows(soql)]
    except SalesforceError as error:
        findings.note(AREA, f"The texts of {names} could not be looked at: {error}")
        return
    for name, truncate in fields.items():
        longest = max((row[name] for row in rows), default=0)
        over = sum(row[name] > LONGEST_TEXT for row in rows)
        text = (
            f"{sobject}.{name}: of the {len(rows):,} rows that changed last the longest has "
            f"{longest:,} characters"
        )
        if not over:
            findings.ok(AREA, f"{text}; Zingle holds {LONGEST_TEXT}.")
        elif truncate:
            findings.note(AREA, f"{text}; {over:,} are longer than {LONGEST_TEXT} and will be cut.")
        else:
            findings.warn(
                AREA,
                f"{text}; {over:,} are longer than {LONGEST_TEXT}, and these records are rejected.",
                f"Set on_overflow: truncate for {name} in the mapping, or shorten the texts.",
            )
