"""Each package alone in a clean environment: it tells its version, explains itself, and syncs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from distributions import PUBLISHED, ROOT, facts

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.zingle import insert_contacts, insert_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.install.conftest import Installed, MeltanoProject
    from zingle_sandbox.testing import RunningSandbox

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLUGINS = PUBLISHED[1:5]
THIS_WAY = (f"{sys.version_info.major}.{sys.version_info.minor}", "uv", "wheelhouse")
EVERY_WAY = [
    pytest.param(
        python,
        backend,
        source,
        marks=[] if (python, backend, source) == THIS_WAY else [pytest.mark.matrix],
    )
    for python in PYTHONS
    for backend in ("uv", "pip")
    for source in ("wheelhouse", "git")
]
every_way = pytest.mark.parametrize(("python", "backend", "source"), EVERY_WAY)
GUEST = {"FirstName": "Ana", "LastName": "Lima", "MobilePhone": "+1 858 555 1212"}
TEXTS = (
    ROOT
    / "target-salesforce-activity/tests/singer_files/another_tap_with_the_least_properties.singer"
)


def _file(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _records(printed: str) -> list[dict[str, Any]]:
    messages = [json.loads(line) for line in printed.splitlines()]
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def _sync(plugin: str, environment: Installed, sandbox: RunningSandbox, folder: Path) -> None:
    """Sync one record with the plugin, and look at what arrived."""
    world, log = sandbox.sandbox, {"sync_log_url": f"sqlite:///{folder}/log.db"}
    zingle, salesforce = sandbox.zingle_settings(), sandbox.salesforce_settings()
    channels = [{"type": "phone", "value": "+18585551212"}]
    if plugin == "tap-salesforce-zingle":
        insert_rows(world, "Contact", [GUEST])
        world.clock.advance(60)
        config = _file(folder, "config.json", {**salesforce, "objects": ["Contact"]})
        (record,) = _records(environment.run(plugin, "--config", config))
        assert record["LastName"] == "Lima"
    elif plugin == "tap-zingle":
        (guest,) = insert_contacts(world, [{"channels": channels}])
        at = int(world.clock.timestamp()) - 60
        message = {"contact_id": guest, "direction": "inbound", "body": "Hello", "created_at": at}
        insert_messages(world, [message])
        config = _file(folder, "config.json", {**zingle, "start_date": "2026-01-01"})
        assert "Hello" in environment.run(plugin, "--config", config)
    elif plugin == "target-zingle":
        schema = {"properties": {name: {"type": ["string", "null"]} for name in ("Id", *GUEST)}}
        lines = [
            {"type": "SCHEMA", "stream": "contacts", "schema": schema, "key_properties": ["Id"]},
            {
                "type": "RECORD",
                "stream": "contacts",
                "record": {"Id": "003000000000001AAA", **GUEST},
            },
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "lines.singer").write_text(text, encoding="utf-8")
        settings = {**zingle, **log, "service_id": sandbox.service_id}
        config = _file(folder, "config.json", settings)
        environment.run(plugin, "--config", config, "--input", folder / "lines.singer")
        assert sandbox.writes("zingle") == 1
    else:
        insert_rows(world, "Contact", [GUEST])
        config = _file(folder, "config.json", {**salesforce, **log})
        environment.run(plugin, "--config", config, "--input", TEXTS)
        assert sandbox.writes("salesforce") == 1


@every_way
@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_works_alone(  # noqa: PLR0917 - fixtures and parameters
    install: Callable[..., Installed],
    plugin: str,
    python: str,
    backend: str,
    source: str,
    sandbox: RunningSandbox,
    tmp_path: Path,
) -> None:
    """Installed alone it tells its version, describes its settings and syncs a record."""
    environment = install(python, backend, source, plugin)

    module = plugin.replace("-", "_")
    assert f"v{facts().version}" in environment.run(plugin, "--version")
    assert f"v{facts().version}" in environment.run("python", "-m", module, "--version")
    about = json.loads(environment.run(plugin, "--about", "--format=json"))
    assert plugin == about["name"]
    assert set(PYTHONS) == set(about["supported_python_versions"])
    _sync(plugin, environment, sandbox, tmp_path)


@every_way
def test_the_operators_commands_work_alone(  # noqa: PLR0917 - fixtures and parameters
    install: Callable[..., Installed],
    python: str,
    backend: str,
    source: str,
    sandbox: RunningSandbox,
    tmp_path: Path,
) -> None:
    """zingle-operator brings the program `zingle-sync` and the plugins; `check` is content."""
    environment = install(python, backend, source, "zingle-operator")
    insert_rows(sandbox.sandbox, "Contact", [GUEST])
    settings = {
        "tap-salesforce-zingle": {**sandbox.salesforce_settings(), "objects": ["Contact"]},
        "target-zingle": {**sandbox.zingle_settings(), "service_id": sandbox.service_id},
    }
    tap, target = (
        {"name": name, "executable": str(environment.program(name)), "settings": given}
        for name, given in settings.items()
    )
    project = {
        "sync_log_url": f"sqlite:///{tmp_path}/log.db",
        "pipelines": [{"name": "contacts", "tap": tap, "target": target}],
    }
    # JSON is YAML too.
    config = _file(tmp_path, "project.yml", project)

    assert f"zingle-sync {facts().version}" in environment.run("zingle-sync", "--version")
    assert "check" in environment.run("python", "-m", "zingle_operator", "--help")
    assert "logs in" in environment.run("zingle-sync", "check", "--config", config)


@pytest.mark.parametrize(
    ("backend", "source"),
    [
        ("uv", "wheelhouse"),
        pytest.param("uv", "git", marks=pytest.mark.matrix),
        pytest.param("virtualenv", "wheelhouse", marks=pytest.mark.matrix),
        pytest.param("virtualenv", "git", marks=pytest.mark.matrix),
    ],
)
def test_meltano_installs_a_released_plugin(
    meltano: MeltanoProject, backend: str, source: str, sandbox: RunningSandbox
) -> None:
    """`meltano add` with the definition for an index installs the plugin, and it reads."""
    plugin = "tap-zingle"
    definition = ROOT / "definitions" / "released" / f"{plugin}.yml"
    add = ("add", "--no-install", "--plugin-type", "extractor", plugin, "--from-ref", definition)
    meltano(backend, *add)
    if source == "git":
        meltano.from_git(plugin)
    meltano(backend, "install")
    settings = sandbox.zingle_settings() | {"start_date": "2026-01-01"}
    names = {f"TAP_ZINGLE_{name.upper()}": value for name, value in settings.items()}
    invoked = meltano(backend, "invoke", plugin, **names)

    assert facts().version in meltano(backend, "invoke", plugin, "--version")
    assert {"SCHEMA", "STATE"} <= {json.loads(line)["type"] for line in invoked.splitlines()}
