"""The decision table, row by row, without a service."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.decided.decisions import (
    Create,
    Decision,
    MarkDeleted,
    Match,
    Policy,
    Relink,
    Skip,
    Unlink,
)
from target_zingle.decided.matching import decide
from target_zingle.known.candidates import Candidates
from target_zingle.known.contact import Contact, HeldChannel
from target_zingle.known.lineage import Lineage, successor_of
from target_zingle.wanted.channels import PersonPhone
from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.person import FieldWrite, Person
from target_zingle.wanted.types import TargetField, TargetKind
from zingle_sync.outcomes.words import WARNINGS

ME, Z, W = "003Hx0000000001IAA", "003Hx0000000002IAA", "003Hx0000000003IAA"
LEAD = "00QHx0000000001MAA"
P, Q, E = (PHONE, "+18585551212"), (PHONE, "+18585551313"), (EMAIL, "ann@inbox-hotel.net")
NAMES = {
    key: TargetField(key, key, TargetKind.TEXT, v2_key=key) for key in ("firstName", "lastName")
}


def contact(name: str, *keys: tuple[str, str], **more: Any) -> Contact:
    """A contact that holds some channels."""
    return Contact(id=name, channels=tuple(HeldChannel(*key) for key in keys), **more)


def me(*keys: tuple[str, str], **more: Any) -> Person:
    """The person in question, called Ann Lee."""
    values: dict[str, Any] = {
        "stream": "contacts",
        "source_key": ME,
        "external_id": ME,
        "phones": tuple(
            PersonPhone(value, "US", None, matched=True) for kind, value in keys if kind == PHONE
        ),
        "emails": tuple(value for kind, value in keys if kind == EMAIL),
        "writes": (
            FieldWrite(NAMES["firstName"], "Ann", "always"),
            FieldWrite(NAMES["lastName"], "Lee", "always"),
        ),
    }
    return Person(**{**values, **more})


def found(*contacts: Contact, **more: Any) -> Candidates:
    """What lookups by channel find."""
    keys = {(channel.kind, channel.key) for one in contacts for channel in one.channels}
    return Candidates(
        by_key={key: tuple(one for one in contacts if key[1] in one.keys(key[0])) for key in keys},
        **more,
    )


def settle(
    person: Person, what: Candidates, gone: dict[str, str | None] | None = None, **more: Any
) -> Decision:
    """Decide under a policy."""
    return decide(person, what, Policy(**more), gone or {})


def test_the_external_id_alone_decides() -> None:
    """{A} | {} or {A} | {} or {A}: A is updated."""
    a = contact("a", P, E, external_id=ME)

    assert Match(a, "external_id") == settle(me(P, E), found(a, external=(a,)))


@pytest.mark.parametrize(("key", "word"), [(P, "channel_conflict"), (E, "email_belongs_to")])
def test_channels_of_others_stay_there(key: tuple[str, str], word: str) -> None:
    """{A} | {B}: A is updated, the channel stays with B, which is named."""
    a, b = contact("a", external_id=ME), contact("b", key)

    decision = settle(me(key), found(b, external=(a,)))

    assert Match(a, "external_id", leave_out=frozenset({key}), warnings=(f"{word}:b",)) == decision


def test_a_conflict_can_be_rejected() -> None:
    """{A} | {B} with on_channel_conflict: reject."""
    a, b = contact("a", external_id=ME), contact("b", P)

    decision = settle(me(P), found(b, external=(a,)), on_channel_conflict="reject")

    assert ("channel_conflict", ("b",)) == (decision.reason, decision.contacts)  # type: ignore[union-attr]  # a Reject


@pytest.mark.parametrize(("key", "on"), [(P, "phone"), (E, "email")])
def test_a_free_contact_is_matched_and_linked(key: tuple[str, str], on: str) -> None:
    """{} | {A} without external id: A is the person, and gets the id."""
    a = contact("a", P, E)

    assert Match(a, on, link=ME) == settle(me(key), found(a))  # type: ignore[arg-type]  # a word of MatchedOn


def test_phone_wins_over_email() -> None:
    """{} | {A} | {B}: A, and the e-mail stays with B."""
    a, b = contact("a", P), contact("b", E)

    decision = settle(me(P, E), found(a, b))

    assert (
        Match(a, "phone", link=ME, leave_out=frozenset({E}), warnings=("email_belongs_to:b",))
        == decision
    )


def test_the_order_of_keys_can_be_turned_round() -> None:
    """With e-mail first, the phone's contact loses."""
    a, b = contact("a", P), contact("b", E)

    decision = settle(me(P, E), found(a, b), match_keys=("external_id", "email", "phone"))

    assert ("b", "email") == (decision.contact.id, decision.matched_on)  # type: ignore[union-attr]  # a Match


def test_a_contact_of_somebody_else_is_left_to_them() -> None:
    """{} | {A} linked to Z: skipped, and Z is named."""
    a = contact("a", P, external_id=Z)

    assert Skip("shared_channel", "a", (f"shared_phone:{Z}",)) == settle(me(P), found(a))
    assert "shared_channel" == settle(me(P), found(a), on_shared_phone="reject").reason  # type: ignore[union-attr]  # a Reject


@pytest.mark.parametrize(
    ("held", "order", "word"),
    [
        ((P,), ("phone", "email"), "shared_phone"),
        ((E,), ("phone", "email"), "shared_email"),
        ((P, E), ("phone", "email"), "shared_phone"),
        ((P, E), ("email", "phone"), "shared_email"),
        ((E,), ("email",), "shared_email"),
    ],
)
def test_the_warning_names_what_is_shared(
    held: tuple[tuple[str, str], ...], order: tuple[str, ...], word: str
) -> None:
    """Whoever reads the outcome looks at the phone, or at the e-mail, that found the holder."""
    a = contact("a", *held, external_id=Z)

    decision = settle(me(P, E), found(a), match_keys=("external_id", *order))

    assert Skip("shared_channel", "a", (f"{word}:{Z}",)) == decision
    assert word in WARNINGS


def test_a_contact_of_another_system_is_left_to_it() -> None:
    """An external id that is no Salesforce id belongs to somebody else's system."""
    a = contact("a", P, external_id="PMS-4711")

    assert Skip("already_linked", "a") == settle(me(P), found(a))


@pytest.mark.parametrize(
    ("previous", "heir", "on"),
    [
        (Z, None, "phone"),
        (Z, ME, "relink_merge"),
        (LEAD, ME, "relink_conversion"),
    ],
)
def test_a_contact_whose_record_is_gone_is_taken_over(
    previous: str, heir: str | None, on: str
) -> None:
    """{} | {A} linked to Z, and Z was deleted, merged into or converted to this record."""
    a = contact("a", P, external_id=previous)

    decision = settle(me(P), found(a), {previous: heir})

    assert (a, on, ME) == (decision.contact, decision.matched_on, decision.link)  # type: ignore[union-attr]  # a Match


def test_a_contact_whose_record_became_another_is_not_taken() -> None:
    """Z was merged into W: A is W's, whatever its phone says."""
    a = contact("a", P, external_id=Z)

    assert "shared_channel" == settle(me(P), found(a), {Z: W}).reason  # type: ignore[union-attr]  # a Skip


def test_a_record_that_became_this_one_hands_its_contact_over() -> None:
    """Even when nothing but the merge connects them."""
    a = contact("a", Q, external_id=Z)

    decision = settle(me(P), found(predecessors=(a,)), {Z: ME})

    assert ("a", "relink_merge", ME) == (
        decision.contact.id,  # type: ignore[union-attr]  # a Match
        decision.matched_on,  # type: ignore[union-attr]  # a Match
        decision.link,  # type: ignore[union-attr]  # a Match
    )


def test_several_contacts_are_narrowed_by_email_then_by_name() -> None:
    """{} | several: the e-mail tells them apart, else the exact name, else nothing does."""
    a, b = contact("a", P, E), contact("b", Q)
    named = contact("b", Q, first_name="ann ", last_name="LEE")
    plain = contact("a", P)

    assert "a" == settle(me(P, Q, E), found(a, b)).contact.id  # type: ignore[union-attr]  # a Match
    assert "b" == settle(me(P, Q), found(plain, named)).contact.id  # type: ignore[union-attr]  # a Match
    decision = settle(me(P, Q), found(plain, b))
    assert ("ambiguous", ("a", "b")) == (decision.reason, decision.contacts)  # type: ignore[union-attr]  # a Reject


def test_several_contacts_with_the_id_are_refused() -> None:
    """Several contacts carry the external id: never the first of them."""
    a, b = contact("a", external_id=ME), contact("b", P, external_id=ME[:15])

    for what in (found(external=(a, b)), found(b, external=(a,))):
        decision = settle(me(P), what)
        assert ("duplicate_external_id", ("a", "b")) == (decision.reason, decision.contacts)  # type: ignore[union-attr]  # a Reject


def test_nobody_is_created_or_skipped() -> None:
    """{} | {} | {}: create, but not in update_only."""
    assert Create() == settle(me(P), found())
    assert Skip("no_match") == settle(me(P), found(), sync_mode="update_only")


def test_a_person_without_keys_is_rejected_unless_linked() -> None:
    """No usable key and no external id hit."""
    a = contact("a", external_id=ME)

    assert "no_usable_key" == settle(me(), found()).reason  # type: ignore[union-attr]  # a Reject
    assert Match(a, "external_id") == settle(me(), found(external=(a,)))


def test_a_number_with_an_extension_says_nothing() -> None:
    """It is written, but not matched."""
    a = contact("a", P)
    person = me(phones=(PersonPhone(P[1], "US", None, matched=False),))

    assert "no_usable_key" == settle(person, found(a)).reason  # type: ignore[union-attr]  # a Reject


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"locked_by": "pms"}, "locked"),
        ({"blocked": True}, "blocked"),
        ({"optin_status": "opted-out"}, "opted_out"),
        ({"optin_status": "pending"}, "opted_out"),
        ({"masked": True}, "masked"),
    ],
)
def test_what_must_not_be_lost_is_not_linked(state: dict[str, Any], reason: str) -> None:
    """Locked, blocked and opted-out contacts are matched, and the outcome says why not linked."""
    a = contact("a", P, **state)

    decision = settle(me(P), found(a))

    assert (None, (f"not_linked:{reason}",)) == (decision.link, decision.warnings)  # type: ignore[union-attr]  # a Match


def test_locked_contacts() -> None:
    """Locked names and channels are marked; `skip` and our own sources change that."""
    a = contact("a", P, locked_by="pms")

    assert settle(me(P), found(a)).locked  # type: ignore[union-attr]  # a Match
    assert Skip("locked", "a") == settle(me(P), found(a), on_locked="skip")
    ours = settle(me(P), found(a), own_sources=frozenset({"pms"}))
    assert (False, ME) == (ours.locked, ours.link)  # type: ignore[union-attr]  # a Match


# Converted, merged, deleted


def test_a_converted_lead_hands_over_or_needs_a_merge() -> None:
    """The Lead's contact follows to the Contact, unless that one has a contact of its own."""
    a, b = contact("a", external_id=LEAD), contact("b", external_id=ME)
    prospect = Person("leads", LEAD, LEAD, fate="converted", successor=ME)

    assert Relink(a, ME, "relink_conversion") == settle(prospect, found(external=(a,)))
    assert Skip("merge_needed", "a") == settle(prospect, found(external=(a,), successor=(b,)))
    assert Skip("converted") == settle(prospect, found())


def test_merges_are_followed_to_a_living_record_and_never_in_a_circle() -> None:
    """D into Z, Z into W: the contact is W's; a circle or a dead end leaves it alone."""
    a = contact("a", external_id=ME)
    merged = me(fate="merged", successor=Z)

    assert Relink(a, W, "relink_merge") == settle(merged, found(external=(a,)), {ME: Z, Z: W})
    assert Skip("deleted_in_source", "a") == settle(merged, found(external=(a,)), {ME: Z, Z: None})
    assert Skip("deleted_in_source", "a") == settle(merged, found(external=(a,)), {ME: Z, Z: ME})


def test_the_namespace_stays_when_a_contact_follows() -> None:
    """Only the record's id changes in a namespaced external id."""
    organisation = "00D5g000004AbCdEAK"
    a = contact("a", external_id=f"{organisation}:{ME}")
    merged = me(external_id=f"{organisation}:{ME}", fate="merged", successor=f"{organisation}:{W}")

    assert Relink(a, f"{organisation}:{W}", "relink_merge") == settle(merged, found(external=(a,)))


def test_a_protected_contact_does_not_follow() -> None:
    """Relinking is linking: not for opted-out contacts."""
    a = contact("a", external_id=ME, optin_status="opted-out")

    assert Skip("deleted_in_source", "a", ("not_linked:opted_out",)) == settle(
        me(fate="merged", successor=W), found(external=(a,))
    )


@pytest.mark.parametrize(
    ("action", "kind"),
    [("ignore", Skip), ("unlink", Unlink), ("label:Gone", MarkDeleted)],
)
def test_a_plain_delete_does_what_was_asked_for(action: str, kind: type) -> None:
    """Ignore, unlink or label; never more."""
    a = contact("a", external_id=ME)

    assert isinstance(
        settle(me(fate="deleted"), found(external=(a,)), on_source_delete=action), kind
    )


IDS = [f"003Hx00000000{n:02}IAA" for n in range(6)]


@given(st.dictionaries(st.sampled_from(IDS), st.one_of(st.none(), st.sampled_from(IDS))))
def test_lineage_always_ends(gone: dict[str, str | None]) -> None:
    """Whatever rows claim, following them ends, at a record that is not gone."""
    for record in IDS:
        is_gone, heir = successor_of(record, gone)
        assert is_gone == (record in gone)
        assert heir is None or heir not in gone


@given(st.lists(st.tuples(st.sampled_from(IDS), st.one_of(st.none(), st.sampled_from(IDS)))))
def test_predecessors_are_the_other_way_round(rows: list[tuple[str, str | None]]) -> None:
    """A record's predecessors are those whose successor it is, and rows may be taken back."""
    lineage = Lineage()
    for record, heir in rows:
        if record == heir:
            lineage.lives(record)
        else:
            lineage.departed(record, heir)
    living = [record for record in IDS if record not in lineage.gone]

    for record in living:
        expected = {
            other
            for other in IDS
            if other in lineage.gone and successor_of(other, lineage.gone)[1] == record
        }
        assert expected == set(lineage.predecessors(record))


contacts = st.builds(
    lambda number, keys, external, locked, optin: contact(
        f"c{number}", *keys, external_id=external, locked_by=locked, optin_status=optin
    ),
    st.integers(0, 3),
    st.lists(st.sampled_from([P, Q, E]), unique=True, max_size=2),
    st.sampled_from([None, None, ME, Z, "PMS-1"]),
    st.sampled_from([None, "pms"]),
    st.sampled_from([None, "opted-out"]),
)


@given(
    st.lists(contacts, max_size=4, unique_by=lambda one: one.id),
    st.lists(st.sampled_from([P, Q, E]), unique=True),
    st.dictionaries(st.just(Z), st.sampled_from([None, ME, W])),
    st.sampled_from(["upsert", "update_only", "create_only"]),
)
def test_no_decision_steals(  # the properties that hold whatever the table says
    known: list[Contact],
    keys: list[tuple[str, str]],
    gone: dict[str, str | None],
    mode: str,
) -> None:
    """Nobody else's contact is taken, nothing protected is linked, no channel is moved."""
    what = found(*known, external=tuple(one for one in known if one.external_id == ME))

    decision = settle(me(*keys), what, gone, sync_mode=mode)

    if isinstance(decision, Match):
        assert decision.contact.external_id in {None, ME} or (
            decision.contact.external_id == Z and Z in gone and gone[Z] in {None, ME}
        )
        if decision.link:
            assert (None, None) == (decision.contact.locked_by, decision.contact.optin_status)
        others = {
            (channel.kind, channel.key)
            for one in known
            if one.id != decision.contact.id
            for channel in one.channels
        }
        assert others & set(keys) == set(decision.leave_out) & set(keys)
    if isinstance(decision, Create):
        assert mode in {"upsert", "create_only"}
        assert not any(one.external_id == ME for one in known)
