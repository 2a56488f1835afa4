"""A place in a list of tokens that moves on as constructs are read (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tap_salesforce_zingle.soql.query import CLAUSES
from tap_salesforce_zingle.soql.tokens import SoqlError, Token, tokens_of, without_comments

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
KEYWORDS = frozenset(
    {
        *(word for clause in CLAUSES for word in clause.split()[:1]),
        *("AS", "AND", "OR", "NOT", "LIKE", "IN", "INCLUDES", "EXCLUDES"),
        *("TYPEOF", "WHEN", "THEN", "ELSE", "END"),
    }
)


class Cursor:
    """Looks at the next token, takes it or needs it; words may be written in any case."""

    def __init__(self, text: str) -> None:
        self.blanked = without_comments(text)
        self.tokens = tokens_of(self.blanked)
        self.at = 0

    @property
    def token(self) -> Token:
        """The token to read next."""
        return self.tokens[self.at]

    def next(self) -> Token:
        """Take it, whatever it is."""
        self.at += 1
        return self.tokens[self.at - 1]

    def error(self, message: str, token: Token | None = None) -> SoqlError:
        """An error at a token, the next one if not told otherwise."""
        token = token or self.token
        what = message if token.text else f"{message} before the end"
        return SoqlError(what, token.start)

    def sees(self, *texts: str) -> bool:
        """Whether it is one of these words or signs."""
        return self.token.upper in texts

    def take(self, *texts: str) -> bool:
        """Whether it was one of these words or signs, which is taken then."""
        is_there = self.sees(*texts)
        self.at += is_there
        return is_there

    def need(self, *texts: str) -> Token:
        """Take one of these words or signs."""
        if not self.sees(*texts):
            raise self.error(
                f"expected {' or '.join(t if t.isalpha() else repr(t) for t in texts)}"
            )
        return self.next()

    def need_name(self, what: str) -> Token:
        """Take a name that is no keyword."""
        if self.token.kind != "word" or self.token.upper in KEYWORDS or ":" in self.token.text:
            raise self.error(f"expected {what}")
        return self.next()

    def slice(self, begin: int) -> str:
        """The text from a position to the end of the last token read."""
        return self.blanked[begin : self.tokens[self.at - 1].end].strip()

    def comma_list(self, read: Callable[[], T]) -> list[T]:
        """Read what stands between commas."""
        values = [read()]
        while self.take(","):
            values.append(read())
        return values
