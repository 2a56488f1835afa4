"""Paths as users write them."""

from __future__ import annotations

import os
from pathlib import Path


def path_of(text: str) -> Path:
    """The path that a text names; a tilde before the name of nobody's home stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's own raises for such a home
