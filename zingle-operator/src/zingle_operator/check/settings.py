"""Would the plugins start with these settings? Their own rules say so, without starting them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.tap import TapSalesforceZingle
from tap_zingle.tap import TapZingle
from target_salesforce_activity.target import TargetSalesforceActivity
from target_zingle.target import TargetZingle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Direction, Pipeline, Project
    from zingle_sync.singer.plain import PlainPlugin

AREA = "Settings"
PLUGINS: Mapping[Direction, tuple[type[PlainPlugin], type[PlainPlugin]]] = {
    "contacts": (TapSalesforceZingle, TargetZingle),
    "conversations": (TapZingle, TargetSalesforceActivity),
}


def check_settings(
    project: Project, pipeline: Pipeline, findings: Findings
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of tap and target with their defaults.

    A setting that breaks its rule is told, and stands at its default for what is looked at next.
    """
    tap, target = PLUGINS[pipeline.direction]
    return (
        _checked(tap, pipeline.tap, project.settings(pipeline.tap), findings)
        if pipeline.own_tap
        else {},
        _checked(target, pipeline.target, project.settings(pipeline.target), findings),
    )


def _checked(
    kind: type[PlainPlugin], name: str, given: Mapping[str, Any], findings: Findings
) -> dict[str, Any]:
    config = dict(given)
    for sentence in kind.problems_of(config):
        findings.problem(AREA, f"{name}: {sentence}", "Correct the plugin's settings.")
    properties = kind.config_jsonschema["properties"]
    for problem in kind.setting_problems(config):
        setting = re.split(r"[.[]", problem.path)[0]
        config.pop(setting, None)
        if "default" in properties.get(setting, {}):
            config[setting] = properties[setting]["default"]
    return config
