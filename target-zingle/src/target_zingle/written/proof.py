"""The proof that linking does no harm, where no link of the run has brought it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from target_zingle.decided.matching import protection
from zingle_sync.zingle import ZingleError

if TYPE_CHECKING:
    from target_zingle.decided.decisions import Policy
    from target_zingle.known.directory import Directory
    from target_zingle.written.linker import Linker
    from target_zingle.written.results import Result

logger = logging.getLogger(__name__)


class Proof:
    """Tries on an ordinary contact that is linked already whether linking leaves the rest alone."""

    def __init__(self, linker: Linker, directory: Directory, policy: Policy) -> None:
        self._linker, self._index, self._policy = linker, directory.index, policy
        self._contact_id: str | None = None

    def note(self, done: Result) -> None:
        """Remember one contact of the run that seems ordinary and linked."""
        if self._contact_id is not None or not self._policy.linking.unproven:
            return
        if done.matched_on == "external_id" or done.kind == "created":
            contact = self._index.get(done.contact_id or "")
            if contact is not None and protection(contact, self._policy) is None:
                self._contact_id = contact.id

    def make(self) -> None:
        """Write the external id that the contact has, and compare; nothing where there is none."""
        if self._contact_id is None:
            return
        try:
            self._linker.prove(self._contact_id)
        except ZingleError as error:
            # It was an optional call: those who wait for it stay as they are.
            logger.warning("It could not be tried whether linking does no harm: %s", error)
