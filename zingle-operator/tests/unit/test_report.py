from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_operator.project.project import Pipeline, Project
from zingle_operator.report.charts import Bar, Part, share_bar, stacked_bars
from zingle_operator.report.command import org_address
from zingle_operator.report.data import record_url
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.sync_log import SyncLog

SERVICE = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
HOLDER = "82f00113-459b-4c2c-a4ef-bbddbc0b022f"
PROJECT = """
pipelines:
- name: contacts
  tap: {name: tap-salesforce-zingle, settings: {domain: hotel.my.salesforce.com}}
  target: {name: target-zingle, settings: {api_url: "https://api.zingle.me"}}
- name: conversations
  tap: {name: tap-zingle}
  target: {name: target-salesforce-activity}
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The report of a log with one run in each direction."""
    monkeypatch.delenv("SYNC_LOG_URL", raising=False)
    monkeypatch.delenv("MELTANO_ENVIRONMENT", raising=False)
    (tmp_path / "sync.yml").write_text(PROJECT)
    url = f"sqlite:///{tmp_path}/log.db"
    log = SyncLog.open(url)
    run = log.start_run("target-zingle")
    run.record(
        [
            Outcome("contacts", SERVICE, "003Zs00000000G9IAI", "created", target_id="z"),
            Outcome("contacts", SERVICE, "003Zs00000000GAIAY", "linked", matched_on="phone"),
            Outcome(
                "contacts",
                SERVICE,
                "003Zs00000000GBIAY",
                "skipped",
                reason="shared_channel",
                target_id=HOLDER,
            ),
            Outcome(
                "contacts",
                SERVICE,
                "+18585551212",
                "rejected",
                reason="refused",
                error=OutcomeError("RecordError", 400, "3706", "<b>not</b> true or false", "Tier"),
            ),
        ]
    )
    mapping = [{"stream": "contacts", "source": "Tier__c", "source_type": "picklist"}]
    run.finish(
        status="ok",
        api_calls={"zingle": 12},
        quota={"salesforce": {"used": 10, "max": 100}},
        facts={"mapping": mapping},
    )
    day = f"{SERVICE}:{HOLDER}:2026-03-02"
    run = log.start_run("target-salesforce-activity")
    run.record([Outcome("conversations", SERVICE, day, "skipped", reason="unmatched")])
    run.finish(status="failed", api_calls={}, error="The password is wrong.", error_class="X")
    result = CliRunner().invoke(
        app,
        [
            "report",
            *("--config", str(tmp_path / "sync.yml")),
            *("--sync-log-url", url),
            *("--out", str(tmp_path / "page.html")),
        ],
    )
    assert 0 == result.exit_code, result.output
    return (tmp_path / "page.html").read_text()


class Loads(HTMLParser):
    """Collects what a browser would fetch by itself, and checks that tags are balanced."""

    VOID = frozenset({"meta", "br", "input", "line", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember scripts, images and style sheets from elsewhere."""
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in {"script", "img", "link", "iframe", "use"}:
            self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        if tag not in self.VOID:
            assert tag == self.open.pop()


def test_page_is_self_contained_and_well_formed(page: str) -> None:
    """Nothing is fetched from anywhere, and every tag is closed."""
    parser = Loads()
    parser.feed(page)

    assert [] == parser.fetched
    assert [] == parser.open
    assert "@import" not in page
    assert "url(" not in page


def test_page_answers_the_questions(page: str) -> None:
    """Status, reasons with remedies, conflicts, unmatched days, mapping, calls and quota are there."""
    for wanted in (
        "Needs Attention",
        "The password is wrong.",
        "shared_channel",
        "Decide in Salesforce whose number it is",
        "Conflicts, side by side",
        f"{SERVICE}:{HOLDER}:2026-03-02",
        "Tier__c",
        "picklist",
        "10 of 100 calls of the day are used",
        "3706",
    ):
        assert wanted in page


def test_conflicts_link_to_the_org(page: str) -> None:
    """Salesforce's side of a conflict is a link to the record; Zingle's API is no page to look at."""
    sides = page.partition('<div class="sides conflict">')[2].partition("</section>")[0]

    assert 'href="https://hotel.my.salesforce.com/003Zs00000000GBIAY"' in sides
    assert HOLDER in sides
    assert "api.zingle.me" not in page


def test_page_holds_no_personal_data_and_no_foreign_markup(page: str) -> None:
    """Keys that are phones are masked, and texts of the log are escaped."""
    assert "8585551212" not in page
    assert "+1858***1212" in page
    assert "<b>not</b>" not in page
    assert "&lt;b&gt;not&lt;/b&gt;" in page


def test_page_suits_phones_the_dark_and_the_keyboard(page: str) -> None:
    """The page has a viewport, a dark scheme, a skip link, visible focus and labelled fields."""
    for wanted in (
        'name="viewport"',
        "prefers-color-scheme: dark",
        'class="skip" href="#content"',
        ":focus-visible",
        "max-width: 40rem",
    ):
        assert wanted in page
    assert len(re.findall(r"<(?:input|select)\b", page)) == len(re.findall(r"<label>", page))


def test_chart_shows_what_it_is_given() -> None:
    """Pieces are stacked to scale, and the chart says in words what it shows."""
    chart = str(
        stacked_bars(
            [
                Bar("one <", (Part("created", 50), Part("rejected", 50))),
                Bar("none", (), failed=True),
            ],
            label="Runs",
        )
    )

    assert 'aria-label="Runs; highest 100"' in chart
    assert "one &lt;" in chart
    assert 1 == chart.count('class="failed"')
    heights = [float(value) for value in re.findall(r'height="([\d.]+)"', chart)]
    assert 2 == heights.count(56.0)
    assert 'width="540.0"' in share_bar([Part("phone", 3), Part("email", 1)], label="Keys")


@pytest.mark.parametrize("base", [None, ""])
def test_links_need_an_address(base: str | None) -> None:
    """Without the org's own address an id stays an id."""
    assert record_url(base, "003Zs00000000GBIAY") is None
    assert record_url("https://org", "not-an-id") is None


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"domain": "login"}, None),
        ({"domain": "test"}, None),
        ({}, None),
        ({"login_url": "https://login.salesforce.com"}, None),
        ({"domain": "hotel.my.salesforce.com"}, "https://hotel.my.salesforce.com"),
        (
            {"domain": "login", "instance_url": "https://a.my.salesforce.com/"},
            "https://a.my.salesforce.com",
        ),
        (
            {"domain": "login", "login_url": "https://b.my.salesforce.com"},
            "https://b.my.salesforce.com",
        ),
    ],
)
def test_only_an_address_of_the_org_is_linked(
    settings: dict[str, str], address: str | None
) -> None:
    """The hosts where everybody logs in show no record: no link is better than a wrong one."""
    pipeline = Pipeline("contacts", "tap", "target", "contacts")
    project = SimpleNamespace(settings=lambda plugin: settings if plugin == "tap" else {})

    assert address == org_address(cast("Project", project), pipeline)
