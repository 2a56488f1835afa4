"""The target's settings: declared, checked and read here and nowhere else."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from singer_sdk import typing as th

from target_zingle.decided.decisions import Policy
from target_zingle.wanted.keys import EMAIL, EXTERNAL_ID, PHONE
from target_zingle.wanted.mapping import DEFAULTS
from target_zingle.wanted.person import LONGEST_EXTERNAL_ID
from target_zingle.wanted.routes import Route, read_routes
from target_zingle.wanted.rules import Rules
from zingle_sync.identity import Phone, normalise_email, parse_phone, region_code
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS, Setting, declared
from zingle_sync.zingle import CONNECTION_SETTINGS, LOGIN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.definitions import Definitions
    from target_zingle.wanted.types import TargetField

_KEY = {"type": "string", "enum": [EXTERNAL_ID, PHONE, EMAIL]}


def _choice(name: str, title: str, words: tuple[str, ...], description: str) -> Setting:
    """One of several words, the first by default."""
    return Setting(
        name,
        th.StringType,
        title=title,
        description=description,
        allowed_values=list(words),
        default=words[0],
    )


def _texts(name: str, title: str, description: str) -> Setting:
    texts = th.CustomType({"type": "array", "items": {"type": "string"}})
    return Setting(name, texts, title=title, description=description, default=[])


CONFIG_SCHEMA = th.PropertiesList(
    *declared(CONNECTION_SETTINGS),
    Setting(
        "service_id",
        th.StringType,
        title="Service",
        description="Id (36 characters) of the one Zingle service that gets the contacts.",
    ),
    Setting(
        "services",
        th.ArrayType(th.CustomType({"type": "object"})),
        title="Services",
        description="Several services instead of `service_id`: "
        "`[{service_id, when?, contact_mapping?}]`, see `route`.",
    ),
    _choice(
        "route",
        "Route",
        ("first", "all"),
        "With `services`: `first` sends a record to the first service whose `when` holds, `all` "
        "to every such service.",
    ),
    Setting(
        "contact_mapping",
        th.CustomType({"type": ["object", "null"]}),
        title="Contact mapping",
        description="By stream: names, phones, e-mails, labels and contact fields. Streams "
        "`contacts` and `leads` need none; what is given replaces the default of the same key.",
    ),
    Setting(
        "default_region",
        th.StringType,
        title="Default region",
        description="ISO 3166 alpha-2 country for phones without one, used before the service's "
        "country.",
    ),
    Setting(
        "match_keys",
        th.CustomType({"type": "array", "items": _KEY, "minItems": 1}),
        title="Match keys",
        description="Keys by which contacts are matched; the order matters.",
        default=[EXTERNAL_ID, PHONE, EMAIL],
    ),
    _choice(
        "sync_mode",
        "Sync mode",
        ("upsert", "update_only", "create_only"),
        "`upsert`, `update_only` (never create) or `create_only` (never update).",
    ),
    Setting(
        "link_matched",
        th.BooleanType,
        title="Link matched contacts",
        description="Write the external id to contacts matched by phone or e-mail, and "
        "compare. Locked, blocked and opted-out ones only where nothing else is written with it.",
        default=True,
    ),
    Setting(
        "external_id_template",
        th.StringType,
        title="External id template",
        description="`{id}`, or `{org_id}:{id}` where several Salesforce organisations feed one "
        "service.",
        default="{id}",
    ),
    _choice(
        "lookup",
        "Lookup",
        ("auto", "per_record", "index"),
        "`per_record` looks contacts up one by one, `index` reads them all once, `auto` takes "
        "what costs fewer calls.",
    ),
    _choice(
        "on_shared_phone",
        "On a shared phone",
        ("first_linked_wins", "reject"),
        "A phone or e-mail of several records: `first_linked_wins` skips the others, `reject` "
        "rejects them.",
    ),
    _choice(
        "on_channel_conflict",
        "On a channel conflict",
        ("keep", "reject"),
        "A linked record's new phone or e-mail that another contact has: `keep` leaves it there "
        "with a warning, `reject` rejects the record.",
    ),
    _choice(
        "on_overflow",
        "On overflow",
        ("error", "truncate"),
        "A text longer than 255 characters: `error` rejects the record, `truncate` cuts it. May "
        "be set per field in the mapping.",
    ),
    _choice(
        "on_locked",
        "On a locked contact",
        ("partial", "skip"),
        "A contact that another source owns: `partial` writes what is not locked, `skip` leaves "
        "it alone.",
    ),
    _texts(
        "own_sources",
        "Own sources",
        "Values of `locked_by_source` that are ours, so that they don't count.",
    ),
    Setting(
        "on_source_delete",
        th.StringType(pattern="^(ignore|unlink|label:.+)$"),
        title="On a deleted record",
        description="`ignore`, `unlink` (take the external id away) or `label:<name>`. Contacts "
        "are never deleted.",
        default="ignore",
    ),
    _texts(
        "ignore_phones",
        "Phones to ignore",
        "Numbers that belong to nobody in particular, such as a front desk.",
    ),
    _texts("ignore_emails", "E-mails to ignore", "Addresses that belong to nobody in particular."),
    Setting(
        "max_creates_per_run",
        th.IntegerType(minimum=0),
        title="Most creates per run",
        description="The run stops before more contacts than this are created, because Zingle's "
        "automations may text every new contact. 0 is no limit.",
        default=500,
    ),
    Setting(
        "allow_vendor_connector",
        th.BooleanType,
        title="Allow the vendor's connector",
        description="Write although the vendor's own Salesforce connector is connected to the "
        "service, and writes to the same contacts.",
        default=False,
    ),
    Setting(
        "contact_url",
        th.StringType(pattern=r"^https://[^{}\s]*(\{(contact_id|service_id)\}[^{}\s]*)*$"),
        title="Address of a contact",
        description="Address where a contact can be opened in Zingle, for the links of the report; "
        "may name {contact_id} and {service_id}.",
    ),
    *declared(RUN_SETTINGS, SYNC_LOG_SETTINGS),
).to_dict()
# Which settings have to be given together, one group per way to set the plugin up.
SETTINGS_GROUPS = tuple(
    (*group, which) for which in ("service_id", "services") for group in LOGIN_GROUPS
)

# What shapes nothing that is written: the connection, limits, costs, the log.
_SHAPELESS = frozenset({*CONNECTION_SETTINGS, *RUN_SETTINGS, *SYNC_LOG_SETTINGS}) - {
    "external_id_storage",
    "external_id_field",
} | {"max_creates_per_run", "lookup", "batch_size_rows", "allow_vendor_connector", "contact_url"}
_DECIDING = (
    *("sync_mode", "link_matched", "on_shared_phone", "on_channel_conflict", "on_locked"),
    "on_source_delete",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.

    Attributes:
        connection: What the client is built from.
        workers: Calls at the same time.
        external_id_field: Name of the contact field that holds external ids, if one does.
        fingerprint: Changes when the configuration changes what is written.
    """

    connection: Mapping[str, Any]
    workers: int
    routes: tuple[Route, ...]
    route: Literal["first", "all"]
    policy: Policy
    lookup: Literal["auto", "per_record", "index"]
    on_overflow: Literal["error", "truncate"]
    template: str
    external_id_field: str | None
    default_region: str | None
    ignore_phones: tuple[str, ...]
    ignore_emails: frozenset[str]
    max_creates: int
    allow_vendor_connector: bool
    dry_run: bool
    fingerprint: str

    def rules(self, definitions: Definitions, external_id_field: TargetField | None) -> Rules:
        """What one service reads records with."""
        region = self.default_region or definitions.country
        numbers = [raw.strip() for raw in (*self.ignore_phones, *definitions.own_phones)]
        phones = (parse_phone(number, region) for number in numbers)
        return Rules(
            zone=definitions.zone,
            default_region=region,
            ignore_phones=frozenset(
                (*numbers, *(phone.e164 for phone in phones if isinstance(phone, Phone)))
            ),
            ignore_emails=self.ignore_emails,
            template=self.template,
            external_id_field=external_id_field,
        )


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Read a configuration that `setting_problems` has nothing against, defaults filled in."""
    in_field = config["external_id_storage"] == "custom_field"
    shaping = {key: value for key, value in config.items() if key not in _SHAPELESS}
    # A default that changes with a release changes what is written, too.
    shape = msgspec.json.encode([shaping, DEFAULTS], order="deterministic")
    return Settings(
        connection=config,
        workers=config["concurrency"],
        routes=read_routes(config)[0],
        route=config["route"],
        policy=Policy(
            match_keys=tuple(config["match_keys"]),
            link_by_v2=not in_field,
            own_sources=frozenset(config["own_sources"]),
            **{name: config[name] for name in _DECIDING},
        ),
        lookup=config["lookup"],
        on_overflow=config["on_overflow"],
        template=config["external_id_template"],
        external_id_field=config["external_id_field"] if in_field else None,
        default_region=region_code(config.get("default_region")),
        ignore_phones=tuple(config["ignore_phones"]),
        ignore_emails=frozenset(
            one for text in config["ignore_emails"] if isinstance(one := normalise_email(text), str)
        ),
        max_creates=config["max_creates_per_run"],
        allow_vendor_connector=config["allow_vendor_connector"],
        dry_run=config["dry_run"],
        fingerprint=hashlib.sha256(shape).hexdigest(),
    )


def setting_problems(config: Mapping[str, Any]) -> list[str]:
    """Problems of settings that the schema cannot express."""
    problems: list[str] = []
    if not config.get("token") and not (config.get("username") and config.get("password")):
        problems.append("username: set username and password, or token, for Zingle")
    if config.get("default_region") and region_code(config["default_region"]) is None:
        problems.append("default_region: not an ISO 3166 country such as US")
    template = config["external_id_template"]
    rest = template.replace("{org_id}", "", 1).replace("{id}", "", 1)
    longest = template.replace("{org_id}", "0" * 18).replace("{id}", "0" * 18)
    if "{id}" not in template or "{" in rest or "}" in rest:
        problems.append("external_id_template: use {id}, or {org_id}:{id}")
    elif len(longest) > LONGEST_EXTERNAL_ID:
        told = f"longer than the {LONGEST_EXTERNAL_ID} characters Zingle keeps"
        problems.append(f"external_id_template: {told}")
    if any(count > 1 for count in Counter(config["match_keys"]).values()):
        problems.append("match_keys: a key is listed twice")
    return problems + read_routes(config)[1]
