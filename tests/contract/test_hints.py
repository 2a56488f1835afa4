"""What the Salesforce tap says about fields and org reaches the target through a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zingle_sandbox.credentials import ZINGLE_SERVICE_ID

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox


def program(name: str, config: Path, *more: str, given: bytes = b"") -> bytes:
    """Run an installed plugin; gives what it prints."""
    command = [str(Path(sys.executable).with_name(name)), "--config", str(config), *more]
    return subprocess.run(
        command, input=given, check=True, capture_output=True, cwd=config.parent
    ).stdout


def test_org_survives_a_catalog(demo_sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Catalogs drop unknown keywords, yet external ids of the target begin with the tap's org."""
    tap: dict[str, Any] = {
        **demo_sandbox.salesforce_settings(),
        "objects": ["Contact"],
        "where": {"Contact": "Email != null AND LastName LIKE 'B%'"},
        "include_deleted": False,
        "start_date": "2026-01-01",
    }
    target = {
        **demo_sandbox.zingle_settings(),
        "service_id": ZINGLE_SERVICE_ID,
        "external_id_template": "{org_id}:{id}",
        "sync_log_url": f"sqlite:///{tmp_path / 'log.db'}",
        "default_region": "US",
        "max_error_rate": 1.0,
    }
    (tmp_path / "tap.json").write_text(json.dumps(tap))
    (tmp_path / "target.json").write_text(json.dumps(target))
    catalog = tmp_path / "catalog.json"
    catalog.write_bytes(program("tap-salesforce-zingle", tmp_path / "tap.json", "--discover"))

    output = program("tap-salesforce-zingle", tmp_path / "tap.json", "--catalog", str(catalog))
    demo_sandbox.clear_journal()
    program("target-zingle", tmp_path / "target.json", given=output)

    org = json.loads(output.splitlines()[0])["schema"]["x-salesforce-org"]
    bodies = [str(call.body) for call in demo_sandbox.journal() if call.method in {"POST", "PUT"}]
    assert ("00D", False) == (org[:3], "x-salesforce" in catalog.read_text())
    assert any(f"{org}:003" in body for body in bodies)
