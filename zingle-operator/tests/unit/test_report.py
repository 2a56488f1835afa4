from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.sync_log import SyncLog

SERVICE = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
HOLDER = "82f00113-459b-4c2c-a4ef-bbddbc0b022f"
LINKS = {
    "salesforce": "https://hotel.my.salesforce.com",
    "zingle": "https://app.example.org/{service_id}/contacts/{contact_id}",
}
PROJECT = """
pipelines:
- name: contacts
  expected_interval: 5m
  tap: {name: tap-salesforce-zingle}
  target: {name: target-zingle}
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
            Outcome("contacts", SERVICE, "003Zs00000000G9IAI", "created", target_id=HOLDER),
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
                "003Zs00000000GCIAY",
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
        ],
        payloads={
            "003Zs00000000GBIAY": {
                "Id": "003Zs00000000GBIAY",
                "LastName": "Marlowe",
                "MobilePhone": "+1 (202) 555-0142",
                "Email": "p.marlowe@hotel.example.org",
            }
        },
    )
    run.remember(SERVICE, "service_name", "Harbor Lights")
    mapping = [{"stream": "contacts", "source": "Tier__c", "source_type": "picklist"}]
    run.finish(
        status="ok",
        api_calls={"zingle": 12},
        quota={"salesforce": {"used": 10, "max": 100}},
        facts={"mapping": mapping, "links": LINKS},
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

    VOID = frozenset({"meta", "br", "hr", "wbr", "input", "line", "rect"})

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
        "10 of 100 calls of the day are used (10.0 %), 90 are left",
        "Harbor Lights",
        "due every 5 minutes, the next run at",
        "The last 1 runs of target and tap",
        "3706",
    ):
        assert wanted in page


def test_conflicts_show_what_a_person_decides_by(page: str) -> None:
    """Who wants the same is one group, with masked phones, who holds it, and links to both."""
    (sides,) = page.split('<div class="sides conflict">')[1:]
    sides = sides.partition("</details>")[0]
    wanted, held = sides.split("Held by")

    assert 2 == wanted.count('href="https://hotel.my.salesforce.com/003Zs')
    assert "+1202***0142, p***@hotel.example.org" in wanted
    assert f'href="https://app.example.org/{SERVICE}/contacts/{HOLDER}"' in held
    assert 'linked to <a href="https://hotel.my.salesforce.com/003Zs00000000G9IAI"' in held
    assert "Marlowe" not in page


def test_colours_mean_one_thing_each(page: str) -> None:
    """Colours of outcomes are used for outcomes; whatever else is drawn has the page's accent."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    coloured = {"created", "linked", "updated", "unchanged", "skipped", "rejected"}
    used = re.findall(r"([^{}]+)\{[^{}]*var\(--(\w+)\)[^{}]*\}", style)
    wrong = [
        (selector.strip(), colour)
        for selector, colour in used
        if colour in coloured and f".{colour}" not in selector
    ]

    assert [] == wrong
    assert coloured <= {colour for _, colour in used}


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
        "max-width: 48rem",
    ):
        assert wanted in page
    assert len(re.findall(r"<(?:input|select)\b", page)) == len(re.findall(r"<label>", page))
