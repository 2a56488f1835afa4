"""Conditions such as `Rating__c == 'Hot'` on a flattened record. Pure, and harmless."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simpleeval import EvalWithCompoundTypes, InvalidExpression

if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTIONS = {"len": len, "lower": str.lower, "upper": str.upper}


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
    _tree: ast.AST = field(repr=False, compare=False)

    def holds(self, flat: Mapping[str, Any]) -> bool:
        """Whether the condition is true of a flattened record.

        Comparing with null is never true, as in SOQL, and a field that is absent is null.

        Raises:
            ConditionError: The condition cannot be computed at all.
        """
        names = {name: flat.get(name) for name in self.names}
        evaluator = EvalWithCompoundTypes(functions=_FUNCTIONS, names=names)
        try:
            return bool(evaluator.eval(self.text, previously_parsed=self._tree))
        except TypeError:
            return False
        except (InvalidExpression, ArithmeticError, AttributeError, LookupError) as error:
            raise ConditionError(f"cannot be computed ({type(error).__name__})") from None


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
    except (SyntaxError, ValueError):
        raise ConditionError(f"not an expression: {text}") from None
    called: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                called.add(name)
            case ast.Call() | ast.Lambda() | ast.NamedExpr() | ast.Attribute():
                raise ConditionError("only fields, comparisons, and/or/not, in, len, lower, upper")
            case ast.Name(id=name):
                names.add(name)
            case _:
                pass
    if unknown := sorted(called - set(_FUNCTIONS)):
        raise ConditionError(f"no function {unknown[0]}; there are len, lower, upper")
    return Condition(text, frozenset(names - set(_FUNCTIONS)), tree)
