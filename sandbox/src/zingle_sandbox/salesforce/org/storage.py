"""Tables of the Salesforce side, and the bulk insert that seeds use."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS, NUMBERS, Field
from zingle_sandbox.salesforce.catalogue.ids import id_sequence, make_id
from zingle_sandbox.salesforce.catalogue.sobjects import ACTIVITY_KEY, SObject, declared_objects
from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.late import hide

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.store import Store

ORG_ID = make_id("00D", 1)
COPY_ID = make_id("00D", 2)
USER_ID = make_id("005", 1)
OTHER_USER_ID = make_id("005", 2)
INACTIVE_USER_ID = make_id("005", 3)
CONNECTOR_USER_ID = make_id("005", 4)
QUEUE_ID = make_id("00G", 1)

_CHUNK = 5_000

# The formulas of the catalogue, as SQLite computes them.
_FORMULAS = {
    "Full_Greeting__c": "TRIM(COALESCE(Salutation, '') || ' ' || LastName)",
    "Nights__c": "julianday(Check_Out__c) - julianday(Check_In__c)",
}

_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "Contact": (
        ("SystemModstamp", "Id", "IsDeleted"),
        ("AccountId",),
        ("Email",),
        ("Phone",),
        ("MobilePhone",),
        ("Loyalty_Number__c",),
    ),
    "Lead": (
        ("SystemModstamp", "Id", "IsDeleted"),
        ("Email",),
        ("Phone",),
        ("MobilePhone",),
        ("ConvertedContactId",),
    ),
    "Task": (
        ("SystemModstamp", "Id", "IsDeleted", "IsArchived"),
        ("WhoId",),
        ("WhatId",),
        ("CallObject",),
        (ACTIVITY_KEY,),
    ),
    "Opportunity": (("SystemModstamp", "Id", "IsDeleted"), ("AccountId",)),
    "OpportunityContactRole": (("ContactId",), ("OpportunityId",)),
    "Stay__c": (
        ("SystemModstamp", "Id", "IsDeleted"),
        ("Guest__c",),
        ("Booking_Number__c",),
    ),
    "Account": (("SystemModstamp", "Id", "IsDeleted"), ("ParentId",)),
}


def org_id(sandbox: Sandbox) -> str:
    """The id of this org: the production's, or that of its full copy with the same records."""
    return COPY_ID if sandbox.options["salesforce_full_copy"] else ORG_ID


def name_the_org(sandbox: Sandbox) -> None:
    """Make the Organization row say which of the two this is."""
    wanted = org_id(sandbox)
    if sandbox.store.value("SELECT Id FROM sf_Organization") != wanted:
        sandbox.store.execute(
            "UPDATE sf_Organization SET Id = ?, IsSandbox = ?", (wanted, wanted == COPY_ID)
        )


def assigned_sets(sandbox: Sandbox) -> str:
    """The deployed permission sets of the integration user as XML, one after the other."""
    rows = sandbox.store.all(
        "SELECT m.xml FROM sf_metadata m JOIN sf_PermissionSet s ON s.Name = m.name"
        " JOIN sf_PermissionSetAssignment a ON a.PermissionSetId = s.Id"
        " WHERE m.kind = 'PermissionSet' AND a.AssigneeId = ?",
        (USER_ID,),
    )
    return "".join(row["xml"] for row in rows)


def stored(field: Field) -> bool:
    """Whether the field has a column that rows fill (not compounds, not formulas)."""
    return field.type not in COMPOUNDS and "formula" not in field.options


def _column(field: Field) -> str:
    if field.type == "boolean":
        return f'"{field.name}" INTEGER NOT NULL DEFAULT 0'
    if formula := _FORMULAS.get(field.name):
        kind = "REAL" if field.type in NUMBERS else "TEXT COLLATE NOCASE"
        return f'"{field.name}" {kind} GENERATED ALWAYS AS ({formula}) VIRTUAL'
    if field.type == "int":
        return f'"{field.name}" INTEGER'
    if field.type in NUMBERS:
        return f'"{field.name}" REAL'
    if field.type in {"id", "reference", "date", "datetime", "time"} or field.case_sensitive:
        return f'"{field.name}" TEXT'
    return f'"{field.name}" TEXT COLLATE NOCASE'


def create_tables(conn: sqlite3.Connection) -> None:
    """Create the tables of this side, names prefixed `sf_`."""
    for sobject in declared_objects().values():
        columns = [
            _column(field) for field in sobject.fields.values() if field.type not in COMPOUNDS
        ]
        conn.execute(f"CREATE TABLE {sobject.table} ({', '.join(columns)})")
        conn.execute(f"CREATE UNIQUE INDEX {sobject.table}_Id ON {sobject.table} (Id)")
        _create_indexes(conn, sobject)
    conn.execute("CREATE TABLE sf_counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL)")
    conn.execute(
        "CREATE TABLE sf_sessions (token TEXT PRIMARY KEY, user_id TEXT, started REAL,"
        " used REAL, calls INTEGER, grant_id TEXT, expired_password INTEGER)"
    )
    conn.execute(
        "CREATE TABLE sf_refresh_tokens (token TEXT PRIMARY KEY, grant_id TEXT, alive INTEGER)"
    )
    conn.execute(
        "CREATE TABLE sf_metadata (kind TEXT, name TEXT, xml TEXT, PRIMARY KEY (kind, name))"
    )
    conn.execute(
        "CREATE TABLE sf_late (visible_at REAL, sobject TEXT, id TEXT, columns TEXT, row TEXT)"
    )


def _create_indexes(conn: sqlite3.Connection, sobject: SObject) -> None:
    for columns in _INDEXES.get(sobject.name, ()):
        name = f"{sobject.table}_{'_'.join(columns)}"
        conn.execute(f"CREATE INDEX {name} ON {sobject.table} ({', '.join(columns)})")


def _drop_indexes(conn: sqlite3.Connection, sobject: SObject) -> None:
    for columns in _INDEXES.get(sobject.name, ()):
        conn.execute(f"DROP INDEX {sobject.table}_{'_'.join(columns)}")


@lru_cache(maxsize=64)
def stored_columns(name: str) -> tuple[str, ...]:
    """Columns of an object that rows fill, in describe order."""
    sobject = declared_objects()[name.lower()]
    return tuple(field.name for field in sobject.fields.values() if stored(field))


@contextmanager
def all_or_nothing(store: Store) -> Iterator[None]:
    """Undo everything inside if it ends in an exception, even within another transaction."""
    with store.transaction() as conn:
        conn.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            conn.execute("ROLLBACK TO part")
            raise
        finally:
            conn.execute("RELEASE part")


def take_numbers(store: Store, name: str, count: int = 1) -> int:
    """Reserve `count` consecutive numbers of a counter; the first of them is returned."""
    store.execute(
        "INSERT INTO sf_counters VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET last = last + excluded.last",
        (name, count),
    )
    last: int = store.value("SELECT last FROM sf_counters WHERE name = ?", (name,))
    return last - count + 1


def new_id(store: Store, sobject: SObject) -> str:
    """The next id of an object that no record has."""
    if sobject.prefix is None:
        raise ValueError(f"{sobject.name} has no records")
    while True:
        made = make_id(sobject.prefix, 1_000 + take_numbers(store, sobject.name))
        if store.one(f"SELECT 1 FROM {sobject.table} WHERE Id = ?", (made,)) is None:
            return made


def person_name(row: Mapping[str, Any]) -> str:
    """`Name` of a Contact, Lead or User: first and last name, without the salutation."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def column_defaults(sobject: SObject, now: str) -> dict[str, Any]:
    """What a stored column holds when nobody gives a value."""
    defaults: dict[str, Any] = {}
    for field in sobject.fields.values():
        if not stored(field):
            continue
        if field.type == "boolean":
            defaults[field.name] = int(field.default == "true")
        elif "rollup" in field.options:
            defaults[field.name] = 0
        else:
            defaults[field.name] = field.default
    for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        if name in defaults:
            defaults[name] = now
    for name in ("CreatedById", "LastModifiedById", "OwnerId"):
        if name in defaults:
            defaults[name] = USER_ID
    return defaults


def auto_number(field: Field, number: int) -> str:
    """The text of an auto-number field."""
    return f"{field.name[0]}-{number:06d}"


def insert_rows(
    sandbox: Sandbox,
    sobject: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    visible_at: float | None = None,
) -> list[str]:
    """Insert many rows as they are: no Task rule, trigger or uniqueness is checked.

    About 100,000 rows a second. Into an empty table, indexes are built at the end.

    Args:
        sandbox: where to.
        sobject: object name, such as `Contact`.
        rows: field names to values as the REST API would answer them; absent fields get the
            org's defaults, audit fields the clock's time, an absent `Id` the next one.
        visible_at: epoch seconds until which nobody sees the rows, whatever their
            `SystemModstamp` says: the commit of a long transaction. None: visible at once.

    Returns:
        The ids, in order.

    Raises:
        KeyError: the object does not exist.
    """
    target = declared_objects()[sobject.lower()]
    if visible_at is not None:
        return _insert_late(sandbox, target, rows, visible_at)
    store = sandbox.store
    ids: list[str] = []
    with store.transaction() as conn:
        empty = conn.execute(f"SELECT 1 FROM {target.table} LIMIT 1").fetchone() is None
        if empty:
            _drop_indexes(conn, target)
        # Most columns of most rows are empty: naming only the others halves the time.
        source = iter(rows)
        while chunk := list(islice(source, _CHUNK)):
            if target.name == "Task":
                chunk = [_task(row) for row in chunk]
            columns, values = _complete(sandbox, target, chunk, ids)
            marks = ", ".join("?" * len(columns))
            names = ", ".join(f'"{column}"' for column in columns)
            conn.executemany(f"INSERT INTO {target.table} ({names}) VALUES ({marks})", values)
        if empty:
            _create_indexes(conn, target)
        if target.name == "Stay__c":
            conn.execute(
                "UPDATE sf_Contact SET Stay_Count__c = (SELECT COUNT(*) FROM sf_Stay__c"
                " WHERE Guest__c = sf_Contact.Id AND IsDeleted = 0)"
                " WHERE Id IN (SELECT Guest__c FROM sf_Stay__c)"
            )
    return ids


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    """A Task with what follows from its status and priority."""
    return {
        "IsClosed": row.get("Status") == "Completed",
        "IsHighPriority": row.get("Priority") == "High",
        "TaskSubtype": "Task",
        **row,
    }


def _complete(
    sandbox: Sandbox, sobject: SObject, rows: Sequence[Mapping[str, Any]], ids: list[str]
) -> tuple[list[str], list[list[Any]]]:
    """Fill defaults, ids and derived columns.

    Returns:
        The columns that any of the rows fills, and their values; the ids are appended to `ids`.
    """
    defaults = column_defaults(sobject, sf_datetime(sandbox.clock.now()))
    autos = [field for field in sobject.fields.values() if "auto" in field.flags]
    named = {"Name"} if sobject.name in {"Contact", "Lead", "User"} else set()
    filled = set().union(*rows) | named | {"Id"} | {field.name for field in autos}
    pairs = [
        (column, defaults[column])
        for column in stored_columns(sobject.name)
        if column in filled or defaults[column] is not None
    ]
    columns = [column for column, _ in pairs]
    id_at = columns.index("Id")
    name_at = columns.index("Name") if named else -1
    numbers = [
        (
            columns.index(field.name),
            field,
            take_numbers(sandbox.store, f"{sobject.name}.{field.name}", len(rows)),
        )
        for field in autos
    ]
    missing = sum(row.get("Id") is None for row in rows)
    first = take_numbers(sandbox.store, sobject.name, missing) if missing else 1
    new_ids = id_sequence(sobject.prefix or "000", 1_000 + first)
    values = []
    for number, row in enumerate(rows):
        line = [row.get(column, default) for column, default in pairs]
        if line[id_at] is None:
            line[id_at] = next(new_ids)
        if name_at >= 0 and line[name_at] is None:
            line[name_at] = person_name(row)
        for at, field, start in numbers:
            if line[at] is None:
                line[at] = auto_number(field, start + number)
        ids.append(line[id_at])
        values.append(line)
    return columns, values


def _insert_late(
    sandbox: Sandbox, sobject: SObject, rows: Iterable[Mapping[str, Any]], visible_at: float
) -> list[str]:
    ids: list[str] = []
    with sandbox.store.transaction():
        columns, complete = _complete(sandbox, sobject, list(rows), ids)
        hide(sandbox.store, sobject, columns, complete, visible_at)
    return ids
