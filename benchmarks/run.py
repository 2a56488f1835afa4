"""Measure everything and write ``benchmarks/latest.json``: `make bench`.

Each script measures one part in processes of its own and prints a JSON list of
``{"name", "value", "unit", "context"}``; this one runs them in turn, adds the machine to each
figure's context, and prints a table. Arguments choose parts: ``python benchmarks/run.py sandbox``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
LATEST = HERE / "latest.json"
PARTS = ("sandbox", "tap_salesforce", "target_zingle", "conversations", "sync_log")
console = Console()


def machine() -> str:
    """Return processor, cores and Python, for the context of every figure."""
    names = [platform.processor() or platform.machine()]
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def measure(part: str) -> list[dict[str, Any]]:
    """Run one part's script and return its figures."""
    with console.status(f"measuring {part}"):
        answer = subprocess.run(
            [sys.executable, str(HERE / f"{part}.py")],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return list(json.loads(answer.stdout))


def show(figures: list[dict[str, Any]]) -> None:
    """Print the figures."""
    table = Table("figure", "value", "unit", "context")
    for figure in figures:
        value = figure["value"]
        shown = f"{value:,.3g}" if isinstance(value, float) else str(value)
        table.add_row(figure["name"], shown, figure["unit"], str(figure["context"]))
    console.print(table)


def main() -> None:
    """Measure the chosen parts; figures of the others stay as they were."""
    parts = sys.argv[1:] or PARTS
    here = machine()
    figures: dict[str, dict[str, Any]] = {}
    if LATEST.exists() and len(parts) < len(PARTS):
        figures = {one["name"]: one for one in json.loads(LATEST.read_text(encoding="utf-8"))}
    for part in parts:
        for figure in measure(part):
            figures[figure["name"]] = figure | {"context": f"{figure['context']}; {here}"}
    rows = [figures[name] for name in sorted(figures)]
    LATEST.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    main()
