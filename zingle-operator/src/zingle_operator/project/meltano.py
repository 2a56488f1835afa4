"""A Meltano project, read through Meltano itself."""

from __future__ import annotations

import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from zingle_operator.errors import OperatorError
from zingle_operator.project.changes import variable
from zingle_operator.project.processes import capture, private_file
from zingle_operator.project.project import OWN_TAPS, Finished, Pipeline
from zingle_operator.project.runs import last_words
from zingle_operator.project.schedules import longest_gap
from zingle_operator.project.surroundings import meltano_program, read_yaml
from zingle_sync.outcomes.database import default_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zingle_operator.project.project import Direction

DIRECTIONS: dict[str, Direction] = {
    "target-zingle": "contacts",
    "target-salesforce-activity": "conversations",
}
KINDS = ("extractors", "loaders", "mappers", "utilities")
_APART = "zingle-sync-apart-"


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
        main = read_yaml(self.root / "meltano.yml")
        patterns = main.get("include_paths") or ()
        included = sorted(path for pattern in patterns for path in self.root.glob(pattern))
        return [main, *map(read_yaml, included)]

    @property
    def environments(self) -> tuple[str, ...]:
        """The names that `meltano.yml` has."""
        return tuple(str(entry["name"]) for entry in self._entries("environments"))

    @property
    def sync_log_url(self) -> str:
        """The named one, or the target's setting, or the plugins' variable, or a file."""
        if self.given_sync_log_url:
            return self.given_sync_log_url
        # Asking Meltano takes seconds, so it is asked only where a setting may name a log.
        for pipeline in self.pipelines if self._names("sync_log_url", "SYNC_LOG_URL") else ():
            if url := self.settings(pipeline.target).get("sync_log_url"):
                return str(url)
        # Meltano hands these variables to the plugins, not to us.
        ours = [one for one in self._entries("environments") if one["name"] == self.environment]
        dotenv = dotenv_values(self.root / ".env")
        for variables in (*(one.get("env") for one in (*ours, *self._documents)), dotenv):
            if url := (variables or {}).get("SYNC_LOG_URL"):
                return Template(str(url)).safe_substitute({**dotenv, **os.environ})
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
        jobs = [
            (str(job["name"]), pairs)
            for job in self._entries("jobs")
            for pairs in [list(self._pairs(job.get("tasks") or ()))]
        ]
        jobs += [
            (str(entry["name"]), [(str(entry["extractor"]), str(entry["loader"]), ())])
            for entry in schedules
            if "extractor" in entry and "loader" in entry
        ]
        found: dict[tuple[str, str], Pipeline] = {}
        for job, pairs in jobs:
            # Of several schedules each keeps the gap as short as its own.
            gaps = [
                gap
                for entry in schedules
                if job in {entry.get("job"), entry["name"]}
                and (gap := longest_gap(str(entry.get("interval"))))
            ]
            for tap, target, mappers in pairs:
                pair = tap, target
                if direction := DIRECTIONS.get(self._base(pair[1])):
                    # Two pipelines never have one name: what is told of one would hide the other.
                    name = job if len(pairs) == 1 else " ".join(pair)
                    own = self._base(pair[0]) in OWN_TAPS
                    new = Pipeline(name, *pair, direction, own_tap=own, mappers=mappers)
                    one = found.setdefault(pair, new)
                    gaps_of_both = [*gaps, *filter(None, [one.expected_interval])]
                    interval = min(gaps_of_both, default=None)
                    found[pair] = replace(one, expected_interval=interval, jobs=(*one.jobs, job))
        return tuple(found.values())

    def _pairs(
        self, tasks: str | Sequence[str | Sequence[str]]
    ) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Each tap with the target that follows it, and the mappers in between."""
        taps, targets = (
            {str(one["name"]) for one in self._plugins(kind)} for kind in ("extractors", "loaders")
        )
        for task in [tasks] if isinstance(tasks, str) else tasks:
            words = task.split() if isinstance(task, str) else [str(word) for word in task]
            tap = ""
            mappers: list[str] = []
            for word in words:
                if word in taps or word.startswith("tap-"):
                    tap, mappers = word, []
                elif tap and (word in targets or word.startswith("target-")):
                    yield tap, word, tuple(mappers)
                else:
                    mappers.append(word)

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
        return plugin, self._ask("config", "--unsafe", "print", plugin)

    def _ask(self, *arguments: str, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
        out, done = self._meltano(environ or {}, *arguments)
        if done.code:
            what = f"{'settings' if arguments[0] == 'config' else 'state'} of {arguments[-1]}"
            raise OperatorError(f"Meltano can't tell the {what}: {last_words(done)}")
        return dict(json.loads(out or b"{}"))

    def _variables(self, overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """Settings by plugin as Meltano's environment variables.

        Raises:
            OperatorError: If Meltano would drop one, for it hands over what is declared alone.
        """
        given = {
            variable(plugin, name): value if isinstance(value, str) else json.dumps(value)
            for plugin, settings in overrides.items()
            for name, value in settings.items()
        }
        for plugin, settings in overrides.items():
            if "sync_log_url" in settings:
                given["SYNC_LOG_URL"] = settings["sync_log_url"]
            own = {name for name in settings if name not in {"_state", "sync_log_url"}}
            if own - self.settings(plugin).keys():
                told = self._ask("config", "--unsafe", "print", plugin, environ=given)
                if dropped := sorted(own - told.keys()):
                    raise OperatorError(
                        f"{' and '.join(dropped)} {'is' if len(dropped) == 1 else 'are'} not "
                        f"declared for {plugin} in this project: add it again from its definition, "
                        "or give the setting a value in its config"
                    )
        return given

    def run(
        self,
        pipeline: Pipeline,
        overrides: Mapping[str, Mapping[str, Any]],
        *,
        from_state: bool = False,
        sync_log: str | None = None,
    ) -> Finished:
        """Run a pipeline with `meltano run`."""
        given = {name: dict(settings) for name, settings in overrides.items()}
        if sync_log:
            given.setdefault(pipeline.target, {})["sync_log_url"] = sync_log
        state = self._state(pipeline) if from_state else None
        options = ["--no-state-update"]
        backend: dict[str, str] = {}
        with private_file(json.dumps(state)) as file, tempfile.TemporaryDirectory() as dropped:
            if state:
                # Without its update Meltano hands no state over. What this run emits goes where
                # nobody reads it, and the suffix says that it is no second run of the schedule's.
                options = [f"--state-id-suffix=zingle-sync-{os.getpid()}"]
                given.setdefault(pipeline.tap, {})["_state"] = str(file)
                backend = {"MELTANO_STATE_BACKEND_URI": Path(dropped).as_uri()}
            environ = {**self._variables(given), **backend}
            words = (pipeline.tap, *pipeline.mappers, pipeline.target)
            return self._meltano(environ, "run", *options, *words)[1]

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
        return self._ask("state", "get", state_id).get("singer_state")

    def read(
        self, pipeline: Pipeline, overrides: Mapping[str, Any], *, sync_log: str
    ) -> tuple[bytes, Finished]:
        """Run a tap alone with `meltano invoke`, which hands no state over."""
        environ = self._variables({pipeline.tap: overrides}) | {"SYNC_LOG_URL": sync_log}
        return self._meltano(environ, "invoke", pipeline.tap)

    def feed(self, target: str, messages: bytes, overrides: Mapping[str, Any]) -> Finished:
        """Run a target with `meltano invoke` on given messages."""
        environ = self._variables({target: overrides})
        return self._meltano(environ, "invoke", target, given=messages)[1]

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
        shared = self.root / (os.environ.get("MELTANO_SYS_DIR_ROOT") or ".meltano")
        environ: dict[str, str] = {}
        if not self._names("database_uri", "MELTANO_DATABASE_URI"):
            environ["MELTANO_DATABASE_URI"] = f"sqlite:///{shared / 'meltano.db'}"
        shared.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_APART, dir=shared) as folder:
            for kind in KINDS:
                (shared / kind).mkdir(exist_ok=True)
            # All of it, for a state backend may lie there, too.
            for entry in shared.iterdir():
                if entry.name != "run" and not entry.name.startswith(_APART):
                    (Path(folder) / entry.name).symlink_to(entry)
            yield environ | {"MELTANO_SYS_DIR_ROOT": folder}

    @property
    def names(self) -> frozenset[str]:
        """The names of all plugins, jobs and schedules."""
        entries = [*self._plugins(), *self._entries("jobs"), *self._entries("schedules")]
        return frozenset(str(entry["name"]) for entry in entries)

    def _entries(self, key: str, within: str = "") -> Iterator[dict[str, Any]]:
        """What `meltano.yml` lists below a key, or below one inside of another.

        Raises:
            OperatorError: If it is no list of things with names.
        """
        for document in self._documents:
            holder = (document.get(within) or {}) if within else document
            entries = (holder.get(key) or []) if isinstance(holder, dict) else None
            if not isinstance(entries, list) or not all(
                isinstance(entry, dict) and entry.get("name") for entry in entries
            ):
                place = f"{within}.{key}" if within else key
                raise OperatorError(f"meltano.yml: {place} must be a list of entries with a name")
            yield from entries

    def _plugins(self, *kinds: str) -> Iterator[dict[str, Any]]:
        for kind in kinds or KINDS:
            yield from self._entries(kind, within="plugins")

    def _base(self, plugin: str) -> str:
        """The plugin that one inherits from, in the end."""
        parents = {
            str(entry["name"]): str(entry["inherit_from"])
            for entry in self._plugins("extractors", "loaders")
            if entry.get("inherit_from")
        }
        seen: set[str] = set()
        while plugin in parents and plugin not in seen:
            seen.add(plugin)
            plugin = parents[plugin]
        return plugin


def _has_key(value: object, key: str) -> bool:
    """Whether a setting is given anywhere in a document (its definition does not count)."""
    match value:
        case dict():
            return key in value or any(_has_key(item, key) for item in value.values())
        case list():
            return any(_has_key(item, key) for item in value)
        case _:
            return False
