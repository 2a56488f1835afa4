"""Take the pictures of `docs/images` from a demo that ran: `make demo`, then `make pictures`."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from browser import NoBrowserError, chromium
from demo import BIN, FOLDER, ROOT, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def is_as_left(seen: Mapping[str, Any], runs: Mapping[str, Any]) -> bool:
    """Whether the services still know of the demo's calls, which the page shows.

    Args:
        seen: The services' own summary.
        runs: The figures of the demo's runs.
    """
    return all(
        figures["calls"] >= sum(run["api_calls"][side] for run in runs.values())
        for side, figures in seen.items()
    )


def _address() -> str | None:
    """Where the demo's services are; None if they don't run, or were started anew since."""
    status = subprocess.run(
        [str(BIN / "zingle-sandbox"), "status", "--state-dir", str(FOLDER / "sandbox")],
        capture_output=True,
        text=True,
        check=False,
    )
    figures = FOLDER / "summary.json"
    if status.returncode or not figures.exists():
        return None
    address = next(word for word in status.stdout.split() if word.startswith("http"))
    runs = json.loads(figures.read_text(encoding="utf-8"))
    return address if is_as_left(summary(address), runs) else None


def main() -> int:
    """Take all pictures; problems are one message and exit code 1."""
    address, report = _address(), FOLDER / "report.html"
    if address is None or not report.exists():
        print("The services are not as the demo left them: `make demo` first.", file=sys.stderr)
        return 1
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
