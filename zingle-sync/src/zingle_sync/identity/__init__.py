"""Who is who: pure normalisation of phones, countries, e-mails and Salesforce ids."""

from zingle_sync.identity.countries import (
    NotUnderstood,
    country_of,
    first_country,
    phone_region,
    region_code,
)
from zingle_sync.identity.emails import UnusableEmail, email_forms, normalise_email
from zingle_sync.identity.phone_forms import phone_forms, phone_key
from zingle_sync.identity.phones import (
    Phone,
    UnusablePhone,
    national_digits,
    parse_phone,
    parse_phones,
    phones_masked,
)
from zingle_sync.identity.salesforce_ids import (
    external_id_key,
    find_salesforce_id,
    same_external_id,
    sobject_of,
    to_18,
)

__all__ = [
    "NotUnderstood",
    "Phone",
    "UnusableEmail",
    "UnusablePhone",
    "country_of",
    "email_forms",
    "external_id_key",
    "find_salesforce_id",
    "first_country",
    "national_digits",
    "normalise_email",
    "parse_phone",
    "parse_phones",
    "phone_forms",
    "phone_key",
    "phone_region",
    "phones_masked",
    "region_code",
    "same_external_id",
    "sobject_of",
    "to_18",
]
