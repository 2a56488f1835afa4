"""Find out what the org has to offer: one describe per selected object, none for the rest.

What is wrong comes out as values (`Problem`), so that a run can stop with all of it at once and
the operator's check can show the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.custom import custom_definition
from tap_salesforce_zingle.plan.custom_query import CustomQueryError
from tap_salesforce_zingle.plan.objects import STREAM_OF, object_definition, where_head
from tap_salesforce_zingle.plan.paths import UnknownNameError, did_you_mean, follow, sentence
from tap_salesforce_zingle.plan.plans import rest_soql
from tap_salesforce_zingle.settings import TapSettings, setting_problems
from zingle_sync.salesforce import NotFoundError, QueryError, QuotaError, Salesforce

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_salesforce_zingle.plan.custom_query import CustomQuery
    from tap_salesforce_zingle.plan.plans import Definition


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, or what the user should know.

    Attributes:
        place: The setting, such as `where.Contact`; `quota` for the org's limits.
        sentence: What is wrong with it, where it can be shown with the line and a caret.
        is_warning: Whether a run goes on all the same.
    """

    place: str
    sentence: str
    is_warning: bool = False

    @classmethod
    def of(cls, text: str, *, is_warning: bool = False) -> Problem:
        """Read `place: sentence`."""
        place, _, rest = text.partition(": ")
        return cls(place, rest, is_warning)

    @property
    def area(self) -> str:
        """The setting without what is inside of it, such as `custom_queries`."""
        return self.place.partition(".")[0]

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


def problems_of(config: Mapping[str, Any], client: Salesforce) -> list[Problem]:
    """Everything that a run would stop at before its first record, and what it would warn of.

    Args:
        config: The tap's configuration, defaults filled in, of the right types.
        client: Answers describes and the probes of conditions and queries.

    Raises:
        SalesforceError: If Salesforce cannot be asked, other than for a used-up quota.
    """
    problems = list(map(Problem.of, setting_problems(config)))
    if problems:
        return problems
    discovery = Discovery(client, TapSettings.of(config))
    try:
        discovery.definitions(probe=True)
    except QuotaError as error:
        discovery.problems.append(Problem("quota", str(error)))
    return discovery.problems


class Discovery:
    """Turns the settings into stream definitions; `problems` tells what is wrong with them.

    Args:
        client: Answers describes.
        settings: The tap's own settings.
    """

    def __init__(self, client: Salesforce, settings: TapSettings) -> None:
        self._client = client
        self._settings = settings
        self._objects: list[str] | None = None
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
            if selected is None or STREAM_OF[sobject] in selected
        ]
        made += [
            self._custom(query, probe=probe)
            for query in self._settings.custom_queries
            if selected is None or query.name in selected
        ]
        definitions = [definition for definition in made if definition is not None]
        for definition in definitions:
            self._tell(*definition.warnings, is_warning=True)
        return definitions

    def _tell(self, *texts: str, is_warning: bool = False) -> None:
        self.problems += [Problem.of(text, is_warning=is_warning) for text in texts]

    def _describe(self, sobject: str) -> Mapping[str, Any]:
        try:
            return self._client.describe(sobject)
        except NotFoundError as error:
            raise LookupError(sobject) from error

    def _names(self) -> list[str]:
        """Names of all objects, asked for only to explain a wrong one."""
        if self._objects is None:
            objects = self._client.describe_global()["sobjects"]
            self._objects = [str(entry["name"]) for entry in objects]
        return self._objects

    def _object(self, sobject: str, *, probe: bool) -> Definition | None:
        try:
            describe = self._describe(sobject)
        except LookupError:
            hint = did_you_mean(sobject, self._names())
            self._tell(sentence(f"objects: the user may not see {sobject}{hint}"))
            return None
        given = self._settings.where.get(sobject)
        return object_definition(
            describe,
            where=self._where(sobject, given, describe, probe=probe) if given else None,
            include_deleted=self._settings.include_deleted,
            api=self._settings.api,
        )

    def _where(self, sobject: str, where: str, describe: Mapping[str, Any], *, probe: bool) -> str:
        """A condition without its comments; what is wrong with it becomes a problem."""
        setting = f"where.{sobject}"
        head = where_head(sobject)
        scanned = soql.scan(head + where)
        before = len(self.problems)
        for use in scanned.fields[1:]:
            try:
                follow(use.path, describe, self._describe)
            except UnknownNameError as error:
                _, column, line = soql.pointed(where, use.position - len(head))
                self._tell(f"{setting}: {error} (column {column}):\n{line}")
        if probe and len(self.problems) == before:
            text = soql.render({**scanned.clauses, "LIMIT": "1"})
            self._ask(setting, where, text, include_deleted=self._settings.include_deleted)
        return scanned.clauses["WHERE"]

    def _custom(self, query: CustomQuery, *, probe: bool) -> Definition | None:
        try:
            definition = custom_definition(
                query, self._describe, api=self._settings.api, objects=self._names
            )
        except CustomQueryError as error:
            self._tell(*error.problems)
            return None
        if probe:
            plan = definition.plan
            text = rest_soql(plan, None)
            if "LIMIT" not in plan.clauses:
                text = rest_soql(plan, None) + " LIMIT 1"
            setting = f"custom_queries.{query.name}"
            self._ask(setting, query.text, text, include_deleted=plan.include_deleted)
        return definition

    def _ask(self, setting: str, given: str, sent: str, *, include_deleted: bool) -> None:
        try:
            next(self._client.query(sent, include_deleted=include_deleted))
        except QueryError as error:
            self._tell(f"{setting}: {error}{_pointed(given, sent, error)}")


def _pointed(given: str, sent: str, error: QueryError) -> str:
    """The place that Salesforce's sentence is about, shown in the user's text where possible."""
    if error.row is None or error.column is None:
        return ""
    position = soql.position_of(sent, error.row, error.column)
    rest = sent[position:]
    # What Salesforce read is the user's text with a few words more; find the place by its word.
    word = rest.split(maxsplit=1)[0].strip("(),") if rest.strip() else ""
    places = [match.start() for match in re.finditer(re.escape(word), given)] if word else []
    text, place = (given, _nearest(places, given, rest)) if places else (sent, position)
    row, column, line = soql.pointed(text, place)
    return f" (row {row}, column {column}):\n{line}"


def _nearest(places: list[int], given: str, rest: str) -> int:
    """Of several places, the one that goes on in the same way."""
    return max(places, key=lambda at: len(commonprefix((given[at:], rest))))  # noqa: RUF071 - characters are meant
