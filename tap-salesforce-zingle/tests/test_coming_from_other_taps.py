"""What the page for users of other taps promises, against the simulated org."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from conftest import RunTap
    from zingle_sandbox.testing import RunningSandbox

PAGE = Path(__file__).parents[2] / "docs" / "coming-from-other-taps.md"
OLD_NAMES = ("Contact", "Lead", "Account")
BOOKMARK = {"SystemModstamp": "2999-01-01T00:00:00.000000Z", "version": 1}
JOB = {"JobID": "750x", "BatchIDs": []}
STATES: list[dict[str, Any]] = [
    {"bookmarks": dict.fromkeys(OLD_NAMES, BOOKMARK)},
    {"bookmarks": dict.fromkeys(OLD_NAMES, JOB), "current_stream": "Contact"},
]


def kept_names() -> dict[str, Any]:
    """The settings of the page by which tables keep their names."""
    settings: dict[str, Any] = yaml.safe_load(
        PAGE.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    )
    return settings


@pytest.mark.parametrize("same_names", [False, True])
@pytest.mark.parametrize("state", STATES, ids=["bookmark", "job"])
def test_a_state_of_another_tap_leaves_nothing_out(
    demo_sandbox: RunningSandbox, run_tap: RunTap, state: dict[str, Any], same_names: bool
) -> None:
    """All is read, as without a state, also where a stream keeps its old name."""
    settings = {**demo_sandbox.salesforce_settings(), **(kept_names() if same_names else {})}
    streams = OLD_NAMES if same_names else ("contacts", "leads")
    alone = run_tap(settings)
    after = run_tap(settings, state=state)

    assert after.error is None
    for stream in streams:
        assert len(alone.records(stream)) > 10
        assert alone.records(stream) == after.records(stream)


def test_tables_can_keep_their_names(demo_sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """The page's own queries give the rows of the built-in streams under the old names."""
    settings = demo_sandbox.salesforce_settings()
    named = run_tap({**settings, **kept_names()})
    built_in = run_tap(settings)

    assert named.error is None
    assert named.records("Account")
    for old, new in {"Contact": "contacts", "Lead": "leads"}.items():
        before = {each["Id"]: each["SystemModstamp"] for each in named.records(old)}
        assert before == {each["Id"]: each["SystemModstamp"] for each in built_in.records(new)}
