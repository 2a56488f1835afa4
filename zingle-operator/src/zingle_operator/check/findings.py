"""What a check found. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["ok", "note", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: `ok`; a `note` worth knowing; a `warning`; or a `problem` that stops a run or
            loses something.
        todo: What to do and where to click, "" for nothing.
    """

    level: Level
    area: str
    text: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class MissingField:
    """A Zingle contact field that is wanted, and whose log-in may create it."""

    plugin: str
    service_id: str
    name: str
    data_type: str
    why: str


@dataclass(slots=True)
class Findings:
    """All findings of a check, in order.

    Attributes:
        undeployed: Plugins whose org or user lacks what `docs/salesforce` brings.
        facts: Numbers for the estimate, by name.
        pace: Calls per second (0: no limit) and workers of each target that writes contacts.
        cut_short: Whether something could not be looked at, so that the numbers are not all there.
    """

    found: list[Finding] = field(default_factory=list)
    missing_fields: list[MissingField] = field(default_factory=list)
    undeployed: list[str] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)
    pace: list[tuple[float, int]] = field(default_factory=list)
    cut_short: bool = False

    def ok(self, area: str, text: str) -> None:
        """Something is as it should be."""
        self.found.append(Finding("ok", area, text))

    def note(self, area: str, text: str, todo: str = "") -> None:
        """Something is worth knowing."""
        self.found.append(Finding("note", area, text, todo))

    def warn(self, area: str, text: str, todo: str = "") -> None:
        """Something may hurt."""
        self.found.append(Finding("warning", area, text, todo))

    def problem(self, area: str, text: str, todo: str = "") -> None:
        """Something stops a run or loses something; what is told already is not told again."""
        if all(text != finding.text for finding in self.found):
            self.found.append(Finding("problem", area, text, todo))

    def root(
        self, area: str, plugin: str, error: Exception, todo: str, *, shared: bool = False
    ) -> None:
        """One cause that stops all that would be looked at next; a shared one is told once."""
        self.cut_short = True
        if not (shared and any(todo == finding.todo for finding in self.found)):
            self.problem(area, f"{plugin}: {str(error).rstrip('.')}.", todo)

    @property
    def problems(self) -> int:
        """How many problems there are."""
        return sum(finding.level == "problem" for finding in self.found)
