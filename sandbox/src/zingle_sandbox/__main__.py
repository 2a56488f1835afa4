"""`python -m zingle_sandbox` is `zingle-sandbox`."""

from __future__ import annotations

from zingle_sandbox.cli import app

app(prog_name="zingle-sandbox")
