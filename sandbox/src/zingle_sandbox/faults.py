"""Fault rules: which call fails, and how. Pure: no clock, no network, randomness is seeded."""

from __future__ import annotations

import fnmatch
import random
import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "status",
    "latency",
    "drop_before",
    "drop_after",
    "rewrite",
    "truncate",
    "slow_body",
    "expire_token",
    "clock_jump",
    "rate_limit",
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """What goes wrong, with which calls.

    Which calls: `method` and `path` match first; of the matching calls the first `skip` pass, then
    every `every`-th fires with `probability` (seeded), `times` times at most (0 = for ever).

    Attributes:
        kind: `status` answers instead of the service; `latency` waits, then serves; `drop_before`
            cuts the connection before the service sees the call; `drop_after` once the service
            has done its work, without an answer; `rewrite` changes what the service answers, see
            below; `truncate` cuts in the middle of the body;
            `slow_body` sends the answer in small pieces; `expire_token` makes the service forget
            the caller's token before it sees the call; `clock_jump` moves the server's clock by
            `seconds` (back if negative) before it sees the call; `rate_limit` answers 429 to
            matching calls beyond `per_second`.
        path: a glob over the decoded path (`/v1/services/*/contacts*`), or `re:` and a regular
            expression that is searched in the path and query.
        system: only this side's calls; `any` is both services.
        status, code, message: of the error, which is put in the shape of the side that is called.
        body: sent as it stands instead of that shape; without one, content_type `text/html` gives
            the page of a load balancer.
        empty: `status` and `rewrite`: send no body at all.
        headers: added to the answer or put in place of its own; None takes one away.
        after_effect: `status` only: the service does its work first and its answer is replaced.
        cut, whole_lines: `rewrite` only: keep this share of the bytes (0 to 1), up to the end of a
            line; the answer is a whole HTTP message whose content is not whole.
        remove, replace: `rewrite` only: what leaves a JSON body and what changes in it, by path:
            `records.0.Id`, `status.total_records`, `*` for every item, the empty path for the
            whole body. Bodies that are no JSON, and paths that lead nowhere, stay as they are.
        retry_after: `status` and `rate_limit`: seconds for the Retry-After header; None = none.
        retry_after_date: send Retry-After as an HTTP date instead of seconds.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    system: Literal["any", "salesforce", "zingle"] = "any"
    first: int = 0  # only among the first n matching calls; 0 = all
    skip: int = 0
    every: int = 1
    times: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int = 500
    code: str = ""
    message: str = ""
    body: str = ""
    empty: bool = False
    content_type: str = "application/json"
    headers: dict[str, str | None] = field(default_factory=dict)
    cut: float = 1.0
    whole_lines: bool = False
    remove: tuple[str, ...] = ()
    replace: dict[str, Any] = field(default_factory=dict)
    after_effect: bool = False
    retry_after: int | None = None
    retry_after_date: bool = False
    seconds: float = 0.0
    per_second: float = 0.0
    id: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that can never mean anything.

        Raises:
            ValueError: naming the field that is wrong.
        """
        shares = {"probability": self.probability, "cut": self.cut}
        problems = {
            f"kind is one of {', '.join(KINDS)}": self.kind not in KINDS,
            "every must be 1 or more": self.every < 1,
            "first, skip and times must not be negative": min(self.first, self.skip, self.times)
            < 0,
            **{f"{name} is between 0 and 1": not 0 <= one <= 1 for name, one in shares.items()},
            "rate_limit needs per_second": self.kind == "rate_limit" and self.per_second <= 0,
            f"{self.kind} needs seconds": (
                self.kind in {"latency", "slow_body"} and self.seconds <= 0
            )
            or (self.kind == "clock_jump" and not self.seconds),
        }
        for problem, found in problems.items():
            if found:
                raise ValueError(problem)
        if self.path.startswith("re:"):
            try:
                re.compile(self.path[3:])
            except re.error as error:
                raise ValueError(f"path is not a regular expression: {error}") from error

    def matches(self, system: str, method: str, path: str, query: str) -> bool:
        """Whether this rule is about such a call at all."""
        if self.system not in {"any", system}:
            return False
        if self.method != "*" and method not in self.method.upper().split(","):
            return False
        if self.path.startswith("re:"):
            return re.search(self.path[3:], f"{path}?{query}" if query else path) is not None
        return fnmatch.fnmatchcase(path, self.path)


@dataclass(slots=True)
class _Progress:
    """What a rule has seen so far."""

    random: random.Random
    matched: int = 0
    fired: int = 0
    tokens: float | None = None
    refilled_at: float = 0.0


class Faults:
    """The active rules, in the order in which they were added. Safe from any thread."""

    def __init__(self) -> None:
        self._rules: dict[str, FaultRule] = {}
        self._progress: dict[str, _Progress] = {}
        self._added = 0
        self._lock = threading.Lock()

    def add(self, rule: FaultRule | None = None, /, **fields: Any) -> str:
        """Add a rule, given as such or by its fields, and return its id.

        Raises:
            ValueError: if the rule makes no sense or its id is taken.
            TypeError: if a field is unknown.
        """
        made = rule or FaultRule(**fields)
        with self._lock:
            self._added += 1
            name = made.id or f"fault-{self._added}"
            if name in self._rules:
                raise ValueError(f"there is a fault rule {name} already")
            self._rules[name] = FaultRule(**{**asdict(made), "id": name})
            self._progress[name] = _Progress(random.Random(made.seed))  # noqa: S311 - repeatable, not secret
            return name

    def remove(self, name: str) -> None:
        """Remove one rule.

        Raises:
            KeyError: if there is none of that id.
        """
        with self._lock:
            del self._rules[name]
            del self._progress[name]

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._rules.clear()
            self._progress.clear()
            self._added = 0

    def active(self) -> list[tuple[FaultRule, int, int]]:
        """Every rule with how many calls matched it and how many it hit."""
        with self._lock:
            return [
                (rule, self._progress[name].matched, self._progress[name].fired)
                for name, rule in self._rules.items()
            ]

    def decide(
        self, system: str, method: str, path: str, query: str, at: float
    ) -> FaultRule | None:
        """The rule that hits this call, if any; call it once per call, `at` in seconds.

        Every matching rule counts the call; the first that fires wins.
        """
        if not self._rules:
            return None
        winner: FaultRule | None = None
        with self._lock:
            for name, rule in self._rules.items():
                if not rule.matches(system, method, path, query):
                    continue
                progress = self._progress[name]
                progress.matched += 1
                if winner is None and _fires(rule, progress, at):
                    progress.fired += 1
                    winner = rule
        return winner


def _fires(rule: FaultRule, progress: _Progress, at: float) -> bool:
    position = progress.matched - rule.skip
    if position < 1 or (rule.first and progress.matched > rule.first):
        return False
    if rule.times and progress.fired >= rule.times:
        return False
    if (position - 1) % rule.every:
        return False
    if rule.probability < 1.0 and progress.random.random() >= rule.probability:
        return False
    return rule.kind != "rate_limit" or _over_the_limit(rule, progress, at)


def _over_the_limit(rule: FaultRule, progress: _Progress, at: float) -> bool:
    """A token bucket of one second's worth of calls."""
    capacity = max(1.0, rule.per_second)
    if progress.tokens is None:
        progress.tokens, progress.refilled_at = capacity, at
    elapsed = max(0.0, at - progress.refilled_at)
    progress.tokens = min(capacity, progress.tokens + elapsed * rule.per_second)
    progress.refilled_at = at
    if progress.tokens >= 1.0:
        progress.tokens -= 1.0
        return False
    return True
