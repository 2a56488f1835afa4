"""The operator's commands as Meltano utilities, on the repository's own project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Project

CONTACTS = ("--pipeline", "contacts-to-zingle")


def _status(project: Project) -> tuple[int, dict[str, Any]]:
    answer = project.meltano("invoke", "zingle-sync:status", "--json", *CONTACTS)
    return answer.returncode, json.loads(answer.stdout)


def test_an_operator_always_knows(project: Project, tmp_path: Path) -> None:
    """Never run, checked, previewed, Connected, broken with its reason, Connected again."""
    assert _status(project)[0] == 3

    check = project.meltano("invoke", "zingle-sync:check", *CONTACTS)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "target-zingle accepts the 2 streams of tap-salesforce-zingle" in check.stdout
    password = project.sandbox.zingle_settings()["password"]
    assert password not in check.stdout + check.stderr

    preview = project.meltano("invoke", "zingle-sync:preview", "--json", *CONTACTS)
    (told,) = json.loads(preview.stdout)
    assert told["outcomes"]["would_create"] > 700
    assert (project.sandbox.writes("zingle"), _status(project)[0]) == (0, 3)

    project.run("contacts-to-zingle")
    code, status = _status(project)
    assert (code, status["status"]) == (0, "Connected")
    assert [one["service_id"] for one in status["services"]] == [project.sandbox.service_id]

    mapping = {"contacts": {"fields": {"Loyalty Tier": "Loyalty_Teir__c"}}}
    broken = project.meltano(
        "run", "contacts-to-zingle", TARGET_ZINGLE_CONTACT_MAPPING=json.dumps(mapping)
    )
    code, status = _status(project)
    assert (broken.returncode != 0, code, status["status"]) == (True, 1, "Needs Attention")
    assert 'did you mean "Loyalty_Tier__c"?' in status["reason"]

    project.run("contacts-to-zingle")
    replay = project.meltano("invoke", "zingle-sync:replay", *CONTACTS)
    assert "still rejected" in replay.stderr  # nobody corrected the 41 people without a key
    assert _status(project)[0] == 0

    page = tmp_path / "report.html"
    report = project.meltano("invoke", "zingle-sync:report", "--out", str(page))
    assert report.returncode == 0, report.stderr
    assert "no_usable_key" in page.read_text(encoding="utf-8")
