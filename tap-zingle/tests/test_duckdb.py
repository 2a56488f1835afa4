"""Every stream loads into DuckDB through target-duckdb, which somebody else wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_zingle.schemas import SCHEMAS

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

# Newer versions of duckdb take the first row of the loader's files for a header and drop it.
PACKAGES = ("target-duckdb==0.8.0", "duckdb==1.1.3")
COUNT_AND_TYPES = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1])
found = {}
for table, column, kind in connection.execute(
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
).fetchall():
    rows = connection.execute(f"SELECT count(*) FROM zingle.{table}").fetchone()[0]
    found.setdefault(table, {"rows": rows, "types": {}})["types"][column] = kind
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with target-duckdb in it."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not on the PATH: target-duckdb can't be installed")
    home = tmp_path_factory.mktemp("duckdb") / "venv"
    python = home / "bin" / "python"
    for command in (
        [uv, "venv", "-q", "--python", sys.executable, str(home)],
        [uv, "pip", "install", "-q", "--python", str(python), *PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"target-duckdb can't be installed here: {done.stderr[-300:]}")
    return home / "bin"


def write(path: Path, content: object) -> str:
    """Write JSON to a file."""
    path.write_text(json.dumps(content))
    return str(path)


def test_all_streams_load_with_types(
    demo_sandbox: RunningSandbox, loader: Path, tmp_path: Path
) -> None:
    """Each stream is a table of as many rows as records, with times and flags as such."""
    database = tmp_path / "warehouse.duckdb"
    tap_config = {
        **demo_sandbox.zingle_settings(),
        "start_date": "2026-01-01",
        "requests_per_second": 0,
    }
    target_config = {"filepath": str(database), "default_target_schema": "zingle"}
    program = Path(sys.executable).with_name("tap-zingle")
    read = subprocess.run(
        [program, "--config", write(tmp_path / "tap.json", tap_config)],
        capture_output=True,
        text=True,
        check=True,
    )
    subprocess.run(
        [loader / "target-duckdb", "--config", write(tmp_path / "target.json", target_config)],
        input=read.stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = subprocess.run(
        [loader / "python", "-c", COUNT_AND_TYPES, str(database)],
        capture_output=True,
        text=True,
        check=True,
    )
    tables = json.loads(answer.stdout)
    messages = [json.loads(line) for line in read.stdout.splitlines()]
    records = {
        name: sum(each["type"] == "RECORD" and each["stream"] == name for each in messages)
        for name in SCHEMAS
    }

    assert records == {name: table["rows"] for name, table in tables.items()}
    assert records["messages"] == 4_000
    assert tables["messages"]["types"]["created_at"].startswith("TIMESTAMP")
    assert tables["messages"]["types"]["is_automated"] == "BOOLEAN"
    assert tables["conversations"]["types"]["messages"] == "JSON"
    for name, schema in SCHEMAS.items():
        assert schema["properties"].keys() == tables[name]["types"].keys()
