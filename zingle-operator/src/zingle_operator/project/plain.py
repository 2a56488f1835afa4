"""An installation without Meltano: one YAML file that names pipelines, programs and settings.

```yaml
sync_log_url: sqlite:///zingle-sync.db
pipelines:
- name: contacts-to-zingle
  expected_interval: 5m
  state: contacts.state.json
  tap: {name: tap-salesforce-zingle, settings: {client_id: $SF_ID, client_secret: $SF_SECRET}}
  target: {name: target-zingle, settings: {username: $ZINGLE_USER, password: $ZINGLE_PASSWORD}}
```
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.problems import suggestion
from zingle_operator.errors import OperatorError
from zingle_operator.project.processes import capture, pipe, private_json
from zingle_operator.project.project import OWN_TAPS, Direction, Finished, Pipeline
from zingle_operator.project.schedules import longest_gap
from zingle_operator.project.surroundings import read_yaml
from zingle_sync.outcomes.database import default_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


FILE = ("environment", "pipelines", "sync_log_url")
PIPELINE = ("expected_interval", "name", "state", "tap", "target")
PLUGIN = ("catalog", "executable", "name", "settings")
VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


@dataclass(frozen=True)
class PlainProject:
    """An installation that a configuration file describes.

    Attributes:
        path: The file.
        given_sync_log_url: The sync log that the caller names.
    """

    path: Path
    given_sync_log_url: str | None = None

    @cached_property
    def _document(self) -> dict[str, Any]:
        document = read_yaml(self.path)
        if not isinstance(document.get("pipelines"), list):
            raise OperatorError(f"{self.path} needs a list `pipelines`; see docs/operations.md")
        if problems := list(_unknown_names(document)):
            raise OperatorError(f"{self.path}: {'; '.join(problems)}")
        return document

    @property
    def environment(self) -> str:
        """What the file calls its environment, or ""."""
        return str(self._document.get("environment") or "")

    @property
    def sync_log_url(self) -> str:
        """The named one, or the file's, or the folder's own."""
        given = self.given_sync_log_url or self._document.get("sync_log_url")
        return str(_expanded(given)) if given else default_url({}, self.path.parent)

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The file's pipelines.

        Raises:
            OperatorError: If one lacks its tap or target.
        """
        try:
            return tuple(_pipeline(entry) for entry in self._document["pipelines"])
        except (KeyError, TypeError) as error:
            raise OperatorError(
                f"{self.path}: every pipeline needs tap: {{name}} and target: {{name}}"
            ) from error

    def settings(self, plugin: str) -> dict[str, Any]:
        """A plugin's settings, with `$NAME` taken from the environment."""
        return dict(_expanded(self._plugin(plugin).get("settings") or {}))

    def run(
        self,
        pipeline: Pipeline,
        overrides: Mapping[str, Mapping[str, Any]],
        *,
        from_state: bool = False,
        sync_log: str | None = None,
    ) -> Finished:
        """Run the tap's program into the target's."""
        entry = self._document["pipelines"][self.pipelines.index(pipeline)]
        folder = self.path.parent
        log = {"sync_log_url": sync_log} if sync_log else {}
        tap = {**self.settings(pipeline.tap), **overrides.get(pipeline.tap, {})}
        target = {
            "sync_log_url": self.sync_log_url,
            **self.settings(pipeline.target),
            **overrides.get(pipeline.target, {}),
            **log,
        }
        with private_json(tap) as tap_config, private_json(target) as target_config:
            source = self._reading(pipeline, tap_config)
            if from_state and entry.get("state") and (folder / entry["state"]).exists():
                source += ["--state", str(folder / entry["state"])]
            return pipe(
                source,
                [self._program(pipeline.target), "--config", str(target_config)],
                folder=folder,
                environ={**os.environ, "SYNC_LOG_URL": sync_log or self.sync_log_url},
            )

    def read(
        self, pipeline: Pipeline, overrides: Mapping[str, Any], *, sync_log: str
    ) -> tuple[bytes, Finished]:
        """Run a tap's program alone."""
        with private_json({**self.settings(pipeline.tap), **overrides}) as config:
            return capture(
                self._reading(pipeline, config),
                folder=self.path.parent,
                environ={**os.environ, "SYNC_LOG_URL": sync_log},
            )

    def feed(self, target: str, messages: bytes, overrides: Mapping[str, Any]) -> Finished:
        """Run a target's program on given messages."""
        settings = {"sync_log_url": self.sync_log_url, **self.settings(target), **overrides}
        with private_json(settings) as config:
            _, done = capture(
                [self._program(target), "--config", str(config)],
                folder=self.path.parent,
                given=messages,
            )
        return done

    def schemas(self, pipeline: Pipeline) -> tuple[bytes, Finished]:
        """Ask the tap for its SCHEMA messages."""
        with private_json(self.settings(pipeline.tap)) as config:
            return capture(
                [*self._reading(pipeline, config), "--test=schema"], folder=self.path.parent
            )

    def run_command(self, pipeline: Pipeline, *options: str) -> str:
        """The two programs, as a person pipes them."""
        del options
        return f"{pipeline.tap} … | {pipeline.target} …"

    def _reading(self, pipeline: Pipeline, config: Path) -> list[str]:
        """The tap's program with its settings, and with the catalog that says what it reads."""
        catalog = self._plugin(pipeline.tap).get("catalog")
        more = ["--catalog", str(self.path.parent / catalog)] if catalog else []
        return [self._program(pipeline.tap), "--config", str(config), *more]

    def _plugin(self, name: str) -> dict[str, Any]:
        for entry in self._document["pipelines"]:
            for kind in ("tap", "target"):
                if entry[kind]["name"] == name:
                    return dict(entry[kind])
        raise OperatorError(f"{self.path} knows no plugin {name}")

    def _program(self, plugin: str) -> str:
        return str(self._plugin(plugin).get("executable") or plugin)


def _unknown_names(document: Mapping[str, Any]) -> Iterator[str]:
    """Names that nothing reads: they would be wishes that nobody hears."""
    places: list[tuple[str, tuple[str, ...], Mapping[str, Any]]] = [("", FILE, document)]
    for number, entry in enumerate(document["pipelines"]):
        if isinstance(entry, dict):
            path = f"pipelines[{number}]."
            places.append((path, PIPELINE, entry))
            places += [
                (f"{path}{kind}.", PLUGIN, entry[kind])
                for kind in ("tap", "target")
                if isinstance(entry.get(kind), dict)
            ]
    for path, known, given in places:
        for name in given:
            if name not in known:
                yield f"{path}{name} is not a known name{suggestion(str(name), known)}"


def _pipeline(entry: Mapping[str, Any]) -> Pipeline:
    tap, target = str(entry["tap"]["name"]), str(entry["target"]["name"])
    kinds = {kind: _kinds(entry[kind]) for kind in ("tap", "target")}
    direction: Direction = "conversations"
    if any(one.startswith("target-zingle") for one in kinds["target"]):
        direction = "contacts"
    own = any(one.startswith(OWN_TAPS) for one in kinds["tap"])
    interval = longest_gap(str(entry.get("expected_interval", "")))
    name = str(entry.get("name") or f"{tap} {target}")
    return Pipeline(name, tap, target, direction, interval, own_tap=own)


def _kinds(plugin: Mapping[str, Any]) -> tuple[str, str]:
    """What may tell which plugin it is: people name plugins as they like."""
    return str(plugin["name"]), Path(str(plugin.get("executable") or "")).name


def _expanded(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    """A value with `$NAME` taken from the environment.

    Raises:
        OperatorError: If it has no such variable: its name is not to be sent as a secret.
    """
    match value:
        case str():
            return VARIABLE.sub(_variable, value)
        case dict():
            return {key: _expanded(item) for key, item in value.items()}
        case list():
            return [_expanded(item) for item in value]
        case _:
            return value


def _variable(match: re.Match[str]) -> str:
    name = match[1] or match[2]
    if name in os.environ:
        return os.environ[name]
    # A password may hold a dollar; what is meant to be a variable looks like one.
    if match[2] or name.isupper() or match[0] == match.string:
        raise OperatorError(f"the environment has no variable {name}, which the file names")
    return match[0]
