"""The closed words of the sync log: reasons and warnings, with what they mean and what to do.

The documentation's table is generated from these, so that it can't lag behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the sync log.

    Attributes:
        meaning: What happened, in a sentence.
        remedy: What a person may do about it, in a sentence; "" when nothing needs doing.
    """

    meaning: str
    remedy: str = ""


SKIP_REASONS: Mapping[str, Word] = {
    # Contacts into Zingle.
    "shared_channel": Word(
        "The phone or e-mail belongs to a Zingle contact that is linked to another record.",
        "Decide in Salesforce whose number it is; the other record can keep another number.",
    ),
    "no_match": Word(
        "No Zingle contact matches, and sync_mode update_only never creates one.",
    ),
    "already_exists": Word(
        "A Zingle contact matches already, and sync_mode create_only never updates one.",
    ),
    "already_linked": Word(
        "The matching contact carries an external id that another system wrote.",
        "Set own_sources or clear the external id in the other system.",
    ),
    "merge_needed": Word(
        "The Lead was converted, or the record merged, and both sides have a Zingle contact.",
        "Merge the two contacts by hand: Zingle offers no merge to programs.",
    ),
    "converted": Word("The Lead was converted; the Contact that it became is synced instead."),
    "unrouted": Word(
        "No condition of `services` takes this record.",
        "Add a service without `when` at the end of the list if somebody should take it.",
    ),
    "filtered": Word("The mapping's `when` leaves this record out."),
    "deleted_in_source": Word("The record was deleted in Salesforce; Zingle is left as it is."),
    "superseded": Word("A newer row of the same record came later in the same batch."),
    "locked": Word(
        "The contact is locked by another source, and on_locked is skip.",
        "Name the source in own_sources if it is yours, or set on_locked to partial.",
    ),
    # Conversations into Salesforce.
    "unmatched": Word(
        "Nobody in Salesforce has this person's link, phone or e-mail.",
        "Create the person in Salesforce; the daily replay then logs the conversation.",
    ),
    "ambiguous": Word(
        "Several people in Salesforce have this person's phone or e-mail, and none is linked.",
        "Merge the duplicates in Salesforce or link the right one; then replay.",
    ),
    "excluded_by_sync_to": Word(
        "The only match is of a kind that sync_to leaves out.",
        "Set sync_to to both.",
    ),
    "archived": Word(
        "The day is older than 365 days, where Salesforce archives closed Tasks.",
        "Set allow_archived_backfill if you want these days nevertheless.",
    ),
    "empty_day": Word("No message is left on this day, and Salesforce has no Task for it."),
}

# Who is skipped because of somebody else may be taken once that one is gone: kept for replay.
WAITING_REASONS = frozenset({"shared_channel", "merge_needed", "already_linked", "locked"})

REJECT_REASONS: Mapping[str, Word] = {
    # We refused before sending ("invalid").
    "invalid_record": Word(
        "The record does not fit its own schema.",
        "Report it to whoever maintains the tap.",
    ),
    "invalid_value": Word(
        "A value can't be turned into the type of the field that it is mapped to.",
        "Correct the value in Salesforce or map the field elsewhere.",
    ),
    "overflow": Word(
        "A text is longer than the Zingle field holds, and on_overflow is error.",
        "Shorten it, or set on_overflow to truncate for this field.",
    ),
    "external_id_too_long": Word(
        "The external id is longer than the 50 characters that Zingle keeps.",
        "Shorten external_id_template.",
    ),
    "no_usable_key": Word(
        "The record has no usable phone or e-mail and is not linked yet.",
        "Complete the phone (with country) or the e-mail in Salesforce.",
    ),
    "ambiguous": Word(
        "Several Zingle contacts share the keys, and neither e-mail nor name tells them apart.",
        "Merge the listed contacts in Zingle.",
    ),
    "duplicate_external_id": Word(
        "Several Zingle contacts carry this external id.",
        "Clear it on all but one of the listed contacts.",
    ),
    "shared_channel": Word(
        "The phone or e-mail belongs to another record's contact; on_shared_phone is reject.",
        "Decide in Salesforce whose number it is.",
    ),
    "channel_conflict": Word(
        "A new phone or e-mail belongs to another contact; on_channel_conflict is reject.",
        "Decide whose number it is and clear it on the other contact.",
    ),
    # The destination refused ("rejected").
    "refused": Word(
        "The destination refused the record; its error says why.",
        "Do what the error says, then replay.",
    ),
    "conflict": Word(
        "Somebody else was faster each time, or a contact that this log-in is not shown holds the "
        "phone or e-mail.",
        "Replay it; if that fails, look for the phone in Zingle, or use a user who sees phones.",
    ),
    "locked": Word(
        "The destination's record is locked.",
        "Unlock it there or name the source in own_sources, then replay.",
    ),
    "temporary": Word(
        "The destination kept failing after every retry.",
        "Replay it when the service is well again.",
    ),
    "unknown_outcome": Word(
        "The answer to a write was lost, and looking did not settle what happened.",
        "Look at the record at the destination, then replay.",
    ),
}

WARNINGS: Mapping[str, Word] = {
    # Keys.
    "phone_unparseable": Word("A phone can't be read; it was left out."),
    "country_unknown": Word(
        "The named country is not known, so a phone without + can't be read.",
        "Write the country's name or ISO code, or the phone with its country code.",
    ),
    "phone_not_possible": Word("A phone has an impossible length; it was left out."),
    "phone_repeated_digits": Word("A phone is one digit repeated; it was left out."),
    "phone_ignored": Word("A phone is on the list of phones to ignore."),
    "phone_not_valid": Word("A phone is possible, but not in a known range; it was used."),
    "phone_extension": Word("A phone has an extension; it was not used for matching."),
    "phones_masked": Word("Zingle shows masked phones to this user; phones were not matched."),
    "email_unusable": Word("An e-mail is malformed; it was left out."),
    "email_ignored": Word(
        "An e-mail is on the list of those to ignore, or is nobody's own (noreply, example.com)."
    ),
    # Channels and links.
    "channel_conflict": Word("A phone or e-mail belongs to the named contact and stays there."),
    "email_belongs_to": Word("The e-mail belongs to the named contact and was not added."),
    "channel_not_added": Word("A phone or e-mail could not be added."),
    "not_linked": Word("The match is not linked: locked, blocked, opted out, or linking stopped."),
    "link_not_verified": Word("The link is not there, or something else changed with it."),
    "shared_email": Word("The named records share an e-mail."),
    "shared_phone": Word("The named records share a phone."),
    "external_id_prefix": Word("The external id is not that of a Contact or a Lead."),
    "lost_channel": Word("A channel that was sent is not on the contact that was created."),
    # Fields.
    "locked_fields_skipped": Word("Names and channels are locked by another source."),
    "cannot_clear": Word("Zingle did not take the empty value."),
    "truncated": Word("A text was cut to the length of its field."),
    "option_unknown": Word("The value is not among the field's options; it was left alone."),
    "field_not_written": Word("A field came back with another value than was sent."),
    "label_not_added": Word("A label could not be added."),
    "source_deleted": Word("The record was deleted in Salesforce."),
    # Conversations.
    "duplicate_tasks": Word("Several Tasks carry this key; the oldest was used."),
    "who_replaced": Word("The Task's person was deleted, merged or converted, and replaced."),
    "unlinked_task": Word("The Task was logged without a person."),
    "not_linked_person": Word("The person was found by phone or e-mail, not by a link."),
    "adopted_task": Word("A Task that the vendor's connector wrote has become ours."),
    "vendor_tasks_left": Word(
        "Tasks of the vendor's connector for this person and day stay beside ours: a person has "
        "edited them, or there are several.",
    ),
    "bodies_left_out": Word("The texts of the messages were left out."),
}
