"""Who is who: pure normalisation of phones, e-mails and Salesforce ids."""

from zingle_sync.identity.emails import UnusableEmail, normalise_email
from zingle_sync.identity.phones import (
    Phone,
    UnusablePhone,
    parse_phone,
    parse_phones,
    phone_key,
)
from zingle_sync.identity.regions import region_code
from zingle_sync.identity.salesforce_ids import (
    find_salesforce_id,
    same_record,
    sobject_of,
    to_18,
)

__all__ = [
    "Phone",
    "UnusableEmail",
    "UnusablePhone",
    "find_salesforce_id",
    "normalise_email",
    "parse_phone",
    "parse_phones",
    "phone_key",
    "region_code",
    "same_record",
    "sobject_of",
    "to_18",
]
