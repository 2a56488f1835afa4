"""Find out what the org has to offer: one describe per selected object, none for the rest."""

from __future__ import annotations

import logging
import re
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigValidationError

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.custom import custom_definition
from tap_salesforce_zingle.custom_query import CustomQuery, CustomQueryError
from tap_salesforce_zingle.paths import UnknownNameError, did_you_mean, follow, sentence
from tap_salesforce_zingle.planner import STREAM_OF, Definition, object_definition, rest_soql
from tap_salesforce_zingle.schemas import is_known
from zingle_sync.salesforce import NotFoundError, QueryError, Salesforce

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

logger = logging.getLogger(__name__)


class Discovery:
    """Turns the configuration into stream definitions.

    Args:
        client: Answers describes.
        config: The tap's configuration.
    """

    def __init__(self, client: Salesforce, config: Mapping[str, Any]) -> None:
        self._client = client
        self._config = config
        self._objects: list[str] | None = None
        self.problems: list[str] = []

    def definitions(
        self, *, selected: Collection[str] | None = None, probe: bool
    ) -> list[Definition]:
        """All streams.

        Args:
            selected: Names of the streams that are wanted; None for all.
            probe: Whether Salesforce is asked what it thinks of each custom query, so that its
                objections come before any record.

        Raises:
            ConfigValidationError: If anything that the configuration names does not exist.
        """
        found = [
            self._object(sobject, probe=probe)
            for sobject in dict.fromkeys(self._config["objects"])
            if selected is None or STREAM_OF[sobject] in selected
        ]
        found += [
            self._custom(setting, probe=probe)
            for setting in self._config["custom_queries"]
            if selected is None or setting["name"] in selected
        ]
        definitions = [definition for definition in found if definition is not None]
        if self.problems:
            raise ConfigValidationError("The configuration is not valid", errors=self.problems)
        for definition in definitions:
            for warning in definition.warnings:
                logger.warning(warning)
        return definitions

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
            self.problems.append(sentence(f"objects: the user may not see {sobject}{hint}"))
            return None
        where = None
        if given := self._config["where"].get(sobject):
            where = self._checked_where(sobject, given, describe, probe=probe)
        unknown = {str(field["type"]) for field in describe["fields"]}
        for kind in sorted(kind for kind in unknown if not is_known(kind)):
            logger.warning("%s has fields of the unknown type %s: read as strings", sobject, kind)
        return object_definition(
            describe,
            where=where,
            include_deleted=self._config["include_deleted"],
            api=self._config["api"],
        )

    def _checked_where(
        self, sobject: str, where: str, describe: Mapping[str, Any], *, probe: bool
    ) -> str:
        """A condition without its comments; what is wrong with it becomes a problem."""
        setting = f"where.{sobject}"
        head = soql.render({"SELECT": "Id", "FROM": sobject, "WHERE": ""})
        scanned = soql.scan(f"{head} {where}")
        before = len(self.problems)
        for use in scanned.fields:
            if use.clause != "WHERE":
                continue
            try:
                follow(use.path, describe, self._describe)
            except UnknownNameError as error:
                _, column, line = soql.pointed(where, use.position - len(head) - 1)
                self.problems.append(f"{setting}: {error} (column {column}):\n{line}")
        if probe and len(self.problems) == before:
            text = soql.render({**scanned.clauses, "LIMIT": "1"})
            self._ask(setting, where, text, include_deleted=self._config["include_deleted"])
        return scanned.clauses["WHERE"]

    def _custom(self, setting: Mapping[str, Any], *, probe: bool) -> Definition | None:
        query = CustomQuery.from_setting(setting)
        try:
            definition = custom_definition(
                query, self._describe, api=self._config["api"], objects=self._names
            )
        except CustomQueryError as error:
            self.problems += error.problems
            return None
        if probe:
            self._probe(query, definition)
        return definition

    def _probe(self, query: CustomQuery, definition: Definition) -> None:
        """Ask Salesforce for one row of the query."""
        plan = definition.plan
        text = rest_soql(plan, None)
        if "LIMIT" not in plan.clauses:
            text = rest_soql(plan, None) + " LIMIT 1"
        setting = f"custom_queries.{query.name}"
        self._ask(setting, query.text, text, include_deleted=plan.include_deleted)

    def _ask(self, setting: str, given: str, sent: str, *, include_deleted: bool) -> None:
        try:
            next(self._client.query(sent, include_deleted=include_deleted))
        except QueryError as error:
            self.problems.append(_objection(setting, given, sent, error))


def _objection(setting: str, given: str, sent: str, error: QueryError) -> str:
    """Salesforce's own sentence about a query, shown in the user's text where possible."""
    if error.row is None or error.column is None:
        return f"{setting}: {error}"
    position = soql.position_of(sent, error.row, error.column)
    # What Salesforce read is the user's text with a few words more; find the place by its word.
    word = sent[position:].split(maxsplit=1)[0].strip("(),") if sent[position:].strip() else ""
    # Of several, it is the one that goes on in the same way.
    places = [match.start() for match in re.finditer(re.escape(word), given)] if word else []
    text, place = sent, position
    if places:
        text = given
        rest = sent[position:]
        place = max(
            places,
            key=lambda at: len(commonprefix((given[at:], rest))),  # noqa: RUF071 - characters are meant
        )
    row, column, line = soql.pointed(text, place)
    return f"{setting}: {error} (row {row}, column {column}):\n{line}"
