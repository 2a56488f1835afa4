"""What a project is to become, and the settings that say it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zingle_operator.project.changes import variable

if TYPE_CHECKING:
    from zingle_operator.project.project import Direction

Kind = Literal["extractors", "loaders", "utilities"]
System = Literal["salesforce", "zingle"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered.

    Attributes:
        directions: Which pipelines.
        salesforce: The connection settings of the Salesforce plugins.
        zingle: Those of the Zingle plugins.
        service_id: The Zingle service.
        objects: The sObjects that are read as people.
        start_date: The first local day of conversations.
    """

    directions: tuple[Direction, ...]
    salesforce: Mapping[str, str]
    zingle: Mapping[str, str]
    service_id: str
    objects: tuple[str, ...]
    start_date: str


@dataclass(frozen=True, slots=True)
class Job:
    """A pipeline of the project, and when it runs."""

    name: str
    task: str
    schedule: str
    interval: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that a pipeline needs, and the service that it logs in to."""

    name: str
    kind: Kind
    system: System | None


# Minutes that never meet, so that no job waits for another one.
JOBS: Mapping[Direction, tuple[Job, ...]] = {
    "contacts": (
        Job(
            "contacts-to-zingle",
            "tap-salesforce-zingle target-zingle",
            "contacts-every-5-minutes",
            "*/5 * * * *",
        ),
    ),
    "conversations": (
        Job(
            "conversations-to-salesforce",
            "tap-zingle target-salesforce-activity",
            "conversations-every-hour",
            "3 * * * *",
        ),
        Job(
            "replay-unmatched-conversations",
            "zingle-sync:replay-unmatched",
            "unmatched-conversations-every-day",
            "33 3 * * *",
        ),
    ),
}
PLUGINS: Mapping[Direction, tuple[Plugin, ...]] = {
    "contacts": (
        Plugin("tap-salesforce-zingle", "extractors", "salesforce"),
        Plugin("target-zingle", "loaders", "zingle"),
    ),
    "conversations": (
        Plugin("tap-zingle", "extractors", "zingle"),
        Plugin("target-salesforce-activity", "loaders", "salesforce"),
    ),
}
OPERATOR = Plugin("zingle-sync", "utilities", None)
PEOPLE = ("Contact", "Lead")


def variables(answers: Answers) -> dict[str, str]:
    """The answers as environment variables of the plugins, for `.env`."""
    own: dict[str, dict[str, str]] = {
        "target-zingle": {"service_id": answers.service_id},
        "tap-zingle": {
            "service_ids": json.dumps([answers.service_id]),
            "start_date": answers.start_date,
        },
    }
    if answers.objects != PEOPLE:
        own["tap-salesforce-zingle"] = {"objects": json.dumps(answers.objects)}
    shared = {"salesforce": answers.salesforce, "zingle": answers.zingle}
    return {
        variable(plugin.name, name): value
        for direction in answers.directions
        for plugin in PLUGINS[direction]
        if plugin.system
        for name, value in {**shared[plugin.system], **own.get(plugin.name, {})}.items()
    }
