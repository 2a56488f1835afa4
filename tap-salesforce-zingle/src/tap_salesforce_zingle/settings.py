"""The tap's settings: declared once, read once, and what can be wrong with them by themselves.

Defaults stand in the declaration and nowhere else. What Salesforce must be asked for, to know
whether it is right, is `discovery`'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.custom_query import CustomQuery, text_problems
from tap_salesforce_zingle.plan.objects import STREAM_OF, stream_of, where_given
from tap_salesforce_zingle.read.windows import Settings
from zingle_sync.salesforce import CONNECTION_SETTINGS, LOGIN_GROUPS
from zingle_sync.singer.settings import Setting, declared
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_salesforce_zingle.plan.plans import Api, Plan

_OBJECTS = sorted(STREAM_OF)
# Seconds, more than 300 years: further back than there is anything to read.
_LONGEST = 10_000_000_000
_APIS = ["auto", "rest", "bulk"]
_OBJECT = re.compile(r"[A-Za-z]\w*", re.ASCII)

TAP_SETTINGS = (
    Setting(
        "objects",
        th.ArrayType(th.StringType),
        title="Objects",
        description="Objects to offer as streams, by API name: `Contact` (contacts), `Lead` "
        "(leads), and any other under its own name, such as `Account` or `Stay__c`.",
        default=_OBJECTS,
    ),
    Setting(
        "custom_queries",
        th.ArrayType(
            th.ObjectType(
                th.Property("name", th.StringType(min_length=1), required=True),
                th.Property("soql", th.StringType(min_length=1), required=True),
                th.Property("primary_keys", th.ArrayType(th.StringType)),
                th.Property("replication_key", th.StringType),
                th.Property("api", th.StringType(allowed_values=_APIS)),
                additional_properties=False,
            )
        ),
        title="Custom queries",
        description="Streams from SOQL: a `name` and a `soql` each, and where needed "
        "`primary_keys` (default: Id), `replication_key` (default: SystemModstamp; empty: the "
        "whole table each time) and `api`.",
        default=[],
    ),
    Setting(
        "where",
        th.ObjectType(additional_properties=th.StringType),
        title="Filters",
        description='A SOQL condition by object, such as `{"Contact": "MailingCountry = \'US\'"}`.',
        default={},
    ),
    Setting(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="The earliest change to read, as a date or datetime; absent = all history.",
    ),
    Setting(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        title="Lookback",
        description="How far before the bookmark reading begins, in seconds: long transactions "
        "in Salesforce commit rows with older stamps.",
        default=600,
    ),
    Setting(
        "api",
        th.StringType(allowed_values=_APIS),
        title="API",
        description="`rest`, `bulk` (Bulk API 2.0) or `auto`: Bulk from 20,000 expected rows "
        "on, REST where Bulk refuses.",
        default="auto",
    ),
    Setting(
        "api_by_object",
        th.ObjectType(additional_properties=th.StringType(allowed_values=_APIS)),
        title="API by object",
        description='The API for single objects, such as `{"Account": "bulk"}`; the others '
        "follow `api`.",
        default={},
    ),
    Setting(
        "include_deleted",
        th.BooleanType,
        title="Include deleted",
        description="Read deleted and merged rows of `objects` too, as long as they are in "
        "the Recycle Bin; a custom query says ALL ROWS instead.",
        default=True,
    ),
    Setting(
        "formula_refresh_hours",
        th.IntegerType(minimum=0),
        title="Formula refresh",
        description="Read everything again after so many hours, for formulas that change "
        "without their row changing; 0 = never.",
        default=0,
    ),
    Setting(
        "verify_counts",
        th.BooleanType,
        title="Verify counts",
        description="Compare the rows of each window with `COUNT()`, one more call each.",
        default=False,
    ),
)
CONFIG: dict[str, Any] = th.PropertiesList(*declared(CONNECTION_SETTINGS), *TAP_SETTINGS).to_dict()
# Which settings have to be given together, one group per way to set the plugin up.
SETTINGS_GROUPS = LOGIN_GROUPS

# Names of other Salesforce taps, and what to write here.
FORMER_SETTINGS = {
    "api_type": "write `api: rest`, `api: bulk` or `api: auto`",
    "api_type_overrides": "write `api_by_object`, or `api` in the entry of `custom_queries`",
    "consumer_key": "write `client_id`",
    "consumer_secret": "write `client_secret`",
    "instance_name": "write `domain` with the My Domain host",
    "is_sandbox": "write `domain: test`, or `domain` with the My Domain host",
    "lookback_window": "write `lookback_seconds`",
    "max_workers": "leave it out: streams are read one after another",
    "select_fields_by_default": "every visible field is selected; leave some out with Meltano's "
    "`select`, or in the catalog",
    "state_message_threshold": "leave it out: STATE comes every 1,000 records",
    "streams_to_discover": "write `objects` and `custom_queries`",
}


@dataclass(frozen=True, slots=True)
class TapSettings:
    """The tap's own settings, under their own names, as they are used."""

    objects: tuple[str, ...]
    custom_queries: tuple[CustomQuery, ...]
    where: Mapping[str, str]
    start_date: datetime | None
    lookback: timedelta
    api: Api
    api_by_object: Mapping[str, Api]
    include_deleted: bool
    full_every: timedelta | None
    verify_counts: bool

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> TapSettings:
        """Read a configuration that has no problems, defaults filled in."""
        start_date = config.get("start_date")
        hours = config["formula_refresh_hours"]
        return cls(
            objects=tuple(dict.fromkeys(config["objects"])),
            custom_queries=tuple(map(CustomQuery.from_setting, config["custom_queries"])),
            where={name: text for name, text in config["where"].items() if text},
            start_date=moment_of(start_date) if start_date else None,
            lookback=timedelta(seconds=min(config["lookback_seconds"], _LONGEST)),
            api=config["api"],
            api_by_object=config["api_by_object"],
            include_deleted=config["include_deleted"],
            full_every=timedelta(hours=hours) if hours else None,
            verify_counts=config["verify_counts"],
        )

    def windows(self, plan: Plan) -> Settings | None:
        """What decides about a plan's windows; None when the whole table is read."""
        if plan.key is None:
            return None
        return Settings(plan.key, plan.kind, self.start_date, self.lookback, self.full_every)


def without(config: Mapping[str, Any], wrong: frozenset[str]) -> dict[str, Any]:
    """The configuration with the defaults of some settings instead of their values."""
    defaults = {setting.name: setting.default for setting in TAP_SETTINGS}
    return {**config, **{name: defaults.get(name) for name in wrong}}


def setting_problems(config: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the tap's own settings, one sentence each.

    Args:
        config: The configuration, defaults filled in, of the right types.
    """
    problems = []
    start_date = config.get("start_date")
    try:
        settings = TapSettings.of(config)
    except ValueError:
        problems.append(
            f"start_date: {start_date!r} is no date such as 2026-01-31 or 2026-01-31T08:00:00Z."
        )
        settings = TapSettings.of({**config, "start_date": None})
    for sobject, condition in settings.where.items():
        problems += _where_problems(sobject, condition, settings.objects)
    problems += [
        f"objects: {name!r} is no API name of an object, such as Account or Stay__c."
        for name in settings.objects
        if not _OBJECT.fullmatch(name)
    ]
    problems += [
        f"api_by_object.{name}: {name} is not among the objects."
        for name in settings.api_by_object
        if name not in settings.objects
    ]
    names = [stream_of(name) for name in settings.objects]
    for query in settings.custom_queries:
        if query.name in names:
            problems.append(f"{query.place}: there is another stream of this name.")
        names.append(query.name)
        problems += text_problems(query)
    return problems


def _where_problems(sobject: str, condition: str, objects: tuple[str, ...]) -> list[str]:
    if sobject not in objects:
        return [f"where.{sobject}: {sobject} is not among the objects."]
    given = where_given(sobject, condition)
    try:
        scanned = soql.scan(given.query)
    except soql.SoqlError as error:
        return [given.problem(str(error), error.position)]
    extra = ", ".join(sorted(scanned.clauses.keys() - {"SELECT", "FROM", "WHERE"}))
    return [f"{given.place}: {extra} is not part of a condition."] if extra else []
