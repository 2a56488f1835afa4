"""What is wrong with a plugin's settings, each problem with its path and never with the value.

Settings are closed: a name that nobody reads would be a wish that nobody hears.
Pure; the rules of one plugin (what needs what) are the plugin's own.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from typing_extensions import override

from zingle_sync.texts import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import ValidationError

_TOLD_BY_NAME = "additionalProperties"
# What the SDK reads from a variable as it is meant.
_FLAGS = frozenset({"true", "1", "yes", "on", "false", "0", "no", "off", "n", "f"})


@dataclass(frozen=True, slots=True, order=True)
class SettingProblem:
    """One problem of the settings.

    Attributes:
        path: Such as `services[1].when`; `config` for all of it.
        sentence: What is wrong, and what to write instead.
        unknown: Whether the name is the problem, so that nothing else depends on it.
    """

    path: str
    sentence: str
    unknown: bool = False

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


def setting_problems(
    schema: Mapping[str, Any], config: object, former: Mapping[str, str]
) -> list[SettingProblem]:
    """Check settings of whatever type, and fill in the defaults in place.

    `former` says what to write instead of names that other plugins of this kind have.
    """
    if not isinstance(config, dict):
        return [SettingProblem("config", "must be an object of settings")]
    for name, described in schema["properties"].items():
        if "default" in described:
            config.setdefault(name, copy.deepcopy(described["default"]))
        _read_number(config, name, described)
    errors = DEFAULT_JSONSCHEMA_VALIDATOR(schema).iter_errors(config)
    problems = {_problem(error) for error in errors if error.validator != _TOLD_BY_NAME}
    return sorted(problems | set(_unknown(schema, config, (), former)))


def environment_problems(
    schema: Mapping[str, Any], plugin: str, environ: Mapping[str, str]
) -> list[str]:
    """What is wrong with the variables that `--config=ENV` reads, before they are read."""
    prefix = f"{plugin.upper().replace('-', '_')}_"
    settings: Mapping[str, Any] = schema["properties"]
    problems = []
    for variable in sorted(environ):
        name = variable.removeprefix(prefix).casefold()
        if not variable.startswith(prefix) or name.startswith("_") or name == "loglevel":
            continue
        if name not in settings:
            problems += [
                f"{variable}: is no setting{hint}" for hint in [nearest(name, settings)] if hint
            ]
        elif not _can_be_read(environ[variable], settings[name]):
            problems.append(f"{variable}: must be of type {' or '.join(_kinds(settings[name]))}")
    return problems


def _kinds(described: Mapping[str, Any]) -> list[str]:
    kinds = described.get("type", "string")
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _can_be_read(text: str, described: Mapping[str, Any]) -> bool:
    """Whether the SDK gets a value out of a text, right or wrong; it does not ask."""
    kinds, items = _kinds(described), described.get("items", {})
    try:
        if "integer" in kinds:
            int(text)
        elif "boolean" in kinds:
            return text.lower() in _FLAGS  # to the SDK every other word is false
        elif "object" in kinds or ("array" in kinds and "string" not in _kinds(items)):
            json.loads(text)
    except ValueError:
        return False
    return True


def _read_number(config: dict[str, Any], name: str, described: Mapping[str, Any]) -> None:
    """Turn a number that came as text into one.

    Meltano 4.4 can't hand over a setting of kind decimal that a variable gives, so such settings
    are strings to Meltano. A whole number may come as 80.0.
    """
    value, kinds = config.get(name), _kinds(described)
    if isinstance(value, str) and "number" in kinds:
        with contextlib.suppress(ValueError):  # the schema's own complaint is clear
            config[name] = float(value)
    elif isinstance(value, float) and value.is_integer() and "integer" in kinds:
        config[name] = int(value)


def _unknown(
    schema: Mapping[str, Any], value: object, path: tuple[str | int, ...], former: Mapping[str, str]
) -> Iterator[SettingProblem]:
    """Names that no part of the schema has, and numbers that are none."""
    if isinstance(value, float) and not math.isfinite(value):
        yield SettingProblem(_where(path), "must be a finite number")
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for place, item in enumerate(value):
            yield from _unknown(schema["items"], item, (*path, place), {})
    elif isinstance(value, dict):
        known: Mapping[str, Any] = schema.get("properties", {})
        others = schema.get("additionalProperties", "properties" not in schema)
        for name, item in value.items():
            if name in known:
                yield from _unknown(known[name], item, (*path, name), {})
            elif name in former:
                yield SettingProblem(
                    _where((*path, name)), f"is no setting here; {former[name]}", unknown=True
                )
            elif others is False and "patternProperties" not in schema:
                hint = nearest(name, known)
                yield SettingProblem(
                    _where((*path, name)), f"is not a known name{hint}", unknown=True
                )
            elif isinstance(others, dict):
                yield from _unknown(others, item, (*path, name), {})


def _where(path: Iterable[str | int]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".") or "config"


def _problem(error: ValidationError) -> SettingProblem:
    """The schema's complaint without the value, which may be a secret."""
    rule: Any = error.validator_value
    path = tuple(error.absolute_path)
    match error.validator:
        case "required":
            missing = error.message.split("'")[1]  # one error per name, which only its text has
            return SettingProblem(_where((*path, missing)), "is required")
        case "type":
            what = f"must be of type {rule if isinstance(rule, str) else ' or '.join(rule)}"
        case "enum":
            words = [str(word) for word in rule]
            hint = nearest(error.instance, words) if isinstance(error.instance, str) else ""
            what = f"must be one of {', '.join(words)}{hint}"
        case "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "pattern" | "format":
            what = f"breaks the rule {error.validator} {rule}"
        case _:
            what = f"breaks the rule {error.validator}"
    return SettingProblem(_where(path), what)
