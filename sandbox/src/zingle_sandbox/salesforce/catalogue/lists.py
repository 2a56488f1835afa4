"""Value lists of picklists, and groups of lines that several objects share."""

from __future__ import annotations


def _values(text: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in text.split(";"))


LISTS: dict[str, tuple[str, ...]] = {
    "SALUTATION": _values("Mr.; Ms.; Mrs.; Dr.; Prof.; Mx."),
    "GEO": _values(
        "Address; NearAddress; Block; Street; ExtendedZip; Zip; "
        "Neighborhood; City; County; State; Unknown"
    ),
    "SOURCE": _values("Web; Phone Inquiry; Partner Referral; Purchased List; Other"),
    "CLEAN": _values(
        "Matched; Different; Acknowledged; NotFound; Inactive; Pending; SelectMatch; Skipped"
    ),
    "RATING": _values("Hot; Warm; Cold"),
    "INDUSTRY": _values(
        "Agriculture; Apparel; Banking; Biotechnology; Chemicals; Communications; Construction; "
        "Consulting; Education; Electronics; Energy; Engineering; Entertainment; Environmental; "
        "Finance; Food & Beverage; Government; Healthcare; Hospitality; Insurance; Machinery; "
        "Manufacturing; Media; Not For Profit; Recreation; Retail; Shipping; Technology; "
        "Telecommunications; Transportation; Utilities; Other"
    ),
    "LEAD_STATUS": _values(
        "Open - Not Contacted; Working - Contacted; Closed - Converted; Closed - Not Converted"
    ),
    "ACCOUNT_TYPE": _values(
        "Prospect; Customer - Direct; Customer - Channel; Channel Partner / Reseller; "
        "Installation Partner; Technology Partner; Other"
    ),
    "OWNERSHIP": _values("Public; Private; Subsidiary; Other"),
    "STAGE": _values(
        "Prospecting; Qualification; Needs Analysis; Value Proposition; Id. Decision Makers; "
        "Perception Analysis; Proposal/Price Quote; Negotiation/Review; Closed Won; Closed Lost"
    ),
    "FORECAST": _values("Omitted; Pipeline; BestCase; MostLikely; Forecast; Closed"),
    "FORECAST_NAME": _values("Omitted; Pipeline; Best Case; Commit; Closed"),
    "OPPORTUNITY_TYPE": _values(
        "Existing Customer - Upgrade; Existing Customer - Replacement; "
        "Existing Customer - Downgrade; New Customer"
    ),
    "CONTACT_ROLE": _values(
        "Business User; Decision Maker; Economic Buyer; Economic Decision Maker; Evaluator; "
        "Executive Sponsor; Influencer; Technical Buyer; Other"
    ),
    "SUBJECT": _values("Call; Email; Send Letter; Send Quote; Other"),
    "TASK_STATUS": _values(
        "Not Started; In Progress; Completed; Waiting on someone else; Deferred"
    ),
    "PRIORITY": _values("High; Normal; Low"),
    "TASK_TYPE": _values("Call; Meeting; Other"),
    "TASK_SUBTYPE": _values("Task; Email; ListEmail; Cadence; Call; LinkedIn"),
    "CALL_TYPE": _values("Internal; Inbound; Outbound"),
    "RECURRENCE_TYPE": _values(
        "RecursDaily; RecursEveryWeekday; RecursMonthly; RecursMonthlyNth; RecursWeekly; "
        "RecursYearly; RecursYearlyNth"
    ),
    "RECURRENCE_NTH": _values("First; Second; Third; Fourth; Last"),
    "MONTH": _values(
        "January; February; March; April; May; June; July; August; September; October; "
        "November; December"
    ),
    "REGENERATED": _values(
        "RecurrenceRegenerateAfterDueDate; RecurrenceRegenerateAfterToday; RecurrenceRegenerated"
    ),
    "ZONE": _values(
        "Pacific/Auckland; Australia/Sydney; Asia/Tokyo; Asia/Singapore; Asia/Kolkata; "
        "Asia/Dubai; Europe/Istanbul; Europe/Berlin; Europe/Paris; Europe/London; GMT; "
        "America/Sao_Paulo; America/Santiago; America/New_York; America/Chicago; "
        "America/Denver; America/Los_Angeles; Pacific/Honolulu"
    ),
    "LOCALE": _values("en_US; en_GB; de_DE; es_ES; fr_FR; it_IT; ja_JP; pt_BR"),
    "LANGUAGE": _values("en_US; de; es; fr; it; ja; sv; ko; zh_TW; zh_CN; pt_BR; nl_NL"),
    "ENCODING": _values("UTF-8; ISO-8859-1; Shift_JIS; ISO-2022-JP; EUC-JP; GB2312; Big5"),
    "USER_TYPE": _values(
        "Standard; PowerPartner; PowerCustomerSuccess; CustomerSuccess; Guest; "
        "CspLitePortal; CsnOnly; SelfService"
    ),
    "GROUP_TYPE": _values("Regular; Queue; Role; Organization"),
    "DIGEST": _values("D; W; N"),
    "ORG_TYPE": _values(
        "Team Edition; Professional Edition; Enterprise Edition; Developer Edition; "
        "Unlimited Edition"
    ),
    "ACCESS": _values("None; Read; Edit; ReadEditTransfer; All; ControlledByParent"),
    "SKIN": _values("Theme1; Theme2; Theme3"),
    "ROOM": _values("Standard; Deluxe; Suite; Villa"),
    "STAY_STATUS": _values("Booked; Checked In; Checked Out; Cancelled"),
    "INTERESTS": _values("Spa; Golf; Dining; Diving; Family; Business"),
    "TIER": _values("Bronze; Silver; Gold; Platinum"),
}

CREATED = """
CreatedDate | Created Date | datetime | ro required defaulted
CreatedById | Created By ID | reference | ro required defaulted to=User
LastModifiedDate | Last Modified Date | datetime | ro required defaulted
LastModifiedById | Last Modified By ID | reference | ro required defaulted to=User
SystemModstamp | System Modstamp | datetime | ro required defaulted
"""

VIEWED = """
LastViewedDate | Last Viewed Date | datetime | ro
LastReferencedDate | Last Referenced Date | datetime | ro
"""


def address(prefix: str, label: str) -> str:
    """The nine fields of an address: seven parts that are written, one whole that is read."""
    whole = f"{prefix}Address"
    label = f"{label} " if label else ""
    return f"""
{prefix}Street | {label}Street | textarea 255 | in={whole}
{prefix}City | {label}City | string 40 | in={whole}
{prefix}State | {label}State/Province | string 80 | in={whole}
{prefix}PostalCode | {label}Zip/Postal Code | string 20 | in={whole}
{prefix}Country | {label}Country | string 80 | in={whole}
{prefix}Latitude | {label}Latitude | double 18.15 | in={whole}
{prefix}Longitude | {label}Longitude | double 18.15 | in={whole}
{prefix}GeocodeAccuracy | {label}Geocode Accuracy | picklist 40 | restricted in={whole} values=GEO
{whole} | {label}Address | address
"""


PERSON_NAME = """
LastName | Last Name | string 80 | required person noperm in=Name
FirstName | First Name | string 40 | person noperm in=Name
Salutation | Salutation | picklist 40 | person noperm in=Name values=SALUTATION
Name | Full Name | string 121 | ro required person noperm name
"""
