"""The ambiguity profiles: where public sources leave the real service's behaviour open.

Each row is one open question; the default is the reading that tests start from (contract §16.5).
"""

from __future__ import annotations

__all__ = ["DEFAULTS", "PROFILES"]

PROFILES: dict[str, tuple[str, ...]] = {
    "put_channels": ("replace", "append", "ignore"),
    "put_fields": ("merge", "replace"),
    "v2_put": ("merge", "replace"),
    "v2_duplicate_external": ("error", "upsert", "duplicate"),
    "v2_list": ("array_all", "array_capped", "paged"),
    "ref_hit": ("307_absolute", "307_relative", "200"),
    "filter_unit": ("seconds", "milliseconds"),
    "greater_than": ("strict", "inclusive"),
    "external_id_filter": ("honoured", "ignored"),
    "email_case": ("sensitive", "insensitive"),
    "date_read": ("epoch_int", "epoch_string", "text_utc"),
    "number_read": ("int", "string"),
    "option_id": ("equal", "distinct"),
    "tie_order": ("shuffled", "stable"),
    "page_drift": ("off", "insert_between_pages"),
    "error_code_type": ("int", "string"),
    "v1_external_id_key": ("present", "absent"),
    "v2_put_channels": ("keep", "recreate"),
    "v2_create_locks": ("no", "yes"),
    "page_size_1000": ("allowed", "refused"),
    "over_long": ("reject", "truncate"),
    "unknown_query": ("violation", "lenient"),
}
"""Profile name to its values, the default first.

The last three rows are the switches that §16.2 to §16.4 describe in words: `strict1000`, strings
over the published limits, and query keys that no source names.
"""

DEFAULTS: dict[str, str] = {name: values[0] for name, values in PROFILES.items()}
