"""SOQL's words: tokens with their positions, and errors that point at one (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

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
DATE_LITERAL: Final = re.compile(
    r"(YESTERDAY|TODAY|TOMORROW|(LAST|NEXT)_90_DAYS"
    r"|(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)"
    r"|((LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S"
    r"|N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S_AGO):\d+)",
    re.IGNORECASE,
)
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
class Token:
    """One word, literal or sign.

    Attributes:
        kind: Name of the group that matched, ``end`` behind the last one.
        text: As written.
        start: Index of its first character.
        end: Index behind its last one.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text in upper case: keywords may be written in any."""
        return self.text.upper()


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


def without_comments(text: str) -> str:
    """The text with comments as blanks, so that nothing moves."""

    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group()) if match.group(1) else match.group()

    return _COMMENT.sub(blank, text)


def tokens_of(text: str, original: str) -> list[Token]:
    """All tokens of a text without comments, and one for its end.

    Args:
        text: The text.
        original: The text with its comments, for errors.

    Raises:
        BindError: At the first Apex bind.
        SoqlError: At the first character that SOQL has no use for.
    """
    tokens: list[Token] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            tokens.append(Token("end", "", position, position))
            return tokens
        match = _TOKEN.match(text, position)
        if match is None:
            raise _illegal(text[position], original, position)
        token = Token(match.lastgroup or "", match.group(), match.start(), match.end())
        if token.kind == "word" and ":" in token.text and not DATE_LITERAL.fullmatch(token.text):
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
