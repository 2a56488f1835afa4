"""Show that long work is alive: a bar on a terminal, a plain line every 30 seconds elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY_SECONDS = 30.0
_LOOK_SECONDS = 0.5


@contextmanager
def watched(
    what: str,
    count: Callable[[], int],
    *,
    total: int | None = None,
    console: Console | None = None,
    every_seconds: float = EVERY_SECONDS,
) -> Iterator[None]:
    """Show progress while the body works.

    Args:
        what: What is going on.
        count: How many records are done; called from another thread.
        total: How many there will be, where that is known.
        console: Where to show it; standard error by default.
        every_seconds: Time between plain lines.
    """
    console = console or Console(stderr=True, highlight=False)
    done = threading.Event()
    show = _bar if console.is_terminal else _lines
    watcher = threading.Thread(
        target=show, args=(console, what, count, total, done, every_seconds), daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


@contextmanager
def working(
    what: str, *, console: Console | None = None, every_seconds: float = EVERY_SECONDS
) -> Iterator[None]:
    """Show that something without a count is under way.

    Args:
        what: What is going on.
        console: Where to show it; standard error by default.
        every_seconds: Time between plain lines, where there is no terminal.
    """
    console = console or Console(stderr=True, highlight=False)
    if console.is_terminal:
        with console.status(what):
            yield
        return
    done = threading.Event()
    started = time.monotonic()

    def tell() -> None:
        while not done.wait(every_seconds):
            seconds = time.monotonic() - started
            console.print(f"{what}: {seconds:,.0f} s so far", markup=False)

    watcher = threading.Thread(target=tell, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def progress_line(what: str, *, done: int, seconds: float, total: int | None) -> str:
    """One plain line.

    >>> progress_line("preview", done=500, seconds=10.0, total=2000)
    'preview: 500 of 2,000 records, 50/s, 30 s left'
    >>> progress_line("preview", done=500, seconds=10.0, total=None)
    'preview: 500 records, 50/s'
    """
    rate = done / seconds if seconds else 0.0
    of = f" of {total:,}" if total else ""
    left = f", {(total - done) / rate:,.0f} s left" if total and rate and total > done else ""
    return f"{what}: {done:,}{of} records, {rate:,.0f}/s{left}"


def _lines(  # noqa: PLR0913, PLR0917 - a thread's arguments
    console: Console,
    what: str,
    count: Callable[[], int],
    total: int | None,
    done: threading.Event,
    every_seconds: float,
) -> None:
    started = time.monotonic()
    while not done.wait(every_seconds):
        seconds = time.monotonic() - started
        console.print(progress_line(what, done=count(), seconds=seconds, total=total), markup=False)


def _bar(  # a thread's arguments
    console: Console,
    what: str,
    count: Callable[[], int],
    total: int | None,
    done: threading.Event,
    _every_seconds: float,
) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        while not done.wait(_LOOK_SECONDS):
            progress.update(task, completed=count())
