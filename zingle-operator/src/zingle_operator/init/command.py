"""`zingle-sync init`: from two log-ins to a green `check`."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from importlib.metadata import version
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer
import yaml

from zingle_operator.check.command import look, mend, show
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.init.answers import JOBS, PEOPLE, Answers, variables
from zingle_operator.init.files import extended, lock, new_project, pip_url, wanted
from zingle_operator.init.questions import Questions, choose_service, try_salesforce
from zingle_operator.login.browser import keep_grant, own_store
from zingle_operator.progress import watched
from zingle_operator.project.changes import FileChange, variables_change, write_after_showing
from zingle_operator.project.meltano import MeltanoProject
from zingle_operator.project.processes import capture
from zingle_operator.project.surroundings import default_environment, meltano_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zingle_operator.init.answers import Plugin

Way = Literal["contacts", "conversations", "both"]
LogIn = Literal["client-credentials", "browser"]
_IGNORED = (".env", ".meltano/", ".zingle-sync/")


def init(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    folder: Annotated[Path, typer.Argument(help="The Meltano project, new or existing.")] = Path(),
    direction: Annotated[
        Way | None, typer.Option(help="People to Zingle, conversations to Salesforce, or both.")
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(help="Salesforce: login, test or the My Domain host."),
    ] = None,
    login_url: Annotated[str | None, typer.Option(help="Instead of the domain's host.")] = None,
    client_id: Annotated[str | None, typer.Option(help="The app's consumer key.")] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(envvar="SALESFORCE_CLIENT_SECRET", help="Better by the variable, or asked."),
    ] = None,
    salesforce_login: Annotated[
        LogIn | None,
        typer.Option(help="The app's own run-as user, or a user who allows it in a browser."),
    ] = None,
    api_url: Annotated[str | None, typer.Option(help="Root address of the Zingle API.")] = None,
    username: Annotated[str | None, typer.Option(help="Zingle: log-in of the API user.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="ZINGLE_PASSWORD", help="Better by the variable, or asked."),
    ] = None,
    service: Annotated[
        str | None, typer.Option(help="Id of the Zingle service; asked for by name.")
    ] = None,
    objects: Annotated[
        str | None, typer.Option(help="sObjects that are people. Default: Contact,Lead.")
    ] = None,
    start_date: Annotated[
        str | None, typer.Option(help="First day of conversations. Default: today.")
    ] = None,
    install_from: Annotated[
        str,
        typer.Option(
            help="A git address (git+https://…) or a checkout, instead of the package index."
        ),
    ] = "",
    install: Annotated[
        bool, typer.Option("--install/--no-install", help="Install the plugins, and check.")
    ] = True,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: options and variables say it all.")
    ] = False,
) -> None:
    """Set a project up: log-ins, service, plugins, jobs and schedules, then `check`.

    Secrets go into `.env` alone and are never printed. What would be written is shown first; a
    second run adds only what is missing.
    """
    questions = Questions(ask=not yes)
    answer = questions.answer
    way = answer(direction, "contacts, conversations or both", "--direction", default="both")
    chosen = tuple(one for one in JOBS if way in {one, "both"})
    salesforce = (
        {"login_url": login_url}
        if login_url
        else {"domain": answer(domain, "Salesforce domain (acme.my.salesforce.com)", "--domain")}
    )
    salesforce["client_id"] = answer(client_id, "Consumer key of the app", "--client-id")
    way_in = answer(
        salesforce_login,
        "client-credentials (the app has a run-as user) or browser",
        "--salesforce-login",
        default="client-credentials",
    )
    secret = answer(
        client_secret,
        "Consumer secret of the app",
        "SALESFORCE_CLIENT_SECRET",
        hidden=True,
        default="" if way_in == "browser" else None,
    )
    if secret:
        salesforce["client_secret"] = secret
    zingle = {
        "username": answer(username, "Zingle user name", "--username"),
        "password": answer(password, "Zingle password", "ZINGLE_PASSWORD", hidden=True),
    }
    if api_url:
        zingle["api_url"] = api_url
    people = answer(objects, "sObjects that are people", "--objects", default=",".join(PEOPLE))
    today = datetime.now(UTC).date().isoformat()
    first_day = (
        answer(start_date, "First day of conversations", "--start-date", default=today)
        if "conversations" in chosen
        else today
    )
    questions.complete()
    _check_answers(way, way_in, first_day)
    root = _made(folder)
    if way_in == "browser":
        store = own_store(root)
        keep_grant(salesforce, store)
        salesforce["token_store"] = str(store)
    try_salesforce(salesforce)
    answers = Answers(
        directions=chosen,
        salesforce=salesforce,
        zingle=zingle,
        service_id=choose_service(zingle, service, questions),
        objects=tuple(name.strip() for name in people.split(",") if name.strip()),
        start_date=first_day,
    )
    if not write_after_showing(_changes(root, answers, install_from), ask=not yes):
        raise OperatorError("nothing was written")
    where = "" if root == Path.cwd() else f"cd '{root}' && "
    if not install:
        say(f"Next: {where}meltano install && zingle-sync check")
        return
    _install(root)
    project = MeltanoProject(root, default_environment(root))
    findings = look(project, project.pipelines)
    if mend(project, findings, ask=not yes):
        findings = look(project, project.pipelines)
    show(findings)
    if findings.problems:
        say(f"Then: {where}zingle-sync check")
        raise typer.Exit(1)
    say(f"Next: {where}zingle-sync preview")


def _check_answers(way: str, way_in: str, first_day: str) -> None:
    """Refuse what no option would take: a person at a prompt may answer anything."""
    if way not in get_args(Way):
        raise OperatorError(f"no such direction: {way}; it is contacts, conversations or both")
    if way_in not in get_args(LogIn):
        raise OperatorError(f"no such log-in: {way_in}; it is client-credentials or browser")
    try:
        date.fromisoformat(first_day)
    except ValueError as error:
        raise OperatorError(f"{first_day} is no day; write it as 2026-03-02") from error


def _made(folder: Path) -> Path:
    root = folder.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"{root} can't be a project's folder: {error.strerror}") from error
    return root


def _changes(root: Path, answers: Answers, install_from: str) -> Sequence[FileChange]:
    """Everything that would be written, beside what the project has already."""
    file = root / "meltano.yml"
    before = _text(file)
    known = MeltanoProject(root, "").names if before else frozenset()
    needed, jobs = wanted(answers.directions)
    plugins = tuple(plugin for plugin in needed if plugin.name not in known)
    jobs = tuple(job for job in jobs if not known & {job.name, job.schedule})
    source = install_from
    if source and not source.startswith("git+"):
        source = str(Path(source).absolute())
    urls = {one.name: pip_url(one.name, source, version("zingle-operator")) for one in plugins}
    after = extended(before or new_project(), plugins, jobs, urls)
    ignored = _text(root / ".gitignore")
    lines = [name for name in _IGNORED if name not in ignored.splitlines()]
    return [
        FileChange(file, before, after if plugins or jobs else before),
        # A lock file of an earlier release lacks the settings of this one.
        *(
            change
            for plugin in needed
            if (change := _lock_change(root, plugin)).before or plugin in plugins
        ),
        FileChange(
            root / ".gitignore",
            ignored,
            "".join(f"{line}\n" for line in (*ignored.splitlines(), *lines)),
        ),
        variables_change(root / ".env", variables(answers)),
    ]


def _lock_change(root: Path, plugin: Plugin) -> FileChange:
    definition = resources("zingle_operator") / "definitions" / f"{plugin.name}.yml"
    path, text = lock(yaml.safe_load(definition.read_text(encoding="utf-8")), plugin)
    return FileChange(root / path, _text(root / path), text)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _install(root: Path) -> None:
    environ = {**os.environ, "MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}
    with watched("installing the plugins"):
        _, done = capture([meltano_program(), "install"], folder=root, environ=environ)
    if done.code:
        raise OperatorError(f"the plugins could not be installed:\n{done.log[-2000:]}")
