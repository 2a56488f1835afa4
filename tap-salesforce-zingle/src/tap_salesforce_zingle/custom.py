"""From the user's own SOQL to a stream (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.columns import Children, Column, Leaf, Parent, Variant
from tap_salesforce_zingle.custom_query import (
    CustomQuery,
    CustomQueryError,
    reasons_for_full_table,
)
from tap_salesforce_zingle.paths import (
    Found,
    UnknownNameError,
    child_object,
    did_you_mean,
    follow,
    sentence,
)
from tap_salesforce_zingle.planner import (
    DEFAULT_KEY,
    Api,
    Definition,
    Plan,
    bulk_select_of,
    column_of,
)
from tap_salesforce_zingle.schemas import COMPOUNDS, hint_of, parts_of, schema_of, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_salesforce_zingle.schemas import Describe

_FUNCTION_KINDS: Final = {
    "AVG": "double",
    "CONVERTCURRENCY": "currency",
    "COUNT": "int",
    "COUNT_DISTINCT": "int",
    "DAY_ONLY": "date",
    "DISTANCE": "double",
    "FORMAT": "string",
    "GROUPING": "int",
    "SUM": "double",
    "TOLABEL": "string",
}
_KEEPS_KIND: Final = frozenset({"MIN", "MAX"})


def custom_definition(
    query: CustomQuery,
    describe: Describe,
    *,
    api: Api,
    objects: Callable[[], Sequence[str]] = tuple,
) -> Definition:
    """The stream of a custom query.

    Args:
        query: The setting; its text has been scanned without problems before.
        describe: Gives describes; raises LookupError for objects that are not visible.
        api: The tap's own setting.
        objects: Gives the names of all objects, asked only to explain a wrong one.

    Returns:
        The stream's definition.

    Raises:
        CustomQueryError: If the query names what does not exist, or its keys do not fit.
    """
    scanned = soql.scan(query.text)
    try:
        sobject = describe(scanned.sobject)
    except LookupError:
        hint = did_you_mean(scanned.sobject, objects())
        message = f"there is no object {scanned.sobject!r}{hint}"
        position = scanned.sobject_position
        raise CustomQueryError([query.problem(message, position)]) from None
    reading = _Reading(query, scanned, sobject, describe)
    reading.read_items()
    reading.check_other_clauses()
    key = reading.replication_key()
    if reading.problems:
        raise CustomQueryError(reading.problems)
    return reading.definition(key, api=query.api or api)


@dataclass
class _Reading:
    """Reads one level of a query: the query itself, or a subquery."""

    query: CustomQuery
    scanned: soql.Query
    sobject: Mapping[str, Any]
    describe: Describe
    problems: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    tree: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    expressions: int = 0
    is_plain: bool = True

    def found(self, path: tuple[str, ...], position: int) -> Found | None:
        """Follow a path as it stands in the text; a wrong name becomes a problem."""
        try:
            return follow(self.without_alias(path), self.sobject, self.describe)
        except UnknownNameError as error:
            self.problems.append(self.query.problem(str(error), position))
            return None

    def without_alias(self, path: tuple[str, ...]) -> tuple[str, ...]:
        prefix = self.scanned.aliases.get(path[0].lower()) if len(path) > 1 else None
        return path if prefix is None else (*prefix, *path[1:])

    # SELECT

    def read_items(self) -> None:
        for item in self.scanned.items:
            match item.kind:
                case "field":
                    self.read_field(item)
                case "fields":
                    self.read_all_fields(item)
                case "function":
                    self.read_function(item)
                case "typeof":
                    self.read_typeof(item)
                case "subquery":
                    self.read_subquery(cast("soql.Query", item.subquery))

    def read_field(self, item: soql.Item) -> None:
        found = self.found(item.path, item.position)
        if found is None:
            return
        if self.scanned.has_aggregate:
            # Groups are flat: Salesforce names a grouped parent field by its last name alone.
            name = item.alias or str(found.field["name"])
            self.add((), Leaf(name, str(found.field["type"])), {**schema_of(found.field)})
            self.texts.append(item.text)
            return
        self.add_field(found, item.text)

    def add_field(self, found: Found, text: str) -> None:
        parts = None
        if found.owner is not None and found.field["type"] in COMPOUNDS:
            column = column_of(found.field, found.owner)
            parts = parts_of(found.field, found.owner)
            prefix = "".join(f"{name}." for name in found.parents)
            self.texts += [prefix + part for part in parts]
        else:
            column = Leaf(str(found.field["name"]), str(found.field["type"]))
            self.texts.append(text)
        self.add(found.parents, column, schema_of(found.field, parts))
        if not found.parents:
            self.hints[column.name] = hint_of(found.field)

    def read_all_fields(self, item: soql.Item) -> None:
        for entry in self.sobject["fields"]:
            is_custom = bool(entry.get("custom"))
            if item.argument == "ALL" or is_custom == (item.argument == "CUSTOM"):
                self.add_field(Found((), entry, self.sobject), str(entry["name"]))

    def read_function(self, item: soql.Item) -> None:
        found = self.found(item.path, item.position) if item.path else None
        kind = _FUNCTION_KINDS.get(item.function, "int")
        if item.function in _KEEPS_KIND:
            kind = str(found.field["type"]) if found else "string"
        self.is_plain = False
        if item.alias or not self.scanned.has_aggregate:
            last = str(found.field["name"]) if found else item.function.lower()
            name = item.alias or last
        else:
            name = f"expr{self.expressions}"
            self.expressions += 1
        self.add((), Leaf(name, kind), typed(kind))
        self.texts.append(item.text)

    def read_typeof(self, item: soql.Item) -> None:
        # TYPEOF names the relationship itself: a field behind it stands for all the others.
        found = self.found((*item.path, "Id"), item.position)
        self.is_plain = False
        self.texts.append(item.text)
        if found is None:
            return
        kinds: dict[str, str] = {}
        for sobject, names in item.branches:
            for name in names:
                kinds.setdefault(*self.branch_field(sobject, name, item.position))
        column = Variant(found.parents[-1], tuple(kinds.items()))
        properties = {name: typed(kind) for name, kind in kinds.items()}
        schema = {
            "type": ["object", "null"],
            "properties": {"type": typed("string"), **properties},
        }
        self.add(found.parents[:-1], column, schema)

    def branch_field(self, sobject: str, name: str, position: int) -> tuple[str, str]:
        if not sobject:
            return name, "string"
        try:
            found = follow((name,), self.describe(sobject), self.describe)
        except LookupError as error:
            text = str(error) if isinstance(error, UnknownNameError) else f"no object {sobject!r}"
            self.problems.append(self.query.problem(text, position))
            return name, "string"
        return str(found.field["name"]), str(found.field["type"])

    def read_subquery(self, subquery: soql.Query) -> None:
        self.is_plain = False
        try:
            name, child = child_object(subquery.sobject, self.sobject)
            describe = self.describe(child)
        except LookupError as error:
            text = str(error) if isinstance(error, UnknownNameError) else "not visible"
            self.problems.append(self.query.problem(text, subquery.sobject_position))
            return
        inner = _Reading(self.query, subquery, describe, self.describe, self.problems)
        inner.read_items()
        inner.check_other_clauses()
        schema = {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"], "properties": inner.properties},
        }
        self.add((), Children(name, columns_of(inner.tree)), schema)
        clauses = {**subquery.clauses, "SELECT": distinct(inner.texts)}
        self.texts.append(f"({soql.render(clauses)})")

    def add(self, parents: tuple[str, ...], column: Column, schema: dict[str, Any]) -> None:
        """Put a column into the tree of records and its schema beside it."""
        tree, properties = self.tree, self.properties
        for parent in parents:
            tree = tree.setdefault(parent, {})
            default = {"type": ["object", "null"], "properties": {}}
            properties = properties.setdefault(parent, default)["properties"]
        tree[column.name] = column
        properties[column.name] = schema

    # The rest

    def check_other_clauses(self) -> None:
        """Every field outside of the SELECT list exists, or is an alias from there."""
        aliases = {item.alias.lower() for item in self.scanned.items if item.alias}
        for use in self.scanned.fields:
            is_alias = len(use.path) == 1 and use.path[0].lower() in aliases
            if use.clause != "SELECT" and not is_alias:
                self.found(use.path, use.position)

    def replication_key(self) -> Mapping[str, Any] | None:
        """The field of the replication key, None to read the whole table."""
        named = self.query.replication_key
        if named == "" or (named is None and reasons_for_full_table(self.scanned)):
            return None
        try:
            entry = follow((named or DEFAULT_KEY,), self.sobject, self.describe).field
        except UnknownNameError as error:
            if named is not None:
                place = f"custom_queries.{self.query.name}.replication_key"
                self.problems.append(sentence(f"{place}: {error}"))
            return None
        reason = None
        if entry["type"] not in {"date", "datetime"}:
            reason = f"is of type {entry['type']}, but must be a date or datetime"
        elif not entry.get("filterable", True) or not entry.get("sortable", True):
            reason = "can be neither filtered nor sorted by"
        if reason is None:
            return entry
        if named is not None:
            self.problems.append(
                f"custom_queries.{self.query.name}.replication_key: {entry['name']} {reason}."
            )
        return None

    def definition(self, key: Mapping[str, Any] | None, *, api: Api) -> Definition:
        primary_keys = self.primary_keys()
        by_id = not self.scanned.has_aggregate
        columns = list(columns_of(self.tree))
        shown = set(self.properties)
        texts = list(self.texts)
        hidden = False
        for entry in ([self.id_field()] if by_id else []) + ([key] if key else []):
            name = str(entry["name"])
            if name in shown:
                continue
            texts.append(name)
            if name == "Id" and "Id" not in primary_keys:
                hidden = True
                continue
            columns.append(Leaf(name, str(entry["type"])))
            self.properties[name] = schema_of(entry)
            self.hints[name] = hint_of(entry)
        if missing := [name for name in primary_keys if name not in self.properties]:
            names = ", ".join(self.properties)
            raise CustomQueryError(
                [
                    sentence(
                        f"custom_queries.{self.query.name}.primary_keys: the query has no column "
                        f"{name!r}{did_you_mean(name, self.properties) or f'; it has {names}'}"
                    )
                    for name in missing
                ]
            )
        clauses = {**self.scanned.clauses, "SELECT": distinct(texts)}
        include_deleted = clauses.pop("ALL ROWS", None) is not None
        is_fixed = any(name in clauses for name in ("ORDER BY", "LIMIT", "OFFSET"))
        plan = Plan(
            sobject=str(self.sobject["name"]),
            clauses=clauses,
            columns=tuple(columns),
            bulk_select=self.bulk_select(columns, hidden=hidden),
            key=None if key is None else str(key["name"]),
            kind="date" if key is not None and key["type"] == "date" else "datetime",
            by_id=by_id and (key is not None or not is_fixed),
            is_exact=not hidden and all(isinstance(column, Leaf) for column in columns),
            include_deleted=include_deleted,
            api=api,
        )
        return Definition(
            name=self.query.name,
            schema={"type": "object", "properties": self.properties},
            primary_keys=primary_keys,
            plan=plan,
            hints=self.hints,
            is_custom=True,
            warnings=self.warnings(key),
        )

    def primary_keys(self) -> tuple[str, ...]:
        if self.query.primary_keys is not None:
            return self.query.primary_keys
        return () if self.scanned.has_aggregate else ("Id",)

    def id_field(self) -> Mapping[str, Any]:
        return follow(("Id",), self.sobject, self.describe).field

    def bulk_select(self, columns: Sequence[Column], *, hidden: bool) -> str | None:
        has_base64 = any(isinstance(column, Leaf) and column.kind == "base64" for column in columns)
        if not self.is_plain or "OFFSET" in self.scanned.clauses or has_base64:
            return None
        return bulk_select_of([*columns, *([Leaf("Id", "id")] if hidden else [])])

    def warnings(self, key: Mapping[str, Any] | None) -> tuple[str, ...]:
        name = self.query.name
        warnings = []
        if key is not None and "ORDER BY" in self.scanned.clauses:
            warnings.append(
                f"custom_queries.{name}: its ORDER BY is replaced by the order of {key['name']} "
                "and Id, so that reading can be resumed."
            )
        if key is not None and self.query.replication_key and key.get("nillable"):
            warnings.append(
                f"custom_queries.{name}: rows without {key['name']} are never read incrementally."
            )
        return tuple(warnings)


def distinct(texts: Sequence[str]) -> str:
    """A SELECT list without the doubles that expanding fields brings; Salesforce refuses them."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.lower(), text)
    return ", ".join(found.values())


def columns_of(tree: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of a tree in which dictionaries stand for parents."""
    return tuple(
        Parent(name, columns_of(entry)) if isinstance(entry, Mapping) else entry
        for name, entry in tree.items()
    )
