"""Refusals that quote what was sent: nothing private stays, and nothing that is needed goes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.days import Day, Message, private_texts
from target_salesforce_activity.privacy import PIECE, without

BODY = "Could we get two extra towels, and would Ana call +1 415 555 0100 about the crib?"
DAY = Day(
    "s",
    "c",
    date(2026, 3, 2),
    (
        Message("1", datetime(2026, 3, 2, 9, tzinfo=UTC), inbound=True, body=f"Hi\n{BODY}"),
        Message("2", datetime(2026, 3, 2, 9, tzinfo=UTC), inbound=False, sender="Ana Lopez"),
        Message(
            "3", datetime(2026, 3, 2, 9, tzinfo=UTC), inbound=True, body="Subject\nis required"
        ),
    ),
    first_name="May",
    last_name="O'Hara-Núñez",
    phones=("+14155550100",),
    emails=("may@example.com",),
)
PRIVATE = private_texts(DAY)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("May O'Hara-Núñez may not be a guest.", "… may not be a guest."),
        ("MAY O'HARA-NÚÑEZ is banned", "… is banned"),
        ("rude: COULD WE GET TWO EXTRA TOWELS, (cut)", "rude: … (cut)"),
        ("Ana Lopez: no rights; Mayor and Analysis stay", "…: no rights; Mayor and Analysis stay"),
        ("owner of ana lopez", "owner of …"),
        ("call +14155550100 or may@example.com", "call … or …"),
        ("Subject is required: [Subject]", "Subject is required: [Subject]"),
        ("The subject may be missing.", "The subject may be missing."),
        ("line 7, column 1: id 003QE00000FWW2XYAX", "line 7, column 1: id 003QE00000FWW2XYAX"),
    ],
)
def test_private_texts_go_and_words_stay(said: str, shown: str) -> None:
    """In any case, whole or in pieces; Salesforce's own words stay although a guest used them."""
    assert without(said, PRIVATE) == shown


# What stands beside the piece is no part of the text.
@given(st.integers(0, 2**32), st.sampled_from(["{}", "rule 7: {}", "{} = 9", "7 {}: [Subject]"]))
def test_no_long_piece_of_a_text_stays(seed: int, sentence: str) -> None:
    """Wherever an automation cuts what it quotes."""
    rng = random.Random(seed)
    start = rng.randrange(len(BODY) - PIECE - 2)
    piece = BODY[start : rng.randint(start + PIECE + 2, len(BODY))].strip()
    if rng.random() < 0.5:
        piece = rng.choice([piece.upper(), piece.lower()])

    shown = without(sentence.format(piece), PRIVATE)

    assert sentence.format("…") == shown


def test_an_id_stays_although_a_guest_has_written_it() -> None:
    """It is what one acts by."""
    text = "id value of incorrect type: 003QE00000FWW2XYAX"

    assert text == without(text, {"my number is 003QE00000FWW2XYAX, thanks", "003QE00000FWW2XYAX"})


def test_long_texts_are_compared_at_once() -> None:
    """A whole day of messages against a message of any length."""
    words = " ".join(str(number) for number in range(20_000))

    assert "…" == without(words[5_000:7_000].strip(), {words})
