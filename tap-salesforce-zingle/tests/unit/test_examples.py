from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "plan.columns",
        "plan.paths",
        "plan.plans",
        "plan.rows",
        "plan.schemas",
        "read.windows",
        "soql.parser",
        "soql.query",
        "soql.tokens",
    ],
)
def test_examples(name: str) -> None:
    """The examples in the documentation of pure modules are true, and there are some."""
    result = doctest.testmod(import_module(f"tap_salesforce_zingle.{name}"))

    assert (0, True) == (result.failed, result.attempted > 0)
