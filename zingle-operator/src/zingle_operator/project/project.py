"""What the commands need to know of an installation: pipelines, settings, and how to run them.

`meltano` and `plain` provide it; a third kind of installation is one more module beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

Direction = Literal["contacts", "conversations"]
OWN_TAPS = ("tap-salesforce-zingle", "tap-zingle")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A tap and a target that run together.

    Attributes:
        name: The job's name, or `tap target`.
        tap: The tap's name in the project.
        target: The target's name in the project.
        direction: `contacts` into Zingle or `conversations` into Salesforce.
        expected_interval: The longest time between two runs, where a schedule says so.
        jobs: The jobs that it is a part of.
        own_tap: Whether the tap is ours, so that its settings are known, and whom it logs in to.
        mappers: What changes the records between the two.
    """

    name: str
    tap: str
    target: str
    direction: Direction
    expected_interval: timedelta | None = None
    jobs: tuple[str, ...] = ()
    own_tap: bool = True
    mappers: tuple[str, ...] = ()

    @property
    def salesforce(self) -> str | None:
        """The plugin that logs in to Salesforce, where one does."""
        if self.direction == "conversations":
            return self.target
        return self.tap if self.own_tap else None

    @property
    def zingle(self) -> str | None:
        """The plugin that logs in to Zingle, where one does."""
        if self.direction == "contacts":
            return self.target
        return self.tap if self.own_tap else None


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process ended: its exit code, and what it wrote to standard error."""

    code: int
    log: str


class Project(Protocol):
    """A Meltano project, or a configuration file that stands for one."""

    @property
    def environment(self) -> str:
        """The Meltano environment, or ""."""

    @property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The pipelines between Salesforce and Zingle."""

    @property
    def sync_log_url(self) -> str:
        """Where the sync log is."""

    def settings(self, plugin: str) -> dict[str, Any]:
        """A plugin's settings, secrets included. They are never printed."""

    def run(
        self,
        pipeline: Pipeline,
        overrides: Mapping[str, Mapping[str, Any]],
        *,
        from_state: bool = False,
        sync_log: str | None = None,
    ) -> Finished:
        """Run a pipeline to its end, beside whatever the schedules run; its state never moves.

        Args:
            pipeline: What to run.
            overrides: Settings by plugin that win over the configured ones.
            from_state: Whether the tap gets its bookmark, as in the next run of a schedule.
            sync_log: Another sync log than the project's.
        """

    def read(
        self, pipeline: Pipeline, overrides: Mapping[str, Any], *, sync_log: str
    ) -> tuple[bytes, Finished]:
        """The messages of a pipeline's tap, read from the beginning; no target takes them.

        Args:
            pipeline: Whose tap reads.
            overrides: Settings of the tap that win over the configured ones.
            sync_log: Where the tap notes its run, which is none of the pipeline's.
        """

    def feed(self, target: str, messages: bytes, overrides: Mapping[str, Any]) -> Finished:
        """Run a target on given Singer messages; its state is dropped."""

    def schemas(self, pipeline: Pipeline) -> tuple[bytes, Finished]:
        """The SCHEMA messages of a pipeline's tap, without reading a record."""

    def run_command(self, pipeline: Pipeline, *options: str) -> str:
        """The command that a person types to run a pipeline."""
