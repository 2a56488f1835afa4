"""The plan of a takeover as a value, and as the page that people read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from zingle_sync.outcomes.masking import mask_text
from zingle_sync.zingle import named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from zingle_operator.takeover.carried import Carried
    from zingle_operator.takeover.connector import Objects
    from zingle_operator.takeover.people import People
    from zingle_operator.takeover.tasks import Activities
    from zingle_sync.zingle import Integration

_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Commands:
    """What a person types, as this project wants it."""

    contacts: str
    conversations: str | None
    sync: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the page says.

    Attributes:
        now: When it was made, by Zingle's clock.
        about_connector: Why nothing or not all is known of the connector; "" where all is.
        queries: The SOQL that the connector reads with.
        mapped: Whether the people were matched with the mapping as carried over.
        people: None where `about_people` says why it is not known.
        activities: None where `about_activities` says why it is not known.
        calls: What making the plan cost, by system.
    """

    service_id: str
    service_name: str | None
    zone: ZoneInfo
    now: datetime
    connector: Integration | None
    about_connector: str
    objects: Objects
    queries: tuple[str, ...]
    carried: Carried
    mapped: bool
    commands: Commands
    people: People | None = None
    about_people: str = ""
    activities: Activities | None = None
    about_activities: str = ""
    calls: Mapping[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether people and Activities could both be looked at."""
        return self.people is not None and self.activities is not None


def page_of(plan: Plan, *, most: int | None = None) -> str:
    """The plan as Markdown; no secret, no name, no phone, no e-mail.

    Args:
        plan: What is told.
        most: The longest list; None for all of it.
    """
    templates = Templates(  # noqa: S701 - it makes Markdown, not HTML
        loader=PackageLoader("zingle_operator.takeover"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"cell": _cell, "count": "{:,}".format, "masked": mask_text}
    connector = plan.connector
    return templates.get_template("plan.md.j2").render(
        plan=plan,
        most=most,
        service=named(plan.service_id, {plan.service_id: plan.service_name or ""}),
        configuration=connector.configuration if connector else (),
        connected=connector is not None and connector.is_connected,
        mapping=yaml_of(plan.carried.contact_mapping),
        carried=[pair for pair in plan.carried.pairs if pair.place],
        left=[pair for pair in plan.carried.pairs if not pair.place],
    )


def yaml_of(contact_mapping: Mapping[str, Any]) -> str:
    """The block for meltano.yml, below `config` of target-zingle."""
    if not contact_mapping:
        return ""
    given: str = yaml.safe_dump(
        {"contact_mapping": _plain(contact_mapping)}, sort_keys=False, allow_unicode=True
    )
    return given.rstrip()


def _plain(value: Any) -> Any:  # noqa: ANN401 - anything that YAML holds
    """Without shared parts, which YAML would write as anchors."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _cell(text: object) -> str:
    """A text inside a table of Markdown, with phones and e-mails masked."""
    shown = mask_text(str(text))
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[: _LONGEST_VALUE - 1]}…"
    return shown.replace("|", "\\|").replace("\n", " ")
