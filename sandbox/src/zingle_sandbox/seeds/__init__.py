"""Seeds: what fills the two worlds. Deterministic for a given anchor date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zingle_sandbox.truth import write_fact

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox

__all__ = ["apply_seed", "noon"]


def _service_zone() -> str:
    """The IANA time zone of the service that seeds fill; its midnights count."""
    from zingle_sandbox.zingle.base import BASE_SERVICE  # noqa: PLC0415 - the whole Zingle side

    return BASE_SERVICE.time_zone


def noon(anchor: date) -> datetime:
    """Noon of a day in the service's time zone."""
    return datetime.combine(anchor, time(12), ZoneInfo(_service_zone())).astimezone(UTC)


def apply_seed(
    sandbox: Sandbox,
    seed: str | None,
    *,
    anchor: str | None = None,
    people: int = 0,
    contacts: int = 0,
) -> None:
    """Fill a sandbox.

    Args:
        sandbox: has been reset before.
        seed: `demo`, `vendor`, or None for the scale seed (or nothing at all).
        anchor: the ISO date that counts as today. The clock then stands at its noon in the
            service's time zone and runs on from there. None: today by the sandbox's clock.
        people: Salesforce people of the scale seed.
        contacts: guests of the scale seed.

    Raises:
        ValueError: if there is no such seed, or the anchor is no date.
    """
    if seed not in {None, "demo", "vendor"}:
        raise ValueError(f"there is no seed {seed!r}; known: demo, vendor")
    if anchor is not None:
        day = date.fromisoformat(anchor)
        sandbox.clock.set(noon(day))
    else:
        day = sandbox.clock.now().astimezone(ZoneInfo(_service_zone())).date()
    if seed == "demo":
        from zingle_sandbox.seeds.demo import insert_demo  # noqa: PLC0415 - only when needed

        insert_demo(sandbox, day, noon(day))
    if seed == "vendor":
        from zingle_sandbox.seeds.vendor import insert_vendor  # noqa: PLC0415 - only when needed

        insert_vendor(sandbox, day, noon(day))
    if people or contacts:
        from zingle_sandbox.seeds.scale import insert_scale  # noqa: PLC0415 - only when needed

        insert_scale(sandbox, people=people, contacts=contacts)
    write_fact(sandbox.store, "seed", seed or ("scale" if people or contacts else None))
    write_fact(sandbox.store, "anchor", day.isoformat())
    write_fact(sandbox.store, "clock_set", "yes" if anchor is not None else None)
