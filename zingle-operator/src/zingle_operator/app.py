"""The program `zingle-sync`: one small module per command."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import version as version_of
from types import FrameType
from typing import Any, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup
from typing_extensions import override

from zingle_operator.check.command import check
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.fields.command import fields
from zingle_operator.forget.command import forget
from zingle_operator.init.command import init
from zingle_operator.login.command import app as login
from zingle_operator.outcomes.command import outcomes
from zingle_operator.preview.command import preview
from zingle_operator.project.processes import stop_all
from zingle_operator.replay.command import replay
from zingle_operator.report.command import report
from zingle_operator.runs.command import runs
from zingle_operator.status.command import status
from zingle_operator.takeover.command import takeover
from zingle_sync.outcomes.database import SyncLogError, why


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    stop_all()
    sys.exit(128 + number)


class PlainGroup(TyperGroup):
    """Commands whose foreseeable errors are one sentence and an exit code."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run a command; a signal ends what it started, and cleans up."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = [(number, signal.signal(number, _stop)) for number in numbers]
        try:
            return super().invoke(ctx)
        except (SyncLogError, OperatorError) as error:
            say(f"{str(error).rstrip('.')}.")
            raise typer.Exit(1) from error
        except SQLAlchemyError as error:
            say(f"The sync log can't be used: {why(error)}.")
            raise typer.Exit(1) from error
        finally:
            for number, handler in before:
                signal.signal(number, handler)


app = typer.Typer(
    name="zingle-sync",
    cls=PlainGroup,
    help="See and steer the sync between Salesforce and Zingle.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"zingle-sync {version_of('zingle-operator')}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_tell_version, is_eager=True
    ),
) -> None:
    """See and steer the sync between Salesforce and Zingle."""


app.command()(init)
app.command()(check)
app.command()(fields)
app.command()(preview)
app.command()(status)
app.command()(runs)
app.command()(report)
app.command()(replay)
app.command()(outcomes)
app.command()(forget)
app.command()(takeover)
app.add_typer(login, name="login")
