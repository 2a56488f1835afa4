"""The probe's questions, one function each, by the numbers that docs/operations.md explains."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from zingle_operator.check.linking import link
from zingle_operator.check.scratch import Scratch, channel_values
from zingle_sync.zingle import ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping


DAY_SECONDS = 86_400
LEAP_DAY = date(2024, 2, 29)
LARGEST_PAGE = 1000


Question = Callable[[Scratch], None]


def external_id_in_v1(scratch: Scratch) -> None:
    """U6: does v1 show the external id that v2 wrote?"""
    scratch.tell(
        "U6",
        "v1 shows the external id that v2 wrote",
        scratch.read().get("external_id") == scratch.external_id,
        "Set external_id_storage to custom_field if links are not found.",
    )


def lock_after_create(scratch: Scratch) -> None:
    """U30: does creating a contact by API lock it?"""
    lock = scratch.read().get("locked_by_source")
    what = "a contact created by API stays unlocked"
    scratch.tell("U30", what, not lock, f"Set own_sources to [{lock}].")


def phone_format(scratch: Scratch) -> None:
    """U34: do phones come back as they were sent?"""
    values = channel_values(scratch.read())
    scratch.tell("U34", "phones come back in E.164", scratch.phone in values, "Report this.")


def external_id_filter(scratch: Scratch) -> None:
    """U20: is the external id filter honoured?"""
    page = scratch.zingle.find_contacts_by_external_id(scratch.service_id, scratch.external_id)
    scratch.tell(
        "U20",
        "the external id filter is honoured",
        {row.get("id") for row in page.rows} == {scratch.contact_id},
        "lookup: index is used by itself; nothing to do.",
    )


def range_filter(scratch: Scratch) -> None:
    """U13: unit and strictness of `greater_than()`, seen at the service's newest message."""
    path = f"services/{scratch.service_id}/messages"
    newest = scratch.zingle.page(path, {"sort_fields": "created_at desc"}, page_size=1).rows
    if not newest:
        scratch.note("U13", "the service has no message, so that greater_than() was not tried")
        return
    created, message_id = int(newest[0]["created_at"]), newest[0]["id"]

    def found(bound: int) -> bool:
        params = {"created_at": f"greater_than({bound})", "sort_fields": "created_at desc"}
        page = scratch.zingle.page(path, params, page_size=50)
        return any(row.get("id") == message_id for row in page.rows)

    tomorrow = created + DAY_SECONDS
    if not found(tomorrow):
        unit, factor = "seconds", 1
    elif not found(tomorrow * 1000):
        unit, factor = "milliseconds", 1000
    else:
        scratch.note("U13", "greater_than() is ignored: every run reads all messages")
        return
    strictness = "includes its bound" if found(created * factor) else "excludes its bound"
    scratch.note("U13", f"greater_than() counts {unit} and {strictness}")


def largest_page(scratch: Scratch) -> None:
    """U14: is a page of 1,000 rows legal? The plugins ask for 500."""
    path, params = f"services/{scratch.service_id}/contacts", {"external_id": scratch.external_id}
    try:
        page = scratch.zingle.page(path, params, page_size=LARGEST_PAGE)
    except ZingleError as error:
        if error.code is None:
            raise
        scratch.note("U14", f"a page of 1,000 rows is refused ({error.code})")
    else:
        scratch.note("U14", f"a page of 1,000 rows is allowed, and has {page.page_size:,}")


def partial_update(scratch: Scratch) -> None:
    """U1: does an update of one value keep the others?"""
    first_name = _field(scratch, "display_name", "First Name")
    if first_name is None:
        scratch.note("U1", "the service shows no field First Name, so it was not tried")
        return
    changed = scratch.set_value(first_name, "Probed")
    scratch.tell(
        "U1",
        "an update keeps the fields that it does not name",
        _names(changed).get("Last Name") == "Scratch",
        "Don't run target-zingle on this service: report this.",
    )


def date_zone(scratch: Scratch) -> None:
    """U26: is midnight UTC of a date the same date to Zingle? v2 tells the date that it keeps."""
    definition = _field(scratch, "data_type", "date")
    if definition is None:
        scratch.note("U26", "the service has no field of type date, so it was not tried")
        return
    midnight = datetime(LEAP_DAY.year, LEAP_DAY.month, LEAP_DAY.day, tzinfo=UTC).timestamp()
    scratch.set_value(definition, int(midnight))
    values = scratch.zingle.contact_v2(scratch.service_id, scratch.contact_id).get("contactFields")
    dates = {row.get("contactFieldName"): str(row.get("value"))[:10] for row in values or ()}
    shown = dates.get(definition["display_name"])
    scratch.tell(
        "U26",
        "a date is midnight in UTC",
        shown == LEAP_DAY.isoformat(),
        f"Zingle shows {shown} for {LEAP_DAY}: don't map dates, and report this.",
    )


def channels_in_update(scratch: Scratch) -> None:
    """U2: what do channels in a v1 update do? Only the probe ever sends any, to its own contact."""
    service = scratch.zingle.service(scratch.service_id)
    kinds = {str(one["type_class"]): one["id"] for one in service.get("channel_types") or ()}
    if "EmailAddress" not in kinds:
        scratch.note("U2", "the service has no e-mail channel, so it was not tried")
        return
    email = f"{scratch.external_id.lower()}@probe.example.org"
    changed = scratch.zingle.update_contact(
        scratch.service_id,
        scratch.contact_id,
        {"channels": [{"channel_type_id": kinds["EmailAddress"], "value": email}]},
    )
    values = {value.casefold() for value in channel_values(changed)}
    effect = {
        (True, True): "are added to those that are there",
        (True, False): "replace those that are there",
        (False, True): "are ignored",
        (False, False): "remove those that are there",
    }[email in values, scratch.phone in values]
    scratch.note("U2", f"channels in a v1 update {effect}; the plugins send none")


def known_external_id(scratch: Scratch) -> None:
    """U7: what does creating a contact with an external id that exists do?"""
    try:
        found = scratch.create(scratch.other_phone)
    except ZingleError as error:
        if error.code is None:
            raise
        told = f"is refused ({error.code})"
    else:
        told = "updates its contact" if found == scratch.contact_id else "makes a second contact"
    scratch.note("U7", f"creating a contact with an external id that exists {told}")


# What only reads comes first; what may damage the scratch contact comes last.
QUESTIONS: Mapping[str, Question] = {
    "U6": external_id_in_v1,
    "U30": lock_after_create,
    "U34": phone_format,
    "U20": external_id_filter,
    "U13": range_filter,
    "U14": largest_page,
    "U1": partial_update,
    "U26": date_zone,
    "U8": link,
    "U2": channels_in_update,
    "U7": known_external_id,
}


def _field(scratch: Scratch, key: str, wanted: str) -> Mapping[str, Any] | None:
    fields = scratch.zingle.contact_fields(scratch.service_id)
    return next((one for one in fields if one.get(key) == wanted), None)


def _names(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str((value.get("custom_field") or {}).get("display_name")): value.get("value")
        for value in contact.get("custom_field_values") or ()
    }
