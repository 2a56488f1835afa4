"""The report in a real browser: Debian's chromium and chromium-driver."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.sync_log import SyncLog

SERVICE = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
PROJECT = """
pipelines:
- name: contacts
  tap: {name: tap-salesforce-zingle}
  target: {name: target-zingle}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report about 120 records."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "sync.yml").write_text(PROJECT)
    url = f"sqlite:///{folder}/log.db"
    run = SyncLog.open(url).start_run("target-zingle")
    run.record(
        [Outcome("contacts", SERVICE, f"003Zs{n:010d}AAA", "created") for n in range(100)]
        + [
            Outcome("contacts", SERVICE, f"003Zs{n:010d}AAA", "rejected", reason="no_usable_key")
            for n in range(200, 210)
        ]
        + [
            Outcome("contacts", SERVICE, f"003Zs{n:010d}AAA", "skipped", reason="filtered")
            for n in range(300, 310)
        ]
    )
    run.finish(status="ok", api_calls={"zingle": 7})
    arguments = ["--config", str(folder / "sync.yml"), "--sync-log-url", url, "--no-links"]
    result = CliRunner().invoke(app, ["report", *arguments, "--out", str(folder / "page.html")])
    assert 0 == result.exit_code, result.output
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report about conversation days, whose keys are 84 characters long."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "sync.yml").write_text(
        "pipelines:\n- name: days\n  tap: {name: tap-zingle}\n"
        "  target: {name: target-salesforce-activity}\n"
    )
    url = f"sqlite:///{folder}/log.db"
    run = SyncLog.open(url).start_run("target-salesforce-activity")
    keys = [f"{SERVICE}:{n:08d}-6c1b-4d7a-9a35-2f6c1e8b9a01:2026-11-20" for n in range(20)]
    run.record(
        [Outcome("conversations", SERVICE, key, "skipped", reason="unmatched") for key in keys]
    )
    run.finish(status="ok", api_calls={"salesforce": 1})
    arguments = ["--config", str(folder / "sync.yml"), "--sync-log-url", url, "--no-links"]
    result = CliRunner().invoke(app, ["report", *arguments, "--out", str(folder / "page.html")])
    assert 0 == result.exit_code, result.output
    return (folder / "page.html").as_uri()


def opened(browser: Chrome, page: str, *, width: int, scheme: str = "light") -> Chrome:
    """The page in a window of some width."""
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(page)
    return browser


def test_page_asks_for_nothing_and_complains_of_nothing(browser: Chrome, page: str) -> None:
    """The browser sends no request but for the page itself, and logs no error."""
    opened(browser, page, width=1200)

    asked = [entry["message"] for entry in browser.get_log("performance")]
    sent = [message for message in asked if "Network.requestWillBeSent" in message]
    assert all("page.html" in message for message in sent)
    assert [] == browser.get_log("browser")
    assert "Connected" in browser.find_element(By.TAG_NAME, "h1").text


@pytest.mark.parametrize("width", [1200, 1100, 900, 700, 390, 320])
def test_page_never_scrolls_sideways(browser: Chrome, page: str, width: int) -> None:
    """On a desktop and on phones everything fits the width, lists opened."""
    opened(browser, page, width=width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")

    widest = browser.execute_script("return document.documentElement.scrollWidth")
    assert widest <= width


@pytest.mark.parametrize("width", [1100, 900, 700, 390])
def test_long_keys_break_where_their_parts_meet(browser: Chrome, days: str, width: int) -> None:
    """A day's key is broken after a colon, so that no window is too narrow for it."""
    opened(browser, days, width=width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")

    widest = browser.execute_script("return document.documentElement.scrollWidth")
    assert widest <= width


def test_scheme_follows_the_reader(browser: Chrome, page: str) -> None:
    """Paper is light or dark, and ink stands out against it in both."""
    colours: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        opened(browser, page, width=1200, scheme=scheme)
        body = browser.find_element(By.TAG_NAME, "body")
        colours[scheme] = (
            brightness(body.value_of_css_property("background-color")),
            brightness(body.value_of_css_property("color")),
        )

    assert colours["light"][0] - colours["light"][1] > 150
    assert colours["dark"][1] - colours["dark"][0] > 150


def brightness(colour: str) -> float:
    """The mean of red, green and blue, 0 to 255."""
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(map(float, numbers)) / 3


def test_keyboard_alone_narrows_the_list(browser: Chrome, page: str) -> None:
    """Tab reaches the skip link first; lists open and filter by keys."""
    opened(browser, page, width=1200)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert "Skip to the content" == browser.switch_to.active_element.text

    listing = browser.find_element(By.CSS_SELECTOR, "details.list")
    listing.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert listing.get_property("open") is True
    rows = listing.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert 20 == sum(row.is_displayed() for row in rows)

    listing.find_element(By.CSS_SELECTOR, "[data-filter=reason]").send_keys("filtered")
    assert 10 == sum(row.is_displayed() for row in rows)
    listing.find_element(By.CSS_SELECTOR, "[data-filter=key]").send_keys("0307")
    assert 1 == sum(row.is_displayed() for row in rows)
