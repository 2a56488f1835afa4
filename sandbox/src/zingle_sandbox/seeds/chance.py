"""Seeded choices, worded in percent."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

Choice = TypeVar("Choice")


def happens(chance: random.Random, percent: float) -> bool:
    """Whether something that happens in so many percent of cases happens now."""
    return chance.random() * 100 < percent


def pick(chance: random.Random, percent: Mapping[Choice, float]) -> Choice:
    """One of several outcomes, by their weights."""
    return chance.choices(list(percent), list(percent.values()))[0]
