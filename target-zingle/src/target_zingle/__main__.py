"""`python -m target_zingle`."""

from __future__ import annotations

from target_zingle.target import TargetZingle

TargetZingle.cli()
