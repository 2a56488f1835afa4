from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox.faults import FaultRule, Faults


def hits(rule: FaultRule, calls: int, *, method: str = "GET", path: str = "/v1/x") -> list[bool]:
    """Which of so many equal calls, one a second, are hit."""
    faults = Faults()
    faults.add(rule)
    return [
        faults.decide("zingle", method, path, "", float(second)) is not None
        for second in range(calls)
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "11111111"),
        ({"skip": 2}, "00111111"),
        ({"every": 3}, "10010010"),
        ({"skip": 1, "every": 2}, "01010101"),
        ({"times": 2}, "11000000"),
        ({"skip": 1, "every": 2, "times": 2}, "01010000"),
        ({"first": 3}, "11100000"),
        ({"first": 3, "skip": 1}, "01100000"),
    ],
)
def test_skip_every_times_and_first_choose_calls(fields: dict[str, int], expected: str) -> None:
    """Of the matching calls the first `skip` pass, then every n-th is hit, `times` times."""
    assert [mark == "1" for mark in expected] == hits(FaultRule("status", **fields), 8)


@pytest.mark.parametrize(
    ("rule", "method", "path", "query", "expected"),
    [
        (FaultRule("status", path="/v1/*/contacts"), "GET", "/v1/services/a/contacts", "", True),
        (FaultRule("status", path="/v1/*/contacts"), "GET", "/v1/services/a/contacts/b", "", False),
        (FaultRule("status", method="post,put"), "PUT", "/v1/x", "", True),
        (FaultRule("status", method="POST"), "GET", "/v1/x", "", False),
        (FaultRule("status", path=r"re:page=\d+"), "GET", "/v1/x", "page=3", True),
        (FaultRule("status", path="re:^/v2"), "GET", "/v1/x", "", False),
        (FaultRule("status", system="salesforce"), "GET", "/v1/x", "", False),
        (FaultRule("status", system="zingle"), "GET", "/v1/x", "", True),
    ],
)
def test_method_path_and_side_must_match(
    rule: FaultRule, method: str, path: str, query: str, *, expected: bool
) -> None:
    """A rule is about calls of its methods, its path pattern and its side only."""
    assert expected == rule.matches("zingle", method, path, query)


def test_calls_that_do_not_match_are_not_counted() -> None:
    """Other calls in between do not use up `skip`."""
    faults = Faults()
    faults.add(kind="status", path="/v1/a", skip=1)

    answers = [
        faults.decide("zingle", "GET", path, "", 0) is not None
        for path in ("/v1/a", "/v1/b", "/v1/b", "/v1/a")
    ]

    assert [False, False, False, True] == answers


@given(seed=st.integers(0, 2**32), probability=st.floats(0.05, 0.95))
def test_chance_is_repeatable(seed: int, probability: float) -> None:
    """The same seed hits the same calls."""
    rule = FaultRule("status", probability=probability, seed=seed)

    assert hits(rule, 50) == hits(rule, 50)


def test_chance_hits_about_its_share() -> None:
    """A probability of a quarter hits about a quarter of many calls."""
    share = sum(hits(FaultRule("status", probability=0.25, seed=1), 2000)) / 2000

    assert 0.2 < share < 0.3


def test_the_first_rule_that_fires_wins_and_all_of_them_count() -> None:
    """Rules are asked in the order in which they were added; each one counts the call."""
    faults = Faults()
    faults.add(kind="status", status=503, times=1, id="once")
    faults.add(kind="status", status=500, id="always")

    winners = [faults.decide("zingle", "GET", "/v1/x", "", 0) for _ in range(2)]

    assert ["once", "always"] == [rule.id for rule in winners if rule]
    assert [("once", 2, 1), ("always", 2, 1)] == [
        (rule.id, matched, fired) for rule, matched, fired in faults.active()
    ]


def test_the_rate_limit_lets_so_many_calls_a_second_pass() -> None:
    """A limit of 2 a second passes 2 of 10 calls of one instant, and 2 more a second later."""
    faults = Faults()
    faults.add(kind="rate_limit", per_second=2)

    def passed(at: float) -> int:
        return sum(faults.decide("zingle", "GET", "/v1/x", "", at) is None for _ in range(10))

    assert [2, 2, 1] == [passed(0.0), passed(1.0), passed(1.5)]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "explode"}, "kind is one of"),
        ({"kind": "status", "every": 0}, "every"),
        ({"kind": "status", "skip": -1}, "negative"),
        ({"kind": "status", "probability": 1.5}, "probability"),
        ({"kind": "rewrite", "cut": 2}, "cut"),
        ({"kind": "rate_limit"}, "per_second"),
        ({"kind": "latency"}, "seconds"),
        ({"kind": "clock_jump"}, "seconds"),
        ({"kind": "status", "path": "re:("}, "regular expression"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(fields: dict[str, Any], problem: str) -> None:
    """Mistakes are named when the rule is made, not when a test wonders why nothing happens."""
    with pytest.raises(ValueError, match=problem):
        FaultRule(**fields)


def test_ids_are_handed_out_and_may_not_repeat() -> None:
    """A rule gets the next free number as its id, or the id that was asked for, once."""
    faults = Faults()

    assert ["fault-1", "mine"] == [faults.add(kind="status"), faults.add(kind="status", id="mine")]
    with pytest.raises(ValueError, match="already"):
        faults.add(kind="status", id="mine")


def test_removed_rules_hit_nothing() -> None:
    """After remove and clear every call passes."""
    faults = Faults()
    name = faults.add(kind="status")
    faults.remove(name)

    assert faults.decide("zingle", "GET", "/v1/x", "", 0) is None
    with pytest.raises(KeyError):
        faults.remove(name)
