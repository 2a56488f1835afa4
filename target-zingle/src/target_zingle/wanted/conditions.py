"""Conditions such as `Rating__c == 'Hot'` on a flattened record. Pure, and harmless.

Only what is listed here is computed, and nothing grows: no text is built, no power is taken. What
an empty field means stands in the README's table, which a test reads line by line.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.values import UnusableValueError, is_blank, read_boolean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FUNCTIONS: Mapping[str, Callable[[str], Any]] = {
    "len": len,
    "lower": str.lower,
    "upper": str.upper,
}
_ORDERS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALS, _DIFFERS = (ast.Eq, ast.Is), (ast.NotEq, ast.IsNot)
_COMPARED = (*_ORDERS, *_EQUALS, *_DIFFERS, ast.In, ast.NotIn)
_DEEPEST = 50
_KNOWN = "only fields, texts, numbers, comparisons, and/or/not, in, len, lower, upper"


class ConditionError(ValueError):
    """A condition that cannot be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A readable condition.

    Attributes:
        text: As it was written.
        names: Fields that it looks at, flattened (`Account__Name`).
    """

    text: str
    names: frozenset[str]
    _tree: ast.expr = field(repr=False, compare=False)

    def holds(self, flat: Mapping[str, Any]) -> bool:
        """Whether the condition is true of a flattened record; absent fields are empty.

        An empty field differs from every value: `!=` and `not in` are true of it, `==`, `in` and
        orders are false; `== None` asks for it.
        """
        return _truth(_value(self._tree, flat))


def condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ConditionError: It is not an expression, or uses what conditions may not.

    >>> condition("not DoNotCall and Account__Name in ('Acme', 'Zenith')").names == {
    ...     "DoNotCall", "Account__Name"}
    True
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ConditionError(f"not an expression: {text[:200]}") from None
    names: set[str] = set()
    _check(tree, names, 0)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            pairs = zip(node.ops, node.comparators, strict=True)
            node.comparators = [_listed(op, part) for op, part in pairs]
    return Condition(text, frozenset(names), tree)


def _listed(op: ast.cmpop, part: ast.expr) -> ast.expr:
    """What is written alone behind `in` is a list of one, as in SOQL: `in ('Hot')`."""
    alone = isinstance(op, (ast.In, ast.NotIn)) and isinstance(part, (ast.Constant, ast.UnaryOp))
    return ast.List([part]) if alone else part


def _check(  # noqa: C901 - one case per kind
    node: ast.expr, names: set[str], depth: int
) -> None:
    """Refuse what is not listed, and note the fields."""
    if depth > _DEEPEST:
        raise ConditionError(f"nested deeper than {_DEEPEST}")
    parts: list[ast.expr] = []
    match node:
        case ast.Name(id=name):
            names.add(name)
        case ast.Constant(value=None | str() | int() | float()):
            pass
        case ast.BoolOp(values=parts):
            pass
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            parts = [operand]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            pass
        case ast.Compare(left=left, comparators=others) if all(
            isinstance(op, _COMPARED) for op in node.ops
        ):
            parts = [left, *others]
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in _FUNCTIONS:
                raise ConditionError(f"no function {name}; there are len, lower, upper")
            parts = [argument]
        case _:
            raise ConditionError(_KNOWN)
    for part in parts:
        _check(part, names, depth + 1)


def _value(node: ast.expr, flat: Mapping[str, Any]) -> Any:  # noqa: ANN401, C901, PLR0911 - a field's value, one case per kind
    match node:
        case ast.Name(id=name):
            value = flat.get(name)
            return None if is_blank(value) else _exact(value)
        case ast.Constant(value=value):
            return _exact(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return [_value(part, flat) for part in parts]
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_truth(_value(part, flat)) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_truth(_value(part, flat)) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(_value(operand, flat))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, flat)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            value = _value(argument, flat)
            if isinstance(value, list):
                return None
            return _FUNCTIONS[name](str(value)) if value is not None else None
        case ast.Compare():
            values = [_value(part, flat) for part in (node.left, *node.comparators)]
            asks = [_asks(part) for part in (node.left, *node.comparators)]
            return all(
                _holds(op, values[place], values[place + 1], asks=asks[place] or asks[place + 1])
                for place, op in enumerate(node.ops)
            )
        case _:
            return None


def _exact(value: Any) -> Any:  # noqa: ANN401 - a field's value
    """A number as it is written: 0.1, which no binary fraction is."""
    return Decimal(str(value)) if isinstance(value, float) else value


def _asks(node: ast.expr) -> bool:
    """Whether a part is written as nothing: `None`, or an empty text."""
    return isinstance(node, ast.Constant) and is_blank(node.value)


def _holds(op: ast.cmpop, one: Any, other: Any, *, asks: bool) -> bool:  # noqa: ANN401, PLR0911 - fields' values
    if isinstance(op, _EQUALS):
        return (is_blank(one) and is_blank(other)) if asks else _equal(one, other)
    if isinstance(op, _DIFFERS):
        return not _holds(ast.Eq(), one, other, asks=asks)
    if isinstance(op, ast.In):
        if isinstance(other, list):
            return any(_equal(one, item) or (one is None and item is None) for item in other)
        return isinstance(one, str) and isinstance(other, str) and one in other
    if isinstance(op, ast.NotIn):
        return not _holds(ast.In(), one, other, asks=asks)
    try:
        return None not in {one, other} and bool(_ORDERS[type(op)](one, other))
    except (TypeError, InvalidOperation):  # other types, and what is no number
        return False


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - fields' values
    """Two values are the same; an empty one equals nothing, and flags may come as text."""
    if one is None or other is None:
        return False
    if isinstance(one, bool) != isinstance(other, bool):
        try:
            return read_boolean(one) == read_boolean(other)
        except UnusableValueError:
            return False
    return bool(one == other)


def _truth(value: Any) -> bool:  # noqa: ANN401 - a field's value
    """A field alone: a flag may come as text, whatever else is there is true."""
    if isinstance(value, str):
        try:
            return read_boolean(value)
        except UnusableValueError:
            return not is_blank(value)
    return bool(value)
