"""The page at `/`: both worlds side by side."""

from __future__ import annotations

from zingle_sandbox.page.routes import routes

__all__ = ["routes"]
