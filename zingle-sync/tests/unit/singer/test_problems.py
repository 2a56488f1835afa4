"""What is wrong with settings, as values."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk import typing as th

from zingle_sync.salesforce import CONNECTION_SETTINGS as SALESFORCE
from zingle_sync.singer.problems import environment_problems, setting_problems
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS, declared
from zingle_sync.zingle import CONNECTION_SETTINGS as ZINGLE

SCHEMA: dict[str, Any] = {
    **th.PropertiesList(*declared(ZINGLE, SALESFORCE, RUN_SETTINGS, SYNC_LOG_SETTINGS)).to_dict()
}
SCHEMA["properties"] |= {
    "sync_mode": {"type": "string", "enum": ["upsert", "update_only"], "default": "upsert"},
    "max_creates_per_run": {"type": "integer", "default": 500},
    "extra_fields": {"type": "object", "default": {}},
    "where": {"type": "object", "properties": {"Contact": {}}, "additionalProperties": False},
    "queries": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "api": {"type": "string", "enum": ["auto", "rest"]},
                "limits": {"type": "object", "properties": {"most_rows": {"type": "integer"}}},
            },
            "required": ["name"],
        },
    },
}
FORMER = {"is_sandbox": "write domain: test"}


def problems(**config: Any) -> list[str]:
    """The sentences about some settings."""
    return [str(problem) for problem in setting_problems(SCHEMA, config, FORMER)]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"sync_mod": "upsert"}, "sync_mod: is not a known name; did you mean sync_mode?"),
        ({"dryrun": True}, "dryrun: is not a known name; did you mean dry_run?"),
        ({"Dry-Run": True}, "Dry-Run: is not a known name; did you mean dry_run?"),
        (
            {"max_create_per_run": 1},
            "max_create_per_run: is not a known name; did you mean max_creates_per_run?",
        ),
        ({"sinc_log_url": ""}, "sinc_log_url: is not a known name; did you mean sync_log_url?"),
        ({"colour": "red"}, "colour: is not a known name"),
        ({"is_sandbox": True}, "is_sandbox: is no setting here; write domain: test"),
        ({"sync_mode": "upsrt"}, "sync_mode: must be one of upsert, update_only; did you mean upsert?"),
        ({"where": {"Contcat": "x"}}, "where.Contcat: is not a known name; did you mean Contact?"),
        ({"queries": [{"nmae": "a", "name": "b"}]}, "queries[0].nmae: is not a known name; did you mean name?"),
        ({"queries": [{}]}, "queries[0].name: is required"),
        (
            {"queries": [{"name": "a"}, {"name": "b", "api": "rset"}]},
            "queries[1].api: must be one of auto, rest; did you mean rest?",
        ),
        (
            {"queries": [{"name": "a", "limits": {"most_row": 1}}]},
            "queries[0].limits.most_row: is not a known name; did you mean most_rows?",
        ),
        ({"concurrency": "four"}, "concurrency: must be of type integer"),
        ({"requests_per_second": "fast"}, "requests_per_second: must be of type number"),
        ({"requests_per_second": "nan"}, "requests_per_second: must be a finite number"),
        ({"max_error_rate": float("inf")}, "max_error_rate: must be a finite number"),
        ({"max_creates_per_run": None}, "max_creates_per_run: must be of type integer"),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong_is_told_with_its_path(
    config: dict[str, Any], sentence: str
) -> None:
    """Unknown names and words get the nearest known one, at whatever depth they stand."""
    assert sentence in problems(**config)


def test_all_problems_are_told_at_once() -> None:
    """One start of the plugin is enough to see everything that is wrong."""
    assert 4 == len(problems(sync_mod=1, dryrun=True, concurrency="four", where=[]))


def test_names_that_a_user_chooses_stay_free() -> None:
    """An object without declared names, and text that is a number, are as good as ever."""
    assert [] == problems(extra_fields={"Region__c": {"a": 1}}, requests_per_second="2.5")


def test_a_whole_number_with_a_point_is_a_whole_number() -> None:
    """YAML's 8.0 is the same 8 to everybody who reads the setting; 8.5 is refused."""
    config: dict[str, Any] = {"concurrency": 8.0}

    assert [] == setting_problems(SCHEMA, config, {})
    assert "8" == str(config["concurrency"])
    assert ["concurrency: must be of type integer"] == problems(concurrency=8.5)


@pytest.mark.parametrize("text", ["y", "t", "true ", "maybe", "", "wahr", "2"])
def test_a_flag_that_cannot_be_read_is_not_taken_for_no(text: str) -> None:
    """Whoever writes `y` for a dry run must not get one that writes."""
    schema = {"properties": {"dry_run": {"type": "boolean"}}}

    assert ["TARGET_X_DRY_RUN: must be of type boolean"] == environment_problems(
        schema, "target-x", {"TARGET_X_DRY_RUN": text}
    )


@pytest.mark.parametrize("text", ["true", "True", "1", "yes", "on", "false", "0", "no", "OFF"])
def test_flags_that_the_environment_can_hold(text: str) -> None:
    """The words that are read as they are meant go on being taken."""
    schema = {"properties": {"dry_run": {"type": ["boolean", "null"]}}}

    assert [] == environment_problems(schema, "target-x", {"TARGET_X_DRY_RUN": text})


def test_defaults_are_filled_in_and_never_shared() -> None:
    """Each plugin gets a default of its own, so that changing it changes no other."""
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    setting_problems(SCHEMA, first, {})
    setting_problems(SCHEMA, second, {})
    first["extra_fields"]["a"] = 1

    assert ({}, "upsert") == (second["extra_fields"], second["sync_mode"])


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
_NAMES = st.sampled_from([*SCHEMA["properties"], "is_sandbox", "dryrun"])


@given(_JSON | st.dictionaries(_NAMES, _JSON, max_size=5))
def test_whatever_is_given_the_answer_is_a_list_of_problems(config: object) -> None:
    """Settings of any shape are judged and never end in another error, nor are values quoted."""
    before = copy.deepcopy(config)

    found = setting_problems(SCHEMA, config, FORMER)

    unknown = before.keys() - SCHEMA["properties"] if isinstance(before, dict) else {"config"}
    assert {problem.path for problem in found} >= {name for name in unknown if name}
    assert all(json.dumps(str(problem)) for problem in found)


def test_the_environment_is_checked_before_it_is_read() -> None:
    """Each variable that is misspelt or of another type is told by its name, never by its value."""
    environ = {
        "TARGET_X_CONCURRENCY": "four",
        "TARGET_X_QUERIES": "secret",
        "TARGET_X_DRYRUN": "true",
        "TARGET_X_SYNC_MODE": "upsert",
        "TARGET_X_LOGLEVEL": "DEBUG",
        "TARGET_X__WEST_SYNC_MODE": "upsert",
        "TARGET_XY_CONCURRENCY": "four",
        "PATH": "/bin",
    }

    assert [
        "TARGET_X_CONCURRENCY: must be of type integer",
        "TARGET_X_DRYRUN: is no setting; did you mean dry_run?",
        "TARGET_X_QUERIES: must be of type array",
    ] == environment_problems(SCHEMA, "target-x", environ)
