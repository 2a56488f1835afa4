"""What a SELECT list means in an org: columns, and the texts to ask for them (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import (
    Children,
    Column,
    Leaf,
    Parent,
    Variant,
    column_of,
    selection,
)
from tap_salesforce_zingle.plan.paths import Destination, UnknownNameError, child_object, follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_salesforce_zingle.plan.custom_query import Given
    from tap_salesforce_zingle.plan.schemas import Describe

# Functions that are not here answer whole numbers.
_FUNCTION_KINDS = {
    "AVG": "double",
    "CONVERTCURRENCY": "currency",
    "DAY_ONLY": "date",
    "DISTANCE": "double",
    "FORMAT": "string",
    "SUM": "double",
    "TOLABEL": "string",
}
# Functions whose value takes the place of the field, inside of its parent too, without an alias.
_IN_PLACE = frozenset({"CONVERTCURRENCY", "FORMAT", "TOLABEL"})


@dataclass
class Level:
    """One level of a query: the query itself, or a subquery.

    Attributes:
        given: The text that positions are places in.
        scanned: This level of its text.
        sobject: Describe of the FROM object.
        describe: Gives further describes.
        problems: What is wrong, of all levels together.
        texts: The SELECT list to send.
        tree: The record's columns by name; dictionaries stand for parents.
        origins: What each column is, by its place in the record.
        formulas: Formula fields in conditions.
        expressions: Aggregates without an alias so far.
        is_plain: Whether there is nothing but fields.
    """

    given: Given
    scanned: soql.Query
    sobject: Mapping[str, Any]
    describe: Describe
    problems: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    tree: dict[str, Any] = field(default_factory=dict)
    origins: dict[tuple[str, ...], str] = field(default_factory=dict)
    formulas: list[str] = field(default_factory=list)
    expressions: int = 0
    is_plain: bool = True

    def read(self) -> None:
        """Read the SELECT list, and check that the fields of the other clauses exist."""
        for item in self.scanned.items:
            match item.kind:
                case "field":
                    self._read_field(item)
                case "fields":
                    self._read_all_fields(item)
                case "function":
                    self._read_function(item)
                case "typeof":
                    self._read_typeof(item)
                case "subquery":
                    self._read_subquery(cast("soql.Query", item.subquery))
        aliases = {item.alias.lower() for item in self.scanned.items if item.alias}
        for use in self.scanned.fields:
            is_alias = len(use.path) == 1 and use.path[0].lower() in aliases
            if use.clause != "SELECT" and not is_alias:
                destination = self._follow(use.path, use.position)
                if destination and use.clause == "WHERE" and destination.field.get("calculated"):
                    self.formulas.append(str(destination.field["name"]))

    def _follow(self, path: tuple[str, ...], position: int) -> Destination | None:
        """Follow a path as it stands in the text; a wrong name becomes a problem."""
        # Besides aliases, SOQL takes the name of the object, in subqueries too.
        aliases = {str(self.sobject["name"]).lower(): (), **self.scanned.aliases}
        prefix = aliases.get(path[0].lower()) if len(path) > 1 else None
        try:
            return follow(
                path if prefix is None else (*prefix, *path[1:]), self.sobject, self.describe
            )
        except UnknownNameError as error:
            self.problems.append(self.given.problem(str(error), position))
            return None

    def _read_field(self, item: soql.Item) -> None:
        destination = self._follow(item.path, item.position)
        if destination is None:
            return
        if self.scanned.has_aggregate:
            # Groups are flat: Salesforce names a grouped parent field by its last name alone.
            entry = destination.field
            name = item.alias or str(entry["name"])
            path = ".".join((*destination.parents, str(entry["name"])))
            origin = "" if path == name else path
            column = Leaf(name, str(entry["type"]), entry)
            self._add((), column, origin=origin, position=item.position)
            self.texts.append(item.text)
        else:
            self._add_field(destination, item.text, item.position)

    def _add_field(self, destination: Destination, text: str, position: int) -> None:
        column = column_of(destination.field, destination.owner or {"fields": ()})
        prefix = "".join(f"{name}." for name in destination.parents)
        is_leaf = isinstance(column, Leaf)
        self.texts += [text] if is_leaf else selection([column], prefix)
        self._add(destination.parents, column, position=position)

    def _read_all_fields(self, item: soql.Item) -> None:
        for entry in self.sobject["fields"]:
            is_custom = bool(entry.get("custom"))
            if item.argument == "ALL" or is_custom == (item.argument == "CUSTOM"):
                field_itself = Destination((), entry, self.sobject)
                self._add_field(field_itself, str(entry["name"]), item.position)

    def _read_function(self, item: soql.Item) -> None:
        destination = self._follow(item.path, item.position) if item.path else None
        kind = _FUNCTION_KINDS.get(item.function, "int")
        if item.function in {"MIN", "MAX"}:
            kind = str(destination.field["type"]) if destination else "string"
        self.is_plain = False
        parents: tuple[str, ...] = ()
        if item.alias:
            name = item.alias
        elif destination and item.function in _IN_PLACE and not self.scanned.has_aggregate:
            parents, name = destination.parents, str(destination.field["name"])
        else:
            name = f"expr{self.expressions}"
            self.expressions += 1
        self._add(parents, Leaf(name, kind), origin=item.text, position=item.position)
        self.texts.append(item.text)

    def _read_typeof(self, item: soql.Item) -> None:
        # TYPEOF names the relationship itself: a field behind it stands for all the others.
        destination = self._follow((*item.path, "Id"), item.position)
        self.is_plain = False
        self.texts.append(item.text)
        if destination is None:
            return
        tree: dict[str, Any] = {}
        for sobject, paths in item.branches:
            for path in paths:
                self._read_branch(tree, sobject, path, item.position)
        *parents, last = destination.parents
        column = Variant(last, columns_of(tree))
        self._add(tuple(parents), column, origin=item.text, position=item.position)

    def _read_branch(
        self, tree: dict[str, Any], sobject: str, path: tuple[str, ...], position: int
    ) -> None:
        try:
            owner = self.describe(sobject) if sobject else None
            field = follow(path, owner, self.describe)
        except LookupError as error:
            text = str(error) if isinstance(error, UnknownNameError) else f"no object {sobject!r}"
            self.problems.append(self.given.problem(text, position))
            return
        _put(tree, field.parents, Leaf(str(field.field["name"]), str(field.field["type"])))

    def _read_subquery(self, subquery: soql.Query) -> None:
        self.is_plain = False
        # The relationship's name may stand behind that of the object it starts from.
        owner, _, relationship = subquery.sobject.rpartition(".")
        is_own = self.scanned.aliases.get(owner.lower()) == ()
        try:
            name, child = child_object(relationship if is_own else subquery.sobject, self.sobject)
            describe = self.describe(child)
        except LookupError as error:
            text = str(error) if isinstance(error, UnknownNameError) else "not visible"
            self.problems.append(self.given.problem(text, subquery.sobject_position))
            return
        inner = Level(self.given, subquery, describe, self.describe, self.problems)
        inner.read()
        column = Children(name, columns_of(inner.tree))
        self._add((), column, origin=name, position=subquery.sobject_position)
        self.texts.append(f"({soql.render({**subquery.clauses, 'SELECT': distinct(inner.texts)})})")

    def _add(
        self, parents: tuple[str, ...], column: Column, *, origin: str = "", position: int = 0
    ) -> None:
        """Put a column into the record; two of one name and of different origins are a problem."""
        place = tuple(name.lower() for name in (*parents, column.name))
        origins = {place[:depth]: "." for depth in range(1, len(place))} | {place: origin}
        if any(self.origins.setdefault(at, what) != what for at, what in origins.items()):
            message = f"two columns are called {column.name!r}; give one of them an alias"
            self.problems.append(self.given.problem(message, position))
            return
        _put(self.tree, parents, column)


def _put(tree: dict[str, Any], parents: tuple[str, ...], column: Column) -> None:
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree.setdefault(column.name, column)


def distinct(texts: Sequence[str]) -> str:
    """A SELECT list without the doubles that expanding fields brings; Salesforce refuses them."""
    by_key: dict[str, str] = {}
    for text in texts:
        by_key.setdefault(text.lower(), text)
    return ", ".join(by_key.values())


def columns_of(tree: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of a tree in which dictionaries stand for parents."""
    return tuple(
        Parent(name, columns_of(entry)) if isinstance(entry, Mapping) else entry
        for name, entry in tree.items()
    )
