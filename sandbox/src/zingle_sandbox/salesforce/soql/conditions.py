"""WHERE and HAVING."""

from __future__ import annotations

from collections.abc import Callable

from zingle_sandbox.salesforce.soql.ast import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Function,
    Includes,
    InList,
    InQuery,
    Literal,
    Not,
    Path,
    Query,
)
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.stream import Stream

QueryReader = Callable[[Stream], Query]


def read_condition(stream: Stream, read_query: QueryReader) -> Condition:
    """Read conditions joined by AND or by OR.

    Both in one level, and NOT beside either, need parentheses (SOQL reference,
    conditionExpression).
    """
    if stream.accept_words("NOT"):
        condition = Not(_simple(stream, read_query))
        if stream.at_word("AND") or stream.at_word("OR"):
            raise stream.refuse()
        return condition
    first = _simple(stream, read_query)
    for word, join in (("AND", All), ("OR", AnyOf)):
        if stream.at_word(word):
            conditions = [first]
            while stream.accept_words(word):
                conditions.append(_simple(stream, read_query))
            if stream.at_word("AND") or stream.at_word("OR"):
                raise stream.refuse()
            return join(tuple(conditions))
    return first


def _simple(stream: Stream, read_query: QueryReader) -> Condition:
    if stream.accept("("):
        with stream.deeper():
            condition = read_condition(stream, read_query)
        stream.expect(")")
        return condition
    left = stream.field()
    if stream.token.kind == "symbol":
        return _comparison(stream, left)
    if stream.accept_words("LIKE"):
        value = stream.value()
        if value.kind != "string":
            raise SoqlError(MALFORMED_QUERY, f"unexpected token: {value.value}", value.at)
        return Comparison(left, "LIKE", value)
    for word in ("INCLUDES", "EXCLUDES"):
        if stream.accept_words(word):
            return Includes(left, _values(stream), negated=word == "EXCLUDES")
    negated = stream.accept_words("NOT")
    if stream.accept_words("IN"):
        if stream.token.text == "(" and stream.ahead(1).upper == "SELECT":
            stream.expect("(")
            query = read_query(stream)
            stream.expect(")")
            return InQuery(left, query, negated)
        return InList(left, _values(stream), negated)
    raise stream.refuse()


def _comparison(stream: Stream, left: Path | Function) -> Comparison:
    token = stream.token
    operator = "!=" if token.text == "<>" else token.text
    match operator:
        case "=" | "!=" | "<" | "<=" | ">" | ">=":
            stream.take()
            return Comparison(left, operator, stream.value())
        case _:
            raise stream.refuse()


def _values(stream: Stream) -> tuple[Literal, ...]:
    stream.expect("(")
    values = [stream.value()]
    while stream.accept(","):
        values.append(stream.value())
    stream.expect(")")
    return tuple(values)
