"""Two runs at once, whoever started them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.singer import target as safe_target
from zingle_sync.singer.errors import AlreadyRunning

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run gives up at once."""
    monkeypatch.setattr(safe_target, "LOCK_SECONDS", 0.0)


def second_run_in_the_middle(
    pipeline: Pipeline, lines: list[dict[str, Any]], **config: Any
) -> list[str]:
    """Run the target, and a second one on the same lines before the first has written."""
    ended: list[str] = []

    def prepare(target: TargetSalesforceActivity) -> None:
        write = target.settler.writer.write

        def write_late(writes: Any) -> Any:  # noqa: ANN401 - passed on
            if not ended:
                ended.append("running")
                state, outcomes = pipeline.state, pipeline.outcomes
                try:
                    pipeline.target(lines, **config)
                except AlreadyRunning as error:
                    ended[0] = str(error)
                assert pipeline.outcomes == [] or config
                pipeline.state, pipeline.outcomes = state, outcomes
            return write(writes)

        target.settler.writer.write = write_late  # type: ignore[method-assign] # a second run in between

    pipeline.target(lines, prepare)
    return ended


@pytest.mark.parametrize("key", ["absent", "non_unique", "unique"])
def test_two_runs_write_a_day_once(pipeline: Pipeline, key: str) -> None:
    """While one run is between its look and its write, another one does nothing and says so."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    pipeline.message(pipeline.linked_guest())
    (sentence,) = second_run_in_the_middle(pipeline, pipeline.tap())

    assert "Another run of target-salesforce-activity writes to" in sentence
    assert len(pipeline.tasks()) == 1
    assert ["created"] == [each.kind for each in pipeline.outcomes]


def test_a_dry_run_beside_a_run_is_welcome(pipeline: Pipeline) -> None:
    """A dry run writes nothing, so that it waits for nobody."""
    pipeline.message(pipeline.linked_guest())

    assert ["running"] == second_run_in_the_middle(pipeline, pipeline.tap(), dry_run=True)
