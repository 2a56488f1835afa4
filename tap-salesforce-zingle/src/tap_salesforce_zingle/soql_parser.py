"""Read SOQL by recursive descent (pure).

Grammar: SOQL and SOSL Reference, "SOQL SELECT Syntax"; binds and comments are Apex, not REST.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from tap_salesforce_zingle.soql_tokens import (
    AGGREGATES,
    CLAUSES,
    DATE_LITERAL,
    FUNCTIONS,
    SoqlError,
    Token,
    tokens_of,
    without_comments,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYWORDS: Final = frozenset(
    {
        *(word for clause in CLAUSES for word in clause.split()[:1]),
        *("AS", "AND", "OR", "NOT", "LIKE", "IN", "INCLUDES", "EXCLUDES"),
        *("TYPEOF", "WHEN", "THEN", "ELSE", "END"),
    }
)
_KEYWORD_OBJECTS: Final = frozenset({"GROUP", "ORDER"})
"""Standard objects that share their names with keywords."""
_LITERALS: Final = frozenset({"currency", "date", "datetime", "number", "string"})
_WORD_LITERAL: Final = re.compile(r"TRUE|FALSE|NULL|[A-Z]{3}\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field path somewhere in a query.

    Attributes:
        path: Names from the FROM object on, as written.
        position: Index of its first character.
        clause: The clause it is in.
    """

    path: tuple[str, ...]
    position: int
    clause: str


@dataclass(frozen=True, slots=True)
class Item:
    """One element of the SELECT list.

    Attributes:
        kind: What it is.
        text: As written, with its alias.
        position: Index of its first character.
        path: Names of a field; the first field inside a function; the field of a TYPEOF.
        function: Upper-case name of the outermost function, "" for none.
        inner_function: Upper-case name of the next function inside, "" for none.
        alias: As written, "" for none.
        argument: The scope of FIELDS(), upper case.
        subquery: The query in parentheses.
        branches: The type and the fields of each WHEN of a TYPEOF; "" names the ELSE.
    """

    kind: Literal["field", "function", "fields", "subquery", "typeof"]
    text: str
    position: int
    path: tuple[str, ...] = ()
    function: str = ""
    inner_function: str = ""
    alias: str = ""
    argument: str = ""
    subquery: Query | None = None
    branches: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A scanned query.

    Attributes:
        text: As written.
        items: The SELECT list.
        sobject: The FROM object, or the relationship's name in a subquery; as written.
        sobject_position: Index of its first character.
        aliases: Further names of the FROM object (its alias), and aliased relationships by alias.
        clauses: Text of each clause after its keyword, comments blanked.
        fields: Every field path outside of subqueries, in order.
    """

    text: str
    items: tuple[Item, ...]
    sobject: str
    sobject_position: int
    aliases: Mapping[str, tuple[str, ...]]
    clauses: Mapping[str, str]
    fields: tuple[FieldUse, ...]

    @property
    def has_aggregate(self) -> bool:
        """Whether rows are groups of records rather than records."""
        return "GROUP BY" in self.clauses or any(item.function in AGGREGATES for item in self.items)


def parse(text: str) -> Query:
    """Read a whole query.

    Raises:
        BindError: If it holds an Apex bind.
        SoqlError: If it is no query.
    """
    return _Parser(text).whole_query()


@dataclass
class _Parser:
    """Recursive descent over the tokens; each method reads one construct."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    at: int = 0
    blanked: str = ""

    def __post_init__(self) -> None:
        if not self.tokens:
            self.blanked = without_comments(self.text)
            self.tokens = tokens_of(self.blanked, self.text)
        self.fields: list[FieldUse] = []
        self.clause = "SELECT"

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def error(self, message: str, token: Token | None = None) -> SoqlError:
        token = token or self.token
        what = message if token.text else f"{message} before the end"
        return SoqlError(what, self.text, token.start)

    def is_word(self, *words: str) -> bool:
        return self.token.kind == "word" and self.token.upper in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.token.kind in {"punctuation", "operator"} and self.token.text in symbols

    def take_word(self, *words: str) -> bool:
        if self.is_word(*words):
            self.at += 1
            return True
        return False

    def take_symbol(self, symbol: str) -> bool:
        if self.is_symbol(symbol):
            self.at += 1
            return True
        return False

    def need_word(self, *words: str) -> Token:
        if not self.is_word(*words):
            raise self.error(f"expected {' or '.join(words)}")
        return self.next()

    def need_symbol(self, symbol: str) -> Token:
        if not self.is_symbol(symbol):
            raise self.error(f"expected {symbol!r}")
        return self.next()

    def need_name(self, what: str) -> Token:
        if self.token.kind != "word" or self.token.upper in _KEYWORDS or ":" in self.token.text:
            raise self.error(f"expected {what}")
        return self.next()

    def need_object(self) -> Token:
        """The name of an object; two standard ones are called like clauses."""
        follows = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.is_word(*_KEYWORD_OBJECTS) and follows.upper != "BY":
            return self.next()
        return self.need_name("the name of an object")

    def path_of(self, token: Token) -> tuple[str, ...]:
        return tuple(part.strip() for part in token.text.split("."))

    def use(self, token: Token) -> tuple[str, ...]:
        path = self.path_of(token)
        self.fields.append(FieldUse(path, token.start, self.clause))
        return path

    # Queries

    def whole_query(self) -> Query:
        query = self.query()
        if self.token.kind != "end":
            raise self.error(f"unexpected {self.token.text!r}")
        return query

    def query(self) -> Query:
        outer_fields, self.fields = self.fields, []
        outer_clause, self.clause = self.clause, "SELECT"
        clauses: dict[str, str] = {}
        self.need_word("SELECT")
        begin = self.token.start
        items = self.comma_list(self.item)
        clauses["SELECT"] = self.slice(begin)
        self.need_word("FROM")
        begin = self.token.start
        sobject, aliases = self.sources()
        clauses["FROM"] = self.slice(begin)
        for name in CLAUSES[2:]:
            self.clause = name
            if self.starts(name):
                begin = self.token.start
                _READERS[name](self)
                clauses[name] = self.slice(begin)
        fields, self.fields = tuple(self.fields), outer_fields
        self.clause = outer_clause
        return Query(
            text=self.text,
            items=tuple(items),
            sobject=sobject.text,
            sobject_position=sobject.start,
            aliases=aliases,
            clauses=clauses,
            fields=fields,
        )

    def slice(self, begin: int) -> str:
        """The text from a position to the end of the last token read."""
        return self.blanked[begin : self.tokens[self.at - 1].end].strip()

    def starts(self, clause: str) -> bool:
        first, _, second = clause.partition(" ")
        if not self.take_word(first):
            return False
        if second:
            self.need_word(second)
        return True

    def comma_list(self, read: object) -> list[Item]:
        values = [read()]  # type: ignore[operator]  # one of this class's own methods
        while self.take_symbol(","):
            values.append(read())  # type: ignore[operator]  # same
        return values

    def sources(self) -> tuple[Token, dict[str, tuple[str, ...]]]:
        sobject = self.need_object()
        aliases: dict[str, tuple[str, ...]] = {sobject.text.lower(): ()}
        if alias := self.alias():
            aliases[alias.lower()] = ()
        while self.take_symbol(","):
            path = self.path_of(self.need_name("a relationship"))
            relationship = (*aliases.get(path[0].lower(), path[:1]), *path[1:])
            if alias := self.alias():
                aliases[alias.lower()] = relationship
        return sobject, aliases

    def alias(self) -> str:
        self.take_word("AS")
        token = self.token
        if token.kind == "word" and token.upper not in _KEYWORDS and token.text.isidentifier():
            return self.next().text
        return ""

    # SELECT

    def item(self) -> Item:
        start = self.token
        if self.take_symbol("("):
            subquery = self.query()
            self.need_symbol(")")
            return Item("subquery", self.slice(start.start), start.start, subquery=subquery)
        if self.is_word("TYPEOF"):
            return self.typeof()
        name = self.need_name("a field")
        if not self.is_symbol("("):
            path = self.use(name)
            alias = self.alias()
            return Item("field", self.slice(name.start), name.start, path=path, alias=alias)
        if name.upper == "FIELDS":
            return self.fields_item(name)
        path, inner = self.function(name)
        alias = self.alias()
        return Item(
            "function",
            self.slice(name.start),
            name.start,
            path=path,
            function=name.upper,
            inner_function=inner,
            alias=alias,
        )

    def fields_item(self, name: Token) -> Item:
        self.need_symbol("(")
        scope = self.need_word("ALL", "STANDARD", "CUSTOM")
        self.need_symbol(")")
        text = self.slice(name.start)
        return Item("fields", text, name.start, function="FIELDS", argument=scope.upper)

    def typeof(self) -> Item:
        start = self.next()
        path = self.use(self.need_name("a field"))
        branches: list[tuple[str, tuple[str, ...]]] = []
        while self.take_word("WHEN"):
            kind = self.need_object().text
            self.need_word("THEN")
            branches.append((kind, self.names()))
        if not branches:
            raise self.error("expected WHEN")
        if self.take_word("ELSE"):
            branches.append(("", self.names()))
        self.need_word("END")
        text = self.slice(start.start)
        return Item("typeof", text, start.start, path=path, branches=tuple(branches))

    def names(self) -> tuple[str, ...]:
        names = [self.need_name("a field").text]
        while self.take_symbol(","):
            names.append(self.need_name("a field").text)
        return tuple(names)

    def function(self, name: Token) -> tuple[tuple[str, ...], str]:
        """Read a function's arguments; returns its first field and its first inner function."""
        if name.upper not in FUNCTIONS:
            raise self.error(f"{name.text} is no SOQL function", name)
        self.need_symbol("(")
        if name.upper == "DISTANCE":
            return self.distance()
        path: tuple[str, ...] = ()
        inner = ""
        if name.upper == "COUNT" and self.take_symbol(")"):
            return path, inner
        while True:
            if self.token.kind in {"string", "number"}:
                self.next()
            else:
                argument = self.need_name("a field")
                if self.is_symbol("("):
                    inner_path, _ = self.function(argument)
                    inner, path = inner or argument.upper, path or inner_path
                else:
                    path = path or self.use(argument)
            if self.take_symbol(")"):
                return path, inner
            self.need_symbol(",")

    def distance(self) -> tuple[tuple[str, ...], str]:
        path = self.use(self.need_name("a location field"))
        self.need_symbol(",")
        point = self.need_name("GEOLOCATION(latitude, longitude) or a location field")
        if self.is_symbol("("):
            if point.upper != "GEOLOCATION":
                raise self.error("expected GEOLOCATION(latitude, longitude)", point)
            self.function(point)
        else:
            self.use(point)
        self.need_symbol(",")
        if self.token.text.lower() not in {"'mi'", "'km'"}:
            raise self.error("expected the unit 'mi' or 'km'")
        self.next()
        self.need_symbol(")")
        return path, ""

    # Conditions

    def condition(self) -> None:
        self.term()
        while self.take_word("AND", "OR"):
            self.term()

    def term(self) -> None:
        while self.take_word("NOT"):
            pass
        if self.take_symbol("("):
            self.condition()
            self.need_symbol(")")
            return
        name = self.need_name("a field")
        if self.is_symbol("("):
            if name.upper == "GEOLOCATION":
                raise self.error("GEOLOCATION stands inside of DISTANCE only", name)
            self.function(name)
        else:
            self.use(name)
        self.comparison()

    def comparison(self) -> None:
        if self.token.kind == "operator":
            self.next()
            self.value()
        elif self.take_word("LIKE"):
            if self.token.kind != "string":
                raise self.error("expected a string in quotes")
            self.next()
        elif self.is_word("NOT", "IN", "INCLUDES", "EXCLUDES"):
            if self.take_word("NOT"):
                self.need_word("IN")
            else:
                self.next()
            self.value_list()
        else:
            raise self.error("expected an operator")

    def value(self) -> None:
        token = self.token
        is_literal = token.kind in _LITERALS or (
            token.kind == "word"
            and (_WORD_LITERAL.fullmatch(token.text) or DATE_LITERAL.fullmatch(token.text))
        )
        if not is_literal:
            raise self.error("expected a value (text goes in single quotes)")
        self.next()

    def value_list(self) -> None:
        self.need_symbol("(")
        if self.is_word("SELECT"):
            self.query()
        else:
            self.value()
            while self.take_symbol(","):
                self.value()
        self.need_symbol(")")

    # The other clauses

    def scope(self) -> None:
        self.need_name("the name of a scope")

    def with_filter(self) -> None:
        """WITH has several languages of its own; Salesforce reads them."""
        depth = 0
        first = self.at
        while self.token.kind != "end" and not (depth == 0 and self.at_next_clause(first)):
            depth += {"(": 1, ")": -1}.get(self.token.text, 0)
            if depth < 0:
                break
            self.next()
        if self.at == first:
            raise self.error("expected a filter")

    def at_next_clause(self, first: int) -> bool:
        return self.at > first and self.is_word(
            "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", "ALL"
        )

    def group_by(self) -> None:
        while True:
            name = self.need_name("a field")
            if self.is_symbol("(") and name.upper in {"ROLLUP", "CUBE"}:
                self.next()
                self.group_by()
                self.need_symbol(")")
            elif self.is_symbol("("):
                self.function(name)
            else:
                self.use(name)
            if not self.take_symbol(","):
                return

    def order_by(self) -> None:
        while True:
            name = self.need_name("a field")
            if self.is_symbol("("):
                self.function(name)
            else:
                self.use(name)
            self.take_word("ASC", "DESC")
            if self.take_word("NULLS"):
                self.need_word("FIRST", "LAST")
            if not self.take_symbol(","):
                return

    def whole_number(self) -> None:
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.error("expected a whole number")
        self.next()

    def purpose(self) -> None:
        self.need_word("VIEW", "REFERENCE", "UPDATE")
        while self.take_symbol(","):
            self.need_word("VIEW", "REFERENCE", "UPDATE")

    def tracking(self) -> None:
        self.need_word("TRACKING", "VIEWSTAT")
        while self.take_symbol(","):
            self.need_word("TRACKING", "VIEWSTAT")

    def nothing(self) -> None:
        """ALL ROWS stands alone."""


_READERS: Final = {
    "USING SCOPE": _Parser.scope,
    "WHERE": _Parser.condition,
    "WITH": _Parser.with_filter,
    "GROUP BY": _Parser.group_by,
    "HAVING": _Parser.condition,
    "ORDER BY": _Parser.order_by,
    "LIMIT": _Parser.whole_number,
    "OFFSET": _Parser.whole_number,
    "FOR": _Parser.purpose,
    "UPDATE": _Parser.tracking,
    "ALL ROWS": _Parser.nothing,
}
