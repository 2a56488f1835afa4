"""Print results."""

from __future__ import annotations

import sys
from typing import Any

import msgspec


def print_json(value: Any) -> None:  # noqa: ANN401 # anything that JSON can hold
    """Print a value as indented JSON, with times in ISO 8601."""
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(encoded.decode() + "\n")
