from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["errors", "exact_numbers", "flows", "usage"])
def test_examples(name: str) -> None:
    """The examples in the documentation of pure modules are true, and there are some."""
    result = doctest.testmod(import_module(f"zingle_sync.salesforce.{name}"))

    assert (0, True) == (result.failed, result.attempted > 0)
