"""The routes of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from zingle_sandbox.sandbox import Sandbox


def routes(_sandbox: Sandbox) -> list[BaseRoute]:
    """The page."""
    return []
