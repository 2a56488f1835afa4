"""A position in the tokens, and the small steps that every part of the grammar takes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.soql.ast import Expression, Function, Literal, Path
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError, unexpected
from zingle_sandbox.salesforce.soql.functions import check_function
from zingle_sandbox.salesforce.soql.periods import NUMBERED_PERIODS, PERIODS
from zingle_sandbox.salesforce.soql.tokens import Token, like_pattern, string_value

if TYPE_CHECKING:
    from collections.abc import Iterator

# Words that end an expression, so that they are no aliases.
KEYWORDS = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "INCLUDES",
        "EXCLUDES",
        "GROUP",
        "HAVING",
        "ORDER",
        "BY",
        "ASC",
        "DESC",
        "NULLS",
        "LIMIT",
        "OFFSET",
        "FOR",
        "USING",
        "SCOPE",
        "WITH",
        "UPDATE",
        "ALL",
        "TYPEOF",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
    ]
)
DEEPEST_CONDITION = 40
_LARGEST = 2**31 - 1
BINDS = "Bind variables only allowed in Apex code"


class Stream:
    """Tokens that are read from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of parentheses or NOT.

        Raises:
            SoqlError: there are too many.
        """
        self._depth += 1
        if self._depth > DEEPEST_CONDITION:
            raise SoqlError(MALFORMED_QUERY, "The query is nested too deeply", self.token.at)
        try:
            yield
        finally:
            self._depth -= 1

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._next]

    def ahead(self, steps: int) -> Token:
        """A token further on."""
        return self._tokens[min(self._next + steps, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Step over the next token."""
        token = self.token
        if token.kind != "end":
            self._next += 1
        return token

    def refuse(self) -> SoqlError:
        """The error for the next token."""
        if self.token.text == ":":
            return SoqlError(MALFORMED_QUERY, BINDS, self.token.at)
        return unexpected(self.token.text, self.token.at)

    def at_word(self, *words: str) -> bool:
        """Whether these words come next."""
        return all(
            self.ahead(step).kind == "name" and self.ahead(step).upper == word
            for step, word in enumerate(words)
        )

    def accept_words(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if not self.at_word(*words):
            return False
        self._next += len(words)
        return True

    def expect_words(self, *words: str) -> None:
        """Step over these words.

        Raises:
            SoqlError: something else comes next.
        """
        for word in words:
            if not self.accept_words(word):
                raise self.refuse()

    def accept(self, symbol: str) -> bool:
        """Step over a symbol if it comes next."""
        if self.token.kind != "symbol" or self.token.text != symbol:
            return False
        self._next += 1
        return True

    def expect(self, symbol: str) -> None:
        """Step over a symbol.

        Raises:
            SoqlError: something else comes next.
        """
        if not self.accept(symbol):
            raise self.refuse()

    def name(self) -> Token:
        """Step over a name that is no keyword."""
        token = self.token
        # Short names such as `USD1` look like money.
        if token.kind not in {"name", "money"} or token.upper in KEYWORDS or "-" in token.text:
            raise self.refuse()
        return self.take()

    def object_name(self) -> Token:
        """Read a name; Group and Order are objects as well as keywords."""
        return self.take() if self.at_word("GROUP") or self.at_word("ORDER") else self.name()

    def path(self) -> Path:
        """Read `a.b.c`; before a dot, Group and Order name objects (`Group.Name`)."""
        first = self.object_name() if self.ahead(1).text == "." else self.name()
        parts = [first.text]
        while self.accept("."):
            parts.append(self.take_part())
        return Path(tuple(parts), first.at)

    def take_part(self) -> str:
        """Read a name after a dot; here a keyword is a name too (`Account.Group`)."""
        if self.token.kind not in {"name", "money"}:
            raise self.refuse()
        return self.take().text

    def field(self) -> Path | Function:
        """Read a field or a function call that yields a value."""
        if self.token.kind != "name" or self.ahead(1).text != "(":
            return self.path()
        function = self._function()
        if function.upper == "GEOLOCATION":
            raise unexpected(function.name, function.at)
        return function

    def _function(self) -> Function:
        name = self.name()
        self.expect("(")
        arguments: list[Expression] = []
        if not self.accept(")"):
            while True:
                arguments.append(self._argument())
                if not self.accept(","):
                    break
            self.expect(")")
        return check_function(Function(name.text, tuple(arguments), name.at))

    def _argument(self) -> Expression:
        if self.token.kind in {"string", "number"}:
            return self.value()
        if self.at_word("ALL"):
            token = self.take()
            return Path((token.text,), token.at)
        if self.at_word("GEOLOCATION"):
            return self._function()
        return self.field()

    def value(self) -> Literal:
        """Read the right side of a comparison."""
        token = self.token
        match token.kind:
            case "string":
                self.take()
                return Literal("string", string_value(token), token.at, like_pattern(token))
            case "number" | "date" | "datetime" | "time":
                self.take()
                return Literal(token.kind, token.text, token.at)
            case "money":
                self.take()
                return Literal("money", token.text[3:], token.at)
            case "name":
                return self._word()
            case _:
                raise self.refuse()

    def _word(self) -> Literal:
        token = self.token
        word = token.upper
        if word in {"TRUE", "FALSE"}:
            self.take()
            return Literal("boolean", word.lower(), token.at)
        if word == "NULL":
            self.take()
            return Literal("null", "", token.at)
        if word in PERIODS:
            self.take()
            return Literal("period", word, token.at)
        if word in NUMBERED_PERIODS:
            self.take()
            self.expect(":")
            if self.token.kind != "number" or not self.token.text.isdigit():
                raise self.refuse()
            return Literal("period", word, token.at, number=int(self.take().text))
        raise unexpected(token.text, token.at)

    def whole_number(self) -> int:
        """Read the number of LIMIT or OFFSET."""
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.refuse()
        return min(int(self.take().text), _LARGEST)
