"""Switches of the Zingle side that are no ambiguity: how this login and this tenant are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Option


# Option name to its default.
OPTIONS: dict[str, Option] = {
    # Lifetime of a JWT, from its iat to its exp.
    "zingle_token_seconds": 3600,
    # Only a token at most so long past its exp can still be refreshed.
    "zingle_refresh_grace_seconds": 0,
    # Privilege codes that the login lacks, comma-separated: 3014 assign, 3015 delete, 3016 create,
    # 3017 change, 3018 see contacts, 3206 change fields, 3407 change labels, 7005 write notes.
    "zingle_denied": "",
    # Contact Privacy: the last four digits of phone numbers are hidden in every answer.
    "zingle_masked_phones": False,
    # The next n contacts that are read singly, or found by an exact filter, are deleted once the
    # answer is made: gone between match and write.
    "zingle_delete_after_read": 0,
    # The same, but an outside system locks them.
    "zingle_lock_after_read": 0,
    # Contact fields that a lock protects beside names, phones and e-mails, by display name, such as
    # `Room, Checkin Date, Checkout Date` of a hotel's property management system.
    "zingle_locked_fields": "",
    # A contact that is written through v2 counts from then on as owned by an outside system.
    "zingle_v2_put_locks": False,
    # Writing an empty value answers as usual and changes nothing.
    "zingle_ignores_clearing": False,
    # PATCH of a v2 contact: merge, absent, ignored or replaces_channels.
    "zingle_v2_patch": "merge",
    # What an instance without PATCH answers: 404, 405 or 501.
    "zingle_v2_patch_absent": 405,
    # What happens to a list after each page: `delete` (its first rows go, as retention takes
    # the oldest) or `swap` (the same, and as many new ones come at its end).
    "zingle_page_drift": "",
    # How many rows come or go, for this and for the reading `page_drift`.
    "zingle_drift_rows": 1,
    # Scheduled messages are sent when the clock has passed their `execute_at`.
    "zingle_sends_scheduled": False,
    # Older messages are deleted; 0 keeps them for ever.
    "zingle_retention_days": 0,
    # Rows of the array_capped reading of GET /v2/services/{id}/contacts.
    "zingle_v2_cap": 50,
    # Rows a page of v2's paged lists.
    "zingle_v2_page_size": 50,
    # Every service counts as suspended: 2814 in v1, account_suspended in v2.
    "zingle_suspended": False,
    # These services alone are suspended, or closed to the login (2602); ids, comma-separated.
    "zingle_suspended_services": "",
    "zingle_refused_services": "",
    # The vendor's own Salesforce connector: absent (not in the list), connected, needs_attention or
    # disconnected; empty leaves each service's as it is.
    "zingle_integration": "",
    # Its code in lists and paths, which no source publishes.
    "zingle_integration_code": "salesforce",
    # How its Tasks tell a message: `dated` ([03/01/2026 11:42 PM] Ann: …), `named` (Ann (23:42): …)
    # or `sides` (Inbound: …).
    "zingle_connector_text": "dated",
    # The HTTP status that everything below `integrations` is refused with: 401 or 403 to a log-in
    # without the right, 404 on an older instance; 0 serves.
    "zingle_integrations_refused": 0,
    # `configuration` as in the vendor's example (object) or in the vendor's schema (array).
    "zingle_integration_configuration": "object",
    # The mapping as an `object` of column to field, an `array` of {column, field}, `empty` (`[]`,
    # as PHP writes an empty map) or `absent` (no key in the integration, 404 by itself).
    "zingle_integration_mapping": "object",
    # What names a Zingle field in it: its display `name`, `code` or `id`.
    "zingle_integration_fields": "name",
    # The log-in administers the organisation: it sees every service of it through v2.
    "zingle_org_admin": False,
    # The list of an organisation's services is an `array`, or `paged`.
    "zingle_organization_services": "array",
    # The organisation's token is `accepted`, `expired` or `revoked`.
    "zingle_organization_token": "accepted",
}
