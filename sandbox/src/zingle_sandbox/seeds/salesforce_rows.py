"""The demo people as an org holds them: Contacts, Leads, Accounts, Stays and a few Tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zingle_sandbox import salesforce
from zingle_sandbox.seeds.chance import happens, pick
from zingle_sandbox.seeds.messy import STYLES, write_email, write_phone
from zingle_sandbox.seeds.words import companies, streets

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.seeds.people import Person

Row = dict[str, Any]

_ROOMS = ("Standard", "Deluxe", "Suite", "Villa")
_TIERS = ("Bronze", "Silver", "Gold", "Platinum")
_INTERESTS = ("Spa", "Golf", "Dining", "Diving", "Family", "Business")
_BAD_PHONES = ("ask at reception", "0000000000", "12", "n/a", "+1 555", "see notes", "1111111111")
_NOTES_BEHIND = (
    " ext. 4 / call after 5",
    " (mobile)",
    " - ask for Maria",
    ", evenings only",
    " work",
    " *do not call*",
)


def sf_time(instant: datetime) -> str:
    """An aware instant as the REST API writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class OrgWriter:
    """Writes the people into the org; ids are known afterwards.

    Args:
        sandbox: where to.
        now: the instant that the newest rows are older than.
        chance: seeded.
    """

    def __init__(self, sandbox: Sandbox, now: datetime, chance: random.Random) -> None:
        self._sandbox = sandbox
        self._now = now
        self._chance = chance
        self._accounts: list[str] = []

    def insert(self, people: list[Person]) -> dict[int, str]:
        """Insert everybody whom the org knows; returns `id(person)` to record id."""
        self._accounts = salesforce.insert_rows(
            self._sandbox, "Account", [self._account(name) for name in companies()]
        )
        contacts = [person for person in people if person.sobject == "Contact"]
        leads = [person for person in people if person.sobject == "Lead"]
        # Merged records point at their masters, so everybody else comes first.
        contacts.sort(key=lambda person: person.trait == "merged")
        survivors = [person for person in contacts if person.trait != "merged"]
        ids = dict(
            zip(
                map(id, survivors),
                self._insert("Contact", [self._contact(person) for person in survivors]),
                strict=True,
            )
        )
        masters = [ids[id(person)] for person in survivors if person.trait is None]
        merged = contacts[len(survivors) :]
        rows = [
            {**self._contact(person), "MasterRecordId": master}
            for person, master in zip(merged, masters, strict=False)
        ]
        ids.update(zip(map(id, merged), self._insert("Contact", rows), strict=True))
        by_email = {
            person.email: ids[id(person)]
            for person in survivors
            if person.trait == "conversion_of_lead"
        }
        rows = [self._lead(person, by_email) for person in leads]
        ids.update(zip(map(id, leads), self._insert("Lead", rows), strict=True))
        self._insert_stays([ids[id(person)] for person in survivors if person.trait != "deleted"])
        self._insert_tasks([ids[id(person)] for person in survivors if person.trait is None])
        return ids

    def _insert(self, sobject: str, rows: list[Row]) -> list[str]:
        return salesforce.insert_rows(self._sandbox, sobject, rows)

    def _account(self, name: str) -> Row:
        created = self._now - timedelta(days=self._chance.randrange(400, 1500))
        return {
            "Name": name,
            "Type": "Customer - Direct",
            "BillingCity": "Boston",
            "BillingCountry": "United States",
            "CreatedDate": sf_time(created),
            "LastModifiedDate": sf_time(created),
            "SystemModstamp": sf_time(created),
        }

    def _audit(self) -> Row:
        """Some rows were loaded in bulk and share one instant, most were edited since."""
        chance = self._chance
        bulk_load = self._now - timedelta(days=90, hours=3)
        created = self._now - timedelta(days=chance.uniform(91, 900))
        changed = created
        if happens(chance, 6):
            created = changed = bulk_load
        elif happens(chance, 70):
            changed = self._now - timedelta(days=chance.uniform(0.05, 90))
        touched = changed
        if happens(chance, 20):  # background jobs move the stamp alone
            touched = min(self._now, changed + timedelta(minutes=chance.randrange(1, 600)))
        return {
            "CreatedDate": sf_time(created),
            "LastModifiedDate": sf_time(changed),
            "SystemModstamp": sf_time(touched),
        }

    def _person(self, person: Person) -> Row:
        chance = self._chance
        row: Row = {
            "FirstName": person.first.native,
            "LastName": person.last.native,
            "LeadSource": chance.choice(
                ("Web", "Phone Inquiry", "Partner Referral", "Other", None)
            ),
            **self._audit(),
        }
        # Zingle offers no Prof.
        row["Salutation"] = pick(chance, {None: 84, "Dr.": 12, "Prof.": 4})
        if happens(chance, 3) and person.role == "salesforce_only":
            row["FirstName"] = None
        if person.trait in {"deleted", "merged"}:
            row["IsDeleted"] = True
        row |= self._phones(person)
        row["Email"] = self._email(person)
        return row

    def _email(self, person: Person) -> str | None:
        chance = self._chance
        if person.trait in {"blank", "bad_phone_only"}:
            return None
        if person.role == "linked" or person.shares in {"email", "both"}:
            return write_email(person.email, chance)
        # A shared telephone needs an own address, or the second of the couple would have no key.
        if person.trait != "shared_phone" and happens(chance, 25):
            return None if person.trait != "bad_phone" else person.email
        return write_email(person.email, chance) if happens(chance, 30) else person.email

    def _phones(self, person: Person) -> Row:
        chance = self._chance
        if person.trait == "blank" or person.shares == "email":
            return {}
        if person.trait in {"bad_phone", "bad_phone_only"}:
            return {"Phone": chance.choice(_BAD_PHONES)}
        written = write_phone(person.phone, chance.choice(STYLES))
        if person.trait == "note_behind":
            return {"Phone": f"{written}{chance.choice(_NOTES_BEHIND)}"}
        if person.trait == "extension":
            return {"Phone": f"{written} x{chance.randrange(100, 999)}"}
        if person.second_phone is not None:
            return {"Phone": f"{written} / {write_phone(person.second_phone, 'international')}"}
        field = "MobilePhone" if happens(chance, 65) else "Phone"
        return {field: written}

    def _country(self, person: Person) -> str:
        return self._chance.choice(person.country.names)

    def _contact(self, person: Person) -> Row:
        chance = self._chance
        row = self._person(person)
        row |= {
            "AccountId": chance.choice(self._accounts) if happens(chance, 70) else None,
            "MailingStreet": chance.choice(streets(person.country.code)),
            "MailingCity": person.country.city,
            "MailingState": person.country.state,
            "MailingPostalCode": person.country.postal_code or None,
            "MailingCountry": self._country(person),
            "HasOptedOutOfEmail": happens(chance, 5),
            "VIP__c": happens(chance, 8),
        }
        if happens(chance, 60):
            row |= {
                "Loyalty_Number__c": f"L{chance.randrange(10**9):09d}",
                "Loyalty_Tier__c": chance.choice(_TIERS),
                "Lifetime_Spend__c": round(chance.uniform(100, 20000), 2),
            }
        if happens(chance, 30):
            row["Interests__c"] = ";".join(sorted(chance.sample(_INTERESTS, 2)))
        if happens(chance, 40):
            row["Birthdate"] = f"{chance.randrange(1945, 2004)}-{chance.randrange(1, 13):02d}-15"
        return row

    def _lead(self, person: Person, converted_to: Mapping[str, str]) -> Row:
        chance = self._chance
        row = self._person(person)
        row |= {
            "Company": chance.choice(companies()),
            "Status": "Working - Contacted",
            "Street": chance.choice(streets(person.country.code)),
            "City": person.country.city,
            "State": person.country.state,
            "PostalCode": person.country.postal_code or None,
            "Country": self._country(person),
            "Rating": chance.choice(("Hot", "Warm", "Cold", None)),
        }
        if person.trait == "converted":
            row |= {
                "IsConverted": True,
                "Status": "Closed - Converted",
                "ConvertedContactId": converted_to[person.email],
                "ConvertedAccountId": self._accounts[0],
                "ConvertedDate": row["LastModifiedDate"][:10],
            }
        return row

    def _insert_stays(self, contacts: list[str]) -> None:
        chance = self._chance
        rows: list[Row] = []
        for guest in chance.sample(contacts, 350):
            arrival = self._now.date() + timedelta(days=chance.randrange(-300, 60))
            leaves = arrival + timedelta(days=chance.randrange(1, 8))
            created = self._now - timedelta(days=chance.uniform(1, 320))
            rows.append(
                {
                    "Guest__c": guest,
                    "Check_In__c": arrival.isoformat(),
                    "Check_Out__c": leaves.isoformat(),
                    "Room_Type__c": chance.choice(_ROOMS),
                    "Room__c": str(chance.randrange(101, 940)),
                    "Status__c": "Checked Out" if leaves < self._now.date() else "Booked",
                    "Rate__c": chance.choice((119.0, 159.0, 219.5, 389.0)),
                    "Booking_Number__c": f"BK{len(rows) + 10000}",
                    "CreatedDate": sf_time(created),
                    "LastModifiedDate": sf_time(created),
                    "SystemModstamp": sf_time(created),
                }
            )
        self._insert("Stay__c", rows)
        counts: dict[str, int] = {}
        for row in rows:
            counts[row["Guest__c"]] = counts.get(row["Guest__c"], 0) + 1
        self._sandbox.store.executemany(
            "UPDATE sf_Contact SET Stay_Count__c = ? WHERE Id = ?",
            [(count, guest) for guest, count in counts.items()],
        )

    def _insert_tasks(self, contacts: list[str]) -> None:
        """Tasks that people made, which nobody but they may touch."""
        chance = self._chance
        rows: list[Row] = []
        for who in chance.sample(contacts, 40):
            created = self._now - timedelta(days=chance.uniform(5, 200))
            rows.append(
                {
                    "WhoId": who,
                    "Subject": chance.choice(("Call", "Send Quote", "Email")),
                    "Status": "Not Started",
                    "ActivityDate": created.date().isoformat(),
                    "Description": "Follow up on the group booking.",
                    "CreatedDate": sf_time(created),
                    "LastModifiedDate": sf_time(created),
                    "SystemModstamp": sf_time(created),
                }
            )
        self._insert("Task", rows)
