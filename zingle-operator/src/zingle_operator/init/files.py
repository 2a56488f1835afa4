"""What `meltano.yml` becomes. Pure."""

from __future__ import annotations

import io
import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from zingle_operator.init.answers import JOBS, OPERATOR, PLUGINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zingle_operator.init.answers import Job, Plugin
    from zingle_operator.project.project import Direction

ENVIRONMENT = "prod"
_INDENTED_LISTS = re.compile(r"^\w[\w-]*:\n(?: *#.*\n)*  +- ", re.MULTILINE)


def new_project() -> str:
    """The text of a project's first `meltano.yml`."""
    return (
        'requires_meltano: ">=4.4"\n'
        f"project_id: {uuid.uuid4()}\n"
        f"default_environment: {ENVIRONMENT}\n"
        "environments:\n"
        f"- name: {ENVIRONMENT}\n"
    )


def extended(
    text: str,
    plugins: Iterable[Plugin],
    jobs: Iterable[Job],
    pip_urls: Mapping[str, str],
) -> str:
    """The text of a `meltano.yml` with what it lacks; what it has stays, comments included.

    Args:
        text: As it is.
        plugins: What it must have; a plugin of that name is left as it is.
        jobs: The same of jobs, each with its schedule.
        pip_urls: From where, by plugin.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    if _INDENTED_LISTS.search(text):
        yaml.indent(mapping=2, sequence=4, offset=2)
    document: Any = yaml.load(text) or {}
    if not document.get("environments"):
        # Without an environment Meltano keeps no state.
        document["environments"] = [{"name": ENVIRONMENT}]
    if not document.get("plugins"):
        document["plugins"] = {}
    for plugin in plugins:
        entry = {
            "name": plugin.name,
            "variant": "zingle-sync",
            "pip_url": pip_urls[plugin.name],
        }
        _add(document["plugins"], plugin.kind, entry)
    for job in jobs:
        _add(document, "jobs", {"name": job.name, "tasks": [job.task]})
        _add(
            document,
            "schedules",
            {"name": job.schedule, "interval": job.interval, "job": job.name},
        )
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _add(parent: Any, key: str, entry: Mapping[str, Any]) -> None:  # noqa: ANN401 - ruamel's map
    if not parent.get(key):
        parent[key] = []
    if all(one.get("name") != entry["name"] for one in parent[key]):
        parent[key].append(dict(entry))


def wanted(directions: Iterable[Direction]) -> tuple[tuple[Plugin, ...], tuple[Job, ...]]:
    """The plugins and jobs of pipelines, the operator's commands among them."""
    chosen = tuple(directions)
    return (
        (*(plugin for one in chosen for plugin in PLUGINS[one]), OPERATOR),
        tuple(job for one in chosen for job in JOBS[one]),
    )


def lock(definition: Mapping[str, Any], plugin: Plugin) -> tuple[str, str]:
    """Path and text of the file in which Meltano looks a plugin's settings up.

    The definition is kept there, so that `meltano.yml` needs three lines for a plugin.
    """
    content = {"plugin_type": plugin.kind, **definition}
    path = f"plugins/{plugin.kind}/{plugin.name}--{definition['variant']}.lock"
    return path, json.dumps(content, indent=2) + "\n"


def pip_url(plugin: str, source: str, version: str) -> str:
    """From where a plugin is installed.

    Args:
        plugin: Its name.
        source: "" for the package index, a git address (`git+https://…`), or a checkout's folder.
        version: The release, for the package index.

    >>> pip_url("tap-zingle", "", "1.2.0")
    'tap-zingle==1.2.0'
    >>> pip_url("tap-zingle", "/src/it", "1.2.0")
    "-e '/src/it/zingle-sync' -e '/src/it/tap-zingle'"
    """
    # The package itself comes last. The operator's stands on all plugins.
    packages = ["zingle-sync", plugin]
    if plugin == OPERATOR.name:
        plugins = (one.name for some in PLUGINS.values() for one in some)
        packages = ["zingle-sync", *plugins, "zingle-operator"]
    if not source:
        return f"{packages[-1]}=={version}"
    if source.startswith("git+"):
        return " ".join(f"{source}#subdirectory={one}" for one in packages)
    return " ".join(f"-e '{source}/{one}'" for one in packages)
