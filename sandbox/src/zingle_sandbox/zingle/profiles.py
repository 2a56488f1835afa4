"""The ambiguity profiles: where public sources leave the real service's behaviour open.

Each row is one open question; the default is the reading that tests start from.
"""

from __future__ import annotations

import random

# Profile name to its values, the default first. The last four rows are no readings of a source but
# switches: a page size of 1000, sorting by id, texts over the published limits, and query keys that
# no source names.
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
    "service_list": ("whole", "short"),
    "calendar_times": ("milliseconds", "seconds"),
    "page_size_1000": ("allowed", "refused"),
    "id_sort": ("allowed", "refused"),
    "over_long": ("reject", "truncate"),
    "unknown_query": ("violation", "lenient"),
}

DEFAULTS: dict[str, str] = {name: values[0] for name, values in PROFILES.items()}


def every_reading(*, mixes: int = 10, seed: int = 0) -> dict[str, dict[str, str]]:
    """The profiles that a connector must be right under, by a name for the test's id.

    The defaults, each other value alone, and `mixes` random mixtures of all rows.

    >>> every_reading(mixes=1)["v2_put=replace"]
    {'v2_put': 'replace'}
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    chosen: dict[str, dict[str, str]] = {"defaults": {}}
    for name, values in PROFILES.items():
        chosen |= {f"{name}={value}": {name: value} for value in values[1:]}
    for at in range(mixes):
        chosen[f"mix-{at}"] = {name: chance.choice(values) for name, values in PROFILES.items()}
    return chosen
