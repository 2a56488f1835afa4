"""Write docs/faq-coverage.md from the tests that are named after rows of the vendor's FAQ.

``python target-zingle/tests/faq_coverage.py`` writes the page; `test_faq_coverage.py` fails where
it is not what this would write.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faq-coverage.md"
_NAME = re.compile(r"test_f(\d\d)_")

ROWS = {
    1: "Contacts and leads flow one way, from Salesforce to Zingle",
    2: "Creates contacts, or syncs to existing ones",
    3: "New records are created without anybody asking",
    4: "Changes arrive every five minutes",
    5: "Contacts, leads, or both",
    6: "Custom SOQL queries",
    7: "Conversations come back to Contacts and Leads",
    8: "Each conversation is logged as an activity",
    9: "Conversations are synced every hour",
    10: "A row is the conversation of the last 24 hours",
    14: "Sales Cloud only",
    15: "Custom objects and related objects by query",
    16: "Admin rights on both sides",
    18: "Salesforce sandboxes",
    21: "Matching on the Salesforce id",
    22: "Existing contacts are matched by phone or e-mail",
    23: "Matched contacts get new values",
    24: "Without a match a contact is created",
    25: "The first activation syncs everybody",
    26: "Afterwards only what has changed",
    28: "Every sync pulls the last 24 hours again",
    30: "Contacts are never pushed to Salesforce",
    31: "The CRM is the source of truth",
    32: "Conversations are matched and logged under a Contact or Lead",
    33: "Conversations go to Contacts, Leads or both",
    34: "The frequency of the conversations can be chosen",
    35: "The activity is titled Zingle Conversation",
    36: "The window is the last 24 hours by the service's time zone",
    37: "The same activity is updated during the window",
    38: "The next day is a new row",
    39: "One Salesforce to several services",
    40: "Routing contacts to services",
    41: "Several Salesforce organisations to one service",
    42: "Standard and custom fields",
    43: "Dates and times",
    44: "Numbers",
    45: "Formula, roll-up, auto number, percent, currency, text types",
    46: "Checkboxes",
    47: "Other types are ignored",
    48: "Any number of mapped fields",
    49: "Edits in Zingle stay in Zingle",
    52: "Matching by profile id",
    53: "Phone before e-mail",
    54: "An empty service is filled",
    55: "Another system pushes contacts too",
    56: "Update only",
    57: "Text areas longer than 255 characters",
    58: "Two lists of supported types that disagree",
    59: "The first batch takes 5 to 15 minutes",
    60: "False checkboxes stay blank (known bug)",
    61: "Custom queries are not validated (known bug)",
    63: "Changed types show in logs only (known bug)",
    64: "MailingAddress stays empty (known bug)",
    65: "Phone or Business Phone",
}
"""The rows about contacts and conversations that a test can hold; in our words."""


def covering(folder: Path) -> dict[int, list[tuple[str, str, str]]]:
    """Tests by row: file, name and the fact that they state."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for path in sorted(folder.glob("*/tests/**/test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (named := _NAME.match(node.name)):
                fact = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
                place = str(path.relative_to(folder))
                found.setdefault(int(named[1]), []).append((place, node.name, fact))
    return found


def page(tests: dict[int, list[tuple[str, str, str]]]) -> str:
    """The page."""
    lines = [
        "# The vendor's FAQ, row by row",
        "",
        "Generated from the tests by `python target-zingle/tests/faq_coverage.py`.",
        "Each row names the tests that hold it, and what they say.",
        "",
        "| row | what the FAQ says | what holds here | tests |",
        "|---|---|---|---|",
    ]
    for row, said in ROWS.items():
        held = tests.get(row, [])
        facts = " ".join(dict.fromkeys(fact for _, _, fact in held))
        names = "<br>".join(f"[`{name}`](../{place})" for place, name, _ in held)
        lines.append(f"| F{row} | {said} | {facts} | {names} |".replace("  ", " "))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(covering(ROOT)), encoding="utf-8")
