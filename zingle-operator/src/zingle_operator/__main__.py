"""`python -m zingle_operator`."""

from __future__ import annotations

from zingle_operator.app import app

app()
