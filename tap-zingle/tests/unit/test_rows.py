"""Where the search for changed rows ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_zingle import rows
from tap_zingle.rows import TimedList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.zingle import Zingle

SINCE, LONGEST = 50, 4
TIMES = st.none() | st.sampled_from([0, 30, 50, 70]) | st.just("soon")


@dataclass
class Shown:
    """A list as Zingle shows it, and how much of it was read."""

    times: list[Any]
    read: list[int] = field(default_factory=list)
    proved: bool = True

    def listing(self, *_: object, **__: object) -> Shown:
        """The list, sorted however it is."""
        return self

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Its rows."""
        for number, time in enumerate(self.times):
            self.read.append(number)
            yield {"id": f"{number}", "updated_at": time}


@given(times=st.lists(TIMES, max_size=30))
def test_only_silent_rows_in_a_row_end_the_search(times: list[Any]) -> None:
    """Rows without a time end it when a page of them comes together, and none that are scattered.

    An earlier change ends it at once.
    """
    expected, silent = [], 0
    for number, time in enumerate(times):
        known = time if isinstance(time, int) and time else None
        silent = 0 if known else silent + 1
        if silent == LONGEST or (known and known < SINCE):
            break
        if known:
            expected.append(f"{number}")
    shown = Shown(times)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "PAGE_SIZE", LONGEST)
        changed = list(TimedList(cast("Zingle", shown), "s", "messages").changed_since(SINCE))

    assert expected == [row["id"] for row in changed]
