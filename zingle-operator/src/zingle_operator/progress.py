"""Show that long work is alive: a spinner on a terminal, a line every 30 seconds elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY_SECONDS = 30.0
LOOK_SECONDS = 0.5


@contextmanager
def watched(
    what: str,
    count: Callable[[], int] | None = None,
    *,
    console: Console | None = None,
    every_seconds: float = EVERY_SECONDS,
) -> Iterator[None]:
    """Show progress while the body works.

    Args:
        what: What is going on.
        count: How many records are done, where there are any; called from another thread.
        console: Where to show it; standard error by default.
        every_seconds: Time between plain lines.
    """
    console = console or Console(stderr=True, highlight=False)
    done, started = threading.Event(), time.monotonic()

    def tell(show: Callable[[str], object], pause: float) -> None:
        while not done.wait(pause):
            show(progress_line(what, count and count(), time.monotonic() - started))

    with ExitStack() as stack:
        show: Callable[[str], object] = partial(console.print, markup=False, soft_wrap=True)
        pause = every_seconds
        if console.is_terminal:
            show, pause = stack.enter_context(console.status(what)).update, LOOK_SECONDS
        watcher = threading.Thread(target=tell, args=(show, pause), daemon=True)
        watcher.start()
        stack.callback(watcher.join)
        stack.callback(done.set)
        yield


def progress_line(what: str, done: int | None, seconds: float) -> str:
    """One plain line.

    >>> progress_line("preview", 500, 10.0), progress_line("looking", None, 0.4)
    ('preview: 500 records, 50/s', 'looking: 0 s so far')
    """
    if done is None:
        return f"{what}: {seconds:,.0f} s so far"
    return f"{what}: {done:,} records, {done / seconds if seconds else 0:,.0f}/s"
