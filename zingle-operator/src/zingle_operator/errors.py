"""Errors of the command line that a person can act on."""

from __future__ import annotations


class OperatorError(Exception):
    """A command can't do what was asked; the sentence says why and what to do."""
