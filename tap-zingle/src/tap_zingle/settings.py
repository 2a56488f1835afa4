"""The tap's settings: declared for Singer, checked, and read once into `Settings`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_zingle.conversations import DayKey, parse_key
from tap_zingle.local_days import UnknownZoneError, zone_info
from zingle_sync.singer.settings import Setting, declared
from zingle_sync.zingle import CONNECTION_SETTINGS, LOGIN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIG_SCHEMA = th.PropertiesList(
    *declared(CONNECTION_SETTINGS),
    Setting(
        "service_ids",
        th.ArrayType(th.StringType),
        title="Services",
        description="Ids of the services to read; all that the log-in sees by default.",
        default=[],
    ),
    Setting(
        "start_date",
        th.DateType,
        required=True,
        title="Start date",
        description="First local day of interest, such as `2026-01-31`.",
    ),
    Setting(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        title="Lookback",
        description="How far behind the bookmark changes are still looked for, in seconds.",
        default=600,
    ),
    Setting(
        "scheduled_days",
        th.IntegerType(minimum=0),
        title="Scheduled days",
        description=(
            "The longest time between scheduling a message and its sending, in days. "
            "A longer one is learnt when it is seen."
        ),
        default=7,
    ),
    Setting(
        "message_retention_days",
        th.IntegerType(minimum=1, maximum=36_500),
        title="Message retention",
        description=(
            "How long Zingle keeps messages, in days. Days that begin earlier are never given out, "
            "because some of their messages may be gone."
        ),
        default=730,
    ),
    Setting(
        "late_changes",
        th.BooleanType,
        title="Late changes",
        description="Look for messages that changed on days before the bookmark.",
        default=True,
    ),
    Setting(
        "time_zone",
        th.StringType,
        title="Time zone",
        description="IANA zone to cut days in, instead of each service's own.",
    ),
    Setting(
        "only_keys",
        th.ArrayType(th.StringType),
        title="Only these days",
        description=(
            "Read these conversation days again and nothing else, each as "
            "`service_id:contact_id:YYYY-MM-DD`; the bookmark stays where it is."
        ),
        default=[],
    ),
    Setting(
        "only_keys_file",
        th.StringType,
        title="File of only these days",
        description=(
            "Path of a UTF-8 file with one key a line, read like `only_keys`; "
            "an empty file asks for nothing."
        ),
    ),
    Setting(
        "emit_activate_version_messages",
        th.BooleanType,
        title="Tell what is gone",
        description=(
            "After a stream was read whole and complete, let the loader remove rows that are gone "
            "(`ACTIVATE_VERSION`)."
        ),
        default=True,
    ),
).to_dict()
# Which settings have to be given together, one group per way to set the plugin up.
SETTINGS_GROUPS = tuple((*group, "start_date") for group in LOGIN_GROUPS)

# Lines of a file of keys that are told to be wrong; the others are likely wrong in the same way.
MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that decide what is read.

    Attributes:
        service_ids: Services to read, empty for all.
        start_date: First day of interest.
        lookback_seconds: How far behind the bookmark changes are still looked for.
        scheduled_days: The longest time between recording and sending a message.
        message_retention_days: How long Zingle keeps messages.
        late_changes: Whether to look for changes on days before the bookmark.
        time_zone: IANA zone that overrides the services' own.
        only_days: The days that were asked for by key, by service: nothing else is read then.
            `None` if none were asked for.
        external_id_field: Name of the contact field that holds the external id, `None` for
            Zingle's own.
        concurrency: Calls at the same time.
    """

    service_ids: tuple[str, ...]
    start_date: date
    lookback_seconds: int
    scheduled_days: int
    message_retention_days: int
    late_changes: bool
    time_zone: str | None
    only_days: Mapping[str, tuple[DayKey, ...]] | None
    external_id_field: str | None
    concurrency: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Read settings that fit the schema and have no `config_problems`."""
        days: dict[str, dict[DayKey, None]] = defaultdict(dict)
        for _, key in _keys_asked_for(config):
            service_id, day = parse_key(key)
            days[service_id][day] = None
        only_days = {each: tuple(keys) for each, keys in days.items()}
        in_field = config["external_id_storage"] == "custom_field"
        return cls(
            service_ids=tuple(config["service_ids"]),
            start_date=date.fromisoformat(config["start_date"][:10]),
            lookback_seconds=config["lookback_seconds"],
            scheduled_days=config["scheduled_days"],
            message_retention_days=config["message_retention_days"],
            late_changes=config["late_changes"],
            time_zone=config.get("time_zone"),
            only_days=only_days if is_by_key(config) else None,
            external_id_field=config["external_id_field"] if in_field else None,
            concurrency=config["concurrency"],
        )


def config_problems(config: Mapping[str, Any]) -> list[str]:
    """What is wrong with settings that fit the schema, in sentences."""
    problems = []
    if not (config.get("token") or (config.get("username") and config.get("password"))):
        problems.append("username and password, or token, are needed to log in to Zingle")
    try:
        date.fromisoformat(str(config.get("start_date"))[:10])
    except ValueError:
        problems.append("start_date: must be a date such as 2026-01-31")
    if zone := config.get("time_zone"):
        try:
            zone_info(zone)
        except UnknownZoneError as error:
            problems.append(f"time_zone: {error}")
    try:
        asked_for = list(_keys_asked_for(config))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        return [*problems, f"only_keys_file: can't be read: {why}"]
    wrong = [problem for where, key in asked_for for problem in _key_problems(where, key)]
    return [*problems, *wrong[:MOST_PROBLEMS]]


def _keys_asked_for(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys of days, each behind the place that names it."""
    for number, key in enumerate(config.get("only_keys") or []):
        yield f"only_keys[{number}]", key
    if path := config.get("only_keys_file"):
        text = Path(path).read_text(encoding="utf-8-sig")
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield f"only_keys_file: line {number}", line.strip()


def is_by_key(config: Mapping[str, Any]) -> bool:
    """Whether days are asked for by key, and nothing else is read."""
    return any(config.get(name) for name in ("only_keys", "only_keys_file"))


def _key_problems(where: str, key: str) -> list[str]:
    try:
        parse_key(key)
    except ValueError as error:
        return [f"{where}: {error}"]
    return []
