"""SOQL text to a tree."""

from __future__ import annotations

from zingle_sandbox.salesforce.soql.ast import (
    Function,
    Grouping,
    Item,
    Order,
    Path,
    Query,
    Source,
    Typeof,
)
from zingle_sandbox.salesforce.soql.conditions import read_condition
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.stream import KEYWORDS, Stream
from zingle_sandbox.salesforce.soql.tokens import tokenize

LONGEST_QUERY = 100_000
# Parents and children in one query, and before version 58.0 of the API.
MOST_LEVELS, FORMER_LEVELS = 5, 2
_DATA_CATEGORY_OPERATORS = ("AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW")


def parse(query: str, levels: int = MOST_LEVELS) -> Query:
    """Read a whole query.

    Args:
        query: the text.
        levels: how many levels of parents and children it may have.

    Raises:
        SoqlError: `MALFORMED_QUERY`; the text is no SOQL.
    """
    if len(query) > LONGEST_QUERY:
        raise SoqlError(MALFORMED_QUERY, "SOQL statements cannot be longer than 100000 characters.")
    stream = Stream(tokenize(query))
    tree = _query(stream, levels)
    if stream.token.kind != "end":
        raise stream.refuse()
    return tree


def _query(stream: Stream, levels: int, level: int = 1) -> Query:
    at = stream.token.at
    stream.expect_words("SELECT")
    items = [_item(stream, levels, level)]
    while stream.accept(","):
        items.append(_item(stream, levels, level))
    counting = _is_counting(items)
    stream.expect_words("FROM")
    source = _source(stream)
    scope = stream.take().text if stream.accept_words("USING", "SCOPE") else None
    where = read_condition(stream, _subquery) if stream.accept_words("WHERE") else None
    suffixes = _with_clauses(stream)
    grouping, group_by = _group_by(stream)
    having = None
    if group_by and stream.accept_words("HAVING"):
        having = read_condition(stream, _subquery)
    order_by = _order_by(stream)
    limit = stream.whole_number() if stream.accept_words("LIMIT") else None
    offset = stream.whole_number() if stream.accept_words("OFFSET") else None
    suffixes += _suffixes(stream)
    return Query(
        items=tuple(items),
        source=source,
        counting=counting,
        scope=scope,
        where=where,
        group_by=group_by,
        grouping=grouping,
        having=having,
        order_by=order_by,
        limit=limit,
        offset=offset,
        suffixes=tuple(suffixes),
        at=at,
    )


def _subquery(stream: Stream) -> Query:
    return _query(stream, 1)


def _is_counting(items: list[Item | Typeof | Query]) -> bool:
    for item in items:
        if (
            isinstance(item, Item)
            and isinstance(item.expression, Function)
            and item.expression.upper == "COUNT"
            and not item.expression.arguments
        ):
            if len(items) > 1 or item.alias:
                raise SoqlError(
                    MALFORMED_QUERY,
                    "COUNT() must be the only element in the SELECT list",
                    item.expression.at,
                )
            return True
    return False


def _item(stream: Stream, levels: int, level: int) -> Item | Typeof | Query:
    if stream.accept("("):
        if level == levels:
            below = max(levels - 1, 1)
            raise SoqlError(
                MALFORMED_QUERY,
                "SOQL statements cannot query aggregate relationships more than"
                f" {below} level{'s' if below > 1 else ''} away from the root entity object.",
                stream.token.at,
            )
        query = _query(stream, levels, level + 1)
        stream.expect(")")
        return query
    if stream.at_word("TYPEOF") and stream.ahead(1).kind == "name":
        return _typeof(stream)
    expression = stream.field()
    token = stream.token
    if token.kind == "name" and token.upper not in KEYWORDS:
        stream.take()
        return Item(expression, token.text, token.at)
    return Item(expression, None)


def _typeof(stream: Stream) -> Typeof:
    stream.expect_words("TYPEOF")
    path = stream.path()
    whens = []
    otherwise: tuple[Path, ...] = ()
    while stream.accept_words("WHEN"):
        name = stream.object_name()
        stream.expect_words("THEN")
        whens.append((name.text, name.at, _paths(stream)))
    if not whens:
        raise stream.refuse()
    if stream.accept_words("ELSE"):
        otherwise = _paths(stream)
    stream.expect_words("END")
    return Typeof(path, tuple(whens), otherwise)


def _paths(stream: Stream) -> tuple[Path, ...]:
    paths = [stream.path()]
    while stream.accept(","):
        paths.append(stream.path())
    return tuple(paths)


def _source(stream: Stream) -> Source:
    if stream.at_word("GROUP") or stream.at_word("ORDER"):
        token = stream.take()
        name = Path((token.text,), token.at)
    else:
        name = stream.path()
    alias = _alias(stream)
    further = []
    while stream.accept(","):
        path = stream.path()
        further.append((path, _alias(stream)))
    return Source(name.text, alias, name.at, tuple(further))


def _alias(stream: Stream) -> str | None:
    if stream.accept_words("AS"):
        return stream.name().text
    token = stream.token
    if token.kind == "name" and token.upper not in KEYWORDS:
        return stream.take().text
    return None


def _with_clauses(stream: Stream) -> list[str]:
    found = []
    while stream.accept_words("WITH"):
        if stream.accept_words("DATA", "CATEGORY"):
            while True:
                stream.name()
                if stream.take().upper not in _DATA_CATEGORY_OPERATORS:
                    raise stream.refuse()
                _data_categories(stream)
                if not stream.accept_words("AND"):
                    break
            found.append("DATA CATEGORY")
            continue
        for word in ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"):
            if stream.accept_words(word):
                found.append(word)
                break
        else:
            raise stream.refuse()
    return found


def _data_categories(stream: Stream) -> None:
    if not stream.accept("("):
        stream.name()
        return
    stream.name()
    while stream.accept(","):
        stream.name()
    stream.expect(")")


def _group_by(stream: Stream) -> tuple[Grouping, tuple[Path | Function, ...]]:
    if not stream.accept_words("GROUP", "BY"):
        return "plain", ()
    for word in ("ROLLUP", "CUBE"):
        if stream.at_word(word) and stream.ahead(1).text == "(":
            stream.take()
            stream.expect("(")
            fields = _fields(stream)
            stream.expect(")")
            return ("rollup" if word == "ROLLUP" else "cube"), fields
    return "plain", _fields(stream)


def _fields(stream: Stream) -> tuple[Path | Function, ...]:
    fields = [stream.field()]
    while stream.accept(","):
        fields.append(stream.field())
    return tuple(fields)


def _order_by(stream: Stream) -> tuple[Order, ...]:
    if not stream.accept_words("ORDER", "BY"):
        return ()
    orders = []
    while True:
        expression = stream.field()
        descending = stream.accept_words("DESC")
        if not descending:
            stream.accept_words("ASC")
        nulls_last = False
        if stream.accept_words("NULLS"):
            nulls_last = stream.accept_words("LAST")
            if not nulls_last:
                stream.expect_words("FIRST")
        orders.append(Order(expression, descending, nulls_last))
        if not stream.accept(","):
            return tuple(orders)


def _suffixes(stream: Stream) -> list[str]:
    found = []
    while True:
        if stream.accept_words("FOR"):
            for word in ("VIEW", "REFERENCE", "UPDATE"):
                if stream.accept_words(word):
                    found.append(f"FOR {word}")
                    break
            else:
                raise stream.refuse()
        elif stream.accept_words("UPDATE"):
            for word in ("TRACKING", "VIEWSTAT"):
                if stream.accept_words(word):
                    found.append(f"UPDATE {word}")
                    break
            else:
                raise stream.refuse()
        elif stream.at_word("ALL", "ROWS"):
            raise SoqlError(
                MALFORMED_QUERY, "ALL ROWS not allowed in this context", stream.token.at
            )
        else:
            return found
