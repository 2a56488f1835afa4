"""What a user configured, as values: the mapping of one stream, with its defaults. Pure.

Rules never touches the network: `read_mapping` needs the configuration alone,
`source_problems` the stream's schema; `compiling` adds Zingle's definitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from target_zingle.wanted.conditions import Condition, ConditionError, condition
from target_zingle.wanted.problems import suggestion, unknown_source

if TYPE_CHECKING:
    from target_zingle.wanted.records import Stream

WriteMode = Literal["always", "if_blank", "on_create"]
OnNull = Literal["keep", "clear"]
Overflow = Literal["error", "truncate"]

# Keys of the mapping and the global contact fields of Zingle that they go to.
NAMES = {"first_name": "First Name", "last_name": "Last Name", "title": "Title"}

_CONTACT: Mapping[str, Any] = {
    "external_id": "Id",
    "first_name": "FirstName",
    "last_name": "LastName",
    "title": {"from": "Salutation", "on_overflow": "truncate"},
    "phones": (
        {"from": "MobilePhone", "label": "MOBILE"},
        {"from": "Phone", "label": "BUSINESS"},
        {"from": "HomePhone", "label": "HOME"},
    ),
    "emails": ("Email",),
    "region": ("MailingCountryCode", "MailingCountry"),
}
_LEAD: Mapping[str, Any] = {
    **_CONTACT,
    "phones": _CONTACT["phones"][:2],
    "region": ("CountryCode", "Country"),
}
# Mappings that need no configuration, by stream name in lower case.
DEFAULTS = {"contacts": _CONTACT, "contact": _CONTACT, "leads": _LEAD, "lead": _LEAD}

_KEYS = frozenset({"external_id", "when", *NAMES, "phones", "emails", "region", "labels", "fields"})
LABELS = ("MOBILE", "BUSINESS", "HOME")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """From where one Zingle field gets its value, and when it is written."""

    path: str
    source: str
    on_null: OnNull = "keep"
    write: WriteMode = "always"
    on_overflow: Overflow | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class PhoneRule:
    """A source field that holds phones, and the label of their channels."""

    path: str
    source: str
    label: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A source field without anything else to say."""

    path: str
    source: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A label, and the condition under which it is attached; None is always."""

    path: str
    name: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """The mapping of one stream, readable but not yet compared with any schema.

    Attributes:
        faulty: Whether parts of it could not be read.
    """

    root: str
    stream: str
    external_id: SourceRule | None
    when: Condition | None
    names: Mapping[str, FieldRule]
    phones: tuple[PhoneRule, ...]
    emails: tuple[SourceRule, ...]
    region: tuple[SourceRule, ...]
    labels: tuple[LabelRule, ...]
    fields: Mapping[str, FieldRule]
    faulty: bool = False


def configured(
    contact_mapping: Mapping[str, Any] | None, stream: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """What is configured for a stream, and its defaults; None if there is neither.

    A key that is configured replaces the default of that key, so that adding `fields` keeps
    names and phones.
    """
    own = (contact_mapping or {}).get(stream)
    defaults = DEFAULTS.get(stream.casefold(), {})
    if own is None and not defaults:
        return None
    return (own if isinstance(own, Mapping) else {}), defaults


def read_mapping(
    stream: str, own: Mapping[str, Any], defaults: Mapping[str, Any], root: str = "contact_mapping"
) -> tuple[StreamMapping, list[str]]:
    """One stream's mapping without its unreadable parts, and the problems found.

    `own` and `defaults` are what `configured` found, `root` is where it stands.
    """
    reader = _Reader(f"{root}.{stream}", own, defaults)
    reader.unknown_keys(own, _KEYS, reader.root)
    external = reader.sources("external_id", many=False)
    mapping = StreamMapping(
        root=reader.root,
        stream=stream,
        external_id=external[0] if external else None,
        when=reader.condition(own.get("when"), f"{reader.root}.when"),
        names={
            key: rule for key in NAMES if (rule := reader.rule(key, *reader.given(key))) is not None
        },
        phones=tuple(reader.phones()),
        emails=tuple(reader.sources("emails", many=True)),
        region=tuple(reader.sources("region", many=True)),
        labels=tuple(reader.labels()),
        fields=reader.fields(),
    )
    return replace(mapping, faulty=bool(reader.problems)), reader.problems


class _Reader:
    """Reads the parts of one stream's mapping and collects what is wrong."""

    def __init__(self, root: str, own: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        self.root, self._own, self._defaults = root, own, defaults
        self.problems: list[str] = []

    def given(self, key: str) -> tuple[Any, bool]:
        """The configured value of a key, or its default, and whether it is the default."""
        if key in self._own:
            return self._own[key], False
        return self._defaults.get(key), True

    def unknown_keys(self, found: Mapping[str, Any], known: frozenset[str], path: str) -> None:
        for key in found:
            if key not in known:
                self.problems.append(f"{path}.{key}: unknown key{suggestion(str(key), known)}")

    def condition(self, text: object, path: str) -> Condition | None:
        if text is None:
            return None
        try:
            return condition(str(text))
        except ConditionError as error:
            self.problems.append(f"{path}: {error}")
            return None

    def rule(
        self,
        key: str,
        value: object,
        default: bool,  # noqa: FBT001 - the second half of what `given` returns
        path: str = "",
    ) -> FieldRule | None:
        path = path or f"{self.root}.{key}"
        if value is None:
            return None
        if isinstance(value, str):
            return FieldRule(path, value, default=default)
        if not isinstance(value, Mapping) or not isinstance(value.get("from"), str):
            self.problems.append(f'{path}: expected a field name, or a mapping with "from"')
            return None
        self.unknown_keys(value, frozenset({"from", "on_null", "write", "on_overflow"}), path)
        return FieldRule(
            f"{path}.from",
            value["from"],
            cast("OnNull", self._word(value, "on_null", ("keep", "clear"), path) or "keep"),
            cast(
                "WriteMode",
                self._word(value, "write", ("always", "if_blank", "on_create"), path) or "always",
            ),
            cast("Overflow | None", self._word(value, "on_overflow", ("error", "truncate"), path)),
            default,
        )

    def _word(
        self, value: Mapping[str, Any], key: str, words: Sequence[str], path: str
    ) -> str | None:
        word = value.get(key)
        if word is None or word in words:
            return word
        self.problems.append(f"{path}.{key}: must be one of {', '.join(words)}")
        return None

    def sources(self, key: str, *, many: bool) -> list[SourceRule]:
        value, default = self.given(key)
        items = value if many and isinstance(value, (list, tuple)) else [value]
        rules: list[SourceRule] = []
        for place, item in enumerate(items):
            path = f"{self.root}.{key}" + (f"[{place}]" if len(items) > 1 or many else "")
            name = item.get("from") if isinstance(item, Mapping) else item
            if isinstance(name, str) and name:
                rules.append(SourceRule(path, name, default))
            elif item is not None:
                self.problems.append(f"{path}: expected a field name")
        return rules

    def phones(self) -> Iterator[PhoneRule]:
        value, default = self.given("phones")
        items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        for place, item in enumerate(items):
            path = f"{self.root}.phones[{place}]"
            if isinstance(item, str):
                yield PhoneRule(path, item, None, default)
            elif isinstance(item, Mapping) and isinstance(item.get("from"), str):
                self.unknown_keys(item, frozenset({"from", "label"}), path)
                label = None if item.get("label") is None else str(item["label"]).upper()
                if label is not None and label not in LABELS:
                    self.problems.append(f"{path}.label: must be one of {', '.join(LABELS)}")
                    label = None
                yield PhoneRule(f"{path}.from", item["from"], label, default)
            else:
                self.problems.append(f'{path}: expected a field name, or a mapping with "from"')

    def labels(self) -> Iterator[LabelRule]:
        items = self._own.get("labels") or []
        for place, item in enumerate(items if isinstance(items, (list, tuple)) else [items]):
            path = f"{self.root}.labels[{place}]"
            if isinstance(item, str):
                yield LabelRule(path, item, None)
            elif isinstance(item, Mapping) and isinstance(item.get("name"), str):
                self.unknown_keys(item, frozenset({"name", "when"}), path)
                yield LabelRule(
                    f"{path}.name",
                    item["name"],
                    self.condition(item.get("when"), f"{path}.when"),
                )
            else:
                self.problems.append(f'{path}: expected a label, or a mapping with "name"')

    def fields(self) -> dict[str, FieldRule]:
        found = self._own.get("fields") or {}
        if not isinstance(found, Mapping):
            self.problems.append(f"{self.root}.fields: expected a mapping of Zingle fields")
            return {}
        rules: dict[str, FieldRule] = {}
        for name, value in found.items():
            path = f'{self.root}.fields["{name}"]'
            # The short form is read, and told about, as the long one.
            long = {"from": value} if isinstance(value, str) else value
            if (rule := self.rule(str(name), long, default=False, path=path)) is not None:
                rules[str(name)] = rule
        return rules


def source_problems(mapping: StreamMapping, stream: Stream) -> list[str]:
    """Source fields that a stream's schema does not have; defaults may be missing."""
    rules: list[FieldRule | PhoneRule | SourceRule] = [
        *([mapping.external_id] if mapping.external_id else ()),
        *mapping.names.values(),
        *mapping.phones,
        *mapping.emails,
        *mapping.region,
        *mapping.fields.values(),
    ]
    problems = [
        unknown_source(rule.path, rule.source, stream.name, stream.fields)
        for rule in rules
        if not rule.default and stream.source(rule.source) is None
    ]
    conditions = [(f"{mapping.root}.when", mapping.when)] + [
        (rule.path.replace(".name", ".when"), rule.when) for rule in mapping.labels
    ]
    return problems + [
        unknown_source(path, name, stream.name, stream.names)
        for path, condition in conditions
        if condition is not None
        for name in sorted(condition.names - stream.names)
    ]


def missing_defaults(mapping: StreamMapping, stream: Stream) -> list[str]:
    """Fields that the default mapping takes and the stream does not have, region apart."""
    rules: list[FieldRule | PhoneRule | SourceRule] = [
        *mapping.names.values(),
        *mapping.phones,
        *mapping.emails,
    ]
    return [rule.source for rule in rules if rule.default and stream.source(rule.source) is None]
