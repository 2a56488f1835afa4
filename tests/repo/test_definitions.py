"""The definitions that Meltano and its hub take."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from distributions import facts
from ruamel.yaml import YAML

import definitions
from definitions import FOLDER

RELEASED = sorted((FOLDER / "released").glob("*.yml"))
CHECKOUT = sorted(FOLDER.glob("*.yml"))
LOCKS = sorted((FOLDER / "plugins").glob("*/*.lock"))


def _read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    return dict(json.loads(text) if path.suffix == ".lock" else YAML(typ="safe").load(text))


def _example() -> dict[str, Any]:
    return copy.deepcopy(_read(FOLDER / "released" / "target-zingle.yml"))


@pytest.mark.parametrize(
    "path", [*CHECKOUT, *RELEASED], ids=lambda one: f"{one.parent.name}-{one.stem}"
)
def test_a_hub_would_take_every_definition(path: Path) -> None:
    """Installed from an index or from a checkout, a definition has what a hub asks for."""
    assert [] == definitions.problems(_read(path))


def test_every_plugin_is_defined_three_ways() -> None:
    """For a checkout, for an index, and as a lock file; they differ in where it comes from."""
    names = ["tap-salesforce-zingle", "tap-zingle", "target-salesforce-activity", "target-zingle"]
    names.append("zingle-sync")

    assert names == [one.stem for one in CHECKOUT] == [one.stem for one in RELEASED]
    assert names == sorted(one.stem.removesuffix("--zingle-sync") for one in LOCKS)
    for checkout, released in zip(CHECKOUT, RELEASED, strict=True):
        here, there = _read(checkout), _read(released)
        assert "${ZINGLE_SYNC_HOME}" in here.pop("pip_url")
        assert there.pop("pip_url") in {here["name"], "zingle-operator"}
        assert here == there


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Target Zingle"),
        ("namespace", "target-zingle"),
        ("quality", "excellent"),
        ("maintenance_status", "stable"),
        ("keywords", []),
        ("repo", "git@git.example:zingle-sync"),
        ("pip_url", "git+ssh://git@git.example/zingle-sync"),
        ("pip_url", "target_zingle; rm -r /"),
        ("supported_python_versions", ["3"]),
        ("capabilities", ["about", "cooking"]),
        ("log_parser", "json"),
        ("settings_group_validation", []),
        ("settings_group_validation", [["user_name", "password"]]),
        ("settings", [{"name": "a", "kind": "decimal", "label": "A a", "description": "A a"}]),
        ("settings", [{"name": "a", "kind": "password", "label": "A a", "description": "A a"}]),
        ("settings", [{"name": "a", "kind": "options", "label": "A a", "description": "A a"}]),
        ("stars", 5),
    ],
)
def test_what_a_hub_would_refuse_is_refused(key: str, value: object) -> None:
    """One wrong value is found, and its place is told."""
    found = definitions.problems(_example() | {key: value})

    assert found
    assert all(key in one for one in found)


@pytest.mark.parametrize("key", sorted(set(_example()) - {"commands"}))
def test_no_key_can_be_left_out(key: str) -> None:
    """A definition without one of its keys is refused."""
    definition = _example()
    del definition[key]

    assert definitions.problems(definition)


def test_with_a_lock_file_a_plugin_is_three_lines_of_meltano_yml(tmp_path: Path) -> None:
    """`meltano add` reads the lock file, asks no hub, and knows the settings and their groups."""
    (tmp_path / "meltano.yml").write_text("project_id: 6f0f4b0e\n", encoding="utf-8")
    shutil.copytree(FOLDER / "plugins", tmp_path / "plugins")
    definition = _read(FOLDER / "plugins" / "extractors" / "tap-zingle--zingle-sync.lock")
    environment = os.environ | {
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "MELTANO_HUB_API_ROOT": "http://127.0.0.1:9",
    }

    def meltano(*arguments: str) -> str:
        answer = subprocess.run(
            [str(Path(sys.executable).with_name("meltano")), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr[-2000:]
        return answer.stdout

    meltano("add", "--no-install", "--no-update", "--variant", "zingle-sync", "tap-zingle")
    lines = {key: definition[key] for key in ("name", "variant", "pip_url")}
    assert {"extractors": [lines]} == _read(tmp_path / "meltano.yml")["plugins"]
    told = meltano("config", "list", "--all", "tap-zingle")
    assert [] == [one["name"] for one in definition["settings"] if one["name"] not in told]
    assert "Setting groups" in told


def test_addresses_are_those_of_the_repository() -> None:
    """`docs` and `repo` lead to where the packages say they come from."""
    for path in (*CHECKOUT, *RELEASED, *LOCKS):
        definition = _read(path)
        assert definition["repo"] == facts().repository
        assert definition["docs"].startswith(facts().tree)
