from __future__ import annotations

from zingle_sync.http import Rate


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        """Now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def test_calls_keep_to_the_rate() -> None:
    """100 calls at 10 a second take at least nine seconds."""
    time = FakeTime()
    rate = Rate(10, clock=time.clock, sleep=time.sleep)

    for _ in range(100):
        rate.wait()

    assert 9.0 <= time.now <= 10.0


def test_no_limit_never_waits() -> None:
    """A rate of 0 lets every call pass."""
    time = FakeTime()
    rate = Rate(0, clock=time.clock, sleep=time.sleep)

    for _ in range(1000):
        rate.wait()

    assert time.now == 0.0


def test_a_refusal_halves_the_rate_once_per_burst_and_pauses_everybody() -> None:
    """Sixteen workers refused at once are one refusal."""
    time = FakeTime()
    rate = Rate(16, clock=time.clock, sleep=time.sleep)

    for _ in range(16):
        rate.refused(3.0)
    rate.wait()

    assert (8.0, 3.0) == (rate._rate, time.now)


def test_success_wins_the_rate_back() -> None:
    """Calls that go through raise the rate to its ceiling again, and no further."""
    time = FakeTime()
    rate = Rate(10, clock=time.clock, sleep=time.sleep)
    rate.refused(0)

    for _ in range(2000):
        rate.accepted()

    assert rate._rate == 10.0


def test_an_unlimited_rate_starts_at_half_of_what_was_seen() -> None:
    """Without a ceiling the first refusal sets one by what went through."""
    time = FakeTime()
    rate = Rate(0, clock=time.clock, sleep=time.sleep)
    for _ in range(101):
        rate.wait()
        time.sleep(0.01)

    rate.refused(0)

    assert 45 <= rate._rate <= 55


def test_no_second_holds_more_calls_than_allowed() -> None:
    """However calls come, after a rest too, any second holds as many as the setting says."""
    for pauses in ([0.0] * 40, [0.0] * 5 + [7.0] + [0.0] * 30, [0.25, 0.0, 0.0, 1.5] * 10):
        time = FakeTime()
        rate = Rate(5, clock=time.clock, sleep=time.sleep)
        starts = []
        for pause in pauses:
            time.sleep(pause)
            rate.wait()
            starts.append(round(time.now, 6))

        assert all(sum(start <= other < start + 1 for other in starts) <= 5 for start in starts)
