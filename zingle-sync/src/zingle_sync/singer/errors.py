"""Errors that end a run on purpose.

```
StopRun               stop here, state kept; the sentence says what to do
├── AlreadyRunning    … because another run of the same work is under way
└── TooManyRejects    … because of max_error_rate or on_reject
```
"""

from __future__ import annotations


class StopRun(Exception):  # noqa: N818 - named by what the caller does
    """Stop the run with one sentence, state kept up to the last checkpoint.

    Attributes:
        exit_code: What the process ends with.
        code: A short word for the sync log.
    """

    exit_code = 1

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class TooManyRejects(StopRun):
    """Too many records were rejected; the exit code 3 tells monitors that it was not a crash."""

    exit_code = 3


class AlreadyRunning(StopRun):
    """Another run writes to the same service; nothing was done, a later run does it.

    The exit code 75 is the one that schedulers and mailers know as "try again later".
    """

    exit_code = 75
