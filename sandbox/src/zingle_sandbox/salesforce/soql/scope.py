"""Names to columns: fields of the queried object and, through joins, of its parents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS, Field, parse_field
from zingle_sandbox.salesforce.soql.errors import (
    CUSTOM_FIELD_HINT,
    CUSTOM_OBJECT_HINT,
    CUSTOM_RELATIONSHIP_HINT,
    INVALID_FIELD,
    INVALID_TYPE,
    SoqlError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from zingle_sandbox.salesforce.catalogue.sobjects import SObject
    from zingle_sandbox.salesforce.soql.ast import Path, Source

DEEPEST_PATH = 5
# What a lookup to several objects shows of whatever it points to.
NAME_FIELDS = {
    one.name.lower(): one
    for one in (
        parse_field(line, {})
        for line in (
            "Id | Name ID | id",
            "Name | Name | string 121 | ro name",
            "Type | Type | string 40 | ro",
            "FirstName | First Name | string 40 | ro",
            "LastName | Last Name | string 80 | ro",
            "Email | Email | email 128 | ro",
            "Phone | Phone | phone 40 | ro",
            "Title | Title | string 128 | ro",
            "Alias | Alias | string 8 | ro",
            "Username | Username | string 80 | ro",
            "IsActive | Active | boolean | ro",
        )
    )
}


@dataclass(slots=True)
class Context:
    """What a query is compiled against.

    Attributes:
        objects: visible objects, by lower-case name.
        now: the org's clock.
        zone: the user's time zone, in which days begin.
        user_id: who asks.
        everything: deleted rows and archived activities too.
        purged_before: rows that went to the recycle bin earlier are gone for good.
    """

    objects: Mapping[str, SObject]
    now: datetime
    zone: ZoneInfo
    user_id: str
    everything: bool
    purged_before: str
    parameters: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0

    def parameter(self, value: Any) -> str:  # noqa: ANN401 - whatever SQLite takes
        """Bind a value and return its placeholder."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def alias(self) -> str:
        """A table alias that nothing else has."""
        self.aliases += 1
        return f"t{self.aliases}"

    def sobject(self, name: str, at: int) -> SObject:
        """The object that FROM, or a WHEN, names.

        Raises:
            SoqlError: `INVALID_TYPE`.
        """
        found = self.objects.get(name.lower())
        if found is None:
            raise SoqlError(
                INVALID_TYPE, f"sObject type '{name}' is not supported. {CUSTOM_OBJECT_HINT}", at
            )
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """One object under its alias, or all the objects that a polymorphic lookup points to."""

    name: str
    fields: Mapping[str, Field]
    alias: str
    sobject: SObject | None  # None: polymorphic
    candidates: tuple[tuple[SObject, str], ...] = ()

    def column(self, one: Field) -> str:
        """A field as SQL."""
        if self.sobject is not None:
            sql = f'{self.alias}."{one.name}"'
            was = one.options.get("was")
            return _as_type(sql, was, one.type) if was else sql
        if one.name == "Type":
            cases = "".join(
                f" WHEN {alias}.Id IS NOT NULL THEN '{sobject.name}'"
                for sobject, alias in self.candidates
            )
            return f"CASE{cases} END"
        columns = [
            f'{alias}."{found.name}"'
            for sobject, alias in self.candidates
            if (found := sobject.field(one.name)) is not None
        ]
        return f"COALESCE({', '.join([*columns, 'NULL', 'NULL'])})"


def _as_type(sql: str, was: str, type_: str) -> str:
    """What the database holds as a field of one type, as a value of another."""
    if type_ in NUMBERS:
        return f"CAST({sql} AS REAL)"
    if was == "boolean" and type_ != "boolean":
        return f"CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    return f"CAST({sql} AS TEXT)" if was in NUMBERS and type_ != "boolean" else sql


@dataclass(frozen=True, slots=True)
class Column:
    """A resolved path."""

    field: Field
    sql: str
    table: Table
    relationships: tuple[str, ...]  # canonical names, from the queried object on


class Scope:
    """One FROM: its object, and the joins that paths have asked for."""

    def __init__(self, context: Context, sobject: SObject, source: Source) -> None:
        self.context = context
        self.sobject = sobject
        # A subquery names a relationship; its object's own name may stand before fields as well.
        names = (source.name, source.alias, sobject.name)
        self.names = {name.lower() for name in names if name}
        self.table = Table(sobject.name, sobject.fields, context.alias(), sobject)
        self.joins: list[str] = []
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._parents: dict[tuple[str, ...], Table] = {}
        for path, alias in source.further:
            steps = self._own(path.parts)
            self.parent(list(steps), path.at)
            self.aliases[(alias or steps[-1]).lower()] = steps

    @property
    def from_sql(self) -> str:
        """FROM with its joins."""
        return " ".join([f"{self.sobject.table} AS {self.table.alias}", *self.joins])

    def resolve(self, path: Path) -> Column:
        """Find the column of a path.

        Raises:
            SoqlError: `INVALID_FIELD`; a relationship or the field does not exist.
        """
        *relationships, name = self._own(path.parts)
        table, names = self.parent(relationships, path.at)
        found = self.field(table, name, path.at)
        return Column(found, table.column(found), table, names)

    @staticmethod
    def field(table: Table, name: str, at: int) -> Field:
        """A field of a table.

        Raises:
            SoqlError: `INVALID_FIELD`; there is none of this name.
        """
        found = table.fields.get(name.lower())
        if found is None:
            raise SoqlError(
                INVALID_FIELD,
                f"No such column '{name}' on entity '{table.name}'. {CUSTOM_FIELD_HINT}",
                at,
            )
        return found

    def _own(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Drop the object's own name or alias from the front."""
        first = parts[0].lower()
        if len(parts) > 1 and first in self.aliases:
            return (*self.aliases[first], *parts[1:])
        if len(parts) > 1 and first in self.names and self.sobject.relationship(first) is None:
            return parts[1:]
        return parts

    def parent(
        self, relationships: list[str], at: int, start: Table | None = None
    ) -> tuple[Table, tuple[str, ...]]:
        """Join the parents along relationship names; the last one's table and canonical names."""
        table = first = start or self.table
        names: tuple[str, ...] = ()
        if len(relationships) > DEEPEST_PATH:
            raise SoqlError(
                "MALFORMED_QUERY",
                f"SOQL relationships can have no more than {DEEPEST_PATH} levels",
                at,
            )
        for wanted in relationships:
            lookup = table.sobject.relationship(wanted) if table.sobject else None
            targets = [
                self.context.objects[name.lower()]
                for name in (lookup.references if lookup else ())
                if name.lower() in self.context.objects
            ]
            if lookup is None or not targets:
                raise SoqlError(
                    INVALID_FIELD,
                    f"Didn't understand relationship '{wanted}' in field path."
                    f" {CUSTOM_RELATIONSHIP_HINT}",
                    at,
                )
            names = (*names, lookup.relationship or wanted)
            key = (first.alias, *(name.lower() for name in names))
            if key not in self._parents:
                self._parents[key] = self._join(table, lookup, targets)
            table = self._parents[key]
        return table, names

    def _join(self, table: Table, lookup: Field, targets: list[SObject]) -> Table:
        column = table.column(lookup)
        candidates = []
        for target in targets:
            alias = self.context.alias()
            self.joins.append(f"LEFT JOIN {target.table} AS {alias} ON {alias}.Id = {column}")
            candidates.append((target, alias))
        if lookup.polymorphic:
            return Table("Name", NAME_FIELDS, "", None, tuple(candidates))
        target, alias = candidates[0]
        return Table(target.name, target.fields, alias, target)

    def visibility(self) -> list[str]:
        """Conditions that keep deleted rows and archived activities out of sight."""
        conditions = []
        alias = self.table.alias
        if "isdeleted" in self.sobject.fields:
            if not self.context.everything:
                conditions.append(f"{alias}.IsDeleted = 0")
            elif "systemmodstamp" in self.sobject.fields:
                gone = self.context.parameter(self.context.purged_before)
                conditions.append(f"({alias}.IsDeleted = 0 OR {alias}.SystemModstamp >= {gone})")
        if "isarchived" in self.sobject.fields and not self.context.everything:
            conditions.append(f"{alias}.IsArchived = 0")
        return conditions
