"""The target's settings: declared once, with their defaults, and read once into one value.

A new setting needs a property here and a field of `Settings`; everything else gets that value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk import typing as th

from target_salesforce_activity.languages import LANGUAGES
from target_salesforce_activity.templates import Templates
from target_salesforce_activity.transcript import TranscriptOptions
from zingle_sync.salesforce import CONNECTION_SETTINGS, LOGIN_GROUPS
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS, Setting, declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_salesforce_activity.people import SyncTo


def _choice(name: str, title: str, description: str, *words: str) -> Setting:
    """A setting with a few words to choose from, the first of them the default."""
    return _text(name, title, description, default=words[0], allowed_values=list(words))


def _text(name: str, title: str, description: str, **more: Any) -> Setting:
    return Setting(name, th.StringType, title=title, description=description, **more)


ACTIVITY_SETTINGS = (
    _choice("sync_to", "Sync to", "Which people get Tasks.", "both", "contacts", "leads"),
    _choice(
        "unlinked_match",
        "Match without link",
        "How to find people whose Zingle contact carries no Salesforce id.",
        "phone_email",
        "none",
    ),
    _choice(
        "on_unmatched",
        "On nobody found",
        "`skip` keeps the day's key for replay; `log_unlinked` writes a Task without a person.",
        "skip",
        "log_unlinked",
    ),
    _text(
        "activity_key_field",
        "Key field",
        "Field of Task that holds the day's key. `auto` takes `Zingle_Conversation_Key__c` "
        "where the org has it, else `CallObject`.",
        default="auto",
    ),
    _text(
        "subject",
        "Subject",
        "Subject of the Tasks; may name {service_name}, {date} and others.",
        default="Zingle Conversation",
    ),
    _text("status", "Status", "Status of new Tasks; the org's first closed one by default."),
    _text(
        "owner_id",
        "Owner",
        "Id of the user or queue that owns new Tasks; the login's user by default.",
    ),
    Setting(
        "extra_fields",
        th.ObjectType(additional_properties=True),
        title="Further fields",
        description=(
            "Further fields of the Task by API name; texts may name {service_name}, {date} and "
            "others, as in the subject."
        ),
        default={},
    ),
    _choice(
        "message_bodies",
        "Message bodies",
        "`auto` leaves the texts out where the service has the hipaa feature.",
        "auto",
        "full",
        "none",
    ),
    _choice(
        "translation",
        "Translation",
        "Which text of a translated message to show.",
        "both",
        "original",
        "translated",
    ),
    _choice(
        "attachments", "Attachments", "Show how many there are, or their links.", "count", "link"
    ),
    _choice(
        "deleted_messages",
        "Deleted messages",
        "Mark what the guest deleted, or leave it out.",
        "mark",
        "omit",
    ),
    _choice(
        "transcript_language",
        "Language of the transcript",
        "Language of the words around the messages; the messages stay as they are.",
        *LANGUAGES,
    ),
    _text(
        "conversation_url",
        "Address of a conversation",
        "Address where a conversation can be opened, shown in the Task; may name {contact_id}, "
        "{service_id} and {date}.",
    ),
    Setting(
        "allow_archived_backfill",
        th.BooleanType,
        title="Write days that Salesforce archives",
        description="Write Tasks for days older than 365 days too.",
        default=False,
    ),
    Setting(
        "adopt_tasks",
        th.BooleanType,
        title="Adopt the vendor's Tasks",
        description=(
            "A Task that Zingle's own Salesforce connector wrote for the same person and day, and "
            "nobody has edited since, gets the key and the text of ours, instead of a second Task "
            "beside it."
        ),
        default=False,
    ),
    Setting(
        "allow_vendor_connector",
        th.BooleanType,
        title="Allow the vendor's connector",
        description=(
            "Write although Zingle's own Salesforce connector has written Tasks within a day: it "
            "is off by now, or two Tasks a day are wanted."
        ),
        default=False,
    ),
    Setting(
        "concurrency",
        th.IntegerType(minimum=1, maximum=16),
        title="Concurrency",
        description="Calls at the same time; rows of one person are never in two of them.",
        default=4,
    ),
)

# To be raised when the same settings write another text than the version before.
FORMAT = 2
_SHAPELESS = frozenset(
    {
        *(*CONNECTION_SETTINGS, *RUN_SETTINGS, *SYNC_LOG_SETTINGS),
        *("adopt_tasks", "allow_vendor_connector", "concurrency"),
    }
)
DEFAULTS = {setting.name: setting.default for setting in ACTIVITY_SETTINGS}
CONFIG_SCHEMA = th.PropertiesList(
    *declared(CONNECTION_SETTINGS),
    *ACTIVITY_SETTINGS,
    *declared(RUN_SETTINGS, SYNC_LOG_SETTINGS),
).to_dict()
# Which settings have to be given together, one group per way to set the plugin up.
SETTINGS_GROUPS = LOGIN_GROUPS


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides about Tasks; the connection, the run and its log read their own settings.

    Attributes:
        match_unlinked: Whether phone and e-mail find people without a link.
        log_unlinked: Whether a day of nobody becomes a Task without a person.
        status: `None` for the org's first closed one.
        owner_id: `None` for the login's user.
        fingerprint: Changes when the settings would write something else.
    """

    sync_to: SyncTo
    match_unlinked: bool
    log_unlinked: bool
    activity_key_field: str
    status: str | None
    owner_id: str | None
    templates: Templates
    transcript: TranscriptOptions
    allow_archived: bool
    adopt_tasks: bool
    allow_vendor: bool
    concurrency: int
    fingerprint: str


def settings_from(config: Mapping[str, Any]) -> Settings:
    """The settings of a configuration; what it leaves out has its declared default."""
    given: dict[str, Any] = {**DEFAULTS, **config}
    return Settings(
        sync_to=given["sync_to"],
        match_unlinked=given["unlinked_match"] == "phone_email",
        log_unlinked=given["on_unmatched"] == "log_unlinked",
        activity_key_field=given["activity_key_field"],
        status=given["status"] or None,
        owner_id=given["owner_id"] or None,
        templates=Templates(given["subject"], given["extra_fields"]),
        transcript=TranscriptOptions(
            message_bodies=given["message_bodies"],
            translation=given["translation"],
            attachments=given["attachments"],
            deleted_messages=given["deleted_messages"],
            language=given["transcript_language"],
            conversation_url=given["conversation_url"] or None,
        ),
        allow_archived=given["allow_archived_backfill"],
        adopt_tasks=given["adopt_tasks"],
        allow_vendor=given["allow_vendor_connector"],
        concurrency=given["concurrency"],
        fingerprint=_fingerprint(given),
    )


def _fingerprint(given: Mapping[str, Any]) -> str:
    """Of all that shapes a Task: every setting but those of connection, limits, run and log."""
    shaping = {name: value for name, value in given.items() if name not in _SHAPELESS}
    text = msgspec.json.encode({"format": FORMAT, **shaping}, order="deterministic")
    return hashlib.sha256(text).hexdigest()
