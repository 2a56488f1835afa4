"""As a tap in anybody's ELT stack: a checker and a loader that know nothing of this project."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zingle_sandbox.testing import RunningSandbox

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(900)  # these install
UV = shutil.which("uv") or str(ROOT / ".tools" / "uv")
COUNTS = """
import json, sys, duckdb
database = duckdb.connect(sys.argv[1])
tables = database.execute("select table_name from information_schema.tables").fetchall()
counts = {name: database.execute(f"select count(*) from main.{name}").fetchone()[0] for (name,) in tables}
types = database.execute("select table_name, column_name, data_type from information_schema.columns").fetchall()
print(json.dumps({"counts": counts, "types": {f"{row[0]}.{row[1]}": row[2] for row in types}}))
"""


def environment(folder: Path, *packages: str) -> Path:
    """The programs of packages in an environment of their own."""
    try:
        subprocess.run([UV, "venv", "-q", str(folder)], check=True, capture_output=True)
        python = folder / "bin" / "python"
        install = [UV, "pip", "install", "-q", "--python", str(python), *packages]
        subprocess.run(install, check=True, capture_output=True, timeout=240)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"NOT TESTED AGAINST {packages[0]}: it cannot be installed here ({error})")
    return folder / "bin"


@pytest.fixture(scope="module")
def output(demo_sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the command prints for both streams and a custom query."""
    query = (
        "SELECT Id, Account.Name, MailingAddress, Discount__c, (SELECT Id FROM Tasks) FROM Contact"
    )
    config = {
        **demo_sandbox.salesforce_settings(),
        "custom_queries": [{"name": "guests", "soql": query}],
    }
    path = tmp_path_factory.mktemp("tap") / "config.json"
    path.write_text(json.dumps(config))
    command = Path(sys.executable).with_name("tap-salesforce-zingle")
    done = subprocess.run([str(command), "--config", str(path)], check=True, capture_output=True)
    return done.stdout


def test_singer_check_tap(output: bytes, tmp_path: Path) -> None:
    """The output is valid Singer to singer-tools' checker, datetimes included."""
    programs = environment(tmp_path / "check", "singer-tools")

    done = subprocess.run(
        [str(programs / "singer-check-tap")], input=output, capture_output=True, check=False
    )

    assert (0, True) == (done.returncode, b"The output is valid" in done.stdout)


def test_target_duckdb(output: bytes, tmp_path: Path) -> None:
    """target-duckdb loads every row of each stream into columns of the right types."""
    # Newer DuckDBs guess that the first row of a file of target-duckdb 0.8 is its header, and lose it.
    programs = environment(tmp_path / "duckdb", "target-duckdb==0.8.0", "duckdb<1.2")
    database = tmp_path / "people.duckdb"
    config = tmp_path / "target.json"
    settings = {"filepath": str(database), "database": "people", "default_target_schema": "main"}
    config.write_text(json.dumps(settings))

    subprocess.run(
        [str(programs / "target-duckdb"), "--config", str(config)],
        input=output,
        capture_output=True,
        check=True,
    )
    found = json.loads(
        subprocess.run(
            [str(programs / "python"), "-c", COUNTS, str(database)],
            capture_output=True,
            check=True,
        ).stdout
    )

    assert {"contacts": 787, "leads": 397, "guests": 785} == found["counts"]
    expected = {
        "contacts.systemmodstamp": "TIMESTAMP",
        "contacts.isdeleted": "BOOLEAN",
        "contacts.discount__c": "DOUBLE",
        "contacts.phone": "VARCHAR",
        "leads.annualrevenue": "DOUBLE",
        "leads.numberofemployees": "HUGEINT",
        "guests.account": "JSON",
        "guests.tasks": "JSON",
    }
    assert expected == {name: found["types"][name] for name in expected}
