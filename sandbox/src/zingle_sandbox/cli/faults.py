"""`zingle-sandbox faults`: make calls fail."""

from __future__ import annotations

import json
from typing import Annotated, Optional

import typer

from zingle_sandbox.cli.common import JsonOption, StateDirOption, control
from zingle_sandbox.cli.state import DEFAULT_STATE_DIR

faults = typer.Typer(help="Make calls fail, by rule.", no_args_is_help=True)


@faults.command("add")
def add(  # noqa: PLR0913, PLR0917 - one per field of a rule
    kind: Annotated[
        str,
        typer.Argument(
            help="status, latency, drop_before, drop_after, rewrite, truncate, slow_body,"
            " expire_token, clock_jump or rate_limit"
        ),
    ],
    method: Annotated[str, typer.Option(help="GET, or several: POST,PUT.")] = "*",
    path: Annotated[str, typer.Option(help="Glob over the path, or re:EXPRESSION.")] = "*",
    system: Annotated[str, typer.Option(help="salesforce, zingle or any.")] = "any",
    first: Annotated[int, typer.Option(help="Only among the first n matching calls.")] = 0,
    skip: Annotated[int, typer.Option(help="Let the first n matching calls pass.")] = 0,
    every: Annotated[int, typer.Option(help="Hit every n-th call after those.")] = 1,
    times: Annotated[int, typer.Option(help="Hit n calls at most; 0 = no end.")] = 0,
    probability: Annotated[float, typer.Option(help="Chance that a call is hit.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of that chance.")] = 0,
    status: Annotated[int, typer.Option(help="HTTP status.")] = 500,
    code: Annotated[str, typer.Option(help="Error code, in the side's own shape.")] = "",
    message: Annotated[str, typer.Option(help="Error text.")] = "",
    body: Annotated[str, typer.Option(help="Body as it stands.")] = "",
    empty: Annotated[bool, typer.Option("--empty", help="No body at all.")] = False,
    html: Annotated[bool, typer.Option("--html", help="A load balancer's page as body.")] = False,
    header: Annotated[
        Optional[list[str]],  # noqa: UP045 - as above
        typer.Option(help="NAME=VALUE to add or put in place; NAME alone takes it away."),
    ] = None,
    cut: Annotated[float, typer.Option(help="rewrite: the share of the body that stays.")] = 1.0,
    whole_lines: Annotated[
        bool, typer.Option("--whole-lines", help="rewrite: cut at the end of a line.")
    ] = False,
    remove: Annotated[
        Optional[list[str]],  # noqa: UP045 - as above
        typer.Option(help="rewrite: JSON path that leaves, such as records.0.Id."),
    ] = None,
    replace: Annotated[
        Optional[list[str]],  # noqa: UP045 - as above
        typer.Option(help="rewrite: PATH=JSON that changes, such as records=[]."),
    ] = None,
    after_effect: Annotated[
        bool, typer.Option("--after-effect", help="The service does its work first.")
    ] = False,
    retry_after: Annotated[
        int | None,
        typer.Option(help="Seconds for the Retry-After header."),
    ] = None,
    retry_after_date: Annotated[
        bool, typer.Option("--retry-after-date", help="Send Retry-After as an HTTP date.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Of latency, slow_body and clock_jump.")] = 0.0,
    per_second: Annotated[float, typer.Option(help="Calls that rate_limit lets pass.")] = 0.0,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
) -> None:
    """Add a rule and print its id."""
    rule = {
        "kind": kind,
        "method": method,
        "path": path,
        "system": system,
        "first": first,
        "skip": skip,
        "every": every,
        "times": times,
        "probability": probability,
        "seed": seed,
        "status": status,
        "code": code,
        "message": message,
        "body": body,
        "empty": empty,
        "content_type": "text/html" if html else "application/json",
        "headers": {name: value if sign else None for name, sign, value in _pairs(header)},
        "cut": cut,
        "whole_lines": whole_lines,
        "remove": remove or [],
        "replace": {path: json.loads(value) for path, _, value in _pairs(replace)},
        "after_effect": after_effect,
        "retry_after": retry_after,
        "retry_after_date": retry_after_date,
        "seconds": seconds,
        "per_second": per_second,
    }
    typer.echo(control(state_dir, "POST", "faults", rule)["id"])


def _pairs(texts: list[str] | None) -> list[tuple[str, str, str]]:
    return [text.partition("=") for text in texts or ()]


@faults.command("list")
def list_rules(
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
    as_json: JsonOption = False,
) -> None:
    """List the rules with how many calls they matched and hit."""
    rules = control(state_dir, "GET", "faults")
    if as_json:
        typer.echo(json.dumps(rules))
        return
    for rule in rules:
        typer.echo(
            f"{rule['id']}: {rule['kind']} on {rule['method']} {rule['path']},"
            f" matched {rule['matched']}, hit {rule['fired']}"
        )


@faults.command("clear")
def clear(
    rule: Annotated[
        Optional[str],  # noqa: UP045 - as above
        typer.Argument(help="Id of one rule; without it all go."),
    ] = None,
    state_dir: StateDirOption = DEFAULT_STATE_DIR,
) -> None:
    """Remove one rule or all."""
    control(state_dir, "DELETE", f"faults/{rule}" if rule else "faults")
