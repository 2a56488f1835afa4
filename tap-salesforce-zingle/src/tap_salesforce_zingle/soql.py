"""Read SOQL text without rendering it anew: clauses, select items and the fields they use (pure).

The scanner keeps the position of everything, so that an error can point at its character and the
planner can put conditions in while the user's own text stays as it was written.
Grammar: SOQL and SOSL Reference, "SOQL SELECT Syntax"; binds and comments are Apex, not REST.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

CLAUSES: Final = (
    "SELECT",
    "FROM",
    "USING SCOPE",
    "WHERE",
    "WITH",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "FOR",
    "UPDATE",
    "ALL ROWS",
)
"""All clauses in the order that SOQL wants them."""

AGGREGATES: Final = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM"})
DATE_FUNCTIONS: Final = frozenset(
    {
        "CALENDAR_MONTH",
        "CALENDAR_QUARTER",
        "CALENDAR_YEAR",
        "DAY_IN_MONTH",
        "DAY_IN_WEEK",
        "DAY_IN_YEAR",
        "DAY_ONLY",
        "FISCAL_MONTH",
        "FISCAL_QUARTER",
        "FISCAL_YEAR",
        "HOUR_IN_DAY",
        "WEEK_IN_MONTH",
        "WEEK_IN_YEAR",
    }
)
FUNCTIONS: Final = (
    AGGREGATES
    | DATE_FUNCTIONS
    | {
        "CONVERTCURRENCY",
        "CONVERTTIMEZONE",
        "DISTANCE",
        "FIELDS",
        "FORMAT",
        "GEOLOCATION",
        "GROUPING",
        "TOLABEL",
    }
)
_KEYWORDS: Final = frozenset(
    {
        *(word for clause in CLAUSES for word in clause.split()[:1]),
        *("AS", "AND", "OR", "NOT", "LIKE", "IN", "INCLUDES", "EXCLUDES"),
        *("TYPEOF", "WHEN", "THEN", "ELSE", "END"),
    }
)
_DATE_LITERAL: Final = re.compile(
    r"(YESTERDAY|TODAY|TOMORROW|(LAST|NEXT)_90_DAYS"
    r"|(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)"
    r"|((LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S"
    r"|N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S_AGO):\d+)",
    re.IGNORECASE,
)
_LITERALS: Final = frozenset({"currency", "date", "datetime", "number", "string"})
_WORD_LITERAL: Final = re.compile(r"TRUE|FALSE|NULL|[A-Z]{3}\d+", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
      | (?P<date>\d{4}-\d\d-\d\d(?![\w-]))
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
      | (?P<currency>[A-Za-z]{3}(?:[+-]\d+(?:\.\d+)?|\d+\.\d+)(?![\w.]))
      | (?P<word>[A-Za-z_]\w*(?::\d+)?(?:\s*\.\s*[A-Za-z_]\w*)*)
      | (?P<operator><=|>=|!=|<>|=|<|>)
      | (?P<punctuation>[(),])""",
    re.VERBOSE,
)
_COMMENT: Final = re.compile(r"'(?:[^'\\]|\\.)*'|(//[^\n]*|/\*.*?\*/)", re.DOTALL)


class SoqlError(ValueError):
    """A text that is no query that Salesforce's REST API could answer.

    Args:
        message: One sentence.
        text: The whole query.
        position: Index of the character where the error shows.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.position = position


class BindError(SoqlError):
    """The text holds an Apex bind such as ``:accountId``."""


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


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        return self.text.upper()


def scan(text: str) -> Query:
    """Read a query.

    Args:
        text: SOQL.

    Returns:
        What it consists of.

    Raises:
        BindError: If it holds an Apex bind.
        SoqlError: If it is no query.

    >>> query = scan("SELECT Id, Account.Name FROM Contact WHERE Email != null ORDER BY Name")
    >>> query.sobject, [item.path for item in query.items], query.clauses["WHERE"]
    ('Contact', [('Id',), ('Account', 'Name')], 'Email != null')
    """
    return _Parser(text).whole_query()


def render(clauses: Mapping[str, str]) -> str:
    """Put clauses together again, in SOQL's order.

    >>> render({"FROM": "Contact", "SELECT": "Id", "LIMIT": "5"})
    'SELECT Id FROM Contact LIMIT 5'
    """
    parts = (f"{name} {clauses[name]}".strip() for name in CLAUSES if name in clauses)
    return " ".join(parts)


def pointed(text: str, position: int) -> tuple[int, int, str]:
    r"""Where a position is: its row and column, from 1, and its line with a caret below.

    >>> pointed("SELECT Id\nFRM Contact", 10)
    (2, 1, 'FRM Contact\n^')
    """
    position = min(position, len(text))
    row = text.count("\n", 0, position) + 1
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)]
    column = position - start
    indent = "".join("\t" if character == "\t" else " " for character in line[:column])
    return row, column + 1, f"{line}\n{indent}^"


def position_of(text: str, row: int, column: int) -> int:
    """Index of the character at a row and column, both from 1; the nearest one that exists."""
    lines = text.split("\n")
    row = max(1, min(row, len(lines)))
    start = sum(len(line) + 1 for line in lines[: row - 1])
    return start + max(0, min(column - 1, len(lines[row - 1])))


def _blank_comments(text: str) -> str:
    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group()) if match.group(1) else match.group()

    return _COMMENT.sub(blank, text)


def _tokens(text: str, original: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            tokens.append(_Token("end", "", position, position))
            return tokens
        match = _TOKEN.match(text, position)
        if match is None:
            raise _illegal(text[position], original, position)
        token = _Token(match.lastgroup or "", match.group(), match.start(), match.end())
        if token.kind == "word" and ":" in token.text and not _DATE_LITERAL.fullmatch(token.text):
            raise _bind(original, token.start + token.text.index(":"))
        tokens.append(token)
        position = match.end()


def _illegal(character: str, text: str, position: int) -> SoqlError:
    if character == ":":
        return _bind(text, position)
    if character == "'":
        return SoqlError("the string has no closing quote", text, position)
    return SoqlError(f"unexpected character {character!r}", text, position)


def _bind(text: str, position: int) -> BindError:
    match = re.match(r":\s*[\w.]*", text[position:])
    name = match.group() if match else ":"
    return BindError(
        f"{name.strip()} is an Apex bind, which the REST API does not know; write the value itself",
        text,
        position,
    )


@dataclass
class _Parser:
    """Recursive descent over the tokens; each method reads one construct."""

    text: str
    tokens: list[_Token] = field(default_factory=list)
    at: int = 0
    blanked: str = ""

    def __post_init__(self) -> None:
        if not self.tokens:
            self.blanked = _blank_comments(self.text)
            self.tokens = _tokens(self.blanked, self.text)
        self.fields: list[FieldUse] = []
        self.clause = "SELECT"

    # Tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def next(self) -> _Token:
        token = self.token
        self.at += 1
        return token

    def error(self, message: str, token: _Token | None = None) -> SoqlError:
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

    def need_word(self, *words: str) -> _Token:
        if not self.is_word(*words):
            raise self.error(f"expected {' or '.join(words)}")
        return self.next()

    def need_symbol(self, symbol: str) -> _Token:
        if not self.is_symbol(symbol):
            raise self.error(f"expected {symbol!r}")
        return self.next()

    def need_name(self, what: str) -> _Token:
        if self.token.kind != "word" or self.token.upper in _KEYWORDS or ":" in self.token.text:
            raise self.error(f"expected {what}")
        return self.next()

    def path_of(self, token: _Token) -> tuple[str, ...]:
        return tuple(part.strip() for part in token.text.split("."))

    def use(self, token: _Token) -> tuple[str, ...]:
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

    def sources(self) -> tuple[_Token, dict[str, tuple[str, ...]]]:
        sobject = self.need_name("the name of an object")
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

    def fields_item(self, name: _Token) -> Item:
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
            kind = self.need_name("the name of an object").text
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

    def function(self, name: _Token) -> tuple[tuple[str, ...], str]:
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
            and (_WORD_LITERAL.fullmatch(token.text) or _DATE_LITERAL.fullmatch(token.text))
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
