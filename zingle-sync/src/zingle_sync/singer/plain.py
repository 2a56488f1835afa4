"""Foreseeable errors end in one clear sentence and an exit code, never in a traceback."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError, InvalidInputLine, SingerSDKError
from singer_sdk.plugin_base import PluginBase
from typing_extensions import override

from zingle_sync.outcomes.masking import mask_text
from zingle_sync.singer.problems import (
    SettingProblem,
    environment_problems,
    setting_problems,
)
from zingle_sync.singer.writer import after_the_line
from zingle_sync.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

_SIGNAL_BASE = 128
_MOST_FRAMES = 200
_OPTIONS_OF_JSON = {"--config", "--state", "--catalog"}
_CHATTY = ("urllib3", "requests", "simple_salesforce", "zeep", "sqlalchemy", "singer_sdk.mapper")


class PlainPlugin(PluginBase):
    """Mixed in before `Tap` or `Target`: plain errors, exit codes, all config errors at once.

    ```python
    class TapExample(PlainPlugin, Tap):
        former_settings = {"is_sandbox": "write domain: test"}

        def config_errors(self) -> list[str]:
            return [] if "password" in self.config else ["password: needed with username"]
    ```
    """

    # Names that other plugins of this kind have, each with what to write here instead.
    former_settings: ClassVar[Mapping[str, str]] = {}
    _stopping = False

    def __init__(self, **kwargs: Any) -> None:
        """Create the plugin.

        Raises:
            ConfigValidationError: If variables of the environment hold something else.
        """
        if kwargs.get("parse_env_config"):
            parse_environment_config({}, "")  # it brings the variables of a file .env, too
            problems = environment_problems(self.config_jsonschema, self.name, os.environ)
            if problems:
                raise ConfigValidationError("The environment is not valid", errors=problems)
        super().__init__(**kwargs)

    def config_errors(self) -> list[str]:
        """Problems of the configuration that its schema can't express.

        Called with the schema's defaults already filled in.

        Returns:
            Sentences such as `services[1].when: …`, never with the value of a secret.
        """
        return []

    def other_config_errors(self, wrong: frozenset[str]) -> list[str]:
        """What `config_errors` can say although some settings break the schema.

        Args:
            wrong: Names of those settings; their values are of no use.

        Returns:
            Sentences about the other settings.
        """
        del wrong
        return []

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Requests sent so far, by system, such as `{"zingle": 12}`."""
        return {}

    @property
    def quota(self) -> Mapping[str, Any] | None:
        """What a service said about its limits: `{"salesforce": {"used": 9, "max": 99}}`."""
        return None

    @property
    def links(self) -> Mapping[str, str]:
        """Where people look at records: the org's address, and a template of Zingle's app.

        Such as `{"salesforce": "https://hotel.my.salesforce.com", "zingle": "https://…"}`, which
        names `{contact_id}`, and may name `{service_id}` and `{date}`.
        """
        return {}

    @classmethod
    def setting_problems(cls, config: object) -> list[SettingProblem]:
        """What is wrong with settings by the schema alone; defaults are filled in, in place."""
        cls.append_builtin_config(cls.config_jsonschema)
        return setting_problems(cls.config_jsonschema, config, cls.former_settings)

    @classmethod
    def problems_of(cls, config: dict[str, Any]) -> list[str]:
        """Everything that a run would refuse in settings; defaults are filled in, in place.

        Nothing is started, and no signal is caught.
        """
        plugin = cls.__new__(cls)
        plugin._config = config  # noqa: SLF001 - of an own, unborn instance
        return plugin._validate_config(raise_errors=False)  # noqa: SLF001 - same

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        found = self.setting_problems(self._config)
        problems = [str(problem) for problem in found]
        # Rules across settings may stumble over settings of the wrong type.
        wrong = {re.split(r"[.[]", one.path)[0] for one in found if not one.unknown}
        problems += self.other_config_errors(frozenset(wrong)) if wrong else self.config_errors()
        if problems and raise_errors:
            raise ConfigValidationError("The configuration is not valid", errors=problems)
        return problems

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        return plain_errors(super().get_singer_command(), logger=cls.logger)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop at once: what is not settled yet is read again next time.

        A second signal does not even wait for requests that are under way.
        """
        del frame
        if self._stopping:
            os._exit(_SIGNAL_BASE + signum)
        self._stopping = True
        # A signal may come while a line is being logged; Python then refuses a second one.
        with contextlib.suppress(RuntimeError):
            self.logger.warning(
                "Signal %d: stopping; unfinished records come again next time", signum
            )
        after_the_line(lambda: sys.exit(_SIGNAL_BASE + signum))


class PlainCommand(click.Command):
    """A command whose foreseeable errors are one log line per problem."""

    logger: logging.Logger

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Python's warnings go to the log."""
        logging.captureWarnings(capture=True)
        warnings.filterwarnings("once", category=DeprecationWarning)
        return super().invoke(ctx)

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command from the shell.

        Options such as `--discover` work while arguments are read, so errors are caught here and
        not around `invoke`.
        """
        _quiet_others()
        try:
            _check_files(args[0] if args else kwargs.get("args"))
            return super().main(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the last place that can say it plainly
            sentences = sentences_of(error)
            if not sentences:
                self.logger.error(  # noqa: TRY400 - its frames alone: see _frames
                    "Unexpected %s: please report it with the lines below\n%s",
                    type(error).__name__,
                    _frames(error),
                )
                sys.exit(1)
            for sentence in sentences:
                self.logger.error("%s", sentence)  # noqa: TRY400 - foreseeable: no traceback
            self.logger.debug("Raised here\n%s", _frames(error))
            sys.exit(getattr(error, "exit_code", 1))


def _quiet_others() -> None:
    """Let other libraries say only what is wrong: below that they print queries and values."""
    known = [*_CHATTY, *logging.root.manager.loggerDict]
    for name in known:
        if any(f"{name}.".startswith(f"{chatty}.") for chatty in _CHATTY):
            logging.getLogger(name).setLevel(logging.WARNING)


def _frames(error: BaseException) -> str:
    """Where an error and its causes were raised, without their texts: those may quote anybody."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < _MOST_FRAMES:
        lines.append(type(cause).__name__)
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)


def _check_files(arguments: Sequence[str] | None) -> None:
    """Check that files given to options that ask for JSON objects hold some.

    Raises:
        ClickException: Naming option, file and place.
    """
    words = [str(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    for place, word in enumerate(words):
        option, given, value = word.partition("=")
        path = Path(value if given else next(iter(words[place + 1 :]), ""))
        if option in _OPTIONS_OF_JSON and path.is_file():  # nobody can read a pipe twice
            json_object(path.read_bytes(), f"{option} {path}")


def json_object(text: str | bytes, name: str) -> dict[str, Any]:
    """The JSON object in a text that sentences call `name`.

    Raises:
        ClickException: If it is something else.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.ClickException(
            f"{name} is not JSON (line {error.lineno}, column {error.colno})"
        ) from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise click.ClickException(f"{name} is not JSON") from None
    if not isinstance(value, dict):
        raise click.ClickException(f"{name} holds no JSON object")
    return value


def plain_errors(command: click.Command, *, logger: logging.Logger) -> click.Command:
    """The same command with foreseeable errors as one log line each and an exit code."""
    plain = PlainCommand(command.name)
    vars(plain).update(vars(command))
    plain.logger = logger
    return plain


def sentences_of(error: BaseException) -> list[str]:
    """What to tell the user about an error.

    Foreseeable are the errors of this library and of its plugins (they carry the sentence), of the
    Singer SDK, and unreadable files.

    Returns:
        One sentence per problem, without personal data; nothing for a defect.
    """
    match error:
        case ConfigValidationError():
            return [f"Configuration: {problem}" for problem in error.errors] or [_first(error)]
        case SingerSDKError() | InvalidInputLine() | click.ClickException():
            return [_first(error)]
        case OSError() if error.strerror is not None:
            return [f"{error.filename or 'standard output'}: {error.strerror}"]
        case _ if _is_ours(error):
            problems = [one_line(mask_text(str(one))) for one in getattr(error, "problems", ())]
            return problems if len(problems) > 1 else [_first(error)]
        case _ if _in_stream_map(error):
            name = type(error).__name__
            return [f"Configuration: stream_maps: an expression fails with {name} for a record"]
        case _:
            return []


def _is_ours(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] == "zingle_sync" for kind in type(error).__mro__)


def _in_stream_map(error: BaseException) -> bool:
    """Whether an expression of the user's was being worked out."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") == "singer_sdk.mapper" for frame, _ in frames)


def _first(error: BaseException) -> str:
    return one_line(mask_text(" ".join(str(error).split()))) or type(error).__name__
