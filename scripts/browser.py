"""A real browser for tests: Debian's chromium and chromium-driver, by explicit path."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
PACKAGES = ("chromium", "chromium-driver")


class NoBrowserError(Exception):
    """There is no Chromium, and none can be installed."""


def _is_here() -> bool:
    return CHROMIUM.exists() and DRIVER.exists()


def ensure() -> None:
    """Install the browser where it is missing; tests that need it never pass without it.

    Raises:
        NoBrowserError: If that is impossible; the message says what to do.
    """
    if _is_here():
        return
    words = " ".join(PACKAGES)
    by_hand = f"{CHROMIUM} or {DRIVER} is missing; install the packages {words}"
    apt = shutil.which("apt-get")
    sudo = [] if os.getuid() == 0 else [shutil.which("sudo") or "", "--non-interactive"]
    if apt is None or (sudo and not sudo[0]):
        raise NoBrowserError(by_hand)
    # Two workers must not install at the same time.
    with (Path(tempfile.gettempdir()) / f"chromium-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_here():
            return
        command = [*sudo, apt, "install", "--yes", "--no-install-recommends", *PACKAGES]
        for step in ([*sudo, apt, "update"], command):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoBrowserError(f"{by_hand} ({done.stderr.strip()[-500:]})")
    if not _is_here():
        raise NoBrowserError(by_hand)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a headless Chromium that keeps a log of its requests, and end it.

    Raises:
        NoBrowserError: If there is none, and none can be installed.
    """
    ensure()
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()
