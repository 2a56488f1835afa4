"""One Zingle service as calls reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from target_zingle.known.lessons import Lessons
    from target_zingle.known.refusals import Refusals
    from target_zingle.wanted.types import TargetField
    from zingle_sync.zingle import Zingle


@dataclass(frozen=True, slots=True)
class Remote:
    """What every part of a service calls with.

    Attributes:
        type_ids: Channel type ids by kind.
        labels: Label ids by name.
        external_id_field: The contact field that holds external ids, if not Zingle's own.
        pool: Runs calls at the same time, so many as there are workers.
    """

    client: Zingle
    service_id: str
    type_ids: Mapping[str, str]
    labels: Mapping[str, str]
    external_id_field: TargetField | None
    pool: Executor
    workers: int
    lessons: Lessons
    refusals: Refusals
