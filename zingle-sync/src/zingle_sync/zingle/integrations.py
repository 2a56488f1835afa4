"""What a service is connected to, the vendor's own Salesforce connector among it.

Public sources do not agree about the shapes, and publish neither the connector's code nor its
settings' names (contract of the API, section 5.5): everything here takes what comes. What looks
like a secret is dropped while it is read, so that no value of ours ever holds one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sync.texts import LONGEST_NAME, name_of, one_line
from zingle_sync.zingle.errors import ZingleError
from zingle_sync.zingle.paths import segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.zingle.client import Zingle

CONNECTED = "connected"

_LONGEST_VALUE, _DEEPEST = 20_000, 8
_SALESFORCE = re.compile(r"sales[\s_-]*force|sfdc", re.IGNORECASE)
# Read in small letters without what separates words, so that `clientSecret` is `client_secret`.
_SECRET_WORDS = re.compile(
    "pass(?!port|enger|ive)|pwd|secret|token|credential|(?:api|access|private|consumer|shared|"
    "signing|encryption|auth)key|auth(?!or(?!iz))|oauth|signature|session|cookie|bearer|jwt|"
    "certificate|keystore|salt|hash|hidden|masked"
)
_SECRET_KEY = re.compile("key|pin|cert|pw|pat|otp|sid")
# A token, a key file, an address with a log-in: secrets whatever they are called.
_SECRET_VALUE = re.compile(
    r"eyJ[\w-]{5,}\.|-----BEGIN|\b(?:Bearer|Basic) \S|://[^/\s@]*:[^/\s@]*@"
    r"|[?&][\w-]*(?:token|secret|key|password|sig)[\w-]*=",
    re.IGNORECASE,
)
_AROUND = frozenset({"status", "last_received_at"})
_COLUMNS = ("column", "source_column", "source", "salesforce_field", "from", "key", "name")
_FIELDS = (
    *("field", "zingle_field", "contact_field", "target", "to", "value"),
    *("display_name", "name", "code", "id"),
)


@dataclass(frozen=True, slots=True)
class Configured:
    """One setting of an integration that is no secret; `value` is what it says, as text."""

    code: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A source's column, and what names the contact field or channel that it goes to."""

    column: str
    field: str


@dataclass(frozen=True, slots=True)
class Integration:
    """Something that a service is connected to.

    Attributes:
        status: `connected`, `needs_attention`, `disconnected`, or a word that nobody published.
        configuration: Its settings, secrets and empty ones left out.
        secrets: Codes of the settings that were left out because they look like secrets.
        mapping: Which column goes where; None where none was shown.
        unread: How many entries of the mapping have no known shape.
    """

    code: str
    name: str
    status: str
    configuration: tuple[Configured, ...] = ()
    secrets: tuple[str, ...] = ()
    mapping: tuple[MappedColumn, ...] | None = None
    unread: int = 0

    @property
    def is_salesforce(self) -> bool:
        """Whether it is the vendor's Salesforce connector, as code or name tell."""
        return bool(_SALESFORCE.search(f"{self.code} {self.name}"))

    @property
    def is_connected(self) -> bool:
        """Whether it is at work."""
        return self.status == CONNECTED


def integrations_of(client: Zingle, service_id: str) -> tuple[Integration, ...]:
    """What a service is connected to, without settings and mappings; one call a page.

    Raises:
        ZingleError: The list can't be read; an older instance has none, and not every log-in may.
    """
    rows = client.listed_v2(f"services/{segment(service_id)}/integrations")
    return tuple(read_integration(row) for row in rows)


def integration_of(client: Zingle, service_id: str, code: str) -> Integration:
    """One integration with its settings and its mapping; two calls at most.

    Raises:
        ZingleError: There is no such integration, or the log-in may not see it.
    """
    path = f"services/{segment(service_id)}/integrations/{segment(code)}"
    found = read_integration(client.shown_v2(path), code)
    if found.mapping:
        return found
    try:
        pairs, unread = read_mapping(client.shown_v2(f"{path}/field-mapping"))
    except ZingleError:
        return found  # there is no mapping, and that is told
    if pairs is None:
        return found
    return Integration(
        found.code, found.name, found.status, found.configuration, found.secrets, pairs, unread
    )


def read_integration(body: object, code: str = "") -> Integration:
    """An integration as a list or its own address shows it, in any known shape."""
    row = body if isinstance(body, dict) else {}
    configuration, secrets = _configuration(row.get("configuration"))
    pairs, unread = read_mapping(row.get("field_mapping"))
    status = str(row.get("status") or "unknown").strip().lower()
    return Integration(
        name_of(row.get("code")) or code,
        name_of(row.get("name")),
        one_line(re.sub(r"[\s-]+", "_", status), LONGEST_NAME),
        configuration,
        secrets,
        pairs,
        unread,
    )


def read_mapping(body: object) -> tuple[tuple[MappedColumn, ...] | None, int]:
    """The pairs of a mapping and how many entries could not be read; None where there is none.

    A mapping is an object of columns, an array of pairs, or `[]`, as PHP writes an empty object.
    """
    found = body
    if isinstance(found, dict) and "field_mapping" in found:
        found = found["field_mapping"]
    if isinstance(found, dict) and "column_field_mapping" in found:
        found = found["column_field_mapping"]
    elif isinstance(found, dict) and _AROUND & found.keys():
        found = None  # what stands around a mapping, and no mapping
    if not isinstance(found, dict | list):
        return None, 0
    entries = found.items() if isinstance(found, dict) else _entries(found)
    pairs: list[MappedColumn] = []
    unread = 0
    for column, target in entries:
        if target in (None, "", [], {}):
            continue  # a column that goes nowhere
        fields = [_named(one) for one in (target if isinstance(target, list) else [target])]
        if not column or not all(fields):
            unread += 1
            continue
        pairs += [MappedColumn(name_of(column), field) for field in fields]
    return tuple(dict.fromkeys(pairs)), unread


def _entries(rows: list[Any]) -> Iterator[tuple[str, object]]:
    for row in rows:
        if not isinstance(row, dict):
            yield "", row
            continue
        column = next((key for key in _COLUMNS if name_of(row.get(key))), None)
        rest = {key: value for key, value in row.items() if key != column}
        target = next((key for key in _FIELDS if key in rest), None)
        if column is not None and target is not None:
            yield name_of(row[column]), rest[target]
        elif len(row) == 1:
            yield next(iter(row.items()))
        else:
            yield "", row


def _named(target: object) -> str:
    """What names a contact field: its text, or the name, code or id of an object."""
    if isinstance(target, dict):
        keys = ("display_name", "name", "code", "id", "field")
        return next((name for key in keys if (name := name_of(target.get(key)))), "")
    return name_of(target)


def _configuration(found: object) -> tuple[tuple[Configured, ...], tuple[str, ...]]:
    """Settings that may be shown, and the codes of those that may not."""
    entries = found.items() if isinstance(found, dict) else _numbered(found)
    shown: list[Configured] = []
    secrets: list[str] = []
    for key, entry in entries:
        row = entry if isinstance(entry, dict) and "value" in entry else {"value": entry}
        code = name_of(row.get("code")) or name_of(key)
        words = (key, row.get("code"), row.get("name"), row.get("field_type"), row.get("type"))
        if any(is_secret_word(word) for word in words):
            secrets.append(code)
            continue
        value, hidden = _shown(row["value"], _DEEPEST)
        if hidden:
            secrets.append(code)
        if value not in (None, "", [], {}):
            text = one_line(_text(value), _LONGEST_VALUE)
            shown.append(Configured(code, name_of(row.get("name")) or code, text))
    return tuple(shown), tuple(secrets)


def _numbered(found: object) -> Iterator[tuple[str, object]]:
    for place, row in enumerate(found if isinstance(found, list) else ()):
        key = row.get("key") if isinstance(row, dict) else None
        yield name_of(key) or f"setting {place + 1}", row


def _shown(value: object, depth: int) -> tuple[Any, bool]:
    """A value without the secrets in it, and whether there were any."""
    match value:
        case dict() if depth:
            kept = {
                name_of(key): _shown(item, depth - 1)
                for key, item in value.items()
                if not is_secret_word(key)
            }
        case list() if depth:
            kept = {str(place): _shown(item, depth - 1) for place, item in enumerate(value)}
        case dict() | list():
            return None, True
        case str() if _SECRET_VALUE.search(value):
            return None, True
        case _:
            return value, False
    hidden = len(kept) < len(value) or any(secret for _, secret in kept.values())
    parts = {key: item for key, (item, _) in kept.items() if item is not None}
    return (parts if isinstance(value, dict) else list(parts.values())), hidden


def is_secret_word(word: object) -> bool:
    """Whether the name or the type of a setting says that its value is a secret.

    >>> [is_secret_word(word) for word in ("refreshToken", "API key", "password", "custom_query")]
    [True, True, True, False]
    """
    if word is None:
        return False
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(word)).lower()
    parts = re.findall(r"[^\W_]+", text)
    return bool(_SECRET_WORDS.search("".join(parts))) or any(
        _SECRET_KEY.fullmatch(part) for part in parts
    )


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
        case list():
            return ", ".join(_text(item) for item in value)
        case _:
            return str(value)
