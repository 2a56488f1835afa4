"""Write Singer messages whole: no signal leaves half a line behind, which no loader could read."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.singerlib.messages import Message

# Of the process: it has one standard output, and signals come to it alone.
_writing = False
_postponed: list[Callable[[], None]] = []


@contextlib.contextmanager
def whole_lines() -> Iterator[None]:
    """What is written inside is written to its end before a signal is obeyed."""
    global _writing  # noqa: PLW0603 - see above
    _writing = True
    try:
        yield
    finally:
        _writing = False
    while _postponed:
        _postponed.pop()()


def after_the_line(stop: Callable[[], None]) -> None:
    """Stop now, or as soon as the line that is being written has ended."""
    if _writing:
        _postponed.append(stop)
    else:
        stop()


class WholeLineWriter(MsgSpecWriter):
    """A msgspec writer whose messages are whole."""

    @override
    def write_message(self, message: Message) -> None:
        with whole_lines():
            super().write_message(message)
