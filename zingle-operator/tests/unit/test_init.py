"""What `init` makes of a project's files."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from zingle_operator.errors import OperatorError
from zingle_operator.init.answers import JOBS, Answers, variables
from zingle_operator.init.files import extended, lock, new_project, pip_url, wanted
from zingle_operator.init.questions import Questions, choose_service
from zingle_operator.project.changes import variables_change
from zingle_operator.project.project import Direction

BOTH: tuple[Direction, ...] = ("contacts", "conversations")
OWN = """\
# The stack of our data team.
default_environment: dev  # never prod
environments:
  - name: dev
  - name: prod
plugins:
  extractors:
    - name: tap-postgres  # the PMS
      variant: meltanolabs
jobs:
  - name: nightly
    tasks: [tap-postgres target-zingle]
"""


def grown(text: str, directions: tuple[Direction, ...] = BOTH) -> str:
    """A project with the pipelines of some directions."""
    plugins, jobs = wanted(directions)
    return extended(
        text, plugins, jobs, {one.name: pip_url(one.name, "", "1.0") for one in plugins}
    )


def names(document: dict[str, Any], key: str) -> list[str]:
    """The names below a key."""
    return [entry["name"] for entry in document.get(key, [])]


def test_a_new_project_has_an_environment_and_three_lines_a_plugin() -> None:
    """Meltano keeps no state without an environment."""
    document = yaml.safe_load(grown(new_project()))

    assert document["default_environment"] == names(document, "environments")[0]
    assert document["plugins"]["extractors"] == [
        {"name": name, "variant": "zingle-sync", "pip_url": f"{name}==1.0"}
        for name in ("tap-salesforce-zingle", "tap-zingle")
    ]
    assert document["plugins"]["utilities"][0]["pip_url"] == "zingle-operator==1.0"


def test_what_a_project_has_stays_to_the_letter() -> None:
    """Comments, order and style of lists are its owner's."""
    after = grown(OWN)

    assert [line for line in OWN.splitlines() if line not in after.splitlines()] == []


@given(st.lists(st.sampled_from([("contacts",), ("conversations",), BOTH]), min_size=1, max_size=4))
def test_growing_again_adds_only_what_is_missing(steps: list[tuple[Direction, ...]]) -> None:
    """Whatever was set up before, in whatever order, nothing is there twice."""
    text = OWN
    for directions in steps:
        text = grown(text, directions)
    document = yaml.safe_load(text)
    listed = [
        *(name for kind in document["plugins"] for name in names(document["plugins"], kind)),
        *names(document, "jobs"),
        *names(document, "schedules"),
    ]

    assert len(listed) == len(set(listed))
    assert grown(text, steps[-1]) == text


def test_schedules_never_meet() -> None:
    """No minute of an hour has two of the jobs."""
    minutes = [
        frozenset(range(0, 60, 5))
        if job.interval.startswith("*/5")
        else {int(job.interval.split()[0])}
        for jobs in JOBS.values()
        for job in jobs
    ]

    assert sum(map(len, minutes)) == len(frozenset().union(*minutes))


def test_every_job_has_the_plugins_it_names() -> None:
    """A direction's tasks run with that direction's plugins and the operator's commands."""
    for direction in BOTH:
        plugins, jobs = wanted((direction,))
        known = {plugin.name for plugin in plugins}
        tasks = [word.partition(":")[0] for job in jobs for word in job.task.split()]
        assert [] == [word for word in tasks if word not in known]


def answers(*directions: Direction, **more: Any) -> Answers:
    """Answers with everything told apart."""
    usual: dict[str, Any] = {
        "salesforce": {"domain": "acme.my.salesforce.com", "client_id": "id"},
        "zingle": {"username": "u", "password": "p"},
        "service_id": "s-1",
        "objects": ("Contact", "Lead"),
        "start_date": "2026-01-01",
    }
    return Answers(directions=directions, **{**usual, **more})


def test_each_plugin_gets_the_log_in_of_its_own_service() -> None:
    """Salesforce's never goes to a Zingle plugin, nor the other way round."""
    given_ = variables(answers(*BOTH))

    assert {
        name for name, value in given_.items() if value in {"id", "acme.my.salesforce.com"}
    } == {
        f"{plugin}_{setting}"
        for plugin in ("TAP_SALESFORCE_ZINGLE", "TARGET_SALESFORCE_ACTIVITY")
        for setting in ("CLIENT_ID", "DOMAIN")
    }
    assert given_["TARGET_ZINGLE_SERVICE_ID"] == "s-1"
    assert json.loads(given_["TAP_ZINGLE_SERVICE_IDS"]) == ["s-1"]
    assert "TAP_SALESFORCE_ZINGLE_OBJECTS" not in given_


def test_one_direction_sets_nothing_of_the_other() -> None:
    """A conversations-only project has no variable of the people's plugins."""
    given_ = variables(answers("conversations", objects=("Account",)))

    assert {name.rsplit("_", 1)[0] for name in given_ if "ZINGLE_SERVICE_ID" in name} == {
        "TAP_ZINGLE_SERVICE"
    }
    assert not any(name.startswith(("TARGET_ZINGLE", "TAP_SALESFORCE")) for name in given_)


def test_other_objects_are_set() -> None:
    """As the list that Meltano reads."""
    given_ = variables(answers("contacts", objects=("Account", "Guest__c")))

    assert json.loads(given_["TAP_SALESFORCE_ZINGLE_OBJECTS"]) == ["Account", "Guest__c"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "target-zingle==1.2"),
        ("/src/a b", "-e '/src/a b/zingle-sync' -e '/src/a b/target-zingle'"),
        (
            "git+https://example.com/r@v1",
            " ".join(
                f"git+https://example.com/r@v1#subdirectory={name}"
                for name in ("zingle-sync", "target-zingle")
            ),
        ),
    ],
)
def test_plugins_come_from_index_git_or_checkout(source: str, expected: str) -> None:
    """The library comes from the same place."""
    assert pip_url("target-zingle", source, "1.2") == expected


def test_the_operators_commands_bring_every_plugin_from_the_same_place() -> None:
    """They import the plugins' rules."""
    assert pip_url("zingle-sync", "/src", "1").count("-e ") == 6


def test_a_log_in_without_services_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do, instead of an empty list to choose from."""
    monkeypatch.setattr("zingle_operator.init.questions.visible_services", lambda _: [])

    for ask in (True, False):
        with pytest.raises(OperatorError, match=r"sees no service: .* Users"):
            choose_service({"username": "u", "password": "p"}, None, Questions(ask=ask))


@given(
    st.lists(
        st.text(
            st.sampled_from("ab1 $\\'\"#{}:-=`\n") | st.characters(codec="utf-8"), min_size=1
        ).filter(lambda text: "\0" not in text and "\r" not in text and text.isprintable()),
        min_size=1,
        max_size=3,
    )
)
@example(["a\\", "b"])
@example(["${HOME}", "a${HOME}b${X:-y}"])
@example(["a\\'", "\\\\", "it's"])
def test_a_secret_is_read_as_it_was_typed(values: list[str]) -> None:
    """Whatever it holds; and what stands behind it is not swallowed."""
    with TemporaryDirectory() as folder:
        file = Path(folder, ".env")
        wanted = {f"NAME_{number}": value for number, value in enumerate(values)}
        variables_change(file, wanted).write()

        assert wanted == dict(dotenv_values(file))


def test_the_lock_is_what_meltano_looks_up() -> None:
    """Its path has kind, name and variant, its text the kind."""
    (plugin, *_), _ = wanted(("contacts",))
    path, text = lock({"name": plugin.name, "variant": "zingle-sync"}, plugin)

    assert path == "plugins/extractors/tap-salesforce-zingle--zingle-sync.lock"
    assert json.loads(text)["plugin_type"] == "extractors"
