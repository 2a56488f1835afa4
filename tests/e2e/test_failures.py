"""A run that can't succeed ends with a non-zero exit code and one clear sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Project


def _plain(output: str) -> str:
    # Meltano draws a box around its own broken pipe; a plugin's traceback has a colon.
    assert "Traceback (most recent call last):" not in output

    return output


def test_a_wrong_salesforce_password_is_said(project: Project) -> None:
    """A wrong password names Salesforce's answer and the setting."""
    settings = project.sandbox.salesforce_settings("password")

    answer = project.meltano(
        "run",
        "contacts-to-zingle",
        TAP_SALESFORCE_ZINGLE_CLIENT_ID=settings["client_id"],
        TAP_SALESFORCE_ZINGLE_CLIENT_SECRET=settings["client_secret"],
        TAP_SALESFORCE_ZINGLE_USERNAME=settings["username"],
        TAP_SALESFORCE_ZINGLE_PASSWORD="wrong",
    )

    assert answer.returncode != 0
    assert "invalid_grant" in _plain(answer.stderr)
    assert "wrong" not in answer.stderr.replace("wrong user", "")


def test_an_unknown_zingle_service_is_said(project: Project) -> None:
    """A service id that does not exist is named before anything is written."""
    unknown = "00000000-0000-4000-8000-000000000000"
    project.sandbox.clear_journal()

    answer = project.meltano("run", "contacts-to-zingle", TARGET_ZINGLE_SERVICE_ID=unknown)

    assert answer.returncode != 0
    assert unknown in _plain(answer.stderr)
    assert project.sandbox.writes("zingle") == 0


def test_all_mapping_problems_are_listed_at_once(project: Project) -> None:
    """Every mapped field that does not exist is named with its path, before the first write."""
    mapping = {
        "contacts": {"first_name": "FirstNam", "fields": {"Loyalti Tier": "Department"}},
        "leads": {"phones": [{"from": "Handy"}]},
    }
    project.sandbox.clear_journal()

    answer = project.meltano(
        "run", "contacts-to-zingle", TARGET_ZINGLE_CONTACT_MAPPING=json.dumps(mapping)
    )

    assert answer.returncode != 0
    printed = _plain(answer.stderr)
    assert "FirstNam" in printed
    assert "FirstName" in printed
    assert "Loyalti Tier" in printed
    assert project.sandbox.writes("zingle") == 0


def test_a_service_that_is_down_is_said(project: Project) -> None:
    """A refused connection names the address, after a bounded number of tries."""
    nowhere = "http://127.0.0.1:9"

    answer = project.meltano(
        "run",
        "contacts-to-zingle",
        TAP_SALESFORCE_ZINGLE_LOGIN_URL=nowhere,
        TARGET_ZINGLE_API_URL=nowhere,
    )

    assert answer.returncode != 0
    assert "127.0.0.1:9" in _plain(answer.stderr)
