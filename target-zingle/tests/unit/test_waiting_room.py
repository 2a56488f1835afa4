"""The limit on creates, over several services."""

from __future__ import annotations

from target_zingle.create_cap import CreateCap
from target_zingle.state_gate import WaitingRoom


def test_who_waits_in_one_service_counts_while_another_one_goes_on() -> None:
    """Two created here, one who waits there and one more are four."""
    room = WaitingRoom(CreateCap(3))
    room.hold("a", [], 2)
    room.hold("b", [], 1)

    room.release("a")
    room.cap.created += 2

    assert room.hold("b", [], 1)


def test_who_went_on_is_counted_once() -> None:
    """Whoever waited and was created is no longer counted as waiting."""
    room = WaitingRoom(CreateCap(3))
    room.hold("a", [], 3)

    room.release("a")
    room.cap.created += 3

    assert not room.hold("a", [], 0)
