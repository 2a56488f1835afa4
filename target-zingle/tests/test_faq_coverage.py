"""The coverage page and the tests agree."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def coverage() -> Any:  # noqa: ANN401 - a module that is a script
    """The script that writes the page."""
    path = Path(__file__).with_name("faq_coverage.py")
    spec = importlib.util.spec_from_file_location("faq_coverage", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_row_has_a_test(coverage: Any) -> None:  # noqa: ANN401 - a module
    """No row of the FAQ about contacts or conversations is without a named test."""
    tests = coverage.covering(coverage.ROOT)

    assert [] == [row for row in coverage.ROWS if row not in tests]


def test_the_page_is_what_the_tests_say(coverage: Any) -> None:  # noqa: ANN401 - a module
    """docs/faq-coverage.md is generated; run faq_coverage.py when this fails."""
    assert coverage.page(coverage.covering(coverage.ROOT)) == coverage.PAGE.read_text(
        encoding="utf-8"
    )
