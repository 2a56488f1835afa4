"""Meltano's definitions of our plugins: for `meltano add`, for lock files, and for a hub.

`definitions/schema.json` says which keys a hub wants; what does not fit it is never written.
"""

from __future__ import annotations

import io
import json
import tomllib
from importlib import import_module
from typing import TYPE_CHECKING, Any

from distributions import ROOT, Facts
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = ROOT / "definitions"
VARIANT = "zingle-sync"
LABELS = {
    "tap-salesforce-zingle": "Salesforce",
    "target-zingle": "Zingle",
    "tap-zingle": "Zingle",
    "target-salesforce-activity": "Salesforce Activities",
    "zingle-sync": "zingle-sync",
}
OPERATOR = "zingle-operator"


def kind_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return Meltano's ``kind`` (and what goes with it) for one JSON Schema property."""
    types = schema.get("type", "string")
    names = [types] if isinstance(types, str) else types
    name = next((one for one in names if one != "null"), "string")
    if schema.get("secret") or schema.get("writeOnly"):
        return {"kind": "password", "sensitive": True}
    if "enum" in schema:
        options = [{"label": str(v), "value": v} for v in schema["enum"] if v is not None]
        return {"kind": "options", "options": options}
    if schema.get("format") in {"date", "date-time"}:
        return {"kind": "date_iso8601"}
    # Not decimal: Meltano 4.4 fails on a decimal that an environment variable gives ("Object of
    # type Decimal is not JSON serializable"); the plugins read numbers from text.
    kinds = {"integer": "integer", "number": "string", "boolean": "boolean"}
    kinds |= {"array": "array", "object": "object"}
    return {"kind": kinds.get(name, "string")}


def setting(name: str, schema: dict[str, Any]) -> CommentedMap:
    """Return one Meltano setting."""
    entry = CommentedMap(name=name)
    entry.update(kind_of(schema))
    if "title" in schema:
        entry["label"] = schema["title"]
    if "description" in schema:
        entry["description"] = schema["description"]
    if schema.get("default") is not None:
        entry["value"] = schema["default"]
    return entry


def settings_of(information: dict[str, Any]) -> list[CommentedMap]:
    """Return the Meltano settings of a plugin, in the order that it declares them."""
    properties: dict[str, Any] = information["settings"]["properties"]
    return [setting(name, schema) for name, schema in properties.items()]


def groups_of(plugin: str) -> list[list[str]]:
    """Return the settings that belong together, one group per way to set the plugin up."""
    declared: Sequence[Sequence[str]] = import_module(
        f"{plugin.replace('-', '_')}.settings"
    ).SETTINGS_GROUPS
    return [list(group) for group in declared]


def _head(name: str, package: str, description: str, pip_url: str, said: Facts) -> CommentedMap:
    project = tomllib.loads((ROOT / package / "pyproject.toml").read_text(encoding="utf-8"))
    return CommentedMap(
        name=name,
        namespace=name.replace("-", "_"),
        variant=VARIANT,
        label=LABELS[name],
        description=description,
        docs=f"{said.tree}/{package}/README.md",
        repo=said.repository,
        pip_url=pip_url,
        executable=name,
        keywords=project["project"]["keywords"],
        # A hub's judgement; nobody has judged yet.
        quality="unknown",
        maintenance_status="beta",
    )


def _in_a_checkout(*packages: str) -> str:
    return " ".join(f"-e '${{ZINGLE_SYNC_HOME}}/{package}'" for package in packages)


def plugin_definition(
    plugin: str, information: dict[str, Any], said: Facts, *, released: bool
) -> CommentedMap:
    """Return the definition of a tap or target, from what it says of itself.

    Args:
        plugin: Its name.
        information: Its `--about`.
        said: What is the same for all packages.
        released: Installed from a package index, not from a checkout.
    """
    pip_url = plugin if released else _in_a_checkout("zingle-sync", plugin)
    entry = _head(plugin, plugin, information["description"], pip_url, said)
    entry["supported_python_versions"] = information["supported_python_versions"]
    # Lines of the log, metrics among them, become fields instead of text.
    entry["log_parser"] = "singer-sdk"
    entry["capabilities"] = list(information["capabilities"])
    entry["settings_group_validation"] = groups_of(plugin)
    entry["settings"] = settings_of(information)
    return entry


def utility_definition(entry: dict[str, Any], said: Facts, *, released: bool) -> CommentedMap:
    """Return the definition of the operator's commands, from the project's own entry."""
    packages = str(entry["pip_url"]).removeprefix("-e ").split(" -e ")
    pip_url = OPERATOR if released else _in_a_checkout(*packages)
    description = "Tells whether everything is well, and why a guest is missing."
    made = _head(entry["name"], OPERATOR, description, pip_url, said)
    classifiers = (one.rpartition(" :: ")[2] for one in said.classifiers if "Python :: 3." in one)
    made["supported_python_versions"] = list(classifiers)
    made["settings"] = entry["settings"]
    made["commands"] = entry["commands"]
    return made


def problems(definition: dict[str, Any]) -> list[str]:
    """Return what a hub would object to, each with its place."""
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    found = [
        f"{definition.get('name')}: {error.json_path}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(definition)
    ]
    settings = {one["name"] for one in definition.get("settings", [])}
    grouped = {one for group in definition.get("settings_group_validation", []) for one in group}
    return found + [
        f"{definition.get('name')}: settings_group_validation: no setting {name}"
        for name in sorted(grouped - settings)
    ]


def dump(document: object) -> str:
    """Return a document as YAML, long lines unbroken."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=2, offset=0)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def files_of(kind: str, checkout: CommentedMap, released: CommentedMap) -> dict[Path, str]:
    """Return the files of one plugin: two definitions for `meltano add`, and a lock file.

    Args:
        kind: Such as `extractors`.
        checkout: Installed from a checkout.
        released: Installed from a package index.

    Raises:
        ValueError: If a hub would refuse one of them.
    """
    found = [*problems(checkout), *problems(released)]
    if found:
        raise ValueError("\n".join(found))
    name = checkout["name"]
    head = "# Generated from the plugin by `make docs`.\n"
    home = "# ZINGLE_SYNC_HOME is the folder of a checkout of this repository.\n"
    locked = json.dumps({"plugin_type": kind, **released}, indent=2) + "\n"
    return {
        FOLDER / f"{name}.yml": head + home + dump(checkout),
        FOLDER / "released" / f"{name}.yml": head + dump(released),
        FOLDER / "plugins" / kind / f"{name}--{VARIANT}.lock": locked,
    }
