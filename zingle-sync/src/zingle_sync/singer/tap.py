"""A tap with plain errors, an honest exit code, and a row in the sync log."""

from __future__ import annotations

import copy
import os
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.singerlib import Catalog
from singer_sdk.tap_base import Tap
from typing_extensions import override

from zingle_sync.outcomes.values import is_of_some
from zingle_sync.singer.errors import StopRun
from zingle_sync.singer.lifecycle import environment, plugin_name, run_ending
from zingle_sync.singer.plain import PlainPlugin, json_object
from zingle_sync.singer.writer import WholeLineWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.contrib.msgspec import MsgSpecWriter
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from zingle_sync.outcomes.run import Run


class SafeTap(PlainPlugin, Tap):
    """A tap that ends plainly, and tells the sync log when it does.

    Without its row in the log `zingle-sync status` could not know that a login failed: the target
    just sees the end of its input.
    The row is written inside a Meltano project, or where `SYNC_LOG_URL` says so; a tap that is run
    alone leaves no file behind.
    """

    message_writer_class: type[MsgSpecWriter] = WholeLineWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @override
    @classmethod
    def invoke(  # type: ignore[override] # the SDK overrides it the same way
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the tap: the SDK's own steps, with a row in the sync log."""
        if about:
            super().invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        run = _start_run(cls.name, cls.get_plugin_version(), os.environ)
        tap: SafeTap | None = None
        try:
            tap = cls(
                config=config.config if config else {},
                state=_state_of(state),
                catalog=_catalog_of(catalog),
                parse_env_config=bool(config and config.parse_env),
            )
            if run and is_of_some(tap.state):
                run.note(state_before=copy.deepcopy(dict(tap.state)))
            tap.sync_all()
        except BaseException as error:
            _finish_run(run, tap, error)
            raise
        _finish_run(run, tap, None)


def _json_of(file: IO[str] | None, option: str) -> dict[str, Any] | None:
    return None if file is None else json_object(file.read(), option)


def _catalog_of(file: IO[str] | None) -> Catalog | None:
    catalog = _json_of(file, "--catalog")
    try:
        return None if catalog is None else Catalog.from_dict(catalog)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        text = "--catalog: it is no Singer catalog; make one with --discover"
        raise StopRun(text) from error


def _state_of(file: IO[str] | None) -> dict[str, Any] | None:
    state = _json_of(file, "--state")
    if state and not state.keys() & {"bookmarks", "currently_syncing"}:
        raise StopRun("--state: it has no bookmarks; give the value of a STATE message")
    bookmarks = (state or {}).get("bookmarks", {})
    if not isinstance(bookmarks, dict):
        raise StopRun("--state: its bookmarks are no object; nothing was read")
    for stream, bookmark in bookmarks.items():
        if not isinstance(bookmark, dict):
            raise StopRun(f"--state: the bookmark of {stream} is no object; nothing was read")
        parts = bookmark.get("partitions", [])
        whole = isinstance(parts, list) and all(
            isinstance(part, dict) and "context" in part for part in parts
        )
        if not whole:
            text = f"--state: the partitions of {stream} are not those of a STATE message"
            raise StopRun(f"{text}; nothing was read")
    return state


def _start_run(name: str, version: str, environ: Mapping[str, str]) -> Run | None:
    url = environ.get("SYNC_LOG_URL")
    if not url and not environ.get("MELTANO_PROJECT_ROOT"):
        return None
    # SQLAlchemy takes a third of a second to import, which a tap run alone would pay for nothing.
    from zingle_sync.outcomes.sync_log import SyncLog  # noqa: PLC0415 - see above

    log = SyncLog.open(url or None, retention_days=30)
    return log.start_run(
        plugin_name(name, environ), version=version, environment=environment(environ)
    )


def _finish_run(run: Run | None, tap: SafeTap | None, error: BaseException | None) -> None:
    if run is None:
        return
    run.finish(
        **run_ending(error).columns,
        api_calls=tap.api_calls if tap else {},
        state_after=dict(tap.state) if tap and not error else None,
        quota=tap.quota if tap else None,
        facts={"links": dict(tap.links)} if tap else None,
    )
