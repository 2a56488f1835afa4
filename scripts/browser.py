"""A real browser for tests: Chromium or Chrome with its driver, as they are installed here."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class NoBrowserError(Exception):
    """There is no Chromium, or no driver for it."""


def programs() -> tuple[str, str]:
    """The browser and its driver.

    Raises:
        NoBrowserError: If one is missing; the message says what to install.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        raise NoBrowserError(
            "there is no Chromium, or no chromedriver: install them (Debian: chromium "
            "chromium-driver) to open the pages in a browser"
        )
    return browser, driver


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a headless Chromium that keeps a log of its requests, and end it.

    Raises:
        NoBrowserError: If there is none.
    """
    browser, driver_program = programs()
    options = ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=driver_program))
    try:
        yield driver
    finally:
        driver.quit()
