"""Find out what the org has to offer: one describe per selected object, none for the rest.

What is wrong comes out as values (`Problem`), so that a run can stop with all of it at once and
the operator's check can show the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.custom import custom_definition
from tap_salesforce_zingle.plan.custom_query import CustomQueryError
from tap_salesforce_zingle.plan.objects import (
    STREAM_OF,
    object_definition,
    stream_of,
    where_given,
)
from tap_salesforce_zingle.plan.paths import did_you_mean, sentence
from tap_salesforce_zingle.plan.plans import probe_soql, with_condition
from tap_salesforce_zingle.plan.select_list import Level
from tap_salesforce_zingle.read.optional import or_none
from tap_salesforce_zingle.read.windows import some_condition
from tap_salesforce_zingle.settings import TapSettings, setting_problems
from zingle_sync.salesforce import NotFoundError, QueryError, QuotaError, Salesforce

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_salesforce_zingle.plan.custom_query import CustomQuery, Given
    from tap_salesforce_zingle.plan.plans import Definition, Plan


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, or what the user should know.

    Attributes:
        text: The setting, such as `where.Contact`, or `quota` for the org's limits, and what is
            wrong with it, where it can be shown with the line and a caret.
        is_warning: Whether a run goes on all the same.
    """

    text: str
    is_warning: bool = False

    @override
    def __str__(self) -> str:
        return self.text


def problems_of(config: Mapping[str, Any], client: Salesforce) -> list[Problem]:
    """Everything that a run would stop at before its first record, and what it would warn of.

    Args:
        config: The tap's configuration, defaults filled in, of the right types.
        client: Answers describes and the probes of conditions and queries.

    Raises:
        SalesforceError: If Salesforce cannot be asked, other than for a used-up quota.
    """
    problems = list(map(Problem, setting_problems(config)))
    if problems:
        return problems
    discovery = Discovery(client, TapSettings.of(config))
    try:
        discovery.definitions(probe=True)
    except QuotaError as error:
        discovery.problems.append(Problem(f"quota: {error}"))
    return discovery.problems


class Discovery:
    """Turns the settings into stream definitions; `problems` tells what is wrong with them."""

    def __init__(self, client: Salesforce, settings: TapSettings) -> None:
        self._client = client
        self._settings = settings
        self.problems: list[Problem] = []

    def definitions(
        self, *, selected: Collection[str] | None = None, probe: bool
    ) -> list[Definition]:
        """All streams that can be read.

        Args:
            selected: Names of the streams that are wanted; None for all.
            probe: Whether Salesforce is asked what it thinks of each condition and custom query,
                so that its objections come before any record.
        """
        made = [
            self._object(sobject, probe=probe)
            for sobject in self._settings.objects
            if selected is None or stream_of(sobject) in selected
        ]
        made += [
            self._custom(query, probe=probe)
            for query in self._settings.custom_queries
            if selected is None or query.name in selected
        ]
        definitions = [definition for definition in made if definition is not None]
        for definition in definitions:
            self._tell(*definition.warnings, is_warning=True)
            self._tell_stale(definition)
        return definitions

    def _tell_stale(self, definition: Definition) -> None:
        """Warn where changes elsewhere do not bring a row again."""
        plan = definition.plan
        if plan.key is None or self._settings.full_every or not definition.looks_at:
            return
        place = (
            f"custom_queries.{definition.name}" if definition.is_custom else f"where.{plan.sobject}"
        )
        self._tell(
            f"{place}: it looks at {', '.join(definition.looks_at)}, which change without changing "
            f"{plan.key}: rows that are changed by them alone do not come again. Set "
            "formula_refresh_hours to read everything again from time to time.",
            is_warning=True,
        )

    def _tell(self, *texts: str, is_warning: bool = False) -> None:
        self.problems += [Problem(text, is_warning) for text in texts]

    def _describe(self, sobject: str) -> Mapping[str, Any]:
        try:
            return self._client.describe(sobject)
        except NotFoundError as error:
            raise LookupError(sobject) from error

    @cached_property
    def _names(self) -> list[str]:
        """Names of all objects, asked for only to explain a wrong one."""
        answer = or_none(self._client.describe_global, "the names of the objects")
        entries = (answer or {}).get("sobjects", ())
        return [str(e["name"]) for e in entries if isinstance(e, dict) and "name" in e]

    def _object(self, sobject: str, *, probe: bool) -> Definition | None:
        try:
            describe = self._describe(sobject)
        except LookupError:
            hint = did_you_mean(sobject, self._names)
            self._tell(sentence(f"objects: the user may not see {sobject}{hint}"))
            return None
        if problem := _object_problem(sobject, describe):
            self._tell(problem)
            return None
        definition = object_definition(
            describe,
            include_deleted=self._settings.include_deleted,
            api=self._settings.api_by_object.get(sobject, self._settings.api),
        )
        if sobject not in self._settings.where:
            if probe and sobject not in STREAM_OF:  # some objects can't be read whole
                self._ask_for_one(f"objects: {sobject}", definition.plan)
            return definition
        given = where_given(sobject, self._settings.where[sobject])
        scanned = soql.scan(given.query)
        plan = with_condition(definition.plan, scanned.clauses["WHERE"])
        level = Level(given, scanned, describe, self._describe)
        level.read()
        self._tell(*level.problems)
        if probe and not level.problems:
            self._ask(given, replace(plan, clauses={**plan.clauses, "SELECT": "Id"}))
        return replace(definition, plan=plan, looks_at=(*scanned.related, *level.formulas))

    def _custom(self, query: CustomQuery, *, probe: bool) -> Definition | None:
        try:
            definition = custom_definition(
                query, self._describe, api=self._settings.api, objects=lambda: self._names
            )
        except CustomQueryError as error:
            self._tell(*error.problems)
            return None
        if probe:
            self._ask(query.given, definition.plan)
        return definition

    def _ask(self, given: Given, plan: Plan) -> None:
        """Ask Salesforce for one row of what a run would ask for."""
        self._ask_for_one(given.place, plan, given.text)

    def _ask_for_one(self, place: str, plan: Plan, text: str = "") -> None:
        settings = self._settings.windows(plan)
        condition = some_condition(self._client.server_now, settings) if settings else None
        sent = probe_soql(plan, condition)
        query = self._client.query(sent, include_deleted=plan.include_deleted)
        try:
            or_none(lambda: next(query), f"a probe of {place}")
        except QueryError as error:
            self._tell(f"{place}: {error}{_pointed(text, sent, error) if text else ''}")


def _object_problem(sobject: str, describe: Mapping[str, Any]) -> str | None:
    """Why an object can't be a stream, in a sentence."""
    name = str(describe["name"])
    if name != sobject:
        return f"objects: {sobject} is written {name}."
    if not describe.get("queryable", True):
        return f"objects: {sobject} can't be queried."
    return None


def _pointed(given: str, sent: str, error: QueryError) -> str:
    """The place that Salesforce's sentence is about, shown in the user's text where possible."""
    if error.row is None or error.column is None:
        return ""
    position = soql.position_of(sent, error.row, error.column)
    rest = sent[position:]
    # What Salesforce read is the user's text with a few words more; find the place by its word.
    word = rest.split(maxsplit=1)[0].strip("(),") if rest.strip() else ""
    places = [match.start() for match in re.finditer(re.escape(word), given)] if word else []
    text = sent
    if places:
        text = given
        # Of several places, the one that goes on in the same way.
        position = max(places, key=lambda at: len(commonprefix((given[at:], rest))))  # noqa: RUF071 - characters are meant
    row, column, line = soql.pointed(text, position)
    return f" (row {row}, column {column}):\n{line}"
