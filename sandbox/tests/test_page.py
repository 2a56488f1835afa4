from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import requests

from zingle_sandbox import salesforce, zingle
from zingle_sandbox.faults import KINDS

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

PAGES = ("/", "/calls", "/switches")
VOID = {"meta", "link", "input", "br", "path", "circle", "img"}


class Outline(HTMLParser):
    """Reads a page's tags, and whether they are nested properly."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[tuple[str, bool]] = []
        self.text: list[str] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in {"input", "select"} and given.get("type") != "hidden":
            self.controls.append((str(given.get("id")), "label" in self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every end tag must close the innermost open tag."""
        if tag not in VOID:
            assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text.append(data.strip())


def outline(url: str, *, status: int = 200) -> Outline:
    """A page, read."""
    answer = requests.get(url, timeout=10)
    assert status == answer.status_code
    found = Outline()
    found.feed(answer.text)
    assert [] == found.open
    return found


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_well_formed_and_every_control_has_a_label(
    demo_sandbox: RunningSandbox, path: str
) -> None:
    """Tags are nested, ids are unique, and each field belongs to a label."""
    page = outline(f"{demo_sandbox.url}{path}")

    assert len(page.ids) == len(set(page.ids))
    assert (1, 1) == (page.headings[0], page.headings.count(1))
    assert all(below <= above + 1 for above, below in pairwise(page.headings))
    assert [] == [
        name for name, inside in page.controls if not inside and name not in page.labelled
    ]


def test_the_ledger_tells_who_is_linked(demo_sandbox: RunningSandbox) -> None:
    """Linked people and look-alikes are joined by name, walk-ins are unknown to Salesforce."""
    linked = outline(f"{demo_sandbox.url}/?show=linked&limit=100").text
    strangers = outline(f"{demo_sandbox.url}/?show=zingle&limit=600").text
    people = outline(f"{demo_sandbox.url}/?show=salesforce&limit=1300").text

    assert 60 == linked.count("linked")
    assert 440 == strangers.count("unknown to Salesforce")
    assert 300 == people.count("same phone") + people.count("same e-mail")


def test_a_person_is_found_by_name_phone_email_and_id(demo_sandbox: RunningSandbox) -> None:
    """The search looks at both sides."""
    truth = demo_sandbox.truths("linked")[0]
    store = demo_sandbox.sandbox.store
    sobject = "Contact" if str(truth.salesforce_id).startswith("003") else "Lead"
    row = store.one(f"SELECT * FROM sf_{sobject} WHERE Id = ?", (truth.salesforce_id,))
    assert row is not None
    for search in (row["LastName"], row["Email"].lower(), truth.salesforce_id):
        page = requests.get(demo_sandbox.url, {"q": search, "show": "linked"}, timeout=10).text
        assert f"/people/{truth.salesforce_id}" in page


def test_a_person_shows_both_sides_and_the_conversation_days(demo_sandbox: RunningSandbox) -> None:
    """The link, the messages by local day, and the Task that tells of a day."""
    store = demo_sandbox.sandbox.store
    linked = {truth.salesforce_id: truth for truth in demo_sandbox.truths("linked")}
    row = store.one(
        "SELECT contact.external_id AS id FROM zg_contacts AS contact JOIN zg_messages AS message"
        " ON message.contact = contact.number WHERE contact.external_id IS NOT NULL LIMIT 1"
    )
    assert row is not None
    salesforce.insert_rows(
        demo_sandbox.sandbox,
        "Task",
        [
            {
                "WhoId": row["id"],
                "Subject": "Zingle Conversation",
                "ActivityDate": "2026-02-25",
                "Description": "<b>Guest</b> > hello",
                "CallObject": "zgl:service:contact:2026-02-25",
            }
        ],
    )

    by_person = requests.get(f"{demo_sandbox.url}/people/{row['id']}", timeout=10).text
    by_guest = requests.get(
        f"{demo_sandbox.url}/people/{linked[row['id']].contact_id}", timeout=10
    ).text

    for page in (by_person, by_guest):
        assert "<span>linked</span>" in page
        assert 'datetime="2026-02-25"' in page
        assert "&lt;b&gt;Guest&lt;/b&gt; &gt; hello" in page
        assert "America/Los_Angeles" in page
    demo_sandbox.reset()


def test_a_person_shows_the_values_of_its_guest(demo_sandbox: RunningSandbox) -> None:
    """A field of every type as text, a note, and who looks after the guest."""
    (guest,) = zingle.insert_contacts(
        demo_sandbox.sandbox,
        [
            {
                "fields": {
                    "Room": "512",
                    "Newsletter": "false",
                    "Nights Stayed": 3,
                    "Checkin Date": 1_767_225_600,
                    "Birthday": 1_767_225_600,
                    "Arrival Time": "15:30",
                },
                "notes": "Quiet <side>",
                "assigned_to_user_id": zingle.AGENT_IDS[0],
                "assigned_to_team": "Front Desk",
            }
        ],
    )

    text = outline(f"{demo_sandbox.url}/people/{guest}").text

    for name, value in (
        ("Room", "512"),
        ("Newsletter", "no"),
        ("Nights Stayed", "3"),
        ("Checkin Date", "2026-01-01"),
        ("Birthday", "01-01"),
        ("Arrival Time", "15:30"),
        ("Notes", "Quiet <side>"),
        ("Assigned to", "Ana Lopez"),
        ("Assigned to team", "Front Desk"),
    ):
        assert value == text[text.index(name) + 1]
    demo_sandbox.reset()


def test_nobody_is_nobody(demo_sandbox: RunningSandbox) -> None:
    """An unknown id gives 404 and says so."""
    page = outline(f"{demo_sandbox.url}/people/nobody", status=404)

    assert "Nobody here" in page.text


def test_text_from_outside_is_escaped(demo_sandbox: RunningSandbox) -> None:
    """Neither a search nor a name becomes markup."""
    page = requests.get(demo_sandbox.url, {"q": "<script>alert(1)</script>"}, timeout=10).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_last_calls_are_listed_with_faults_marked(demo_sandbox: RunningSandbox) -> None:
    """Newest first; a call that was hit carries the rule's id."""
    demo_sandbox.clear_journal()
    demo_sandbox.faults.add(kind="status", status=503, id="broken", times=1)
    for _ in range(2):
        requests.get(f"{demo_sandbox.url}/services/data", timeout=10)

    page = outline(f"{demo_sandbox.url}/calls").text
    only_faults = outline(f"{demo_sandbox.url}/calls?only=faults").text

    assert ["200", "503"] == [text for text in page if text in {"200", "503"}]
    assert "broken" in page
    assert "200" not in only_faults
    demo_sandbox.reset()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_can_be_switched_on_and_off(
    demo_sandbox: RunningSandbox, kind: str
) -> None:
    """The form's other fields do not get in the way of a kind that does not use them."""
    form = {
        "kind": kind,
        "system": "zingle",
        "method": "GET",
        "path": "/v1/*",
        "status": "503",
        "skip": "1",
        "every": "2",
        "times": "0",
        "retry_after": "3",
        "seconds": "0.5",
        "per_second": "5",
    }

    page = requests.post(f"{demo_sandbox.url}/switches/faults", form, timeout=10)
    (rule, _, _) = demo_sandbox.faults.active()[0]

    assert 200 == page.status_code
    assert (kind, "zingle", 1, 2) == (rule.kind, rule.system, rule.skip, rule.every)
    assert rule.id in page.text
    requests.post(f"{demo_sandbox.url}/switches/faults/remove", {"id": rule.id}, timeout=10)
    assert [] == demo_sandbox.faults.active()


def test_profiles_and_options_are_switched_on_the_page(demo_sandbox: RunningSandbox) -> None:
    """Saved values are in force; what makes no sense is refused with a sentence."""
    url = f"{demo_sandbox.url}/switches"
    requests.post(f"{url}/profile", {"put_channels": "append"}, timeout=10)
    requests.post(
        f"{url}/options",
        {"salesforce_daily_limit": "12", "salesforce_shuffle": "false"},
        timeout=10,
    )

    assert "append" == demo_sandbox.sandbox.profile["put_channels"]
    assert 12 == demo_sandbox.sandbox.options["salesforce_daily_limit"]
    assert demo_sandbox.sandbox.options["salesforce_shuffle"] is False
    for path, form in (
        ("profile", {"put_channels": "often"}),
        ("options", {"salesforce_daily_limit": "many"}),
        ("options", {"no_such_option": "1"}),
        ("faults", {"kind": "explode"}),
        ("faults", {}),
    ):
        refused = requests.post(f"{url}/{path}", form, timeout=10)
        assert 400 == refused.status_code
        assert 'role="alert"' in refused.text
    demo_sandbox.reset()


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink", "card"),
        ("paper", "ink"),
        ("dim", "paper"),
        ("dim", "card"),
        ("thread", "paper"),
        ("paper", "thread"),
        ("s", "paper"),
        ("s", "s-soft"),
        ("z", "paper"),
        ("z", "z-soft"),
        ("ink", "z-soft"),
        ("dim", "z-soft"),
        ("warn", "warn-soft"),
        ("ink", "warn-soft"),
        ("dim", "warn-soft"),
    ],
)
def test_text_stands_out_from_its_ground(
    demo_sandbox: RunningSandbox, theme: str, text: str, ground: str
) -> None:
    """Every pair of colours that the style sheet puts together has a contrast of 4.5 or more."""
    css = requests.get(f"{demo_sandbox.url}/_sandbox/page.css", timeout=10).text
    blocks = re.findall(r":root \{([^}]*)\}", css)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[theme == "dark"]))

    lighter, darker = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_empty_worlds_say_how_to_fill_them(sandbox: RunningSandbox) -> None:
    """An empty page is an invitation."""
    assert "zingle-sandbox seed demo" in requests.get(sandbox.url, timeout=10).text


@pytest.mark.parametrize(
    ("asset", "kind"), [("page.css", "text/css"), ("page.js", "text/javascript")]
)
def test_the_page_needs_nothing_from_elsewhere(
    demo_sandbox: RunningSandbox, asset: str, kind: str
) -> None:
    """Style and script come from the sandbox; no page names another host."""
    answer = requests.get(f"{demo_sandbox.url}/_sandbox/{asset}", timeout=10)

    assert answer.headers["Content-Type"].startswith(kind)
    for path in PAGES:
        page = requests.get(f"{demo_sandbox.url}{path}", timeout=10).text
        assert "//" not in page.replace("http://www.w3.org/2000/svg", "").replace("://", "", 0) or (
            'src="//' not in page and 'href="http' not in page
        )
