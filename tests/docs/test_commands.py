"""Every command of every page runs, and prints what the page shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from console_blocks import Shell, Step, difference, steps
from distributions import ROOT
from docs_site import pages
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

from zingle_sandbox.testing import RunningSandbox, run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
# Run with a real installation by tests/e2e/test_tutorial.py.
TUTORIAL = "docs/tutorial.md"
# In an empty folder.
BARE = ("sandbox/README.md",)
# The port that this page shows; here it is any that is free.
PORT = "41027"
# In a project whose people are in Zingle.
IN_A_PROJECT = ("docs/operations.md", "target-zingle/README.md")


def _evaluate(example: Example) -> str | None:
    shell: Shell = example.namespace["shell"]
    text = str(example.parsed).replace(PORT, example.namespace["port"])
    told = [difference(step, shell) for step in steps(text)]
    return "\n".join(one for one in told if one) or None


SYBIL = Sybil([CodeBlockParser("console", _evaluate)])


def _check(page: str, shell: Shell, port: int) -> None:
    document = SYBIL.parse(ROOT / page)
    document.namespace["shell"] = shell
    document.namespace["port"] = str(port)
    examples = list(document.examples())
    assert examples
    for example in examples:
        example.evaluate()


def _environment(**variables: str) -> dict[str, str]:
    foreign = ("MELTANO", "TAP_", "TARGET_", "SYNC_LOG", "ZINGLE_", "COLUMNS")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return clean | {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "COLUMNS": "160",
        "NO_COLOR": "1",
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        **variables,
    }


def test_every_page_with_commands_is_run() -> None:
    """A page that shows commands is one of those that are run here or by the tutorial's test."""
    with_commands = {str(page) for page in pages() if list(SYBIL.parse(ROOT / page).examples())}

    assert with_commands == {TUTORIAL, *BARE, *IN_A_PROJECT}


@pytest.mark.parametrize("page", BARE)
def test_the_simulators_commands_do_what_their_page_says(
    page: str, port: int, tmp_path: Path
) -> None:
    """In an empty folder, from the first command to the last."""
    shell = Shell(tmp_path, _environment())
    try:
        _check(page, shell, port)
    finally:
        shell.run("zingle-sandbox stop")
        shell.close()


def _plugin(
    name: str, capabilities: list[str], config: dict[str, Any], declared: dict[str, str]
) -> dict[str, Any]:
    namespace = name.replace("-", "_")
    # Ours, from this environment: nothing to install.
    own = {"name": name, "namespace": namespace, "executable": str(BIN / name)}
    # As their definitions have it: Meltano hands over what is declared alone.
    settings = [{"name": setting, "kind": kind} for setting, kind in declared.items()]
    return own | {"capabilities": capabilities, "config": config, "settings": settings}


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSandbox]:
    """The demo's people and guests at the fixed day that the pages speak of."""
    with run_sandbox("demo") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def project(world: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Meltano project in front of both services, whose first load is done."""
    folder = tmp_path_factory.mktemp("guests")
    target = {
        **world.zingle_settings(),
        "service_id": world.service_id,
        "max_creates_per_run": 0,
        "requests_per_second": 0,
    }
    commands = {name: {"args": name} for name in ("check", "status", "report", "replay")}
    utility = {
        "name": "zingle-sync",
        "namespace": "zingle_sync",
        "executable": str(BIN / "zingle-sync"),
        "commands": commands,
    }
    document = {
        "project_id": "4f4d6b8e-0000-4000-8000-000000000001",
        "default_environment": "prod",
        "environments": [{"name": "prod"}],
        "plugins": {
            "extractors": [
                _plugin(
                    "tap-salesforce-zingle",
                    ["catalog", "discover", "state"],
                    world.salesforce_settings(),
                    {
                        "custom_queries": "array",
                        "objects": "array",
                        "start_date": "string",
                        "where": "object",
                    },
                )
            ],
            "loaders": [
                _plugin("target-zingle", ["structured-logging"], target, {"dry_run": "boolean"})
            ],
            "utilities": [utility],
        },
        "jobs": [{"name": "contacts-to-zingle", "tasks": ["tap-salesforce-zingle target-zingle"]}],
    }
    (folder / "meltano.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    answer = subprocess.run(
        [str(BIN / "meltano"), "run", "contacts-to-zingle"],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert answer.returncode == 0, answer.stderr[-4000:]
    return folder


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", IN_A_PROJECT)
def test_a_pages_commands_do_what_it_says(page: str, port: int, project: Path) -> None:
    """In a project whose first load is done, every command prints what its page shows."""
    shell = Shell(project, _environment())
    try:
        _check(page, shell, port)
    finally:
        shell.close()


@pytest.mark.parametrize(
    ("step", "differs"),
    [
        (Step("echo one two", "one two"), False),
        (Step("echo one two three", "one ... three"), False),
        (Step("echo one two", "... one ... two ..."), False),
        (Step("echo one two", "two ... one"), True),
        (Step("echo 'one [x]'", "one [x]"), False),
        (Step("echo 'looking at it: 30 s so far' >&2; echo one", "one"), False),
        (Step("echo 'preview: 1,500 records, 50/s' >&2; echo one", "one"), False),
        (Step("echo 'it: 30 s'; echo one", "one"), True),
        (Step("echo one; exit_code() { return 1; }; exit_code", "one"), True),
        (Step("echo one two", "one"), True),
        (Step("printf '%s\\n' one two three", "one\n...\nthree"), False),
        (Step("echo one", None), False),
        (Step("exit_code() { return 3; }; exit_code", None), True),
        (Step("echo out; echo err >&2", "out\nerr"), False),
        (Step("cat", None), False),
    ],
)
def test_a_command_that_does_something_else_is_found(
    step: Step, differs: bool, tmp_path: Path
) -> None:
    """Other output, or a failure where none is shown, differs from the page."""
    shell = Shell(tmp_path, _environment())
    try:
        assert (difference(step, shell) is not None) is differs
    finally:
        shell.close()


def test_commands_keep_folder_and_variables(tmp_path: Path) -> None:
    """A page is one session: what a command changes, the next one finds."""
    shell = Shell(tmp_path, _environment())
    text = "$ mkdir here && cd here\n$ export WORD=hello\n$ echo \\\n> $WORD $(basename $PWD)\nhello here\n"
    try:
        assert [None] * 3 == [difference(step, shell) for step in steps(text)]
    finally:
        shell.close()
