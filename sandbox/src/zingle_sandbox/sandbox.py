"""The sandbox: what both services, the seeds, the page and the control API share."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zingle_sandbox import credentials, truth
from zingle_sandbox.clock import Clock
from zingle_sandbox.faults import Faults
from zingle_sandbox.journal import Journal
from zingle_sandbox.store import Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

Option = bool | int | float | str | None


class Side(Protocol):
    """What `zingle_sandbox.salesforce` and `zingle_sandbox.zingle` offer.

    Attributes:
        PROFILES: the readings of ambiguous behaviour that can be switched, the default first;
            handlers read `sandbox.profile[name]` at each request.
        OPTIONS: further switches and their defaults (daily limit, page sizes, token lifetimes,
            ...); handlers read `sandbox.options[name]` at each request.
    """

    @property
    def PROFILES(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102, N802 - see above

    @property
    def OPTIONS(self) -> Mapping[str, Option]: ...  # noqa: D102, N802 - see above

    def routes(self, sandbox: Sandbox, /) -> list[BaseRoute]:
        """The HTTP surface of this side."""

    def create_tables(self, conn: sqlite3.Connection, /) -> None:
        """Create this side's tables, their names prefixed `sf_` or `zg_`."""

    def insert_base(self, sandbox: Sandbox, /) -> None:
        """Insert what exists in an empty world (organisation, users, service, contact fields)."""

    def not_found(self, request: Request, /) -> Response:
        """The answer to an unknown path in this side's shape."""

    def expire_token(self, sandbox: Sandbox, authorization: str, /) -> None:
        """Forget the token of an `Authorization` header value; ignore what is no token."""


@dataclass
class Sandbox:
    """Both worlds in one object.

    Attributes:
        sides: Salesforce and Zingle.
        store: the SQLite database, see `Store`.
        clock: the only clock that the two services may read.
        journal: every call; see `changed` and `violation` for what handlers report.
        faults: the rules that make calls fail.
        profile: the chosen reading of every ambiguity, by name.
        options: the value of every option, by name.
        base_url: scheme, host and port of the plain listener, no slash at the end.
        state_dir: where the database, the keys and the CA file are.
        random: seeded; for page sizes and undefined orders, so that runs repeat.
        start_profile, start_options: what differs from the defaults from the start and after every
            reset; checked when they are applied.
        on_reset: called after every reset; a side clears what it keeps outside the store.
    """

    sides: tuple[Side, Side]
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    profile: dict[str, str] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    base_url: str = "http://127.0.0.1"
    tls_url: str | None = None
    state_dir: Path = field(default_factory=lambda: Path(".sandbox"))
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - repeatable, not secret
    start_profile: Mapping[str, str] = field(default_factory=dict)
    start_options: Mapping[str, Option] = field(default_factory=dict)
    on_reset: list[Callable[[], None]] = field(default_factory=list)

    @property
    def jwt_private_key(self) -> rsa.RSAPrivateKey:
        """The key whose public half the Connected App trusts for the JWT bearer flow."""
        return credentials.jwt_private_key()

    def url_for(self, request: Request) -> str:
        """Scheme, host and port as the caller of this request wrote them, no slash at the end."""
        return str(request.base_url).rstrip("/")

    @property
    def known_profiles(self) -> dict[str, tuple[str, ...]]:
        """Every profile with its values, the default first."""
        return {name: values for side in self.sides for name, values in side.PROFILES.items()}

    @property
    def known_options(self) -> dict[str, Option]:
        """Every option with its default."""
        return {name: value for side in self.sides for name, value in side.OPTIONS.items()}

    def choose_profile(self, changes: Mapping[str, str]) -> None:
        """Switch readings of ambiguous behaviour.

        Raises:
            ValueError: if a name or a value is unknown; nothing is switched then.
        """
        known = self.known_profiles
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown profile {name!r}; known: {', '.join(sorted(known))}")
            if value not in known[name]:
                raise ValueError(f"profile {name} is one of {', '.join(known[name])}")
        self.profile.update(changes)

    def set_options(self, changes: Mapping[str, Option]) -> None:
        """Change options.

        Raises:
            ValueError: if a name is unknown or a value has the wrong type; nothing is changed then.
        """
        known = self.known_options
        if unknown := sorted(set(changes) - set(known)):
            raise ValueError(
                f"unknown options {', '.join(unknown)}; known: {', '.join(sorted(known))}"
            )
        for name, value in changes.items():
            if not _fits(value, known[name]):
                raise ValueError(f"option {name} is a value like {known[name]!r}, not {value!r}")
        self.options.update(changes)

    def parse_option(self, name: str, text: str) -> Option:
        """An option's value from a form or a command line, as the type of its default.

        Raises:
            ValueError: if the text is no such value; unknown names pass as text.
        """
        match self.known_options.get(name):
            case bool():
                if text not in {"true", "false"}:
                    raise ValueError(f"option {name} is true or false, not {text!r}")
                return text == "true"
            case int() | float():
                return int(text) if text.lstrip("-").isdecimal() else float(text)
            case _:
                return text

    def has_content(self) -> bool:
        """Whether the store has been reset once; a new file has not."""
        return (
            self.store.value("SELECT 1 FROM sqlite_master WHERE name = 'sandbox_facts'") is not None
        )

    def adopt(self) -> None:
        """Use the worlds that the store holds, with the profiles and options of the start.

        Raises:
            ValueError: if those of the start are unknown.
        """
        self.profile = {name: values[0] for name, values in self.known_profiles.items()}
        self.options = self.known_options
        self.choose_profile(self.start_profile)
        self.set_options(self.start_options)

    def reset(self, content: sqlite3.Connection | None = None) -> None:
        """Empty both worlds, the journal and the faults; profiles and options are as at the start.

        Args:
            content: a database to start from instead of two empty worlds.
        """
        self.adopt()
        self.faults.clear()
        self.random.seed(0)
        if content is not None:
            self.store.copy_from(content)
        else:
            self.store.drop_everything()
            truth.create_tables(self.store.connection)
            for side in self.sides:
                side.create_tables(self.store.connection)
            for side in self.sides:
                side.insert_base(self)
        for hook in self.on_reset:
            hook()
        self.journal.clear()


def _fits(value: Option, default: Option) -> bool:
    """Whether a value has the type of an option's default."""
    match default:
        case None:
            return True
        case bool():
            return isinstance(value, bool)
        case int() | float():
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


def changed(request: Request, rows: int = 1) -> None:
    """Report that this call changed so many business rows (people, contacts, channels, Tasks, ...).

    Tokens, sessions, query locators and read marks are no business rows. A write that leaves a row
    as it was still counts.
    """
    request.state.changed_rows += rows


# A documented path that is not simulated; the answer is 501.
NOT_BUILT = "not built in this sandbox"


def violation(request: Request, sentence: str) -> None:
    """Report something that a well-behaved client must never do; tests fail on these."""
    request.state.violations.append(sentence)
