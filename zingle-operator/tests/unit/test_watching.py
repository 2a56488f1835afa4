from __future__ import annotations

import io
import threading

from rich.console import Console

from zingle_operator.progress import watched


def test_plain_lines_elsewhere() -> None:
    """Where there is no terminal, a plain line tells count and rate."""
    told = io.StringIO()
    seen = threading.Event()

    def count() -> int:
        seen.set()
        return 500

    with watched("preview", count, console=Console(file=told, width=200), every_seconds=0.01):
        assert seen.wait(10)

    assert told.getvalue().startswith("preview: 500 records, ")


def test_spinner_on_a_terminal_leaves_nothing_behind() -> None:
    """On a terminal a spinner is drawn, and gone afterwards."""
    told = io.StringIO()

    with watched("preview", lambda: 1, console=Console(file=told, force_terminal=True, width=80)):
        pass

    assert "\n1" not in told.getvalue()


class Told(io.StringIO):
    """Notices the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.line = threading.Event()

    def write(self, text: str) -> int:
        """Remember that something was told."""
        self.line.set()
        return super().write(text)


def test_work_without_a_count_tells_its_time() -> None:
    """Where there is no terminal, a plain line tells how long it takes so far."""
    told = Told()

    with watched("looking", console=Console(file=told, width=200), every_seconds=0.01):
        assert told.line.wait(10)

    assert told.getvalue().startswith("looking: 0 s so far")
