"""Which people of waiting days Salesforce has now: only their days are read again.

Who is found by what is target-salesforce-activity's rule, what Zingle knows of a guest is
tap-zingle's; here the two are only asked for contacts instead of days.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tap_zingle.contacts import ContactBook
from tap_zingle.conversations import parse_key
from tap_zingle.tap import TapZingle
from target_salesforce_activity.days import Day
from target_salesforce_activity.people import (
    Keys,
    Matched,
    Nobody,
    find_unlinked,
    follow_link,
    keys_of,
    organization_of,
)
from target_salesforce_activity.queries import in_chunks
from target_salesforce_activity.reads import Reads
from target_salesforce_activity.settings import settings_from
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_sync.identity import sobject_of
from zingle_sync.salesforce import Salesforce, SalesforceError
from zingle_sync.zingle import Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_salesforce_activity.people import PersonRow
    from target_salesforce_activity.settings import Settings

# Ids, addresses and numbers of so many guests go into one round of calls to Salesforce.
GUESTS_PER_ROUND = 200


def days_with_people(
    tap: Mapping[str, Any], target: Mapping[str, Any], keys: Sequence[str]
) -> list[str]:
    """The days whose person can be found in Salesforce now.

    Args:
        tap: Settings of tap-zingle.
        target: Settings of target-salesforce-activity.
        keys: Keys of days.

    Raises:
        OperatorError: If a service can't be asked.
    """
    guests = list({(key.split(":")[0], key.split(":")[1]): key for key in keys}.values())
    found: set[tuple[str, ...]] = set()
    try:
        days = _guests(dict(tap), guests)
        salesforce = Salesforce.from_settings(target)
        for some in in_chunks(days, GUESTS_PER_ROUND):
            found |= _found(Reads(salesforce, say), settings_from(target), some)
    except SalesforceError as error:
        raise OperatorError(f"Salesforce can't tell who exists now: {error}") from error
    except ZingleError as error:
        raise OperatorError(f"Zingle can't tell whose days these are: {error}") from error
    return [key for key in keys if tuple(key.split(":")[:2]) in found]


def _guests(config: dict[str, Any], keys: Sequence[str]) -> list[Day]:
    """One day without messages per guest, with what Zingle knows of the guest today."""
    if problems := TapZingle.setting_problems(config):  # fills in the defaults
        raise OperatorError(f"tap-zingle: {problems[0]}; see `zingle-sync check`")
    by_service: dict[str, dict[str, Day]] = defaultdict(dict)
    for service_id, key in map(parse_key, keys):
        by_service[service_id][key.contact_id] = Day(service_id, key.contact_id, key.day, ())
    in_field = config["external_id_storage"] == "custom_field"
    zingle, guests = Zingle.from_settings(config), []
    with ThreadPoolExecutor(config["concurrency"]) as pool:
        for service_id, days in by_service.items():
            field = config["external_id_field"] if in_field else None
            known = ContactBook(zingle, service_id, pool, field).look_up(days)
            guests += [
                Day(
                    service_id,
                    contact_id,
                    day.date,
                    (),
                    external_id=known[contact_id].external_id,
                    phones=known[contact_id].phones,
                    emails=known[contact_id].emails,
                )
                for contact_id, day in days.items()
            ]
    zingle.close()
    return guests


def _found(reads: Reads, settings: Settings, guests: Sequence[Day]) -> set[tuple[str, ...]]:
    """The guests, by service and contact, of whom somebody is there."""
    ids: dict[str, set[str]] = defaultdict(set)
    for guest in guests:
        if link := reads.link_of(guest):
            ids[str(sobject_of(link))].add(link)
    rows: dict[str, PersonRow | None] = {}
    if ids:
        rows = reads.tasks_and_people((), (), {}, ids)[1]
    keys: dict[tuple[str, ...], Keys] = {}
    found: set[tuple[str, ...]] = set()
    for guest in guests:
        name, link, org_id = (
            (guest.service_id, guest.contact_id),
            reads.link_of(guest),
            organization_of(guest),
        )
        if org_id and not reads.is_own_org(org_id):
            continue
        if link is None:
            keys[name] = keys_of(guest) if settings.match_unlinked else Keys()
        # Whoever became somebody else is followed by the run itself.
        elif not isinstance(follow_link(link, rows, settings.sync_to), Nobody):
            found.add(name)
    searched = [one for one in keys.values() if one]
    candidates = reads.candidates(searched) if searched else []
    return found | {
        name
        for name, one in keys.items()
        if isinstance(find_unlinked(one, candidates, settings.sync_to), Matched)
    }
