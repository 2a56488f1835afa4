"""The command line `zingle-sandbox`: start, stop, look at and change the sandbox."""

from __future__ import annotations

from zingle_sandbox.cli.commands import app

__all__ = ["app"]
