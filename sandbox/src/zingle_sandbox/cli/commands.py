"""The commands themselves."""

from __future__ import annotations

import json
from typing import Annotated, Any, Optional

import typer

from zingle_sandbox.cli import process
from zingle_sandbox.cli.common import (
    JsonOption,
    StateDirOption,
    control,
    fail,
)
from zingle_sandbox.cli.environment import plugin_environment
from zingle_sandbox.cli.faults import faults
from zingle_sandbox.cli.state import DEFAULT_STATE_DIR, Running, StateDir

app = typer.Typer(
    help="Simulated Salesforce and Zingle services on localhost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(faults, name="faults")

PortOption = Annotated[int, typer.Option(help="TCP port; 0 takes a free one.")]
TlsPortOption = Annotated[
    int | None,
    typer.Option(help="Serve https as well, on this port; 0 takes a free one."),
]
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
SeedOption = Annotated[
    Optional[str],  # noqa: UP045 - as above
    typer.Option(help="Fill both worlds: `demo`, `vendor`. Without it the last state is kept."),
]
AnchorOption = Annotated[
    Optional[str],  # noqa: UP045 - as above
    typer.Option(help="ISO date that counts as today; the clock starts at its noon."),
]

ProfileOption = Annotated[
    Optional[list[str]],  # noqa: UP045 - as above
    typer.Option("--profile", help="Reading of an open question, NAME=VALUE; may be repeated."),
]
OptionOption = Annotated[
    Optional[list[str]],  # noqa: UP045 - as above
    typer.Option("--option", help="Limit or permission, NAME=VALUE; may be repeated."),
]


@app.command()
def start(  # noqa: PLR0913, PLR0917 - one per option
    port: PortOption = 0,
    tls_port: TlsPortOption = None,
    host: HostOption = "127.0.0.1",
    seed: SeedOption = None,
    anchor: AnchorOption = None,
    profile: ProfileOption = None,
    option: OptionOption = None,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
    as_json: JsonOption = False,
) -> None:
    """Start the sandbox in the background, wait until it answers, print its address."""
    choices = process.Choices(
        port, tls_port, host, seed, anchor, tuple(profile or ()), tuple(option or ())
    )
    try:
        running = process.start(StateDir(state_dir), choices)
    except process.StartError as error:
        fail(str(error))
    typer.echo(json.dumps(_description(running)) if as_json else running.url)


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - one per option
    port: PortOption = 0,
    tls_port: TlsPortOption = None,
    host: HostOption = "127.0.0.1",
    seed: SeedOption = None,
    anchor: AnchorOption = None,
    profile: ProfileOption = None,
    option: OptionOption = None,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
) -> None:
    """Serve in the foreground until interrupted."""
    choices = process.Choices(
        port, tls_port, host, seed, anchor, tuple(profile or ()), tuple(option or ())
    )
    try:
        process.serve(StateDir(state_dir), choices)
    except process.StartError as error:
        fail(str(error))


@app.command()
def stop(state_dir: StateDirOption = DEFAULT_STATE_DIR) -> None:
    """Stop the background sandbox; fine if none runs."""
    stopped = process.stop(StateDir(state_dir))
    typer.echo("stopped" if stopped else "no sandbox was running")


@app.command()
def status(state_dir: StateDirOption = DEFAULT_STATE_DIR, as_json: JsonOption = False) -> None:
    """Tell whether the sandbox runs, where, and what it has served. Exit code 1 if it does not."""
    running = StateDir(state_dir).running()
    if running is None:
        typer.echo(json.dumps({"running": False}) if as_json else "no sandbox runs")
        raise typer.Exit(1)
    found = control(state_dir, "GET", "status")
    if as_json:
        typer.echo(json.dumps({**_description(running), **found}))
        return
    typer.echo(f"{running.url} (pid {running.pid}), seed {found['seed'] or 'none'}")
    for system, side in found["summary"].items():
        typer.echo(f"{system}: {side['calls']} calls, {side['writes']} writes")


@app.command()
def reset(
    seed: SeedOption = None,
    anchor: AnchorOption = None,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
) -> None:
    """Empty both worlds, or fill them anew; forget journal, faults, profiles and options."""
    control(state_dir, "POST", "reset", _without_none(seed=seed, anchor=anchor))


@app.command()
def seed(
    name: Annotated[Optional[str], typer.Argument(help="`demo` or `vendor`")] = None,  # noqa: UP045 - as above
    people: Annotated[int, typer.Option(help="Salesforce people of the scale seed.")] = 0,
    contacts: Annotated[int, typer.Option(help="Zingle contacts of the scale seed.")] = 0,
    anchor: AnchorOption = None,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
) -> None:
    """Empty both worlds and fill them, in the running sandbox or in its files."""
    if name is None and not (people or contacts):
        fail("name a seed (demo, vendor), or give --people and --contacts")
    state = StateDir(state_dir)
    wanted = _without_none(seed=name, anchor=anchor, people=people, contacts=contacts)
    if state.running() is not None:
        control(state_dir, "POST", "reset", wanted)
        return
    from zingle_sandbox.seeds import apply_seed  # noqa: PLC0415 - only when needed

    state.remove_database()
    sandbox = process.open_sandbox(state, process.Choices())
    try:
        apply_seed(sandbox, name, anchor=anchor, people=people, contacts=contacts)
    except ValueError as error:
        fail(str(error))
    finally:
        sandbox.store.close()


@app.command()
def connector(
    everybody: Annotated[
        bool, typer.Option("--everybody", help="All people, not those changed within 24 hours.")
    ] = False,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
    as_json: JsonOption = False,
) -> None:
    """Let the vendor's own connector work once in the running sandbox, if it is connected."""
    done = control(state_dir, "POST", "connector", {"everybody": everybody})
    if as_json:
        typer.echo(json.dumps(done))
        return
    for kind in ("contacts", "tasks"):
        counts = ", ".join(f"{count} {what}" for what, count in done[kind].items())
        typer.echo(f"{kind}: {counts or 'nothing, it is ' + done['status']}")


def _description(running: Running) -> dict[str, Any]:
    return {
        "running": True,
        "pid": running.pid,
        "url": running.url,
        "tls_url": running.tls_url,
        "ca_file": running.ca_file,
        "env": plugin_environment(running.url),
    }


def _without_none(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
