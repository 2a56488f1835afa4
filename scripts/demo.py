"""The main job, both ways, on one machine: `make demo`.

Starts the sandbox with the demo seed, runs both jobs through ``meltano run``, runs them again,
and shows what happened. State, sync log and logs go to ``.demo/``; the Meltano project's own
state is not touched. Calls and writes are counted by the sandbox's journal, not by the plugins.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
BIN = Path(sys.executable).parent
JOBS = ("contacts-to-zingle", "conversations-to-salesforce")
USUAL_PORT = 8765
KEYS = ("external_id", "phone", "email")
console = Console()


class DemoError(Exception):
    """A step failed; the message says which, and where its log is."""


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return the variables that point the Meltano project at a sandbox.

    Args:
        url: Address of the sandbox.
        folder: Where Meltano's state and the sync log go.
    """
    sync_log = f"sqlite:///{folder / 'sync-log.db'}"
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".tools"), os.environ["PATH"]]),
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "SYNC_LOG_URL": sync_log,
        "TAP_SALESFORCE_ZINGLE_LOGIN_URL": url,
        "TAP_ZINGLE_API_URL": url,
        "TARGET_SALESFORCE_ACTIVITY_LOGIN_URL": url,
        "TARGET_SALESFORCE_ACTIVITY_SYNC_LOG_URL": sync_log,
        "TARGET_ZINGLE_API_URL": url,
        "TARGET_ZINGLE_SYNC_LOG_URL": sync_log,
    }


def run(step: str, *command: str, env: dict[str, str] | None = None) -> str:
    """Run a command of this environment from the root; its errors go to ``.demo/STEP.log``."""
    log = FOLDER / f"{step}.log"
    with log.open("w", encoding="utf-8") as errors:
        answer = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if answer.returncode:
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
        message = f"{step} failed with exit code {answer.returncode}; {log} ends with\n{last}"
        raise DemoError(message)
    return answer.stdout


def step(what: str) -> AbstractContextManager[object]:
    """Show what is going on while the body works: a spinner, or a line where nobody looks."""
    if console.is_terminal:
        return console.status(what)
    console.print(what, markup=False)
    sys.stdout.flush()
    return nullcontext()


def free_port(wanted: int | None = None) -> int:
    """Return the wanted port, or the usual one where it is free, else any other.

    Raises:
        DemoError: If the wanted port is taken, or none is free.
    """
    for port in (USUAL_PORT, 0) if wanted is None else (wanted,):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(listener.getsockname()[1])
    message = "no free port on 127.0.0.1" if wanted is None else f"port {wanted} is not free"
    raise DemoError(message)


def summary(url: str) -> dict[str, dict[str, int]]:
    """Return the journal's totals per service, token requests left out."""
    with urllib.request.urlopen(f"{url}/_sandbox/summary", timeout=30) as answer:  # noqa: S310 - our own sandbox
        return dict(json.load(answer))


def outcomes(plugin: str, env: dict[str, str]) -> list[dict[str, Any]]:
    """Return every outcome of a plugin's last run."""
    text = run(
        f"outcomes-{plugin}",
        *("zingle-sync", "outcomes", "--run", "last", "--kind", "all", "--plugin", plugin),
        "--json",
        env=env,
    )
    return list(json.loads(text))


def counts(rows: list[dict[str, Any]]) -> Counter[str]:
    """Count outcomes by kind."""
    return Counter(row["outcome"] for row in rows)


def by_reason(rows: list[dict[str, Any]], kind: str) -> dict[str, int]:
    """Count the outcomes of one kind by reason, the most frequent first."""
    return dict(Counter(row["reason"] for row in rows if row["outcome"] == kind).most_common())


def contact_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a run of target-zingle."""
    kinds = counts(rows)
    keys = Counter(row["matched_on"] for row in rows if row["outcome"] != "created")
    names = ("created", "linked", "updated", "unchanged", "skipped", "rejected")
    return {
        "read": len(rows),
        **{name: kinds[name] for name in names},
        **{f"matched_{key}": keys[key] for key in KEYS},
        "skipped_by_reason": by_reason(rows, "skipped"),
        "rejected_by_reason": by_reason(rows, "rejected"),
    }


def activity_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a run of target-salesforce-activity; a day may have several Tasks."""
    kinds = counts(rows)
    # The key of a day is service:contact:date; continuation parts add their number.
    days = {":".join(row["source_key"].split(":")[:3]) for row in rows}
    return {
        "days": len(days),
        **{name: kinds[name] for name in ("created", "updated", "unchanged")},
        **{name: kinds[name] for name in ("skipped", "rejected")},
        "skipped_by_reason": by_reason(rows, "skipped"),
        "rejected_by_reason": by_reason(rows, "rejected"),
    }


def run_jobs(which: str, url: str, env: dict[str, str]) -> dict[str, Any]:
    """Run both jobs once and return the figures."""
    before, started = summary(url), time.monotonic()
    for job in JOBS:
        with step(f"{which} run: meltano run {job}"):
            run(f"{which}-{job}", "meltano", "run", job, env=env)
    seconds, after = time.monotonic() - started, summary(url)

    def grown(figure: str) -> dict[str, int]:
        return {side: after[side][figure] - before[side][figure] for side in after}

    return {
        "contacts": contact_figures(outcomes("target-zingle", env)),
        "activities": activity_figures(outcomes("target-salesforce-activity", env)),
        "api_calls": grown("calls"),
        "writes": grown("writes"),
        "seconds": round(seconds, 1),
    }


def show(figures: dict[str, dict[str, Any]]) -> None:
    """Print both runs side by side."""
    table = Table(title="Salesforce ⇄ Zingle, both jobs, twice")
    table.add_column("")
    for which in figures:
        table.add_column(f"{which} run", justify="right")

    def row(label: str, *path: str) -> None:
        cells = []
        for run_figures in figures.values():
            value: Any = run_figures
            for key in path:
                value = value.get(key, 0)
            cells.append(str(value))
        table.add_row(label, *cells)

    def reasons(part: str, kind: str) -> None:
        names: dict[str, None] = {}
        for run_figures in figures.values():
            names |= dict.fromkeys(run_figures[part][f"{kind}_by_reason"])
        for name in names:
            row(f"    {name}", part, f"{kind}_by_reason", name)

    row("People read from Salesforce", "contacts", "read")
    row("  created in Zingle", "contacts", "created")
    row("  linked to their guest", "contacts", "linked")
    row("  updated", "contacts", "updated")
    row("  unchanged", "contacts", "unchanged")
    row("  skipped", "contacts", "skipped")
    reasons("contacts", "skipped")
    row("  rejected", "contacts", "rejected")
    reasons("contacts", "rejected")
    for key in KEYS:
        row(f"  matched by {key.replace('_', ' ')}", "contacts", f"matched_{key}")
    table.add_section()
    row("Conversation days from Zingle", "activities", "days")
    for name in ("created", "updated", "unchanged"):
        row(f"  Tasks {name}", "activities", name)
    row("  skipped", "activities", "skipped")
    reasons("activities", "skipped")
    row("  rejected", "activities", "rejected")
    reasons("activities", "rejected")
    table.add_section()
    row("Calls to Salesforce", "api_calls", "salesforce")
    row("Calls to Zingle", "api_calls", "zingle")
    row("Writes to Salesforce", "writes", "salesforce")
    row("Writes to Zingle", "writes", "zingle")
    row("Seconds", "seconds")
    console.print(table)


def start(wanted: int | None) -> str:
    """Start the sandbox with the demo seed and return its address."""
    port = free_port(wanted)
    state_dir = str(FOLDER / "sandbox")
    run("sandbox", "zingle-sandbox", "start", "--seed", "demo", "--port", str(port),
        "--state-dir", state_dir)  # fmt: skip
    return f"http://127.0.0.1:{port}"


def stop() -> None:
    """Stop the sandbox of an earlier demo, if one runs."""
    if FOLDER.exists():
        run("stop", "zingle-sandbox", "stop", "--state-dir", str(FOLDER / "sandbox"))


def demo(port: int | None) -> None:
    """Run the demo from an empty ``.demo/`` folder."""
    stop()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with step("starting both services"):
        url = start(port)
    env = environment(url, FOLDER)
    with step("installing the plugins (meltano install)"):
        run("install", "meltano", "install", env=env)
    figures = {which: run_jobs(which, url, env) for which in ("first", "second")}
    text = json.dumps(figures, indent=2) + "\n"
    (FOLDER / "summary.json").write_text(text, encoding="utf-8")
    with step("writing the report"):
        run("report", "zingle-sync", "report", "--out", str(FOLDER / "report.html"), env=env)
    show(figures)
    show_next(url)
    if any(figures["second"]["writes"].values()):
        message = "the second run wrote something; it should have had nothing to write"
        raise DemoError(message)


def show_next(url: str) -> None:
    """Print where to look, and what to try."""
    log = "--sync-log-url sqlite:///.demo/sync-log.db"
    here = f"--environment sandbox {log}"
    lines = [
        "",
        f"Both worlds side by side: {url}/   (stop: make demo-stop)",
        "What became of everybody: .demo/report.html",
        "",
        "Try:",
        f"  .venv/bin/zingle-sync status {here}",
        f"  .venv/bin/zingle-sync outcomes {log} --reason shared_channel",
        f"  .venv/bin/zingle-sync runs {here}",
    ]
    console.print("\n".join(lines), soft_wrap=True, markup=False, highlight=False)


def main() -> int:
    """Run or stop the demo; problems are one message and exit code 1."""
    parser = ArgumentParser(description="The main job, both ways, twice.")
    parser.add_argument("--stop", action="store_true", help="stop the sandbox of an earlier demo")
    parser.add_argument("--port", type=int, help=f"where the sandbox listens ({USUAL_PORT})")
    given = parser.parse_args()
    try:
        stop() if given.stop else demo(given.port)
    except DemoError as problem:
        Console(stderr=True).print(str(problem), markup=False, style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
