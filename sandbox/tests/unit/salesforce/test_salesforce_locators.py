from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, cast

import pytest

from zingle_sandbox.salesforce.org import locators
from zingle_sandbox.salesforce.org.locators import Locators, Result

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.soql.select import Selection


def result(rows: int) -> Result:
    """A result of so many rows."""
    return Result(cast("Selection", None), array("q"), rows, "005", 0.0, 2_000)


def test_the_oldest_results_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many results are kept, and no more rows than fit."""
    monkeypatch.setattr(locators, "KEPT", 3)
    monkeypatch.setattr(locators, "KEPT_ROWS", 100)
    kept = Locators()
    names = [kept.add(result(10)) for _ in range(4)]
    big = kept.add(result(85))
    kept.drop(big)

    assert len(set(names)) == 4
    assert [names[3]] == list(kept.results)
    assert 10 == kept.rows
