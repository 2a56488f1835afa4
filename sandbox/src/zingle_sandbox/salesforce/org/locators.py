"""Query locators: the ordered row numbers of a result, kept for two days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from zingle_sandbox.salesforce.soql.select import Selection

KEPT = 2_000
KEPT_ROWS = 20_000_000  # 160 MB


@dataclass(slots=True)
class Result:
    """What is left of a query result.

    Attributes:
        rows: row numbers in result order, as far as they are known.
        token: the session that opened it.
        total: how many there are.
        complete: fills `rows` up to `total`; None once done.
        expires: epoch seconds by the sandbox's clock.
        size: rows a page, at most.
    """

    selection: Selection
    rows: array[int]
    total: int
    user_id: str
    expires: float
    size: int
    token: str = ""
    complete: Callable[[], None] | None = None


@dataclass
class Locators:
    """Results by their id; the oldest give way beyond `KEPT` results or `KEPT_ROWS` rows."""

    results: dict[str, Result] = field(default_factory=dict)
    made: int = 0
    rows: int = 0
    unfinished: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> str:
        """Keep a result and name it."""
        self.made += 1
        name = f"0r8Zs{self.made:010d}AAA"
        self.rows += result.total
        while self.results and (len(self.results) >= KEPT or self.rows > KEPT_ROWS):
            self.drop(next(iter(self.results)))
        self.results[name] = result
        return name

    def drop(self, name: str) -> None:
        """Forget a result."""
        self.rows -= self.results.pop(name).total

    def finish(self) -> None:
        """Look up the rows of results whose first page has been answered already."""
        while self.unfinished:
            result = self.unfinished.pop()
            if result.complete is not None:
                result.complete()
                result.complete = None

    def clear(self) -> None:
        """Forget every result."""
        self.results.clear()
        self.unfinished.clear()
        self.made = 0
        self.rows = 0
