"""Take the pictures of `docs/images` from a demo that runs: `make demo`, then `make pictures`."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from browser import NoBrowserError, chromium
from demo import BIN, FOLDER, ROOT

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

IMAGES = ROOT / "docs" / "images"
# Letters that several of the demo's families have in their name.
SEARCH = "mar"


def take(driver: Chrome, address: str, file: str, size: tuple[int, int], scale: float) -> None:
    """Save what a window of some size shows of a page.

    Args:
        driver: The browser.
        address: Of the page.
        file: Name of the picture.
        size: Width and height of the picture, in pixels.
        scale: Pixels of the picture for each of the page.
    """
    width, height = (round(length / scale) for length in size)
    metrics = {
        "width": width,
        "height": height,
        "deviceScaleFactor": scale,
        "mobile": width < 600,  # noqa: PLR2004 - a phone
    }
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    driver.get(address)
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    (IMAGES / file).write_bytes(base64.b64decode(picture["data"]))


def main() -> int:
    """Take all pictures; problems are one message and exit code 1."""
    report = FOLDER / "report.html"
    status = subprocess.run(
        [str(BIN / "zingle-sandbox"), "status", "--state-dir", str(FOLDER / "sandbox")],
        capture_output=True,
        text=True,
        check=False,
    )
    if status.returncode or not report.exists():
        print("The demo does not run: `make demo` first.", file=sys.stderr)
        return 1
    address = next(word for word in status.stdout.split() if word.startswith("http"))
    try:
        with chromium() as driver:
            take(driver, f"{address}/?q={SEARCH}", "page.png", (1800, 1200), 1.5)
            take(driver, Path(report).as_uri(), "report-desktop.png", (1100, 1500), 1)
            take(driver, Path(report).as_uri(), "report-phone.png", (500, 1500), 1)
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
