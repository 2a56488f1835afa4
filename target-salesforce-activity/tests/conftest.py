"""Both plugins of the conversations' way, run in this process against a sandbox."""

from __future__ import annotations

import copy
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.tap import TapZingle
from target_salesforce_activity.target import TargetSalesforceActivity
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import insert_contacts, insert_messages
from zingle_sync.salesforce import Salesforce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from zingle_sync.outcomes import Outcome

Line = dict[str, Any]
FOREIGN_SCHEMA: Line = {
    "type": "SCHEMA",
    "stream": "days",
    "schema": {
        "type": "object",
        "properties": {name: {} for name in ("service_id", "contact_id", "date", "messages")},
    },
    "key_properties": ["service_id", "contact_id", "date"],
}


@dataclass(repr=False)
class Pipeline:
    """`tap-zingle | target-salesforce-activity`, and what they work on."""

    sandbox: RunningSandbox
    logs: Path
    state: Line | None = None
    tap_config: Line = field(default_factory=dict)
    target_config: Line = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    _bodies: int = 0
    _worlds: int = 1

    @property
    def log_url(self) -> str:
        """The sync log of these worlds."""
        return f"sqlite:///{self.logs}/log-{self._worlds}.db"

    @property
    def now(self) -> int:
        """The sandbox's time, in epoch seconds."""
        return int(self.sandbox.sandbox.clock.timestamp())

    def wait(self, seconds: float) -> None:
        """Let time pass in the sandbox."""
        self.sandbox.sandbox.clock.advance(seconds)

    # Worlds

    def reset(self) -> None:
        """Begin again with two empty worlds, and a sync log that knows nothing of the last ones."""
        self.sandbox.reset()
        self.state = None
        self._worlds += 1

    def person(self, sobject: str = "Contact", **fields: Any) -> str:
        """Add somebody to Salesforce."""
        company = {"Company": "Acme"} if sobject == "Lead" else {}
        row = {"LastName": "Doe", **company, **fields}
        return insert_rows(self.sandbox.sandbox, sobject, [row])[0]

    def guest(self, external_id: str | None = None, **fields: Any) -> str:
        """Add a contact to Zingle."""
        return insert_contacts(
            self.sandbox.sandbox, [{"external_id": external_id, "channels": [], **fields}]
        )[0]

    def linked_guest(self) -> str:
        """Add somebody to both sides, linked."""
        return self.guest(self.person())

    def message(self, contact_id: str, **fields: Any) -> str:
        """Add a message to Zingle, by default one of now with a text of its own."""
        self._bodies += 1
        self.wait(1)
        row = {
            "contact_id": contact_id,
            "direction": "inbound",
            "body": f"text-{self._bodies}-end",
            "created_at": self.now,
            **fields,
        }
        return insert_messages(self.sandbox.sandbox, [row])[0]

    def change(self, message_id: str, **columns: Any) -> None:
        """Change a message behind Zingle's back; its updated_at follows."""
        store = self.sandbox.sandbox.store
        numbers = self.numbers()
        values = {"updated_at": self.now, **columns}
        names = ", ".join(f"{name} = ?" for name in values)
        store.execute(
            f"UPDATE zg_messages SET {names} WHERE number = ?",
            (*values.values(), numbers[message_id]),
        )

    def numbers(self) -> dict[str, int]:
        """The row number of each message."""
        from zingle_sandbox.zingle.ids import Kind, make_id  # noqa: PLC0415 - test support

        rows = self.sandbox.sandbox.store.all("SELECT number, id FROM zg_messages")
        return {row["id"] or make_id(Kind.MESSAGE, row["number"]): row["number"] for row in rows}

    def tasks(self) -> list[dict[str, Any]]:
        """All Tasks that are not deleted, as the database holds them, oldest first."""
        rows = self.sandbox.sandbox.store.all(
            "SELECT * FROM sf_Task WHERE IsDeleted = 0 ORDER BY CreatedDate, Id"
        )
        return [dict(row) for row in rows]

    # Runs

    def tap(self, **config: Any) -> list[Line]:
        """Run the tap from the kept state and return its messages."""
        tap = TapZingle(
            config={
                **self.sandbox.zingle_settings(),
                "start_date": "2026-01-01",
                "requests_per_second": 0,
                **self.tap_config,
                **config,
            },
            state=copy.deepcopy(self.state),
        )
        for stream in tap.streams.values():
            stream.selected = stream.name == "conversations"
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(output):
            tap.sync_all()
        return _lines(output)

    def target(
        self,
        lines: Iterable[Line],
        prepare: Callable[[TargetSalesforceActivity], object] | None = None,
        **config: Any,
    ) -> TargetSalesforceActivity:
        """Run the target on these messages; the last STATE that it emits is kept."""
        target = TargetSalesforceActivity(
            config={
                **self.sandbox.salesforce_settings(),
                "sync_log_url": self.log_url,
                **self.target_config,
                **config,
            }
        )
        self.outcomes = []
        record = target.settled

        def settled(outcomes: list[Outcome], payloads: Any = None) -> None:  # noqa: ANN401 - passed on
            self.outcomes += outcomes
            record(outcomes, payloads)

        target.settled = settled  # type: ignore[method-assign] # a spy
        target.salesforce._caller.sleep = _no_wait
        if prepare:
            prepare(target)
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        text = "\n".join(json.dumps(line) for line in lines)
        try:
            with redirect_stdout(output):
                target.listen(io.StringIO(text))
        finally:
            for state in _lines(output):
                self.state = state
            for lock in target._locks.values():  # as the end of its process would
                lock.close()
        return target

    def foreign(
        self,
        lines: Iterable[Line],
        prepare: Callable[[TargetSalesforceActivity], object] | None = None,
        **config: Any,
    ) -> TargetSalesforceActivity:
        """Run the target on the stream `days` of another tap, whose schema asks for nothing."""
        return self.target([FOREIGN_SCHEMA, *lines], prepare, **config)

    def run(self, **config: Any) -> TargetSalesforceActivity:
        """Run both from the kept state."""
        return self.target(self.tap(), **config)

    def read_soql(self, soql: str) -> list[dict[str, Any]]:
        """Ask Salesforce, as its user would."""
        client = Salesforce.from_settings(self.sandbox.salesforce_settings())
        return list(client.rows(soql, include_deleted=True))


def _no_wait(_: float) -> None:
    """Tests don't sleep."""


def _lines(output: io.TextIOWrapper) -> list[Line]:
    output.flush()
    text = output.buffer.getvalue().decode()  # type: ignore[attr-defined] # a BytesIO
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def pipeline(sandbox: RunningSandbox, tmp_path: Path) -> Pipeline:
    """Both plugins on two empty worlds whose clock stands still."""
    sandbox.sandbox.clock.freeze()
    return Pipeline(sandbox, tmp_path)
