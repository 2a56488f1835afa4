"""The switches of the Salesforce side: readings of open questions, and the org's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Option

# What no public source settles. The first value is the default.
PROFILES: dict[str, tuple[str, ...]] = {
    "salesforce_unknown_field": ("row", "request"),  # in collections: fails the row or the call
    "salesforce_failed_row_id": ("absent", "null"),  # `id` of a failed collections row
    "salesforce_failed_row_created": ("absent", "false"),  # `created` of a failed upsert row
    "salesforce_lost_locator": ("400", "404"),  # status of INVALID_QUERY_LOCATOR
    "salesforce_results_too_early": ("400", "204"),  # Bulk results before JobComplete
    "salesforce_upsert_archived": ("match", "ignore"),  # does an upsert find archived Tasks
    "salesforce_converted_lead": ("refuse", "accept"),  # WhoId of a converted Lead on insert
    "salesforce_conversion_stamp": ("bump", "keep"),  # SystemModstamp of Tasks on conversion
    "salesforce_error_description": ("present", "absent"),  # in OAuth errors
}

# Option name to its default.
OPTIONS: dict[str, Option] = {
    # The org
    "salesforce_full_copy": False,  # a sandbox with the production's records and an id of its own
    "salesforce_activity_key": "unique",  # unique | non_unique | absent
    # Who writes the Tasks of the vendor's connector: a user of its `own`, or `integration`'s.
    "salesforce_connector_user": "own",
    # The Metadata API: the right to it, how long a deployment takes, components that fail
    # (`Activity.Zingle_Conversation_Key__c=No room.;*=…`), Apex tests that run where they have to.
    "salesforce_modify_metadata": True,
    "salesforce_assign_permission_sets": True,
    "salesforce_deploy_seconds": 0.0,
    "salesforce_deploy_failures": "",
    "salesforce_apex_tests": 0,
    "salesforce_apex_failures": 0,
    "salesforce_hidden_fields": "",  # "Task.Type,Contact.HasOptedOutOfEmail,Lead"
    "salesforce_unfilterable_fields": "",  # "Task.CallObject": what no WHERE may use
    "salesforce_field_types": "",  # "Contact.Discount__c=string": what an administrator changed
    # The least rights: Minimum Access and this permission set alone, as XML or file. Empty: all.
    "salesforce_permission_set": "",
    "salesforce_view_setup": True,  # limits and record counts
    "salesforce_person_accounts": False,  # whether Accounts may be people
    "salesforce_view_all_data": True,
    "salesforce_archive_days": 365,
    "salesforce_api_enabled": True,
    "salesforce_required_fields": "",  # "Task.Guest_Mood__c": what the org made mandatory
    "salesforce_validation_rules": "",  # "Task.CallObject=Not here.": fields that must stay empty
    "salesforce_locked_records": "",  # ids, or *: rows that belong to them cannot be locked
    "salesforce_lock_attempts": 0,  # so many attempts fail, then the lock is free; 0 = for ever
    # Log-in
    # "invalid_app_access: user is not admin approved …"; upper-case codes are SOAP's.
    "salesforce_login_error": "",
    # How a refusal looks: html, list, object, text, empty, null, bare_fault or soap12_fault.
    "salesforce_refused_login": "",
    "salesforce_login_limit": 3_600,  # an hour
    "salesforce_password_grant": True,
    "salesforce_soap_login": True,
    "salesforce_login_host": False,  # the sandbox plays login.salesforce.com, not a My Domain
    "salesforce_run_as_user": True,
    "salesforce_refresh_rotation": False,
    "salesforce_callback_urls": "http://localhost:1717/OauthRedirect",  # blanks between several
    "salesforce_user_allows_app": True,  # what the user clicks on the page of the web server flow
    "salesforce_web_server_secret": True,  # the app requires its secret in web and refresh flows
    "salesforce_session_seconds": 7200,
    "salesforce_session_calls": 0,  # a session dies after so many calls; 0 = never
    "salesforce_rest_session": True,  # False: sessions are not valid for the REST API
    "salesforce_password_expired": False,
    # Limits
    "salesforce_daily_limit": 100_000,
    "salesforce_gzip": True,  # compress answers for callers that accept it
    "salesforce_concurrent_limit": 25,
    "salesforce_long_call_seconds": 20.0,
    "salesforce_call_seconds": 0.0,  # how long every REST call takes
    # Queries
    "salesforce_page_size": 2000,
    "salesforce_short_pages": False,
    "salesforce_shuffle": True,
    "salesforce_locator_hours": 48,
    "salesforce_locator_session": False,  # a locator dies with the session that opened it
    "salesforce_timeout_rows": 0,  # a longer result is a QUERY_TIMEOUT; 0 = never
    # Bulk API 2.0
    "salesforce_bulk_seconds": 0.0,  # from UploadComplete to JobComplete
    "salesforce_bulk_fail": "",  # a message: jobs end as Failed with it
    "salesforce_bulk_page_size": 100_000,
    "salesforce_bulk_daily_jobs": 10_000,
}
