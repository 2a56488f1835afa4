"""Put a usable uv at ``.tools/uv`` with nothing but this interpreter.

Three ways, first that works: a uv that is new enough and already on the PATH, ``pip install``
into a throw-away virtual environment (it knows the user's index, proxy and certificates), and
the wheel that ``uv.lock`` pins, checked against its hash and unpacked with the standard library
(for systems without ensurepip).
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
OLDEST = (0, 13)


def _version(uv: str) -> tuple[int, ...]:
    answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2])


def from_path() -> bytes | None:
    """Return None after linking a uv of the PATH, or raise where none is new enough."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    elsewhere = os.pathsep.join(folder for folder in folders if Path(folder) != TOOLS)
    found = shutil.which("uv", path=elsewhere)
    if not found or _version(found) < OLDEST:
        message = "no uv on the PATH that is new enough"
        raise FileNotFoundError(message)
    (TOOLS / "uv").unlink(missing_ok=True)
    (TOOLS / "uv").symlink_to(found)
    return None


def from_pip() -> bytes:
    """Return the uv binary that pip installs into a temporary virtual environment."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        pip = [str(Path(folder, "bin", "python")), "-m", "pip", "install", "--quiet"]
        wanted = Path(folder, "uv.txt")
        wanted.write_text(requirement(), encoding="utf-8")
        pip += ["--require-hashes", "--requirement", str(wanted)]
        subprocess.run(pip, check=True, capture_output=True)
        return Path(folder, "bin", "uv").read_bytes()


def from_lock() -> bytes:
    """Return the uv binary out of the wheel that uv.lock names for this platform."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if sys.platform == "darwin":
        wanted = re.compile(rf"macosx_.*_{machine.replace('aarch64', 'arm64')}\.whl$")
    elif "musl" in (os.confstr("CS_GNU_LIBC_VERSION") or "musl"):
        wanted = re.compile(rf"musllinux_.*_{machine}\.whl$")
    else:
        wanted = re.compile(rf"manylinux.*_{machine}(\.musllinux.*)?\.whl$")
    wheels = re.findall(r'url = "([^"]+\.whl)", hash = "sha256:([0-9a-f]+)"', _locked_section())
    url, expected = next(wheel for wheel in wheels if wanted.search(wheel[0]))
    with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 - pinned by uv.lock
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != expected:
        message = f"{url} does not have the hash of uv.lock"
        raise ValueError(message)
    with zipfile.ZipFile(io.BytesIO(content)) as wheel_file:
        name = next(n for n in wheel_file.namelist() if n.endswith("/scripts/uv"))
        return wheel_file.read(name)


def requirement() -> str:
    """Return the line by which pip takes no other file than one that uv.lock names."""
    hashes = re.findall(r'hash = "(sha256:[0-9a-f]+)"', _locked_section())
    return " ".join([f"uv=={_locked_version()}", *(f"--hash={one}" for one in hashes)])


def _locked_section() -> str:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    found = re.search(r'\[\[package\]\]\nname = "uv"\n.*?(?=\n\[\[package\]\]|\Z)', lock, re.DOTALL)
    if found is None:
        message = "uv.lock does not pin uv"
        raise ValueError(message)
    return found.group()


def _locked_version() -> str:
    return _locked_section().split('version = "', 1)[1].split('"', 1)[0]


def main() -> int:
    """Try each way in turn and tell what each one said if none works."""
    TOOLS.mkdir(exist_ok=True)
    ways: list[Callable[[], bytes | None]] = [from_path, from_pip, from_lock]
    problems = []
    for way in ways:
        try:
            binary = way()
        except (OSError, ValueError, StopIteration, subprocess.CalledProcessError) as problem:
            problems.append(f"  {way.__name__}: {problem}")
            continue
        if binary is not None:
            target = TOOLS / "uv.new"
            target.write_bytes(binary)
            target.chmod(0o755)
            target.replace(TOOLS / "uv")
        return 0
    print("uv could not be installed:", *problems, sep="\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
