"""Find and erase one person, or what was learnt, in the sync log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Text, cast, delete, func, or_, select, update

from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import reading
from zingle_sync.outcomes.masking import mask_key
from zingle_sync.outcomes.values import OWN_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import ColumnElement, Connection, Engine

# A shorter number is no phone that could tell people apart.
_DIGITS_OF_A_PHONE = 7
_ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class Found:
    """What the log holds about a person.

    Attributes:
        ids: The person's ids, in both systems.
        outcome_ids: Rows of `outcomes` that are about the person.
        rejected_ids: Rows of `rejected` that are about the person.
        mention_ids: Rows of `outcomes` about others that name the person's ids.
        remembered: Whether runs remember whose the person's contact is, or was.
        behind_mask: How many contacts the rows belong to whose key is only known by its mask: an
            e-mail `a***@x.org` may be several people's.
    """

    ids: frozenset[str]
    outcome_ids: frozenset[int]
    rejected_ids: frozenset[int]
    mention_ids: frozenset[int]
    remembered: bool = False
    behind_mask: int = 0

    def any(self) -> bool:
        """Whether there is anything at all."""
        rows = self.outcome_ids or self.rejected_ids or self.mention_ids
        return bool(rows) or self.remembered


def find_person(engine: Engine, person: str, *forms: str) -> Found:
    """Find all rows about a person: a Salesforce id, a Zingle contact id, a phone or an e-mail.

    A phone or an e-mail is searched in the kept records; the ids found there, or given, are
    followed from Salesforce to Zingle and back, and into the conversation days.

    Args:
        engine: The log.
        person: As they were asked for.
        forms: Other ways to write the same id.
    """
    person = person.strip()
    # A mask may stand for several people, so it is followed nowhere; an id is its own mask.
    masked = {mask_key(person)} - {person}
    with reading(engine) as connection:
        ids = _closure(connection, {person, *forms, *_keys_with(connection, person)})
        outcomes, rejected = tables.outcomes.c, tables.rejected.c
        by_mask = outcomes.source_key.in_(masked)
        about = or_(_about(outcomes.source_key, ids), by_mask)
        behind = select(func.count(outcomes.target_id.distinct())).where(by_mask)
        own = outcomes.target_id.in_(ids) & outcomes.outcome.in_(OWN_OUTCOMES)

        def rows(row_id: ColumnElement[int], *conditions: ColumnElement[bool]) -> frozenset[int]:
            return frozenset(connection.scalars(select(row_id).where(*conditions)))

        return Found(
            ids=frozenset(ids),
            outcome_ids=rows(outcomes.id, or_(about, own)),
            rejected_ids=rows(rejected.id, _about(rejected.source_key, ids)),
            mention_ids=rows(outcomes.id, _mentions(ids), ~about),
            remembered=any(True for _ in _facts_without(connection, ids)),
            behind_mask=connection.scalar(behind) or 0,
        )


def erase(engine: Engine, found: Found) -> None:
    """Erase what was found; rows about others stay, without the person's ids."""
    outcomes, rejected = tables.outcomes, tables.rejected
    with engine.begin() as connection:
        for row_id in found.outcome_ids:
            connection.execute(delete(outcomes).where(outcomes.c.id == row_id))
        for row_id in found.rejected_ids:
            connection.execute(delete(rejected).where(rejected.c.id == row_id))
        for row_id in found.mention_ids - found.outcome_ids:
            _strike(connection, row_id, found.ids)
        for place, value in _facts_without(connection, found.ids):
            connection.execute(update(tables.facts).where(*place).values(value=value))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")  # a checkpoint can't run inside a transaction
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_fact(engine: Engine, plugin: str, environment: str, name: str) -> None:
    """Let a plugin learn anew what `Run.remember` keeps under a name."""
    facts = tables.facts.c
    place = (facts.plugin == plugin, facts.environment == environment, facts.name == name)
    with engine.begin() as connection:
        connection.execute(delete(tables.facts).where(*place))


def _facts_without(
    connection: Connection, ids: Collection[str]
) -> list[tuple[list[ColumnElement[bool]], dict[str, Any]]]:
    """Facts about services that name a person, and what they are without."""
    found = []
    for row in connection.execute(select(tables.facts)).all():
        value = row.value if isinstance(row.value, dict) else {}
        kept = {
            key: told
            for key, told in value.items()
            if key not in ids and not (isinstance(told, str) and told in ids)
        }
        if kept != value:
            columns = tables.facts.primary_key
            found.append(([column == getattr(row, column.name) for column in columns], kept))
    return found


def _strike(connection: Connection, row_id: int, ids: frozenset[str]) -> None:
    table = tables.outcomes.c
    row = connection.execute(
        select(table.target_id, table.warnings, table.error_message).where(table.id == row_id)
    ).one()
    pattern = re.compile("|".join(re.escape(one) for one in sorted(ids, key=len, reverse=True)))

    def struck(text: str | None) -> str | None:
        return text and pattern.sub(_ERASED, text)

    connection.execute(
        update(tables.outcomes)
        .where(table.id == row_id)
        .values(
            target_id=None if row.target_id in ids else row.target_id,
            warnings=row.warnings and [struck(warning) for warning in row.warnings],
            error_message=struck(row.error_message),
        )
    )


def _closure(connection: Connection, ids: set[str]) -> set[str]:
    """The ids with those of the same person on the other side."""
    table = tables.outcomes.c
    while True:
        rows = connection.execute(
            select(table.source_key, table.target_id)
            .where(
                table.outcome.in_(OWN_OUTCOMES),
                or_(table.source_key.in_(ids), table.target_id.in_(ids)),
                # A conversation day is about a person, but its Task is no person.
                ~table.source_key.contains(":"),
            )
            .distinct()
        ).all()
        more = {one for row in rows for one in row if one} | _claimed(connection, ids)
        more -= ids
        if not more:
            return ids
        ids |= more


def _claimed(connection: Connection, ids: set[str]) -> set[str]:
    """The contacts of records, and the records of contacts, that runs remember."""
    facts = connection.scalars(select(tables.facts.c.value).where(tables.facts.c.name == "claims"))
    pairs = [pair for value in facts for pair in (value or {}).items()]
    return {one for pair in pairs if set(pair) & ids for one in pair}


def _about(column: ColumnElement[Any], ids: set[str]) -> ColumnElement[bool]:
    """A key that is one of the ids, or a conversation day of one of them."""
    return or_(
        column.in_(ids), *(column.contains(f":{one}:", autoescape=True) for one in ids if one)
    )


def _mentions(ids: set[str]) -> ColumnElement[bool]:
    table = tables.outcomes.c
    texts = (cast(table.warnings, Text), table.error_message)
    return or_(
        table.target_id.in_(ids) & table.outcome.not_in(OWN_OUTCOMES),
        *(text.contains(one, autoescape=True) for text in texts for one in ids if one),
    )


def _keys_with(connection: Connection, person: str) -> Iterator[str]:
    """Keys of the kept records that hold a phone or an e-mail."""
    digits = _digits(person)
    is_email = "@" in person
    if not is_email and (len(digits) < _DIGITS_OF_A_PHONE or re.search(r"[A-Za-z]", person)):
        return
    # The address as a whole: ana@x.org is not in diana@x.org.
    address = re.compile(rf"(?<![\w.+'-]){re.escape(person)}(?![\w@-]|\.\w)", re.IGNORECASE)
    table = tables.rejected.c
    for row in connection.execute(select(table.source_key, table.payload)):
        for text in _texts(msgspec.json.decode(row.payload or b"null")):
            if address.search(text) if is_email else _same_phone(digits, text):
                yield row.source_key
                break


def _same_phone(digits: str, text: str) -> bool:
    """Whether a text is the phone, with or without its country code or trunk zero."""
    if re.search(r"[A-Za-z]{3}", text):
        return False
    found = _digits(text).lstrip("0")
    return len(found) >= _DIGITS_OF_A_PHONE and (
        digits.endswith(found) or found.endswith(digits.lstrip("0"))
    )


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            pass
