"""How links are written in a service, as runs and probes have shown. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

# The name of the fact that keeps it.
LINKING = "linking"

Patch = Literal["untried", "safe", "absent", "ignored"]
_ANSWERS: tuple[Patch, ...] = get_args(Patch)


@dataclass(slots=True)
class Linking:
    """What is known about writing external ids to contacts that exist.

    It is about the Zingle instance, so that changed settings do not make it unknown; only
    `zingle-sync check --probe` asks again.

    Attributes:
        patch: What a v2 PATCH of the external id does: nothing else (`safe`), nothing at all
            (`ignored`), or there is none (`absent`). `untried` says nothing.
        stopped: A link changed what it should not; there are no more.
        locks_refuse: PATCH is refused for contacts that another source owns.
    """

    patch: Patch = "untried"
    stopped: bool = False
    locks_refuse: bool = False

    @property
    def unproven(self) -> bool:
        """Whether a link may still be proved to leave everything else alone."""
        return self.patch == "untried" and not self.stopped

    @property
    def by_patch(self) -> bool:
        """Whether links are written by PATCH, as far as is known."""
        return self.patch in {"untried", "safe"}

    @classmethod
    def read(cls, stored: object) -> Linking:
        """What an earlier run or a probe stored."""
        if not isinstance(stored, dict):
            return cls()
        told = stored.get("patch")
        patch: Patch = next((known for known in _ANSWERS if known == told), "untried")
        return cls(patch, bool(stored.get("stopped")), bool(stored.get("locks_refuse")))

    def stored(self) -> Mapping[str, Any]:
        """As JSON."""
        return asdict(self)

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self != Linking()
