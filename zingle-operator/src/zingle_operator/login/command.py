"""`zingle-sync login salesforce` and `zingle-sync login zingle`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zingle_operator import options
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.login.browser import DEFAULT_PORT, keep_grant, own_store
from zingle_operator.login.loopback import PATH
from zingle_operator.project.changes import variable, variables_change, write_after_showing
from zingle_operator.project.meltano import MeltanoProject
from zingle_sync.zingle import Zingle, ZingleError, claims_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_operator.project.project import Project

app = typer.Typer(
    help="Get a grant of Salesforce or a token of Zingle, and keep it for the plugins.",
    no_args_is_help=True,
)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")]


@app.command()
def salesforce(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    client_id: Annotated[
        str | None, typer.Option(help="Consumer key of the connected or external client app.")
    ] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(
            envvar="SALESFORCE_CLIENT_SECRET",
            help="Consumer secret, where the app requires one; better by the variable.",
        ),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="login, test or the My Domain host. Default: the project's.")
    ] = None,
    login_url: Annotated[str | None, typer.Option(help="Instead of the domain's host.")] = None,
    token_store: Annotated[
        Path | None,
        typer.Option(help="File that keeps the grant. Default: the project's setting."),
    ] = None,
    port: Annotated[
        int,
        typer.Option(help=f"The app's callback URL is http://localhost:PORT{PATH}."),
    ] = DEFAULT_PORT,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", help="The browser is elsewhere: print the page, and ask."),
    ] = False,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    yes: Yes = False,
) -> None:
    """Let a user allow the app in a browser, and keep the grant in `token_store`.

    Works with a connected app or an external client app that has the scopes `api` and
    `refresh_token`. Nothing secret is printed.
    """
    project = options.find_project(config, environment, None)
    plugins = _plugins(project, "salesforce")
    settings: dict[str, Any] = dict(project.settings(plugins[0])) if project and plugins else {}
    given = {
        "client_id": client_id,
        "client_secret": client_secret,
        "domain": domain,
        "login_url": login_url,
    }
    settings |= {name: value for name, value in given.items() if value}
    store = token_store or settings.get("token_store") or _own_store(project)
    keep_grant(settings, Path(store), port=port, browser=not no_browser)
    kept = {name: str(settings[name]) for name in ("client_id", "domain") if settings.get(name)}
    kept["token_store"] = str(store)
    values = {
        variable(plugin, name): value
        for plugin in plugins
        for name, value in kept.items()
        if project and str(project.settings(plugin).get(name) or "") != value
    }
    if values or project is None:
        _keep_variables(project, values, ask=not yes)


@app.command()
def zingle(
    username: Annotated[str | None, typer.Option(help="Log-in of the API user.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="ZINGLE_PASSWORD", help="By the variable, or asked for."),
    ] = None,
    api_url: Annotated[
        str | None, typer.Option(help="Root address of the API. Default: the project's.")
    ] = None,
    environment: options.Environment = None,
    yes: Yes = False,
) -> None:
    """Trade user name and password for a token, and put it into the project's `.env`.

    Nothing secret is printed.
    """
    project = options.need_project(None, environment, None)
    plugins = _plugins(project, "zingle")
    if not plugins:
        raise OperatorError("the project has no plugin that logs in to Zingle")
    settings = {**project.settings(plugins[0]), "token": None}
    if api_url:
        settings["api_url"] = api_url
    settings["username"] = (
        username or settings.get("username") or typer.prompt("User name", err=True)
    )
    settings["password"] = password or typer.prompt("Password", hide_input=True, err=True)
    try:
        with closing(Zingle.from_settings(settings)) as client:
            token = client.new_token()
    except ZingleError as error:
        raise OperatorError(f"no token: {error}") from error
    values = {variable(plugin, "token"): token for plugin in plugins}
    if api_url:
        values |= {variable(plugin, "api_url"): api_url for plugin in plugins}
    _keep_variables(project, values, ask=not yes)
    say(_life(token))


def _plugins(project: Project | None, system: str) -> list[str]:
    """The project's plugins that log in to one of the two services."""
    pipelines = project.pipelines if project else ()
    found = (one.salesforce if system == "salesforce" else one.zingle for one in pipelines)
    return list(dict.fromkeys(filter(None, found)))


def _own_store(project: Project | None) -> Path:
    if not isinstance(project, MeltanoProject):
        raise OperatorError("name the file that is to keep the grant with --token-store")
    return own_store(project.root)


def _keep_variables(project: Project | None, values: Mapping[str, str], *, ask: bool) -> None:
    if isinstance(project, MeltanoProject):
        change = variables_change(project.root / ".env", values)
        if write_after_showing([change], ask=ask):
            return
    names = ", ".join(values) or "token_store and client_id of the Salesforce plugins"
    say(f"Nothing was written into the project: set {names} yourself.")


def _life(token: str) -> str:
    """Until when a token is good, as its own claims say."""
    try:
        end = datetime.fromtimestamp(float(claims_of(token)["exp"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return "The token does not say until when it is good."
    return (
        f"The token is good until {end:%Y-%m-%d %H:%M} UTC. A run renews it for itself; a run that "
        "begins later needs a new one, or username and password."
    )
