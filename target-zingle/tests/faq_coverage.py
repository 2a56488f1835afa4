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

BROKEN = [
    ("test_f01_people_flow_one_way_into_zingle", "a run calls Salesforce"),
    ("test_f01_people_flow_one_way_into_zingle", "Leads are passed over"),
    ("test_f02_existing_contacts_are_synced_and_others_created", "a known phone matches nobody"),
    ("test_f03_new_records_are_created_without_anybody_asking", "strangers are never created"),
    ("test_f04_a_run_without_changes_costs_nothing", "a SCHEMA alone logs in"),
    ("test_f05_contacts_leads_or_both", "a stream's own mapping is ignored"),
    ("test_f05_contacts_leads_or_both", "a person who is both is made twice"),
    ("test_f06_custom_soql_streams_are_mapped_like_any_other", "only contacts and leads may come"),
    ("test_f14_rows_of_any_other_tap_work", "null types are refused"),
    ("test_f14_rows_of_any_other_tap_work", "`_sdc_deleted_at` is not read"),
    ("test_f15_parents_fields_are_reached", "the external id is always the key"),
    ("test_f15_parents_fields_are_reached", "parents' fields are not reached"),
    ("test_f16_missing_rights_are_named_in_plain_words", "no advice with a missing privilege"),
    ("test_f16_missing_rights_are_named_in_plain_words", "a missing privilege rejects one record"),
    (
        "test_f18_organisations_are_told_apart_by_a_namespace",
        "the template's organisation stays empty",
    ),
    ("test_f21_the_salesforce_id_comes_first", "the Salesforce id is not looked for"),
    ("test_f21_the_salesforce_id_comes_first", "15 characters are another id"),
    (
        "test_f22_existing_contacts_are_found_by_phone_or_email",
        "the country of a person does not count",
    ),
    (
        "test_f22_existing_contacts_are_found_by_phone_or_email",
        "e-mails are compared letter by letter",
    ),
    ("test_f23_matched_contacts_get_new_values_only", "all mapped fields are written again"),
    ("test_f24_nobody_matches_so_a_contact_is_created", "a new contact lacks the id"),
    ("test_f24_nobody_matches_so_a_contact_is_created", "a new contact takes a second write"),
    (
        "test_f25_the_first_run_takes_everybody_and_can_be_resumed",
        "STATE is emitted before its records are settled",
    ),
    ("test_f25_the_first_run_takes_everybody_and_can_be_resumed", "checkpoints are not kept"),
    ("test_f26_later_runs_take_what_has_changed", "whoever is read again is written again"),
    (
        "test_f28_a_record_that_is_read_again_is_not_logged_as_an_update",
        "whoever is read again counts as an update",
    ),
    ("test_f30_contacts_are_never_pushed_to_salesforce", "a run calls Salesforce"),
    ("test_f31_a_hand_edit_is_overwritten_or_kept_field_by_field", "`if_blank` overwrites"),
    (
        "test_f31_a_hand_edit_is_overwritten_or_kept_field_by_field",
        "what agents wrote is never overwritten",
    ),
    (
        "test_f34_the_interval_that_was_chosen_is_the_one_that_counts",
        "an hour is expected whatever was chosen",
    ),
    ("test_f34_an_administrator_chooses_how_often", "conversations have no schedule"),
    ("test_f34_an_administrator_chooses_how_often", "the schedule runs another job"),
    ("test_f39_one_run_feeds_several_services", "`all` means the first"),
    ("test_f39_one_run_feeds_several_services", "a service's own mapping is ignored"),
    ("test_f40_records_are_routed_to_services_by_condition", "conditions are ignored"),
    ("test_f40_records_are_routed_to_services_by_condition", "who has no service is not reported"),
    ("test_f41_two_organisations_need_a_namespace", "two organisations may share ids"),
    (
        "test_f41_two_organisations_need_a_namespace",
        "the first organisation is written before the second is seen",
    ),
    ("test_f42_custom_fields_are_mapped_by_name_or_code", "names count letter by letter"),
    ("test_f42_custom_fields_are_mapped_by_name_or_code", "codes are not known"),
    ("test_f43_dates_and_times", "the day of a moment is UTC's"),
    ("test_f43_dates_and_times", "times keep their seconds"),
    ("test_f44_numbers_become_numbers_or_plain_text", "numbers keep exponents and zeros"),
    ("test_f45_every_text_and_number_type_arrives", "one text type is refused"),
    ("test_f45_every_text_and_number_type_arrives", "one number type is refused"),
    ("test_f46_checkboxes_arrive", "boxes are turned round"),
    ("test_f46_checkboxes_arrive", "ticked boxes are written as 1"),
    ("test_f47_no_type_is_ignored_silently", "what cannot be written is passed over"),
    ("test_f47_no_type_is_ignored_silently", "of several choices the first arrives"),
    ("test_f47_no_type_is_ignored_silently", "multipicklists are refused"),
    ("test_f48_three_hundred_fields_are_mapped", "only the first 255 fields are mapped"),
    ("test_f49_edits_in_zingle_stay_in_zingle", "a write empties what is not mapped"),
    ("test_f52_matching_by_profile_id_can_be_all_there_is", "`match_keys` is ignored"),
    ("test_f53_phones_come_before_emails", "the order of the keys is ignored"),
    ("test_f53_phones_come_before_emails", "e-mail comes first"),
    ("test_f54_an_empty_service_is_filled", "one of a batch is forgotten"),
    ("test_f55_another_system_may_push_as_well", "locks do not count"),
    ("test_f55_another_system_may_push_as_well", "a locked contact is passed over whole"),
    ("test_f56_update_only_never_creates", "strangers are created all the same"),
    ("test_f57_long_texts_are_allowed_with_a_policy", "long texts need no rule"),
    ("test_f57_mapped_texts_are_measured", "the global rule is ignored by the check"),
    ("test_f57_long_texts_are_allowed_with_a_policy", "bytes are counted, not characters"),
    ("test_f57_long_texts_are_allowed_with_a_policy", "255 characters are too many"),
    ("test_f57_long_texts_are_allowed_with_a_policy", "a text is cut by one character more"),
    ("test_f57_long_texts_are_allowed_with_a_policy", "nobody is told that a text was cut"),
    ("test_f57_mapped_texts_are_measured", "the shortest text is told"),
    ("test_f57_mapped_texts_are_measured", "cut and rejected are mixed up"),
    ("test_f57_short_fields_cost_no_call", "short fields are read as well"),
    ("test_f57_a_rule_that_rejects_outweighs_one_that_cuts", "the first service's rule wins"),
    ("test_f57_a_rule_that_rejects_outweighs_one_that_cuts", "the last service's rule wins"),
    ("test_f58_the_list_of_types_is_one_table", "a kind is missing from the table"),
    ("test_f58_the_readme_has_the_list_that_counts", "a type of Salesforce is not known"),
    ("test_f58_the_readme_has_the_list_that_counts", "a checkbox may not become a text"),
    ("test_f59_the_first_batch_is_written_at_once", "checkpoints are not kept"),
    ("test_f60_false_booleans_are_written", "an absent value is false"),
    ("test_f60_false_booleans_are_written", "false is blank"),
    ("test_f60_a_box_that_was_unticked_becomes_false", "a box is never unticked"),
    ("test_f61_custom_queries_are_validated_all_at_once", "only the first problem is told"),
    ("test_f61_custom_queries_are_validated_all_at_once", "no near name is told"),
    ("test_f63_changed_types_are_found_in_every_run", "types are not compared"),
    ("test_f64_compound_fields_are_mapped_by_their_parts", "compound fields are taken as texts"),
    (
        "test_f64_compound_fields_are_mapped_by_their_parts",
        "the parts of an address are not mapped",
    ),
    ("test_f65_fields_are_mapped_by_api_name", "`Phone` gets the label MOBILE"),
]
"""The test that went red, and the promise that was broken in the product code."""
ACTIVITY = "target-salesforce-activity/tests"
BROKEN_ACTIVITY = [
    ("F7", "a link to a Lead does not count", "test_faq.py"),
    ("F7", "a link to a Contact does not count", "test_faq.py"),
    ("F9", "an hourly run reads the new messages of a day alone", "test_faq.py"),
    ("F10", "a day is UTC's", "test_faq.py"),
    ("F10", "a day begins at noon", "test_faq.py"),
    ("F36", "a day is UTC's", "test_faq.py"),
    ("F36", "clocks never change", "test_faq.py"),
    ("F32", "a guest's link is ignored", "test_faq.py"),
    ("F8", "the status is always Completed", "test_faq.py"),
    ("F33", "`sync_to` is ignored", "test_faq.py"),
    ("F35", "the subject is another by default", "test_faq.py"),
    ("F37", "a Task is never updated", "test_faq.py"),
    ("F38", "the key of a day lacks its date", "test_faq.py"),
    ("other", "a phone is read without the person's country", "test_finding_people.py"),
    (
        "other",
        "settings may fill all fields of the target but CallObject",
        "unit/test_owned_fields.py",
    ),
    ("other", "hipaa counts only as a word of an exact list", "test_foreign_input.py"),
    ("other", "the parts of a long day are not kept on one person", "test_pipeline.py"),
    ("other", "further lines of a message are only indented", "unit/test_transcript.py"),
    ("other", "two runs write without a lock", "test_two_runs.py"),
    ("other", "local numbers of six digits are searched by seven", "unit/test_searches.py"),
    ("other", "a phone is searched by its last five digits", "unit/test_searches.py"),
]
"""Row, promise broken, and the file below `ACTIVITY` in which a test went red."""


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
    return "\n".join([*lines, *broken(tests)]) + "\n"


def broken(tests: dict[int, list[tuple[str, str, str]]]) -> list[str]:
    """The lines about promises that were broken in the product code to see their tests fail."""
    places = {name: (row, place) for row, held in tests.items() for place, name, _ in held}
    lines = [
        "",
        "## Broken by hand",
        "",
        "A test that cannot fail proves nothing. Each line is a promise that was broken in the",
        "product code, one at a time, and the test that failed for it; then it was undone.",
        'Rows that are not named here were not tried; "other" is no row of the FAQ.',
        "",
        "| row | promise broken | test that went red |",
        "|---|---|---|",
    ]
    for name, promise in BROKEN:
        row, place = places[name]
        lines.append(f"| F{row} | {promise} | [`{name}`](../{place}) |")
    for said, promise, file in BROKEN_ACTIVITY:
        lines.append(f"| {said} | {promise} | [`{file}`](../{ACTIVITY}/{file}) |")
    return lines


if __name__ == "__main__":
    PAGE.write_text(page(covering(ROOT)), encoding="utf-8")
