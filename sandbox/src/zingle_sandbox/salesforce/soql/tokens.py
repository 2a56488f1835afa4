"""SOQL text to tokens, each with its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError

Kind = Literal["name", "string", "number", "datetime", "date", "time", "money", "symbol", "end"]

_TOKEN = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<datetime>\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2}))
    |(?P<date>\d{4}-\d{2}-\d{2}(?![\w.:-]))
    |(?P<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?[Zz]?(?![\w:]))
    |(?P<money>[A-Za-z]{3}-?\d+(?:\.\d+)?(?![\w.]))
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<symbol><=|>=|!=|<>|[=<>(),.:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {
    "n": "\n",
    "N": "\n",
    "r": "\r",
    "R": "\r",
    "t": "\t",
    "T": "\t",
    "b": "\b",
    "B": "\b",
    "f": "\f",
    "F": "\f",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "_": "_",
    "%": "%",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query."""

    kind: Kind
    text: str
    at: int

    @property
    def upper(self) -> str:
        """The text in upper case, to compare with keywords."""
        return self.text.upper()


def tokenize(query: str) -> list[Token]:
    """Split a query; the last token is of kind `end`.

    Raises:
        SoqlError: a character that starts nothing, or a string without an end.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            row, column = query.count("\n", 0, at) + 1, at - query.rfind("\n", 0, at) - 1
            raise SoqlError(
                MALFORMED_QUERY,
                f"line {row}:{column} no viable alternative at character '{query[at]}'",
            )
        kind = match.lastgroup
        if kind != "skip":
            tokens.append(Token(kind, match[0], at))  # type: ignore[arg-type]  # the groups are the kinds
        at = match.end()
    tokens.append(Token("end", "'<EOF>'", len(query)))
    return tokens


def string_value(token: Token) -> str:
    """What a string token says, escapes resolved.

    Raises:
        SoqlError: an escape that SOQL does not know.
    """
    return _unescape(token, keep="")


def like_pattern(token: Token) -> str:
    r"""A string token as a pattern for SQLite's `LIKE … ESCAPE '\'`."""
    return _unescape(token, keep="_%\\")


def _unescape(token: Token, keep: str) -> str:
    def resolve(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        if code in keep:
            return match[0]
        if code not in _ESCAPED:
            raise SoqlError(
                MALFORMED_QUERY, f"Illegal string literal: Invalid escape \\{code}", token.at
            )
        return _ESCAPED[code]

    text = _ESCAPE.sub(resolve, token.text[1:-1])
    try:
        # Two escapes may be the halves of one character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise SoqlError(
            MALFORMED_QUERY, "Illegal string literal: half a character", token.at
        ) from error
