"""A small world to sync into: the sandbox, a tap's messages, and what became of them."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_zingle.target import TargetZingle
from zingle_sandbox.testing import run_sandbox
from zingle_sandbox.zingle import insert_contacts
from zingle_sandbox.zingle.ids import Kind, make_id
from zingle_sync.identity import to_18

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox
    from zingle_sync.outcomes import Outcome

_HINTS: dict[str, dict[str, Any]] = {
    "string": {"type": ["string", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "double": {"type": ["number", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "datetime": {"type": ["string", "null"], "format": "date-time"},
    "time": {"type": ["string", "null"], "format": "time"},
}
CONTACT_FIELDS: dict[str, str] = {
    "Id": "id",
    "IsDeleted": "boolean",
    "MasterRecordId": "reference",
    "Salutation": "picklist",
    "FirstName": "string",
    "LastName": "string",
    "Phone": "phone",
    "MobilePhone": "phone",
    "HomePhone": "phone",
    "Email": "email",
    "MailingCountryCode": "picklist",
    "CreatedDate": "datetime",
    "SystemModstamp": "datetime",
}
LEAD_FIELDS: dict[str, str] = {
    "Id": "id",
    "IsDeleted": "boolean",
    "IsConverted": "boolean",
    "ConvertedContactId": "reference",
    "Salutation": "picklist",
    "FirstName": "string",
    "LastName": "string",
    "Phone": "phone",
    "MobilePhone": "phone",
    "Email": "email",
    "CountryCode": "picklist",
    "CreatedDate": "datetime",
    "SystemModstamp": "datetime",
}
FIELDS = {"contacts": CONTACT_FIELDS, "leads": LEAD_FIELDS}
_INTERRUPTS = (KeyboardInterrupt, SystemExit)


def schema_of(fields: Mapping[str, str], *, hints: bool = True, **lengths: int) -> dict[str, Any]:
    """A stream's schema from describe types, with or without Salesforce's hints."""
    properties: dict[str, Any] = {}
    for name, kind in fields.items():
        described = dict(_HINTS.get(kind, _HINTS["string"]))
        if kind in {"int", "currency", "percent"}:
            described = dict(_HINTS["double"])
        if kind in {"address", "location"}:
            described = {"type": ["object", "null"]}
        if hints:
            described["x-salesforce"] = {"type": kind, "length": lengths.get(name, 80)}
        properties[name] = described
    return {"type": "object", "properties": properties}


@dataclass
class Result:
    """What one run did."""

    outcomes: list[Outcome] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    writes: int = 0

    def of(self, key: str) -> Outcome:
        """The last outcome of a record: who was left out may get a better one."""
        last = {one.service_id: one for one in self.outcomes if one.source_key == key}
        (outcome,) = last.values()
        return outcome

    def kinds(self) -> dict[str, str]:
        """Kind of outcome, with its reason, by record."""
        return {
            outcome.source_key: outcome.kind + (f"/{outcome.reason}" if outcome.reason else "")
            for outcome in self.outcomes
        }


class Recording(TargetZingle):
    """The target, keeping its outcomes in memory as well."""

    kept: list[Outcome]

    def settled(
        self,
        outcomes: list[Outcome],
        payloads: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Record, and keep."""
        self.kept.extend(outcomes)
        super().settled(outcomes, payloads)


class _Input(io.StringIO):
    """Standard input that may break off."""

    def __init__(self, text: str, breaks: BaseException | None) -> None:
        super().__init__(text)
        self._breaks = breaks

    def __next__(self) -> str:
        try:
            return super().__next__()
        except StopIteration:
            if self._breaks is not None:
                raise self._breaks from None
            raise


@dataclass
class World:
    """The sandbox's Zingle, and Singer messages for it."""

    running: RunningSandbox

    @property
    def service_id(self) -> str:
        """The service that contacts go to."""
        return self.running.service_id

    def reset(self) -> None:
        """Empty the service and the sync log; default readings and options."""
        self.running.reset()
        for log in self.running.state_dir.glob("log.db*"):
            log.unlink()

    def contact(self, **row: Any) -> str:
        """Add a contact; ``phones`` and ``emails`` are short for channels."""
        channels = [
            {"type": "phone", "value": value, "country": "US"} for value in row.pop("phones", ())
        ] + [{"type": "email", "value": value} for value in row.pop("emails", ())]
        row.setdefault("channels", channels)
        names = {"First Name": row.pop("first", None), "Last Name": row.pop("last", None)}
        row["fields"] = {**{key: v for key, v in names.items() if v}, **row.get("fields", {})}
        (contact_id,) = insert_contacts(self.running.sandbox, [row])
        return contact_id

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Every contact as it is, by id: names, external id, channels, fields, labels, flags."""
        rows = self.running.sandbox.store.connection.execute(
            "SELECT c.*, l.names FROM zg_contacts c LEFT JOIN ("
            " SELECT contact, group_concat(display_name, '|') AS names FROM"
            " (SELECT contact, display_name FROM zg_contact_labels JOIN zg_labels"
            "  ON zg_labels.number = label ORDER BY display_name) GROUP BY contact"
            ") l ON l.contact = c.number ORDER BY c.number"
        )
        keys = [column[0] for column in rows.description]
        found: dict[str, dict[str, Any]] = {}
        for values in rows.fetchall():
            row = dict(zip(keys, tuple(values), strict=True))
            found[self._id(row)] = {
                "external_id": row["external_id"],
                "first_name": row["first_name"],
                "last_name": row["last_name"],
                "title": row["title"],
                "notes": row["notes"],
                "fields": json.loads(row["fields"]),
                "labels": (row["names"] or "").split("|") if row["names"] else [],
                "locked": row["locked_by_source"],
                "optin": row["optin_status"],
                "flags": (row["is_confirmed"], row["is_starred"], row["is_closed"]),
                "channels": self._channels(row["number"]),
            }
        return found

    def _id(self, row: Mapping[str, Any]) -> str:
        return row["id"] or make_id(Kind.CONTACT, row["number"])

    def _channels(self, number: int) -> list[tuple[Any, ...]]:
        return [
            tuple(row)
            for row in self.running.sandbox.store.connection.execute(
                "SELECT value, country, display_name, is_default_for_type, block_outbound"
                " FROM zg_channels WHERE contact = ? ORDER BY number",
                (number,),
            )
        ]

    def values(self) -> list[str]:
        """Every channel value in the service, repeated where it is on two contacts."""
        return [
            channel[0] for contact in self.contacts().values() for channel in contact["channels"]
        ]

    def settings(self, **settings: Any) -> dict[str, Any]:
        """The target's settings for this world."""
        return {
            **self.running.zingle_settings(),
            "service_id": self.service_id,
            "requests_per_second": 0,
            "max_creates_per_run": 0,
            "max_error_rate": 1,
            "sync_log_url": f"sqlite:///{self.running.state_dir}/log.db",
            **settings,
        }

    def sync(
        self,
        contacts: Sequence[Mapping[str, Any]] = (),
        leads: Sequence[Mapping[str, Any]] = (),
        **settings: Any,
    ) -> Result:
        """Run the target on records of the two usual streams."""
        streams = {"contacts": contacts, "leads": leads}
        lines: list[dict[str, Any]] = []
        for stream, records in streams.items():
            if records:
                lines += messages(stream, schema_of(FIELDS[stream]), records)
        return self.listen(lines, **settings)

    def stream(
        self,
        stream: str,
        fields: Mapping[str, str],
        records: Sequence[Mapping[str, Any]],
        *,
        mapping: Mapping[str, Any] | None = None,
        hints: bool = True,
        lengths: Mapping[str, int] | None = None,
        **settings: Any,
    ) -> Result:
        """Run the target on one stream of any shape, with a mapping of its own."""
        schema = schema_of(fields, hints=hints, **(lengths or {}))
        if mapping is not None:
            settings["contact_mapping"] = {stream: mapping}
        return self.listen(messages(stream, schema, records), **settings)

    def listen(
        self,
        lines: Sequence[Mapping[str, Any] | str],
        *,
        breaks: BaseException | None = None,
        **settings: Any,
    ) -> Result:
        """Run the target on Singer messages, or lines as they are; the input may break off."""
        target = Recording(config=self.settings(**settings), parse_env_config=False)
        target.kept = []
        before = self.running.calls("zingle"), self.running.writes("zingle")
        output = io.StringIO()
        told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        text = "".join(f"{line}\n" for line in told)
        try:
            with contextlib.redirect_stdout(output):
                target.listen(_Input(text, breaks))
        except BaseException as error:
            target.finish(error)
            error.result = self._result(target, output, before)  # type: ignore[attr-defined]  # for the test
            raise
        return self._result(target, output, before)

    def start(
        self,
        people: Sequence[Mapping[str, Any]],
        config: Path,
        state_every: int = 0,
        **settings: Any,
    ) -> subprocess.Popen[str]:
        """Start the real program on people; its input is complete, its output a file."""
        lines = messages("contacts", schema_of(FIELDS["contacts"]), people)
        for number in range(len(people), 0, -state_every) if state_every else ():
            lines.insert(number + 1, {"type": "STATE", "value": {"n": number}})
        settings = self.settings(**settings)
        settings["sync_log_url"] = f"sqlite:///{config}.db"
        config.write_text(json.dumps(settings), encoding="utf-8")
        source = config.with_suffix(".singer")
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        with (
            source.open(encoding="utf-8") as stdin,
            config.with_suffix(".out").open("w", encoding="utf-8") as stdout,
        ):
            return subprocess.Popen(
                [sys.executable, "-m", "target_zingle", "--config", str(config)],
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                text=True,
            )

    def _result(self, target: Recording, output: io.StringIO, before: tuple[int, int]) -> Result:
        return Result(
            target.kept,
            [json.loads(line) for line in output.getvalue().splitlines()],
            dict(target.facts or {}),
            self.running.calls("zingle") - before[0],
            self.running.writes("zingle") - before[1],
        )


def messages(
    stream: str, schema: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """SCHEMA, RECORDs and one STATE."""
    keys = ["Id"] if "Id" in schema["properties"] else []
    return [
        {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": keys},
        *({"type": "RECORD", "stream": stream, "record": record} for record in records),
        {"type": "STATE", "value": {"bookmarks": {stream: {"seen": len(records)}}}},
    ]


def salesforce_id(prefix: str, number: int) -> str:
    """The 18-character id of the n-th record of a kind."""
    return to_18(f"{prefix}Hx{number:010d}")


def person(number: int = 1, **values: Any) -> dict[str, Any]:
    """A Salesforce Contact."""
    record = {
        "Id": salesforce_id("003", number),
        "IsDeleted": False,
        "MasterRecordId": None,
        "FirstName": f"Ann{number}",
        "LastName": "Lee",
        "CreatedDate": f"2026-01-{number % 28 + 1:02}T00:00:00.000Z",
    }
    return {**record, **values}


def lead(number: int = 1, **values: Any) -> dict[str, Any]:
    """A Salesforce Lead."""
    record = {
        "Id": salesforce_id("00Q", number),
        "IsDeleted": False,
        "IsConverted": False,
        "ConvertedContactId": None,
        "FirstName": f"Lou{number}",
        "LastName": "Gray",
        "CreatedDate": f"2026-01-{number % 28 + 1:02}T00:00:00.000Z",
    }
    return {**record, **values}


@dataclass(frozen=True)
class Make:
    """Builders of records, messages and schemas."""

    person = staticmethod(person)
    lead = staticmethod(lead)
    schema = staticmethod(schema_of)
    messages = staticmethod(messages)
    salesforce_id = staticmethod(salesforce_id)
    contact_fields = CONTACT_FIELDS
    lead_fields = LEAD_FIELDS


@pytest.fixture(scope="session")
def make() -> Make:
    """Builders of records, messages and schemas."""
    return Make()


@pytest.fixture(scope="session")
def _service() -> Iterator[RunningSandbox]:
    with run_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def _world(_service: RunningSandbox) -> World:
    return World(_service)


@pytest.fixture
def world(_world: World) -> World:
    """An empty Zingle with default readings, and an empty sync log."""
    _world.reset()
    return _world
