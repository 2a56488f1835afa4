"""The two services. Importing this module imports both with all that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox import salesforce, zingle

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Side

SIDES: tuple[Side, Side] = (salesforce, zingle)
