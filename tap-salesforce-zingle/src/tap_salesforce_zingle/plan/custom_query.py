"""The setting custom_queries, and what is wrong with a text whatever the org looks like (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle import soql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_salesforce_zingle.plan.plans import Api


class CustomQueryError(ValueError):
    """A custom query cannot be read."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Given:
    """A text that the user gave.

    Attributes:
        place: The setting it stands in.
        text: As written.
        head: What makes a query of it, in front.
    """

    place: str
    text: str
    head: str = ""

    @property
    def query(self) -> str:
        """The text as a query."""
        return self.head + self.text

    def problem(self, message: str, position: int) -> str:
        """A sentence about a place in the query, with its line and a caret."""
        row, column, line = soql.pointed(self.text, max(0, position - len(self.head)))
        where = f"column {column}" if self.head else f"row {row}, column {column}"
        return f"{self.place}: {message} ({where}):\n{line}"


@dataclass(frozen=True, slots=True)
class CustomQuery:
    """One element of the setting custom_queries.

    Attributes:
        name: Stream name.
        text: The SOQL.
        primary_keys: None for the Id.
        replication_key: None for SystemModstamp where that works, "" for none.
        api: None for the tap's own setting.
    """

    name: str
    text: str
    primary_keys: tuple[str, ...] | None = None
    replication_key: str | None = None
    api: Api | None = None

    @classmethod
    def from_setting(cls, setting: Mapping[str, Any]) -> CustomQuery:
        """Read one element of the setting."""
        keys = setting.get("primary_keys")
        return cls(
            name=str(setting["name"]),
            text=str(setting["soql"]),
            primary_keys=None if keys is None else tuple(keys),
            replication_key=setting.get("replication_key"),
            api=setting.get("api"),
        )

    @property
    def place(self) -> str:
        """The setting."""
        return f"custom_queries.{self.name}"

    @property
    def given(self) -> Given:
        """The SOQL and its place."""
        return Given(self.place, self.text)


def text_problems(query: CustomQuery) -> list[str]:
    """What is wrong with the text whatever the org looks like."""
    try:
        scanned = soql.scan(query.text)
    except soql.SoqlError as error:
        return [query.given.problem(str(error), error.position)]
    problems = [
        f"{query.place}: {name} {scanned.clauses[name]} would write to Salesforce; leave it out."
        for name in ("FOR", "UPDATE")
        if name in scanned.clauses
    ]
    if query.replication_key:
        problems += [
            f"{query.place}: {reason} and replication_key do not go together."
            for reason in reasons_for_full_table(scanned)
        ]
    if len(scanned.items) == 1 and scanned.items[0].text.replace(" ", "").upper() == "COUNT()":
        problems.append(f"{query.place}: COUNT() answers no rows; write COUNT(Id) instead.")
    return problems


def reasons_for_full_table(query: soql.Query) -> list[str]:
    """What makes a query one that can only be read whole."""
    reasons = [name for name in ("LIMIT", "OFFSET") if name in query.clauses]
    return [*reasons, *(["an aggregate query"] if query.has_aggregate else [])]
