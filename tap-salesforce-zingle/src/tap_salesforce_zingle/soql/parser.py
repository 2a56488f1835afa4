"""Read SOQL by recursive descent (pure).

Grammar: SOQL and SOSL Reference, "SOQL SELECT Syntax"; binds and comments are Apex, not REST.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_salesforce_zingle.soql.cursor import KEYWORDS, Cursor
from tap_salesforce_zingle.soql.query import CLAUSES, FieldUse, Item, Query
from tap_salesforce_zingle.soql.tokens import AGGREGATES, DATE_LITERAL, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_salesforce_zingle.soql.tokens import Token

# Standard objects that share their names with keywords.
_KEYWORD_OBJECTS = frozenset({"GROUP", "ORDER"})
_BEHIND_WITH = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", "ALL")
_LITERALS = frozenset({"currency", "date", "datetime", "number", "string", "time"})
_WORD_LITERAL = re.compile(r"TRUE|FALSE|NULL|[A-Z]{3}\d+", re.IGNORECASE)


def scan(text: str) -> Query:
    """Read a whole query.

    Raises:
        SoqlError: If it is no query, or holds an Apex bind.

    >>> query = scan("SELECT Id, Account.Name FROM Contact WHERE Email != null ORDER BY Name")
    >>> query.sobject, [item.path for item in query.items], query.clauses["WHERE"]
    ('Contact', [('Id',), ('Account', 'Name')], 'Email != null')
    """
    parser = _Parser(text)
    query = parser.query()
    if parser.token.kind != "end":
        raise parser.error(f"unexpected {parser.token.text!r}")
    return query


def path_of(token: Token) -> tuple[str, ...]:
    """The names of a dotted word."""
    return tuple(part.strip() for part in token.text.split("."))


class _Parser(Cursor):
    """Recursive descent over the tokens; each method reads one construct."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.fields: list[FieldUse] = []
        self.joined: list[str] = []
        self.clause = "SELECT"
        self.aggregates = 0

    def need_object(self) -> Token:
        """The name of an object; two standard ones are called like clauses."""
        follows = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.sees(*_KEYWORD_OBJECTS) and follows.upper != "BY":
            return self.next()
        return self.need_name("the name of an object")

    def use(self, token: Token) -> tuple[str, ...]:
        path = path_of(token)
        self.fields.append(FieldUse(path, token.start, self.clause))
        return path

    # Queries

    def query(self) -> Query:
        outer_fields, self.fields = self.fields, []
        outer_joined, self.joined = self.joined, []
        outer_clause, self.clause = self.clause, "SELECT"
        clauses: dict[str, str] = {}
        self.need("SELECT")
        begin = self.token.start
        items = self.comma_list(self.item)
        clauses["SELECT"] = self.slice(begin)
        self.need("FROM")
        begin = self.token.start
        sobject, aliases = self.sources()
        clauses["FROM"] = self.slice(begin)
        for name in CLAUSES[2:]:
            self.clause = name
            first, _, second = name.partition(" ")
            if self.take(first):
                if second:
                    self.need(second)
                begin = self.token.start
                _READERS[name](self)
                clauses[name] = self.slice(begin)
        fields, self.fields = tuple(self.fields), outer_fields
        joined, self.joined = tuple(self.joined), outer_joined
        self.clause = outer_clause
        return Query(
            items=tuple(items),
            sobject=sobject.text,
            sobject_position=sobject.start,
            aliases=aliases,
            clauses=clauses,
            fields=fields,
            joined=joined,
        )

    def sources(self) -> tuple[Token, dict[str, tuple[str, ...]]]:
        sobject = self.need_object()
        aliases: dict[str, tuple[str, ...]] = {sobject.text.lower(): ()}
        if alias := self.alias():
            aliases[alias.lower()] = ()
        while self.take(","):
            path = path_of(self.need_name("a relationship"))
            relationship = (*aliases.get(path[0].lower(), path[:1]), *path[1:])
            if alias := self.alias():
                aliases[alias.lower()] = relationship
        return sobject, aliases

    def alias(self) -> str:
        self.take("AS")
        token = self.token
        if token.kind == "word" and token.upper not in KEYWORDS and token.text.isidentifier():
            return self.next().text
        return ""

    # SELECT

    def item(self) -> Item:
        start = self.token
        if self.take("("):
            subquery = self.query()
            self.need(")")
            return Item("subquery", self.slice(start.start), start.start, subquery=subquery)
        if self.sees("TYPEOF"):
            return self.typeof()
        name = self.need_name("a field")
        if not self.sees("("):
            path = self.use(name)
            alias = self.alias()
            return Item("field", self.slice(name.start), name.start, path=path, alias=alias)
        if name.upper == "FIELDS":
            return self.fields_item(name)
        before = self.aggregates
        path = self.function(name)
        alias = self.alias()
        return Item(
            "function",
            self.slice(name.start),
            name.start,
            path=path,
            function=name.upper,
            is_aggregate=self.aggregates > before,
            alias=alias,
        )

    def fields_item(self, name: Token) -> Item:
        self.need("(")
        scope = self.need("ALL", "STANDARD", "CUSTOM")
        self.need(")")
        text = self.slice(name.start)
        return Item("fields", text, name.start, function="FIELDS", argument=scope.upper)

    def typeof(self) -> Item:
        start = self.next()
        path = self.use(self.need_name("a field"))
        branches: list[tuple[str, tuple[tuple[str, ...], ...]]] = []
        while self.take("WHEN"):
            kind = self.need_object().text
            self.need("THEN")
            branches.append((kind, self.branch()))
        if not branches:
            raise self.error("expected WHEN")
        if self.take("ELSE"):
            branches.append(("", self.branch()))
        self.need("END")
        text = self.slice(start.start)
        return Item("typeof", text, start.start, path=path, branches=tuple(branches))

    def branch(self) -> tuple[tuple[str, ...], ...]:
        return tuple(self.comma_list(lambda: path_of(self.need_name("a field"))))

    def function(self, name: Token) -> tuple[str, ...]:
        """Read a function's arguments; the path is that of its first field."""
        if name.upper not in FUNCTIONS:
            raise self.error(f"{name.text} is no SOQL function", name)
        self.need("(")
        self.aggregates += name.upper in AGGREGATES
        if name.upper == "DISTANCE":
            return self.distance()
        if name.upper == "COUNT" and self.take(")"):
            return ()
        paths = self.comma_list(self.argument)
        self.need(")")
        return next((path for path in paths if path), ())

    def argument(self) -> tuple[str, ...]:
        if self.token.kind in {"string", "number"}:
            self.next()
            return ()
        return self.operand(self.need_name("a field"))

    def distance(self) -> tuple[str, ...]:
        path = self.use(self.need_name("a location field"))
        self.need(",")
        point = self.need_name("GEOLOCATION(latitude, longitude) or a location field")
        if self.sees("("):
            if point.upper != "GEOLOCATION":
                raise self.error("expected GEOLOCATION(latitude, longitude)", point)
            self.function(point)
        else:
            self.use(point)
        self.need(",")
        if self.token.text.lower() not in {"'mi'", "'km'"}:
            raise self.error("expected the unit 'mi' or 'km'")
        self.next()
        self.need(")")
        return path

    # Conditions

    def condition(self) -> None:
        self.term()
        while self.take("AND", "OR"):
            self.term()

    def term(self) -> None:
        while self.take("NOT"):
            pass
        if self.take("("):
            self.condition()
            self.need(")")
            return
        name = self.need_name("a field")
        if name.upper == "GEOLOCATION" and self.sees("("):
            raise self.error("GEOLOCATION stands inside of DISTANCE only", name)
        self.operand(name)
        self.comparison()

    def comparison(self) -> None:
        if self.token.kind == "operator":
            self.next()
            self.value()
        elif self.take("LIKE"):
            if self.token.kind != "string":
                raise self.error("expected a string in quotes")
            self.next()
        elif self.sees("NOT", "IN", "INCLUDES", "EXCLUDES"):
            if self.take("NOT"):
                self.need("IN")
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
        self.need("(")
        if self.sees("SELECT"):
            self.joined.append(self.query().sobject)
        else:
            self.comma_list(self.value)
        self.need(")")

    # The other clauses

    def with_filter(self) -> None:
        """WITH has several languages of its own; Salesforce reads them."""
        depth = 0
        first = self.at
        while self.token.kind != "end" and (depth or not self.sees(")", *_BEHIND_WITH)):
            depth += {"(": 1, ")": -1}.get(self.next().text, 0)
        if self.at == first:
            raise self.error("expected a filter")

    def group_by(self) -> None:
        self.comma_list(self.grouping)

    def grouping(self) -> None:
        name = self.need_name("a field")
        if self.sees("(") and name.upper in {"ROLLUP", "CUBE"}:
            self.next()
            self.group_by()
            self.need(")")
        else:
            self.operand(name)

    def operand(self, name: Token) -> tuple[str, ...]:
        return self.function(name) if self.sees("(") else self.use(name)

    def ordering(self) -> None:
        self.operand(self.need_name("a field"))
        self.take("ASC", "DESC")
        if self.take("NULLS"):
            self.need("FIRST", "LAST")

    def whole_number(self) -> None:
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.error("expected a whole number")
        self.next()


# How each clause behind FROM is read.
_READERS: dict[str, Callable[[_Parser], object]] = {
    "USING SCOPE": lambda parser: parser.need_name("the name of a scope"),
    "WHERE": _Parser.condition,
    "WITH": _Parser.with_filter,
    "GROUP BY": _Parser.group_by,
    "HAVING": _Parser.condition,
    "ORDER BY": lambda parser: parser.comma_list(parser.ordering),
    "LIMIT": _Parser.whole_number,
    "OFFSET": _Parser.whole_number,
    "FOR": lambda parser: parser.comma_list(lambda: parser.need("VIEW", "REFERENCE", "UPDATE")),
    "UPDATE": lambda parser: parser.comma_list(lambda: parser.need("TRACKING", "VIEWSTAT")),
    "ALL ROWS": lambda _: None,
}
