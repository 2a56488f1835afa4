"""What SQLite cannot do by itself: folding case beyond ASCII, distances, local times, formats."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zingle_sandbox.salesforce.catalogue.times import read_datetime

if TYPE_CHECKING:
    import sqlite3

_EARTH_KM = 6_371.0


def _fold(text: str | None) -> str | None:
    return None if text is None else str(text).casefold()


def _local(text: str | None, zone: str) -> str | None:
    instant = read_datetime(text) if text else None
    return None if instant is None else instant.astimezone(ZoneInfo(zone)).isoformat()


def _distance(
    latitude: float | None, longitude: float | None, to_latitude: float, to_longitude: float
) -> float | None:
    """Great-circle distance in kilometres."""
    if latitude is None or longitude is None:
        return None
    one, two = math.radians(latitude), math.radians(to_latitude)
    half = (
        math.sin((two - one) / 2) ** 2
        + math.cos(one) * math.cos(two) * math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))


def _format(  # noqa: PLR0911 - one a type
    value: str | float | None, type_: str, zone: str
) -> str | None:
    """A value as an en_US user sees it."""
    if value is None:
        return None
    match type_:
        case "currency":
            return f"${float(value):,.2f}"
        case "int":
            return f"{int(value):,}"
        case "double" | "percent":
            text = f"{float(value):,.3f}".rstrip("0").rstrip(".")
            return f"{text}%" if type_ == "percent" else text
        case "date":
            day = date.fromisoformat(str(value))
            return f"{day.month}/{day.day}/{day.year}"
        case "datetime":
            return _format_datetime(read_datetime(str(value)), zone) or str(value)
        case _:
            return str(value)


def _format_datetime(instant: datetime | None, zone: str) -> str | None:
    if instant is None:
        return None
    local = instant.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"  # noqa: PLR2004 - noon
    return f"{local.month}/{local.day}/{local.year}, {hour}:{local.minute:02d} {half}"


def add_functions(connection: sqlite3.Connection) -> None:
    """Register the functions that compiled queries call."""
    connection.create_function("sf_fold", 1, _fold, deterministic=True)
    connection.create_function("sf_local", 2, _local, deterministic=True)
    connection.create_function("sf_distance", 4, _distance, deterministic=True)
    connection.create_function("sf_format", 3, _format, deterministic=True)
