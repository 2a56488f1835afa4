"""SOQL's words: tokens with their positions, and errors that point at one (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

AGGREGATES = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM"})
FUNCTIONS = AGGREGATES | {
    *("CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK"),
    *("DAY_IN_YEAR", "DAY_ONLY", "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY"),
    *("WEEK_IN_MONTH", "WEEK_IN_YEAR", "CONVERTCURRENCY", "CONVERTTIMEZONE", "DISTANCE"),
    *("FIELDS", "FORMAT", "GEOLOCATION", "GROUPING", "TOLABEL"),
}
# A word with a number behind its colon is Salesforce's, new ones too: binds begin with a letter.
DATE_LITERAL = re.compile(
    r"(YESTERDAY|TODAY|TOMORROW|(LAST|NEXT)_90_DAYS"
    r"|(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)"
    r"|[A-Z]+(_[A-Z]+)+:\d+)",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))
      | (?P<date>\d{4}-\d\d-\d\d(?![\w-]))
      | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:]))
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
      | (?P<currency>[A-Za-z]{3}(?:[+-]\d+(?:\.\d+)?|\d+\.\d+)(?![\w.]))
      | (?P<word>[A-Za-z_]\w*(?::\d+)?(?:\s*\.\s*[A-Za-z_]\w*)*)
      | (?P<operator><=|>=|!=|<>|=|<|>)
      | (?P<punctuation>[(),])""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"'(?:[^'\\]|\\.)*'|(//[^\n]*|/\*.*?\*/)", re.DOTALL)


class SoqlError(ValueError):
    """A text that is no query that Salesforce's REST API could answer."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """One word, literal or sign.

    Attributes:
        kind: Name of the group that matched, `end` behind the last one.
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


def tokens_of(text: str) -> list[Token]:
    """All tokens of a text without comments, and one for its end.

    Raises:
        SoqlError: At the first Apex bind or character that SOQL has no use for.
    """
    tokens: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        while text[position].isspace():
            position += 1
        match = _TOKEN.match(text, position)
        if match is None:
            raise _illegal(text, position)
        token = Token(match.lastgroup or "", match.group(), match.start(), match.end())
        if token.kind == "word" and ":" in token.text and not DATE_LITERAL.fullmatch(token.text):
            raise _illegal(text, token.start + token.text.index(":"))
        tokens.append(token)
        position = match.end()
    return [*tokens, Token("end", "", len(text), len(text))]


def _illegal(text: str, position: int) -> SoqlError:
    if bind := re.match(r":\s*[\w.]*", text[position:]):
        what = "an Apex bind, which the REST API does not know; write the value itself"
        return SoqlError(f"{bind.group().strip()} is {what}", position)
    if text[position] == "'":
        return SoqlError("the string has no closing quote", position)
    return SoqlError(f"unexpected character {text[position]!r}", position)
