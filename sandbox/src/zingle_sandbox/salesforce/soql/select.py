"""SELECT without aggregates: which columns to read, and the shape of a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS, Field
from zingle_sandbox.salesforce.soql.ast import Function, Item, Path, Query, Typeof
from zingle_sandbox.salesforce.soql.errors import (
    CUSTOM_RELATIONSHIP_HINT,
    INVALID_FIELD,
    MALFORMED_QUERY,
    SoqlError,
    unexpected,
)
from zingle_sandbox.salesforce.soql.expressions import function_value, location_parts
from zingle_sandbox.salesforce.soql.functions import AGGREGATES, WRAPPERS
from zingle_sandbox.salesforce.soql.scope import Column, Context, Scope, Table
from zingle_sandbox.salesforce.soql.shape import Cases, Children, Parent, Value, whole

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject

MOST_FIELDS_FUNCTION_ROWS = 200


@dataclass(frozen=True, slots=True)
class ChildQuery:
    """A subquery in the SELECT list: the children of each record of a page."""

    sobject: SObject
    lookup: str
    query: Query


@dataclass(frozen=True, slots=True)
class Header:
    """A selected column as `columns=true` and Bulk result files name it.

    Attributes:
        at: its number among the columns.
    """

    name: str
    type: str
    at: int


@dataclass(slots=True)
class Selection:
    """What a page of rows is read with.

    Attributes:
        sobject: the queried object.
        from_sql: FROM with the joins that the SELECT list needs; the row is chosen by rowid.
        alias: the queried object's alias in it.
        columns: SQL of each column; the first is the id.
        shape: how a row becomes a record.
        children: child subqueries, by number.
        parameters: what the columns bind.
        headers: the selected columns, for Bulk result files.
        everything: deleted rows stay in the pages.
    """

    sobject: SObject
    from_sql: str
    alias: str
    columns: list[str]
    shape: Parent
    children: list[ChildQuery]
    parameters: dict[str, Any]
    headers: list[Header]
    everything: bool


@dataclass(slots=True)
class _Builder:
    scope: Scope
    columns: list[str]
    shape: Parent
    children: list[ChildQuery] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    nodes: dict[tuple[str, ...], Parent] = field(default_factory=dict)
    expressions: int = 0

    def add_column(self, sql: str) -> int:
        """Read one more column; its number."""
        self.columns.append(sql)
        return len(self.columns) - 1

    def once(self, key: str, at: int) -> None:
        """Refuse what was selected before."""
        if key.lower() in self.seen:
            raise SoqlError(INVALID_FIELD, f"duplicate field selected: {key}", at)
        self.seen.add(key.lower())

    def field(self, node: Parent, table: Table, one: Field, key: str) -> None:
        """Select a field into a record."""
        if one.type in COMPOUNDS:
            parts = [table.column(table.fields[name.lower()]) for name in compound_parts(one)]
            node.entries.append(whole(key, one.type, len(self.columns)))
            for part in parts:
                self.add_column(part)
            return
        at = self.add_column(table.column(one))
        node.entries.append(Value(key, at, boolean=one.type == "boolean"))

    def path(self, path: Path) -> None:
        """Select a field of the object or of a parent."""
        column = self.scope.resolve(path)
        name = ".".join([*column.relationships, column.field.name])
        self.once(name, path.at)
        node = self.node(column)
        self.headers.append(Header(name, column.field.type, len(self.columns)))
        self.field(node, column.table, column.field, column.field.name)

    def node(self, column: Column) -> Parent:
        """The record that holds a column: this one, or a parent made when first mentioned."""
        node = self.shape
        for depth in range(1, len(column.relationships) + 1):
            names = column.relationships[:depth]
            if names not in self.nodes:
                table, _ = self.scope.parent(list(names), 0)
                self.nodes[names] = self.parent(table, names[-1])
                node.entries.append(self.nodes[names])
            node = self.nodes[names]
        return node

    def parent(self, table: Table, key: str) -> Parent:
        """An empty parent record."""
        id_at = self.add_column(table.column(table.fields["id"]))
        type_at = None
        if table.sobject is None:
            type_at = self.add_column(table.column(table.fields["type"]))
        return Parent(key, table.name, id_at, type_at)


def compound_parts(one: Field) -> tuple[str, ...]:
    """Names of the parts of an address or a location, in the order of their JSON keys."""
    latitude, longitude = location_parts(one)
    if one.type == "location":
        return latitude, longitude
    stem = one.name.removesuffix("Address")
    city, country, accuracy = f"{stem}City", f"{stem}Country", f"{stem}GeocodeAccuracy"
    return (
        city,
        country,
        accuracy,
        latitude,
        longitude,
        f"{stem}PostalCode",
        f"{stem}State",
        f"{stem}Street",
    )


def select(context: Context, sobject: SObject, query: Query, *, nested: bool = False) -> Selection:
    """Compile the SELECT list of a query that aggregates nothing.

    Raises:
        SoqlError: a column does not exist, is selected twice, or has an alias.
    """
    scope = Scope(context, sobject, query.source)
    builder = _Builder(
        scope, [scope.table.column(sobject.fields["id"])], Parent("", sobject.name, 0)
    )
    for item in query.items:
        match item:
            case Item():
                _item(builder, item, query, nested=nested)
            case Typeof():
                _typeof(builder, item)
            case Query():
                _children(builder, item)
    return Selection(
        sobject=sobject,
        from_sql=scope.from_sql,
        alias=scope.table.alias,
        columns=builder.columns,
        shape=builder.shape,
        children=builder.children,
        parameters=dict(context.parameters),
        headers=builder.headers,
        everything=context.everything,
    )


def _item(builder: _Builder, item: Item, query: Query, *, nested: bool) -> None:
    expression = item.expression
    if isinstance(expression, Path):
        if item.alias is not None:
            raise SoqlError(
                MALFORMED_QUERY,
                "only aggregate expressions use field aliasing",
                item.alias_at,
            )
        builder.path(expression)
        return
    name = expression.upper
    if name == "FIELDS":
        _fields_function(builder, expression, query, nested=nested)
        return
    typed = function_value(builder.scope, expression)
    node = builder.shape
    if name in WRAPPERS:
        key = item.alias or typed.label
        if item.alias is None:  # the value takes the field's place, in its parent too
            column = builder.scope.resolve(_wrapped_path(expression))
            node = builder.node(column)
            builder.once(".".join([*column.relationships, key]), expression.at)
        else:
            builder.once(key, expression.at)
        sql = _wrapped_sql(builder.scope.context, expression, typed.sql, typed.type)
        kind = "string" if _formats(expression) else typed.type
    elif name in AGGREGATES or name != "DISTANCE":
        raise SoqlError(
            MALFORMED_QUERY,
            f"Grouped field should not be selected: {expression.name}",
            item.alias_at,
        )
    else:
        key, sql, kind = item.alias or f"expr{builder.expressions}", typed.sql, "double"
        builder.expressions += item.alias is None
    builder.headers.append(Header(key, kind, len(builder.columns)))
    node.entries.append(Value(key, builder.add_column(sql), boolean=kind == "boolean"))


def _wrapped_path(function: Function) -> Path:
    inner = function.arguments[0]
    if isinstance(inner, Function):
        return _wrapped_path(inner)
    if not isinstance(inner, Path):
        raise unexpected(function.name, function.at)
    return inner


def _formats(function: Function) -> bool:
    return function.upper in {"FORMAT", "TOLABEL"}


def _wrapped_sql(context: Context, function: Function, sql: str, type_: str) -> str:
    """FORMAT writes as the user's locale does; labels equal values in this org."""
    if function.upper != "FORMAT":
        return sql
    zone = context.parameter(context.zone.key)
    return f"sf_format({sql}, '{type_}', {zone})"


def _fields_function(builder: _Builder, function: Function, query: Query, *, nested: bool) -> None:
    argument = function.arguments[0]
    wanted = argument.text.upper() if isinstance(argument, Path) else ""
    limited = query.limit is not None and query.limit <= MOST_FIELDS_FUNCTION_ROWS
    if wanted in {"ALL", "CUSTOM"} and not limited and not nested:
        raise SoqlError(
            MALFORMED_QUERY,
            f"The SOQL FIELDS function must have a LIMIT of at most {MOST_FIELDS_FUNCTION_ROWS}",
            function.at,
        )
    for one in builder.scope.sobject.fields.values():
        if wanted == "ALL" or one.custom == (wanted == "CUSTOM"):
            builder.path(Path((one.name,), function.at))


def _typeof(builder: _Builder, item: Typeof) -> None:
    scope = builder.scope
    table, names = scope.parent(list(item.path.parts), item.path.at)
    if table.sobject is not None or len(names) != 1:
        raise SoqlError(
            INVALID_FIELD,
            f"TYPEOF needs a polymorphic relationship: {item.path.text}",
            item.path.at,
        )
    builder.once(names[0], item.path.at)
    candidates = {sobject.name.lower(): (sobject, alias) for sobject, alias in table.candidates}
    cases = []
    for name, at, paths in item.whens:
        sobject = scope.context.sobject(name, at)
        if sobject.name.lower() not in candidates:
            raise SoqlError(INVALID_FIELD, f"{names[0]} never points to {sobject.name}", at)
        _, alias = candidates.pop(sobject.name.lower())
        one = Table(sobject.name, sobject.fields, alias, sobject)
        cases.append(_case(builder, one, paths))
    for sobject, alias in candidates.values():
        # Without ELSE, and in ELSE, the real type stays visible.
        real = Table(sobject.name, sobject.fields, alias, sobject)
        cases.append(_case(builder, real, item.otherwise, known_by=table))
    builder.shape.entries.append(Cases(names[0], tuple(cases)))


def _case(
    builder: _Builder, table: Table, paths: tuple[Path, ...], known_by: Table | None = None
) -> Parent:
    parent = builder.parent(table, "")
    nodes: dict[tuple[str, ...], Parent] = {(): parent}
    for path in paths:
        *relationships, name = path.parts
        if relationships:
            owner, names = builder.scope.parent(relationships, path.at, known_by or table)
            for depth, one in enumerate(names, 1):
                if names[:depth] not in nodes:
                    step, _ = builder.scope.parent(list(names[:depth]), path.at, table)
                    nodes[names[:depth]] = builder.parent(step, one)
                    nodes[names[: depth - 1]].entries.append(nodes[names[:depth]])
            column = builder.scope.field(owner, name, path.at)
            builder.field(nodes[names], owner, column, column.name)
            continue
        fields = known_by.fields if known_by else table.fields
        found = fields.get(path.text.lower())
        if found is None:
            raise SoqlError(
                INVALID_FIELD,
                f"No such column '{path.text}' on entity '{(known_by or table).name}'.",
                path.at,
            )
        if found.name.lower() in table.fields:
            builder.field(parent, table, table.fields[found.name.lower()], found.name)
        else:
            at = builder.add_column(f"'{table.name}'" if found.name == "Type" else "NULL")
            parent.entries.append(Value(found.name, at))
    return parent


def _children(builder: _Builder, query: Query) -> None:
    wanted = query.source.name.split(".")[-1].lower()
    sobject = builder.scope.sobject
    for child in sobject.children:
        if (child.name or "").lower() != wanted:
            continue
        found = builder.scope.context.objects[child.child.lower()]
        builder.once(child.name or "", query.source.at)
        builder.shape.entries.append(Children(child.name or "", len(builder.children)))
        builder.children.append(ChildQuery(found, child.field, query))
        return
    raise SoqlError(
        INVALID_FIELD,
        f"Didn't understand relationship '{query.source.name}' in FROM part of query call."
        f" {CUSTOM_RELATIONSHIP_HINT}",
        query.source.at,
    )
