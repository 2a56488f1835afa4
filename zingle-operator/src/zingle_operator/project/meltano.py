"""A Meltano project, read through Meltano itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from dotenv import dotenv_values

from zingle_operator.errors import OperatorError
from zingle_operator.project.processes import capture, private_file
from zingle_operator.project.project import Finished, Pipeline
from zingle_operator.project.schedules import longest_gap
from zingle_sync.outcomes.database import default_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zingle_operator.project.project import Direction

DIRECTIONS: dict[str, Direction] = {
    "target-zingle": "contacts",
    "target-salesforce-activity": "conversations",
}


@dataclass(frozen=True)
class MeltanoProject:
    """A project folder with its `meltano.yml`.

    Attributes:
        root: The folder.
        environment: The environment that commands look at; "" for none.
        given_sync_log_url: The sync log that the caller names.
    """

    root: Path
    environment: str
    given_sync_log_url: str | None = None
    _settings: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @cached_property
    def _documents(self) -> list[dict[str, Any]]:
        """`meltano.yml` and the files that it includes."""
        main = _yaml(self.root / "meltano.yml")
        patterns = main.get("include_paths", ())
        included = sorted(path for pattern in patterns for path in self.root.glob(pattern))
        return [main, *map(_yaml, included)]

    @property
    def environments(self) -> tuple[str, ...]:
        """The names that `meltano.yml` has."""
        return tuple(str(entry["name"]) for entry in self._entries("environments"))

    @property
    def sync_log_url(self) -> str:
        """The named one, or the target's setting, or that of `.env`, or the project's own."""
        if self.given_sync_log_url:
            return self.given_sync_log_url
        # Asking Meltano takes seconds, so it is asked only where a setting may name a log.
        for pipeline in self.pipelines if self._names("sync_log_url", "SYNC_LOG_URL") else ():
            if url := self.settings(pipeline.target).get("sync_log_url"):
                return str(url)
        # Meltano hands the variables of `.env` to the plugins, not to us.
        if url := dotenv_values(self.root / ".env").get("SYNC_LOG_URL"):
            return url
        return default_url({"MELTANO_PROJECT_ROOT": str(self.root)}, self.root)

    def _names(self, setting: str, variable: str) -> bool:
        """Whether environment, `.env` or project name a setting anywhere."""
        dotenv = self.root / ".env"
        return (
            any(key.endswith(variable) for key in os.environ)
            or (dotenv.is_file() and variable in dotenv.read_text(encoding="utf-8"))
            or any(_has_key(document, setting) for document in self._documents)
        )

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The jobs and schedules that move people or conversations."""
        schedules = list(self._entries("schedules"))
        gaps = {entry.get("job"): longest_gap(str(entry.get("interval"))) for entry in schedules}
        pairs = [
            (str(job["name"]), *pair, gaps.get(job["name"]))
            for job in self._entries("jobs")
            for pair in _pairs(job.get("tasks") or ())
        ]
        pairs += [
            (
                str(entry["name"]),
                str(entry["extractor"]),
                str(entry["loader"]),
                longest_gap(str(entry.get("interval"))),
            )
            for entry in schedules
            if "extractor" in entry and "loader" in entry
        ]
        found: dict[tuple[str, str], Pipeline] = {}
        for name, tap, target, interval in pairs:
            if direction := DIRECTIONS.get(self._base(target)):
                found.setdefault((tap, target), Pipeline(name, tap, target, direction, interval))
        return tuple(found.values())

    def settings(self, plugin: str) -> dict[str, Any]:
        """Ask Meltano for a plugin's settings; secrets are unmasked, captured and never printed.

        Raises:
            OperatorError: If Meltano can't tell.
        """
        if plugin not in self._settings:
            # The first call may migrate Meltano's own database, which two at once would break.
            self._settings.update([self._ask_settings(plugin)])
            # Each answer takes Meltano seconds, most of them its own start: ask for all at once.
            others = {name for one in self.pipelines for name in (one.tap, one.target)}
            with ThreadPoolExecutor(max_workers=4) as pool:
                answers = pool.map(self._ask_settings, sorted(others - self._settings.keys()))
                self._settings.update(answers)
        return self._settings[plugin]

    def _ask_settings(self, plugin: str) -> tuple[str, dict[str, Any]]:
        out, done = self._meltano({}, "config", "--unsafe", "print", plugin)
        if done.code:
            raise OperatorError(f"Meltano can't tell the settings of {plugin}: {_why(done)}")
        return plugin, dict(json.loads(out or b"{}"))

    def run(
        self,
        pipeline: Pipeline,
        overrides: Mapping[str, Mapping[str, Any]],
        *,
        from_state: bool = False,
        sync_log: str | None = None,
    ) -> Finished:
        """Run a pipeline with `meltano run`."""
        dry = overrides.get(pipeline.target, {}).get("dry_run")
        if dry and "dry_run" not in self.settings(pipeline.target):
            # Meltano drops what a definition does not declare, and the run would write.
            raise OperatorError(
                f"dry_run is not declared for {pipeline.target} in this project: add it again from "
                "its definition, or set dry_run: false in its config"
            )
        given = {name: dict(settings) for name, settings in overrides.items()}
        environ: dict[str, str] = {}
        if sync_log:
            given.setdefault(pipeline.target, {})["sync_log_url"] = sync_log
            environ["SYNC_LOG_URL"] = sync_log
        state = self._state(pipeline) if from_state else None
        options = ["--no-state-update"]
        with private_file(json.dumps(state)) as file:
            if state:
                # Without its update Meltano hands no state over. A dry run emits none, and the
                # suffix tells Meltano that this is no second run of the schedule's.
                options = [f"--state-id-suffix=zingle-sync-{os.getpid()}"]
                given.setdefault(pipeline.tap, {})["_state"] = str(file)
            return self._meltano(
                environ | _variables(given), "run", *options, pipeline.tap, pipeline.target
            )[1]

    def _state(self, pipeline: Pipeline) -> dict[str, Any] | None:
        """The bookmark that the next run would get; without an environment Meltano keeps none."""
        if not self.environment:
            return None
        suffixes = [
            str(entry["state_id_suffix"])
            for entry in self._entries("environments")
            if entry.get("name") == self.environment and entry.get("state_id_suffix")
        ]
        state_id = ":".join([self.environment, f"{pipeline.tap}-to-{pipeline.target}", *suffixes])
        out, done = self._meltano({}, "state", "get", state_id)
        if done.code:
            raise OperatorError(f"Meltano can't tell the state {state_id}: {_why(done)}")
        return dict(json.loads(out or b"{}")).get("singer_state")

    def read(self, pipeline: Pipeline, overrides: Mapping[str, Any]) -> tuple[bytes, Finished]:
        """Run a tap alone with `meltano invoke`, which hands no state over."""
        return self._meltano(_variables({pipeline.tap: overrides}), "invoke", pipeline.tap)

    def feed(self, target: str, messages: bytes, overrides: Mapping[str, Any]) -> Finished:
        """Run a target with `meltano invoke` on given messages."""
        return self._meltano(_variables({target: overrides}), "invoke", target, given=messages)[1]

    def schemas(self, pipeline: Pipeline) -> tuple[bytes, Finished]:
        """Ask the tap for its SCHEMA messages with `--test=schema`."""
        return self._meltano({}, "invoke", pipeline.tap, "--test=schema")

    def run_command(self, pipeline: Pipeline, *options: str) -> str:
        """Such as `meltano --environment prod run contacts-to-zingle`."""
        chosen = f"--environment {self.environment} " if self.environment else ""
        return " ".join([f"meltano {chosen}run", *options, pipeline.name])

    def _meltano(
        self, environ: Mapping[str, str], *arguments: str, given: bytes | None = None
    ) -> tuple[bytes, Finished]:
        program = meltano_program()
        # An environment is always named: `meltano config` ignores the default one.
        chosen = ["--environment", self.environment] if self.environment else []
        inherited = {
            key: value
            for key, value in os.environ.items()
            # Meltano tells a utility about itself; the plugins that we start are others.
            if not key.startswith(("MELTANO_UTILITY_", "MELTANO_UTILIZE_", "SINGER_SDK_LOG_CONFIG"))
        }
        own = {"MELTANO_PROJECT_ROOT": str(self.root), "MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}
        with self._apart() as apart:
            return capture(
                [program, *chosen, *arguments],
                folder=self.root,
                environ={**inherited, **own, **apart, **environ},
                given=given,
            )

    @contextmanager
    def _apart(self) -> Iterator[dict[str, str]]:
        """A system directory of this process alone, with the project's plugins and database.

        Meltano keeps one state file and one catalog per plugin's name in it, whoever runs: two
        processes in one directory read each other's.
        """
        shared = Path(os.environ.get("MELTANO_SYS_DIR_ROOT") or self.root / ".meltano")
        environ: dict[str, str] = {}
        if not self._names("database_uri", "MELTANO_DATABASE_URI"):
            environ["MELTANO_DATABASE_URI"] = f"sqlite:///{shared / 'meltano.db'}"
        shared.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="zingle-sync-", dir=shared) as folder:
            for kind in ("extractors", "loaders", "mappers", "utilities"):
                (shared / kind).mkdir(exist_ok=True)
                (Path(folder) / kind).symlink_to(shared / kind, target_is_directory=True)
            yield environ | {"MELTANO_SYS_DIR_ROOT": folder}

    @property
    def names(self) -> frozenset[str]:
        """The names of all plugins, jobs and schedules."""
        plugins = (document.get("plugins") or {} for document in self._documents)
        named = [entry for kinds in plugins for one in kinds.values() for entry in one or ()]
        named += [*self._entries("jobs"), *self._entries("schedules")]
        return frozenset(str(entry["name"]) for entry in named if "name" in entry)

    def _entries(self, key: str) -> Iterator[dict[str, Any]]:
        for document in self._documents:
            yield from document.get(key) or ()

    def _base(self, plugin: str) -> str:
        """The plugin that one inherits from, in the end."""
        parents = {
            str(entry["name"]): str(entry["inherit_from"])
            for plugins in (document.get("plugins") or {} for document in self._documents)
            for kind in ("extractors", "loaders")
            for entry in plugins.get(kind) or ()
            if entry.get("inherit_from")
        }
        seen: set[str] = set()
        while plugin in parents and plugin not in seen:
            seen.add(plugin)
            plugin = parents[plugin]
        return plugin


def _variables(overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Settings by plugin as Meltano's environment variables.

    >>> _variables({"tap-x--west": {"days": 3, "_state": "a.json"}})
    {'TAP_X__WEST_DAYS': '3', 'TAP_X__WEST__STATE': 'a.json'}
    """
    return {
        f"{plugin}_{name}".replace("-", "_").upper(): value
        if isinstance(value, str)
        else json.dumps(value)
        for plugin, settings in overrides.items()
        for name, value in settings.items()
    }


def meltano_program() -> str:
    """Meltano on the path, or beside this program.

    Raises:
        OperatorError: If it is in neither place.
    """
    beside = Path(sys.executable).with_name("meltano")
    program = shutil.which("meltano") or (str(beside) if beside.exists() else None)
    if program is None:
        raise OperatorError("the program meltano is not on the path: `pip install meltano`")
    return program


def find_root(environ: Mapping[str, str], folder: Path) -> Path | None:
    """The Meltano project around a folder, if there is one."""
    if root := environ.get("MELTANO_PROJECT_ROOT"):
        return Path(root)
    return next((one for one in (folder, *folder.parents) if (one / "meltano.yml").is_file()), None)


def default_environment(root: Path) -> str:
    """The environment that `.env`, else `meltano.yml` names, as Meltano takes it, or ""."""
    dotenv = root / ".env"
    text = dotenv.read_text(encoding="utf-8") if dotenv.exists() else ""
    if named := re.search(r"""^MELTANO_ENVIRONMENT=["']?([\w.-]+)""", text, re.MULTILINE):
        return named[1]
    return str(_yaml(root / "meltano.yml").get("default_environment") or "")


def _yaml(path: Path) -> dict[str, Any]:
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError) as error:
        raise OperatorError(f"{path} can't be read: {str(error).splitlines()[0]}") from error


def _has_key(value: object, key: str) -> bool:
    """Whether a setting is given anywhere in a document (its definition does not count)."""
    match value:
        case dict():
            return key in value or any(_has_key(item, key) for item in value.values())
        case list():
            return any(_has_key(item, key) for item in value)
        case _:
            return False


def _pairs(tasks: str | Sequence[str | Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Each tap with the target that follows it, mappers in between left out."""
    for task in [tasks] if isinstance(tasks, str) else tasks:
        words = task.split() if isinstance(task, str) else [str(word) for word in task]
        tap = ""
        for word in words:
            if word.startswith("tap-"):
                tap = word
            elif word.startswith("target-") and tap:
                yield tap, word


def _why(done: Finished) -> str:
    """The last line that Meltano wrote about an error, without its decoration."""
    lines = [line for line in done.log.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|exception|fail", line, re.IGNORECASE)]
    return (telling or lines or ["no reason given"])[-1].strip()
